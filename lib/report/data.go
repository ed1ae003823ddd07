package report

import (
	"fmt"
	"html/template"
	"path/filepath"
	"slices"

	"imagelab/lib/classifier"
	"imagelab/lib/dataset"
	"imagelab/lib/dedup"
	"imagelab/lib/metric"
)

const (
	mostSamples    = 160 // thumbnails in the sample grid, all classes together
	mostOfAClass   = 8
	mostRejected   = 100 // rows of the quarantine table
	mostDuplicates = 8   // groups shown as examples
)

// data is the section about the photos.
type data struct {
	Images, Used int
	Excluded     int  // by people
	Split        bool // whether the set has a split
	Rows         []countRow
	MoreRows     int
	MoreNotes    int
	Sum          countRow
	Notes        []string
	Rejected     []dataset.Rejected
	MoreRejected int
	Samples      []classSamples
	MoreClasses  int
	Deduped      bool
	Dedup        dedup.Result
	Duplicates   []*group
	MoreGroups   int
}

// countRow counts the photos of a class by side. Out counts those that are left out: copies,
// conflicts, and what people excluded.
type countRow struct {
	Class                                 string
	Train, Val, Test, NoSplit, Total, Out int
	Share                                 float64 // number of photos as a share of that of the largest class, percent
}

type classSamples struct {
	Class  string
	N      int
	Photos []picture
}

// picture is one thumbnail.
type picture struct {
	Name  string
	Image template.URL
	Link  template.URL // to the original; empty: there is none
	file  string
}

type mistake struct {
	picture
	metric.Mistake
	Shot    *shot // nil: predictions of single photos are not known
	Decides []decides
}

// decides is where in a photo the evidence for a class lies.
type decides struct {
	Class string
	Wrong bool
	classifier.ActivationMap
}

func newData(in Input, o originals) (data, error) {
	s := in.Set
	d := data{Images: len(s.Images), Used: len(s.Kept()), Excluded: dataset.Excluded(s.Images), Dedup: in.Duplicates,
		Deduped: in.Duplicates.Images > 0}
	d.Notes, d.MoreNotes = bounded(s.Notes, mostNotes)
	rejected, err := s.Quarantine()
	if err != nil {
		return d, err
	}
	d.Rejected, d.MoreRejected = bounded(rejected, mostRejected)
	d.Rows, d.Sum = countRows(s)
	d.Rows, d.MoreRows = bounded(d.Rows, mostLines)
	d.Split = d.Sum.Train+d.Sum.Val+d.Sum.Test > 0
	d.Samples = samples(s, o)
	d.MoreClasses = len(s.Classes()) - len(d.Samples)
	groups, fileOf := conflictsFirst(in.Duplicates.Groups), filesByPath(s)
	for _, g := range groups[:min(len(groups), mostDuplicates)] {
		d.Duplicates = append(d.Duplicates, newGroup(fileOf, o, g, 6))
	}
	d.MoreGroups = len(groups) - len(d.Duplicates)
	return d, nil
}

func countRows(s *dataset.Set) (rows []countRow, sum countRow) {
	index := map[string]int{}
	for _, im := range s.Images {
		if _, ok := index[im.Class]; !ok {
			index[im.Class] = -1
		}
	}
	for _, class := range sortedKeys(index) {
		index[class] = len(rows)
		rows = append(rows, countRow{Class: class})
	}
	for _, im := range s.Images {
		rows[index[im.Class]].add(im)
		sum.add(im)
	}
	most := 1
	for _, r := range rows {
		most = max(most, r.Total)
	}
	for i := range rows {
		rows[i].Share = 100 * float64(rows[i].Total) / float64(most)
	}
	return rows, sum
}

func (r *countRow) add(im dataset.Image) {
	if !im.Used() {
		r.Out++
		return
	}
	r.Total++
	switch im.Split {
	case dataset.Train:
		r.Train++
	case dataset.Val:
		r.Val++
	case dataset.Test:
		r.Test++
	default:
		r.NoSplit++
	}
}

// samples takes photos of each class, evenly spaced in the manifest.
func samples(s *dataset.Set, o originals) []classSamples {
	byClass := map[string][]dataset.Image{}
	for _, im := range s.Kept() {
		byClass[im.Class] = append(byClass[im.Class], im)
	}
	each := min(max(mostSamples/max(len(byClass), 1), 1), mostOfAClass)
	var out []classSamples
	for _, class := range sortedKeys(byClass) {
		if len(out)*each >= mostSamples {
			break
		}
		images := byClass[class]
		c := classSamples{Class: class, N: len(images)}
		n := min(each, len(images))
		for i := range n {
			im := images[i*len(images)/n]
			c.Photos = append(c.Photos, picture{Name: im.Path, Link: o.of(im.Path), file: s.File(im)})
		}
		out = append(out, c)
	}
	return out
}

// mistakes finds the photos of a result's mistakes. It only reads files of the set, whatever a
// record names.
func mistakes(in Input, o originals, r metric.Result, g *gallery) []mistake {
	s := in.Set
	byName := map[string]dataset.Image{}
	for _, im := range s.Images {
		byName[im.Path], byName[s.File(im)] = im, im
	}
	shots := map[string]*shot{}
	if g != nil {
		for _, one := range g.Shown {
			shots[one.Name] = one
		}
	}
	var out []mistake
	for _, m := range r.Mistakes {
		shown := mistake{Mistake: m, picture: picture{Name: filepath.Base(m.File)}}
		if maps, ok := in.Decides[m.File]; ok {
			shown.Decides = []decides{{m.Predicted, true, maps.Predicted}, {m.Label, false, maps.Label}}
		}
		if im, ok := byName[m.File]; ok {
			shown.Name, shown.file, shown.Link, shown.Shot = im.Path, s.File(im), o.of(im.Path), shots[im.Path]
		}
		out = append(out, shown)
	}
	return out
}

// conflictsFirst puts groups with more than one label first, since a person must look at them.
func conflictsFirst(groups []dedup.Group) []dedup.Group {
	out := slices.Clone(groups)
	slices.SortStableFunc(out, func(a, b dedup.Group) int {
		switch {
		case a.Conflict == b.Conflict:
			return 0
		case a.Conflict:
			return -1
		}
		return 1
	})
	return out
}

// Missing says how many photos dedup left out.
func (d data) Missing() string {
	return fmt.Sprintf("%d of %d photos left out", d.Dedup.Removed, d.Dedup.Images)
}
