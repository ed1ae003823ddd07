package curve

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"imagelab/lib/runlog"
	"imagelab/lib/text"
)

// checkSame returns an error that names why the records cannot be in one curve.
func checkSame(records []runlog.Record) error {
	judged, settings := map[string]int{}, map[string]int{}
	for _, r := range records {
		if err := checkRecord(r); err != nil {
			return err
		}
		o := r.Outcomes
		judged[fmt.Sprintf("%s split %s, %d %s photos labelled %s", r.Dataset, text.Digest(r.Split), len(o.Labels),
			o.Side, labelsName(o.Labels))]++
		settings[strings.TrimSpace(fmt.Sprintf("%s (%s@%d %s) %s", r.SettingName(), r.Backbone, r.Size, r.Cut, r.Regime))]++
	}
	if len(judged) > 1 {
		return fmt.Errorf("curve: these records were judged on different photos: %s; give records that were "+
			"judged on the same photos", list(judged))
	}
	other := func(r runlog.Record) bool { return !r.Outcomes.SameImages(records[0].Outcomes) }
	if i := slices.IndexFunc(records, other); i >= 0 {
		return fmt.Errorf("curve: records %s and %s list the same photos in another order, because photos were "+
			"renamed in between; give the records from before or after that", records[0].ID, records[i].ID)
	}
	if len(settings) > 1 {
		return fmt.Errorf("curve: these records are of different configurations: %s; make a curve of each", list(settings))
	}
	return nil
}

// checkRecord returns an error if r cannot be part of a learning curve.
func checkRecord(r runlog.Record) error {
	if r.Outcomes == nil || len(r.Outcomes.Labels) == 0 {
		return fmt.Errorf("curve: record %s (%s) has no predictions of single photos: give only records of a "+
			"learning curve", r.ID, r.Dataset)
	}
	if len(r.Outcomes.Predicted) != len(r.Outcomes.Labels) {
		return fmt.Errorf("curve: record %s has %d labels and %d predictions: remove the line and run the fit again",
			r.ID, len(r.Outcomes.Labels), len(r.Outcomes.Predicted))
	}
	if n := len(r.Outcomes.Groups); n > 0 && n != len(r.Outcomes.Labels) {
		return fmt.Errorf("curve: record %s has %d labels and groups of %d photos: remove the line and run the "+
			"fit again", r.ID, len(r.Outcomes.Labels), n)
	}
	if n := len(classes(r)); n == 0 || slices.Max(r.Outcomes.Labels) >= n || slices.Min(r.Outcomes.Labels) < 0 {
		return fmt.Errorf("curve: record %s has labels outside its %d classes: remove the line and run the fit again",
			r.ID, n)
	}
	if trained(r) == 0 {
		return fmt.Errorf("curve: record %s does not say how many photos it was trained on: remove the line and "+
			"run the fit again", r.ID)
	}
	return nil
}

// classes are the class names; labels are indices into them.
func classes(r runlog.Record) []string {
	if r.Outcomes.Side == "test" && r.Test != nil {
		return r.Test.Classes
	}
	return r.Val.Classes
}

func trained(r runlog.Record) int {
	sum := 0
	for _, n := range r.Trained {
		sum += n
	}
	return sum
}

// labelsName is a short hash of a list of labels (FNV-1a).
func labelsName(labels []int) string {
	h := uint32(2166136261)
	for _, l := range labels {
		h = (h ^ uint32(l)) * 16777619
	}
	return fmt.Sprintf("%08x", h)
}

// list is the counted names with their counts, the most frequent first.
func list(counts map[string]int) string {
	names := slices.Sorted(maps.Keys(counts))
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(counts[b], counts[a]) })
	for i, name := range names {
		names[i] = fmt.Sprintf("%d of %s", counts[name], name)
	}
	return strings.Join(names, ", ")
}

// cutHead is the cut that trains only the classifier, see backbone.CutHead.
const cutHead = "head"

// grid holds the fits by size and seed.
type grid struct {
	sizes []int    // by rising number of training photos; 0: all
	seeds []uint64 // ascending
	fits  map[int]map[uint64]runlog.Record
	notes []string
}

// arrange puts records that belong to one curve into a grid.
func arrange(records []runlog.Record) (grid, error) {
	g := grid{fits: map[int]map[uint64]runlog.Record{}}
	for _, r := range records {
		row := g.fits[r.PerClass]
		if row == nil {
			row = map[uint64]runlog.Record{}
			g.fits[r.PerClass] = row
		}
		if old, ok := row[r.Seed]; ok && old.ID != r.ID {
			return grid{}, fmt.Errorf("curve: %s and %s are two fits of size %s and seed %d with different "+
				"settings: give the records of one setting", old.ID, r.ID, sizeName(r.PerClass), r.Seed)
		}
		row[r.Seed] = r
		if !slices.Contains(g.seeds, r.Seed) {
			g.seeds = append(g.seeds, r.Seed)
		}
	}
	slices.Sort(g.seeds)
	g.sizes = slices.SortedFunc(maps.Keys(g.fits), func(a, b int) int {
		// "all" before other sizes that take all photos
		return cmp.Or(cmp.Compare(g.images(a), g.images(b)), cmp.Compare(a, b))
	})
	g.dropRepeats()
	return g, nil
}

// images is the mean number of training photos of the fits of a size.
func (g grid) images(size int) float64 {
	sum := 0
	for _, r := range g.fits[size] {
		sum += trained(r)
	}
	return float64(sum) / float64(len(g.fits[size]))
}

// dropRepeats leaves out sizes that trained on the same photos as another size: their fits add
// nothing.
func (g *grid) dropRepeats() {
	g.sizes = slices.CompactFunc(g.sizes, func(later, first int) bool {
		same := g.images(later) == g.images(first)
		if same {
			g.notes = append(g.notes, fmt.Sprintf("Size %s is left out: it takes the same photos as size %s.",
				sizeName(later), sizeName(first)))
		}
		return same
	})
}

// repeatForSeeds copies the only fit of the size "all" to every seed, if the cut is head: there the
// seed only chooses the training photos, so every seed would give the same fit.
func (g grid) repeatForSeeds(size int, right [][]bool) {
	only, fits := g.fits[size], 0
	for _, r := range only {
		if fits++; r.Cut != cutHead || r.PerClass != 0 {
			return
		}
	}
	if fits != 1 {
		return
	}
	for s, seed := range g.seeds {
		if _, ok := only[seed]; ok {
			for k := range right {
				right[k] = right[s]
			}
			return
		}
	}
}

// table is the part of the grid for the judged photos with the given indices. The number of
// training photos of a fit is x(record) / share.
func (g grid) table(images []int, x func(runlog.Record) int, share float64) table {
	t := table{seeds: g.seeds, groups: g.groups(images)}
	for _, size := range g.sizes {
		right := make([][]bool, len(g.seeds))
		fitted, n, fits := make([]bool, len(g.seeds)), 0.0, 0.0
		for s, seed := range g.seeds {
			r, ok := g.fits[size][seed]
			if !ok {
				continue
			}
			n, fits = n+float64(x(r))/share, fits+1
			fitted[s] = true
			all := r.Outcomes.Right()
			right[s] = make([]bool, len(images))
			for j, i := range images {
				right[s][j] = all[i]
			}
		}
		g.repeatForSeeds(size, right)
		switch last := len(t.train) - 1; {
		case n == 0: // no training photo of the class at this size
		case last >= 0 && t.train[last] == n/fits: // no more photos of this class than before: only the larger size is kept
			t.perClass[last], t.right[last], t.fitted[last], t.shared[last] = size, right, fitted, g.shared(size)
		default:
			t.perClass, t.train, t.right = append(t.perClass, size), append(t.train, n/fits), append(t.right, right)
			t.fitted, t.shared = append(t.fitted, fitted), append(t.shared, g.shared(size))
		}
	}
	return t
}

// shared is the mean share of a size's training photos that two seeds have in common; seeds choose
// from the photos of the largest size. Over classes it is the harmonic mean.
func (g grid) shared(size int) float64 {
	var own, all float64
	largest := g.fits[g.sizes[len(g.sizes)-1]]
	for _, pool := range largest {
		for _, r := range g.fits[size] {
			for class, n := range r.Trained {
				if n > 0 {
					own, all = own+1/float64(n), all+1/float64(max(pool.Trained[class], n))
				}
			}
		}
	}
	return min(all/own, 1)
}

// groups are the group numbers of the judged photos with the given indices; nil if there are no
// groups.
func (g grid) groups(images []int) []int {
	for _, row := range g.fits {
		for _, r := range row { // all records have the same judged photos
			if r.Outcomes.Groups == nil {
				continue
			}
			var groups []int
			for _, i := range images {
				groups = append(groups, r.Outcomes.Groups[i])
			}
			return groups
		}
	}
	return nil
}

func everyImage(n int) []int {
	images := make([]int, n)
	for i := range images {
		images[i] = i
	}
	return images
}
