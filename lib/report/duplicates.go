package report

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"imagelab/lib/dataset"
	"imagelab/lib/dedup"
)

const (
	mostPictured = 1000 // groups with thumbnails; the others are listed by name
	mostMembers  = 24   // members of a group with thumbnails
)

// group is a photo and its copies.
type group struct {
	Number   int
	Conflict bool
	Labels   []string
	Members  []member
	Others   []member // without thumbnails
	More     int      // members that are not shown at all
	Holds    string   // how the group holds together, in a sentence
}

// holds says which two members of a group are least alike.
func holds(g dedup.Group) string {
	if len(g.Members) < 3 || g.Weakest.A == "" {
		return ""
	}
	how := "All members are near each other."
	if g.SingleLink {
		how = "Not all members are near each other: some are linked only by the kept photo."
	}
	return fmt.Sprintf("%s The least alike are %q and %q, distance %d.", how, g.Weakest.A, g.Weakest.B, g.Weakest.Distance)
}

type member struct {
	picture
	Class, Why string
	Kept       bool
	Shot       *shot // on the page of duplicates; nil: Image is shown
}

// newGroup prepares a group with thumbnails for its first members, which always include the kept
// one.
func newGroup(fileOf map[string]string, o originals, g dedup.Group, pictured int) *group {
	out := &group{Conflict: g.Conflict, Holds: holds(g)}
	labels := map[string]bool{}
	for _, m := range g.Members {
		shown := member{picture: picture{Name: m.Path, Link: o.of(m.Path), file: fileOf[m.Path]}, Class: m.Class,
			Kept: m.Path == g.Kept, Why: why(m, g)}
		labels[m.Class] = true
		switch {
		case shown.Kept && pictured > 0:
			out.Members = append([]member{shown}, out.Members...)
		case len(out.Members) < pictured:
			out.Members = append(out.Members, shown)
		default:
			out.Others = append(out.Others, shown)
		}
	}
	out.Labels = sortedKeys(labels)
	out.Others, out.More = bounded(out.Others, mostNamed)
	return out
}

// Unseen is the number of members without a thumbnail.
func (g *group) Unseen() int { return len(g.Others) + g.More }

func why(m dedup.Member, g dedup.Group) string {
	switch {
	case m.Path == g.Kept && g.Conflict:
		return "reference"
	case m.Path == g.Kept:
		return "kept"
	case m.Kind == dedup.KindBytes:
		return "same file"
	case m.Kind == dedup.KindPixels:
		return "same pixels"
	case m.Kind == dedup.KindEmbedding:
		return fmt.Sprintf("same details, %.2f", m.Agreement)
	case m.Kind == dedup.KindLinked:
		return "copy of a copy"
	}
	return fmt.Sprintf("distance %d", m.Distance)
}

func (g *group) addImages(t *thumbnails) {
	for i := range g.Members {
		g.Members[i].Image = t.made[g.Members[i].file]
	}
}

// filesByPath maps each path of the set to the file with its pixels.
func filesByPath(s *dataset.Set) map[string]string {
	out := make(map[string]string, len(s.Images))
	for _, im := range s.Images {
		out[im.Path] = s.File(im)
	}
	return out
}

type duplicatesPage struct {
	frame
	Result dedup.Result
	Groups []*group
	Unseen int // groups without thumbnails
	More   int // groups that are not listed
	Near   []nearMiss
	Beyond int // the largest distance of near misses that were looked for; 0: they were not

	Evidence []evidence
	Judge    []*question
}

// question is a pair for a person to judge.
type question struct {
	A, B    *shot
	Sample  string
	Dropped bool
}

// Both are the photos of the pair.
func (q *question) Both() []*shot { return []*shot{q.A, q.B} }

// evidence is the histogram of a tier.
type evidence struct {
	dedup.Evidence
	What string
	Rows []bin
}

// bin is a row of a histogram; widths are percent of the largest count.
type bin struct {
	From, To              float64
	Near, Different       int
	NearWide, DifferWidth int
}

func newEvidence(e dedup.Evidence) evidence {
	out := evidence{Evidence: e, What: "distance of hashes, and of photos to the nearest of another class"}
	if e.Tier == dedup.TierEmbedding {
		out.What = "agreement of details of photos with near features, and with the nearest of another class"
	}
	largest := max(1, slices.Max(append(slices.Clone(e.Near), 1)))
	largest2 := max(1, slices.Max(append(slices.Clone(e.Different), 1)))
	for i := range min(len(e.Near), len(e.Different)) {
		if e.Near[i]+e.Different[i] > 0 {
			out.Rows = append(out.Rows, bin{float64(i) * e.Bin, float64(i+1) * e.Bin, e.Near[i], e.Different[i],
				100 * e.Near[i] / largest, 100 * e.Different[i] / largest2})
		}
	}
	return out
}

// WriteDuplicates writes a page to path that shows every group of copies, those with conflicting
// labels first. At most 1,000 groups have thumbnails, 4,000 thumbnails in all, and at most 5,000
// groups are listed. It ends early with ctx.
func WriteDuplicates(ctx context.Context, path string, s *dataset.Set, r dedup.Result) error {
	name := "the set"
	if s.Dir != "" {
		name = filepath.Base(s.Dir)
	}
	f, err := newFrame("Duplicates in "+name, newAlbum(path, s, duplicateSide))
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	p := duplicatesPage{frame: f, Result: r}
	p.addGroups()
	for i, q := range r.Questions() {
		both := f.Album.photos(fmt.Sprint("q", i), q.A, q.B)
		p.Judge = append(p.Judge, &question{A: both[0], B: both[1], Sample: q.Sample, Dropped: q.Dropped})
	}
	for _, e := range r.Evidence {
		p.Evidence = append(p.Evidence, newEvidence(e))
	}
	p.Near, p.Beyond = nearMisses(s, f.Album, r)
	if err := f.Album.make(ctx, largeSide, nil); err != nil {
		return fmt.Errorf("report: write %s: %w", path, err)
	}
	return execute(path, "duplicates.gohtml", p)
}

// addGroups takes the groups, those with conflicting labels first.
func (p *duplicatesPage) addGroups() {
	groups, more := bounded(conflictsFirst(p.Result.Groups), mostListed)
	p.More = more
	thumbs := 0
	for i, g := range groups {
		pictured := mostMembers
		if i >= mostPictured || thumbs >= mostThumbs {
			pictured, p.Unseen = 0, p.Unseen+1
		}
		shown := newGroup(nil, p.Album.o, g, pictured)
		shown.Number, thumbs = i+1, thumbs+len(shown.Members)
		for k := range shown.Members {
			shown.Members[k].Shot = p.Album.photos(fmt.Sprint("g", shown.Number), shown.Members[k].Name)[0]
		}
		p.Groups = append(p.Groups, shown)
	}
}
