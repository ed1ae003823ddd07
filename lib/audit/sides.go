package audit

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat/combin"

	"imagelab/lib/dataset"
	"imagelab/lib/metric"
	"imagelab/lib/text"
)

const (
	fewPhotos  = 10 // test photos of a class below which its recall says little
	unbalanced = 10 // times as many photos of the largest class as of the smallest
)

// sides looks at what stands on which side.
func (a *auditor) sides(context.Context) error {
	if a.result.Test == 0 {
		a.find(KindSplit, Warning, "The set has no test side: %s. Divide the photos. What does not need sides was audited "+
			"on all %s.", a.sidesText(), text.Count(len(a.images), "photo"))
	}
	if open := len(a.on("")); open > 0 && open < len(a.images) {
		a.find(KindSplit, Note, "%s on no side, and take no part in training or tests.",
			text.Count(open, "photo is", "photos are"))
	}
	if len(a.classes) == 0 {
		return nil
	}
	if len(a.classes) == 1 {
		a.find(KindBalance, Warning, "There is one class only, %s: a classifier needs two or more.",
			text.Name(a.classes[0]))
		return nil
	}
	a.balance()
	if a.result.Test > 0 {
		a.missing()
		a.shares()
	}
	return nil
}

// sidesText counts the photos of the sides.
func (a *auditor) sidesText() string {
	var parts []string
	for _, side := range []string{dataset.Train, dataset.Val, dataset.Test} {
		parts = append(parts, fmt.Sprintf("%d %s", len(a.on(side)), text.Side(side)))
	}
	return strings.Join(parts, ", ")
}

// counts are photos by class, of some photos.
func (a *auditor) counts(photos []int) []int {
	n := make([]int, len(a.classes))
	for _, i := range photos {
		if k := a.labels[i]; k >= 0 {
			n[k]++
		}
	}
	return n
}

func (a *auditor) balance() {
	n := a.counts(a.labelled())
	least, most := 0, 0
	for k := range n {
		if n[k] < n[least] {
			least = k
		}
		if n[k] > n[most] {
			most = k
		}
	}
	severity, advice := Note, ""
	if n[most] >= unbalanced*n[least] {
		severity, advice = Warning, " Accuracy is mostly that of the large classes: look at balanced accuracy and "+
			"at the recall of each class."
	}
	counts := fmt.Sprintf("each has %d photos", n[most])
	if n[most] > n[least] {
		counts = fmt.Sprintf("%s has %d, %s has %d",
			text.Name(a.classes[most]), n[most], text.Name(a.classes[least]), n[least])
	}
	a.find(KindBalance, severity, "%s: %s.%s", text.Count(len(a.classes), "class", "classes"), counts, advice)
}

// missing names classes that a side lacks, and those with few test photos.
func (a *auditor) missing() {
	for _, side := range []string{dataset.Train, dataset.Val, dataset.Test} {
		photos := a.on(side)
		if len(photos) == 0 {
			continue
		}
		if side == dataset.Test {
			a.few(a.counts(photos))
		}
		var none []string
		for k, n := range a.counts(photos) {
			if n == 0 {
				none = append(none, a.classes[k])
			}
		}
		if len(none) == 0 {
			continue
		}
		severity, why := Warning, "its recall is not known"
		if side == dataset.Train {
			severity, why = Error, "a model cannot learn what it never sees"
		}
		a.find(KindBalance, severity, "%s no %s photo (%s): %s.",
			text.Count(len(none), "class has", "classes have"), text.Side(side), names(none), why)
	}
}

// few names classes with few test photos.
func (a *auditor) few(n []int) {
	var small []string
	least := fewPhotos
	for k := range n {
		if n[k] > 0 && n[k] < fewPhotos {
			small = append(small, a.classes[k])
			least = min(least, n[k])
		}
	}
	if len(small) > 0 {
		i := metric.Wilson(int(math.Round(0.9*float64(least))), least)
		a.find(KindBalance, Warning, "%s fewer than %d test photos (%s). Of %s, a recall of about 90 %% "+
			"has the interval %s to %s.",
			text.Count(len(small), "class has", "classes have"), fewPhotos, names(small), text.Count(least, "photo"),
			text.Percent(i[0], 0), text.Percent(i[1], 0))
	}
}

// shares compares the class shares of the test and the validation side with those of all other
// photos: Fisher's exact test for each class and side, adjusted for the number of them all. A split
// deals groups, and so the test counts groups; the shares that are told are those of photos.
func (a *auditor) shares() {
	deal, total := a.deal(), a.counts(a.labelled())
	var sides []string
	var ps []float64
	for _, side := range []string{dataset.Test, dataset.Val} {
		if size := sum(a.counts(a.on(side))); size > 0 && size < sum(total) {
			sides, ps = append(sides, side), append(ps, deal.compare(side, len(a.classes))...)
		}
	}
	ps = metric.Holm(ps)
	counted := ""
	if len(deal) < sum(total) {
		counted = " that counts groups and copies once"
	}
	for n, side := range sides {
		here := a.counts(a.on(side))
		size := sum(here)
		var unlike []string
		for k, p := range ps[n*len(a.classes) : (n+1)*len(a.classes)] {
			if p < 0.05 {
				unlike = append(unlike, fmt.Sprintf("%s %s of the %s photos, %s of the others",
					text.Name(a.classes[k]), text.Percent(float64(here[k])/float64(size), 1), text.Side(side),
					text.Percent(float64(total[k]-here[k])/float64(sum(total)-size), 1)))
			}
		}
		if len(unlike) > 0 {
			shown := unlike[:min(len(unlike), 6)]
			a.find(KindShares, Warning, "The shares of %s differ between the %s side and the others by more than chance "+
				"(Fisher's exact test%s, adjusted): %s. Accuracy then depends on the side's shares.",
				text.Count(len(unlike), "class", "classes"), text.Side(side), counted, strings.Join(shown, "; "))
		}
	}
}

// dealt is what a split deals: units with the class and the side of most of their labelled photos.
type dealt []struct {
	class int
	side  string
}

// deal lists the units of the labelled photos. Of equally many photos the first class, and the
// first side by name, counts.
func (a *auditor) deal() dealt {
	type cell struct {
		class map[int]int
		side  map[string]int
	}
	at, cells := map[int]int{}, []cell{}
	for _, i := range a.labelled() {
		n, ok := at[a.units[i]]
		if !ok {
			n = len(cells)
			at[a.units[i]], cells = n, append(cells, cell{map[int]int{}, map[string]int{}})
		}
		cells[n].class[a.labels[i]]++
		cells[n].side[a.images[i].Split]++
	}
	out := make(dealt, len(cells))
	for n, c := range cells {
		out[n].class, out[n].side = mostFrequent(c.class), mostFrequent(c.side)
	}
	return out
}

// mostFrequent is the key with the largest count, the first one of several.
func mostFrequent[K cmp.Ordered](counts map[K]int) K {
	keys := slices.Sorted(maps.Keys(counts))
	return slices.MaxFunc(keys, func(x, y K) int { return cmp.Compare(counts[x], counts[y]) })
}

// compare is the p value of each class: whether its share on a side is that among the others.
func (d dealt) compare(side string, classes int) []float64 {
	size, total, here := 0, make([]int, classes), make([]int, classes)
	for _, unit := range d {
		total[unit.class]++
		if unit.side == side {
			here[unit.class]++
			size++
		}
	}
	p := make([]float64, classes)
	for k := range p {
		p[k] = fisher(here[k], size, total[k], len(d))
	}
	return p
}

// names lists the first of some classes.
func names(classes []string) string {
	const shown = 6
	out := strings.Join(text.Names(classes[:min(len(classes), shown)]), ", ")
	if len(classes) > shown {
		out += fmt.Sprintf(" and %d more", len(classes)-shown)
	}
	return out
}

func sum(n []int) int {
	total := 0
	for _, v := range n {
		total += v
	}
	return total
}

// fisher is the two-sided p value of Fisher's exact test: of `drawn` photos or units out of `all`,
// `hits` are of a kind of which there are `kind`. Tables at most as probable as this one count.
func fisher(hits, drawn, kind, all int) float64 {
	low, high := max(0, drawn+kind-all), min(drawn, kind)
	choose := func(n, k int) float64 { return combin.LogGeneralizedBinomial(float64(n), float64(k)) }
	log := func(k int) float64 { return choose(kind, k) + choose(all-kind, drawn-k) - choose(all, drawn) }
	at, p := log(hits), 0.0
	for k := low; k <= high; k++ {
		if v := log(k); v <= at+1e-9 {
			p += math.Exp(v)
		}
	}
	return min(1, p)
}
