package grouping

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"imagelab/lib/dedup/detail"
	"imagelab/lib/embed"
	"imagelab/lib/photo"
	"imagelab/lib/progress"
)

// patterns are ways in which people name photos that belong together. The first submatch names the
// group. None looks at folders above the last, which may be sides.
var patterns = []struct{ name, text, regexp string }{
	{"prefix", "photos whose names are equal up to the last number", `(?:^|/)([^/]*?[^/0-9_. -])[-_. ]*\d+\.[^./]*$`},
	{"first-word", "photos whose names begin with the same word", `(?:^|/)([^/_. -]+)[_. -][^/]*$`},
	{"two-words", "photos whose names begin with the same two words", `(?:^|/)([^/_. -]+[_. -][^/_. -]+)[_. -][^/]*$`},
	{"first-number", "photos whose names have the same first number", `(?:^|/)[^/0-9]*(\d+)[^/0-9]+\d[^/]*$`},
	{"date", "photos with the same date in their names",
		`(?:^|[^0-9])((?:19|20)\d\d[-_]?(?:0[1-9]|1[0-2])[-_]?(?:0[1-9]|[12]\d|3[01]))[^/]*$`},
	{"folder", "photos in the same folder", `(?:^|/)([^/]+)/[^/]+$`},
}

// What a pattern must give, or it is chance.
const (
	leastReached = 0.5  // share of the photos in groups of two or more
	mostInOne    = 0.25 // share of the photos in the largest group
	leastGroups  = 4
	leastLift    = 2.0 // times as often as by chance, a photo's nearest one of its class is of its group
)

// names proposes the patterns that group photos which look alike.
func (f *finder) names(ctx context.Context) error {
	near, err := f.nearest(ctx)
	if err != nil {
		return err
	}
	for _, p := range patterns {
		re := regexp.MustCompile(p.regexp)
		of := make([]string, len(f.images))
		for i, im := range f.images {
			if m := re.FindStringSubmatch(im.Path); m != nil {
				of[i] = m[1]
			}
		}
		if f.plausible(of) && f.lift(of, near) >= leastLift {
			f.add(Proposal{Name: p.name, Text: p.text, Pattern: p.regexp}, of)
		}
	}
	return nil
}

// nearest are the nearest photos of the same class and another unit; -1: none.
func (f *finder) nearest(ctx context.Context) ([]int, error) {
	near, err := embed.Nearest(ctx, f.engine, f.features, f.features, 1, func(q, i int) bool {
		return f.labels[q] != f.labels[i] || f.units[q] == f.units[i]
	})
	out := make([]int, len(near))
	for i, of := range near {
		if out[i] = -1; len(of) > 0 {
			out[i] = of[0].Index
		}
	}
	return out, err
}

func (f *finder) plausible(of []string) bool {
	size := map[string]int{}
	for _, g := range of {
		if g != "" {
			size[g]++
		}
	}
	reached, largest, groups := 0, 0, 0
	for _, n := range size {
		if n > 1 {
			reached, largest, groups = reached+n, max(largest, n), groups+1
		}
	}
	n := float64(len(of))
	return groups >= leastGroups && float64(reached) >= leastReached*n && float64(largest) <= mostInOne*n && !f.isClass(of)
}

// isClass reports whether groups are nothing but the classes.
func (f *finder) isClass(of []string) bool {
	class := map[string]int{}
	members := map[int]string{}
	for i, g := range of {
		k, known := class[g]
		other, seen := members[f.labels[i]]
		if known && k != f.labels[i] || seen && other != g {
			return false
		}
		class[g], members[f.labels[i]] = f.labels[i], g
	}
	return true
}

// lift is how many times as often as by chance a photo's nearest one of its class is of its group.
func (f *finder) lift(of []string, near []int) float64 {
	class, both := map[int]int{}, map[string]int{}
	key := func(i int) string { return fmt.Sprintf("%d %s", f.labels[i], of[i]) }
	for i := range of {
		class[f.labels[i]]++
		both[key(i)]++
	}
	hits, expected := 0.0, 0.0
	for i, j := range near {
		if j < 0 || of[i] == "" {
			continue
		}
		if of[i] == of[j] {
			hits++
		}
		expected += float64(both[key(i)]-1) / float64(class[f.labels[i]]-1)
	}
	if expected == 0 || hits-expected < 3*math.Sqrt(expected) {
		return 0
	}
	return hits / expected
}

// gap is the time between photos of one burst at most.
const gap = time.Minute

// bursts proposes photos that one camera took shortly after each other. Times that lie are not
// believed: see [photo.ShotOf]; nor are they where a tenth of all photos has the same second.
func (f *finder) bursts(ctx context.Context) error {
	shots := make([]photo.Shot, len(f.images))
	err := progress.Each(ctx, len(shots), "reading times of photos", f.progress, func(i int) error {
		shots[i] = photo.ShotOf(filepath.Join(f.set.Root, filepath.FromSlash(f.images[i].Path)))
		return nil
	})
	if err != nil {
		return err
	}
	of, told := burstsOf(shots)
	if told == "" {
		f.add(Proposal{Name: Bursts, Rule: Bursts,
			Text: "photos that one camera took within a minute of each other"}, of)
	} else if told != "none" {
		f.notes = append(f.notes, told)
	}
	return nil
}

// burstsOf gives photos their bursts. why says why there are none: "none" where no photo has a
// time.
func burstsOf(shots []photo.Shot) (of []string, why string) {
	var order []int
	same, most := map[int64]int{}, 0
	for i, s := range shots {
		if !s.Time.IsZero() {
			order = append(order, i)
			same[s.Time.Unix()]++
			most = max(most, same[s.Time.Unix()])
		}
	}
	switch {
	case len(order) == 0:
		return nil, "none"
	case 10*most > max(len(order), 100):
		return nil, fmt.Sprintf("the times in the photos are not believed: %d of %d have the same second", most,
			len(order))
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(shots[a].Camera, shots[b].Camera), shots[a].Time.Compare(shots[b].Time))
	})
	of = make([]string, len(shots))
	burst := ""
	for n, i := range order {
		if n == 0 || shots[order[n-1]].Camera != shots[i].Camera || shots[i].Time.Sub(shots[order[n-1]].Time) > gap {
			burst = fmt.Sprintf("%s %s", shots[i].Time.Format(time.DateTime), shots[i].Camera)
		}
		of[i] = burst
	}
	return of, ""
}

// Scenes are cut where neighbours are farther apart than this share of pairs that are none.
const (
	sceneShare  = 0.02
	leastScenes = 0.20 // share of neighbours that must be nearer; by chance sceneShare is
	randomPairs = 4000
)

// scenes proposes neighbours by name that look alike. Of a film that pans and zooms over 36 photos
// of foods (447 frames) it keeps all pairs of a scene together, and no others; of 3,409 garments
// without order in their names it proposes none. It takes the order of names in all folders
// together or in each alone, whichever puts more photos beside one like them.
func (f *finder) scenes(context.Context) error {
	if len(f.images) < 10 {
		return nil
	}
	rows := unit(f.features)
	var best []string
	most := 0
	for _, together := range []bool{true, false} {
		order := f.byName(together)
		of, near := f.cut(rows, order, f.unlike(rows, order))
		if near > most {
			best, most = of, near
		}
	}
	if float64(most) < leastScenes*float64(len(f.images)) {
		return nil
	}
	f.add(Proposal{Name: Scenes, Rule: Scenes,
		Text: "neighbours by name that look alike, as frames of a film do"}, best)
	return nil
}

// unlike is the distance within which few pairs are that are no neighbours: photos of one class,
// since that these stand together in their folder makes no scenes, and a quarter of it or more
// apart.
func (f *finder) unlike(rows [][]float32, order []int) float64 {
	r := rand.New(rand.NewPCG(f.Seed, 3))
	of := map[int][]int{}
	for _, i := range order {
		of[f.labels[i]] = append(of[f.labels[i]], i)
	}
	var all []float64
	for range randomPairs {
		class := of[f.labels[order[r.IntN(len(order))]]]
		n := len(class)
		at := r.IntN(n)
		i, j := class[at], class[(at+n/4+r.IntN(n-2*(n/4)))%n]
		if f.units[i] != f.units[j] {
			all = append(all, distance(rows[i], rows[j]))
		}
	}
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[int(sceneShare*float64(len(all)))]
}

// cut gives the photos in this order their scenes, and counts neighbours of one scene.
func (f *finder) cut(rows [][]float32, order []int, limit float64) (of []string, near int) {
	of = make([]string, len(rows))
	scene := ""
	for n, i := range order {
		if n > 0 && distance(rows[order[n-1]], rows[i]) <= limit {
			near++
		} else {
			scene = "from " + f.images[i].Path
		}
		of[i] = scene
	}
	return of, near
}

var lastNumber = regexp.MustCompile(`^(.*?)(\d{1,18})(\D*)$`)

// byName orders photos by their names, with the last number in them as a number; by folders first,
// unless they are taken together.
func (f *finder) byName(together bool) []int {
	type key struct {
		folder, prefix string
		number         int64
	}
	keys, order := make([]key, len(f.images)), make([]int, len(f.images))
	for i, im := range f.images {
		k := key{prefix: path.Base(im.Path)}
		if m := lastNumber.FindStringSubmatch(strings.TrimSuffix(k.prefix, path.Ext(k.prefix))); m != nil {
			k.prefix = m[1]
			k.number, _ = strconv.ParseInt(m[2], 10, 64) // at most 18 digits: it fits
		}
		if !together {
			k.folder = path.Dir(im.Path)
		}
		keys[i], order[i] = k, i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(keys[a].folder, keys[b].folder), cmp.Compare(keys[a].prefix, keys[b].prefix),
			cmp.Compare(keys[a].number, keys[b].number))
	})
	return order
}

// alikes proposes photos with the same details. Groups are chains: each photo agrees with another
// one of its group.
func (f *finder) alikes(ctx context.Context) error {
	o := detail.Default()
	o.Embed, o.Turns = f.Embed, 1
	near, err := detail.Find(ctx, f.engine, f.set, f.images, o, f.progress)
	if err != nil {
		return err
	}
	groups, root := make([]string, len(f.images)), make([]int, len(f.images))
	for i := range root {
		root[i] = i
	}
	find := func(i int) int {
		for root[i] != i {
			root[i] = root[root[i]]
			i = root[i]
		}
		return i
	}
	for _, p := range near.Pairs {
		a, b := find(p.A), find(p.B)
		root[max(a, b)] = min(a, b)
	}
	for i := range groups {
		groups[i] = "like " + f.images[find(i)].Path
	}
	f.add(Proposal{Name: Alikes, Rule: Alikes,
		Text: "photos with the same details: crops, slightly turned and framed photos, frames of a film"}, groups)
	return nil
}

// unit are rows of length 1 after their mean was taken off.
func unit(rows [][]float32) [][]float32 {
	mean := make([]float64, len(rows[0]))
	for _, row := range rows {
		for j, v := range row {
			mean[j] += float64(v) / float64(len(rows))
		}
	}
	out := make([][]float32, len(rows))
	for i, row := range rows {
		length := 0.0
		for j, v := range row {
			length += (float64(v) - mean[j]) * (float64(v) - mean[j])
		}
		out[i] = make([]float32, len(row))
		for j, v := range row {
			if length > 0 {
				out[i][j] = float32((float64(v) - mean[j]) / math.Sqrt(length))
			}
		}
	}
	return out
}

// distance is the cosine distance of two rows of length 1.
func distance(a, b []float32) float64 {
	sum := float32(0)
	for j, v := range a {
		sum += v * b[j]
	}
	return max(0, 1-float64(sum))
}
