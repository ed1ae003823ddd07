package metric

import (
	"maps"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Agreement is how well two lists of labels of the same photos agree.
type Agreement struct {
	N        int      `json:"n"`     // photos
	Agree    int      `json:"agree"` // photos with the same label in both
	Share    float64  `json:"share"`
	Interval Interval `json:"interval"` // of Share, 95 %, Wilson

	Kappa         float64  `json:"kappa"`          // Cohen's kappa: 1 is full agreement, 0 is chance
	KappaInterval Interval `json:"kappa_interval"` // 95 %
	KappaKnown    bool     `json:"kappa_known"`    // false where all labels are one class: then chance alone agrees
}

// Agree compares the labels a and b of the same photos, in the same order. They must have the same
// length.
//
// Kappa is Cohen's (1960). Its interval is from the standard error of Fleiss, Cohen and Everitt
// (Large sample standard errors of kappa and weighted kappa, 1969; in Fleiss, Levin and Paik,
// Statistical Methods for Rates and Proportions, 3rd edition, formula 18.15). That error is 0 where
// all labels agree; there the interval is Wilson's interval of the share, on the scale of kappa.
func Agree(a, b []string) Agreement {
	r := Agreement{N: len(a), Interval: Interval{0, 1}}
	if r.N == 0 {
		return r
	}
	cells, rows, columns := map[[2]string]float64{}, map[string]float64{}, map[string]float64{}
	n := float64(r.N)
	for i := range a {
		if a[i] == b[i] {
			r.Agree++
		}
		cells[[2]string{a[i], b[i]}] += 1 / n
		rows[a[i]] += 1 / n
		columns[b[i]] += 1 / n
	}
	r.Share, r.Interval = float64(r.Agree)/n, Wilson(r.Agree, r.N)
	chance := 0.0
	for _, class := range slices.Sorted(maps.Keys(rows)) { // in one order, so that sums are the same each time
		chance += rows[class] * columns[class]
	}
	if len(rows) == 1 && len(columns) == 1 && r.Agree == r.N {
		return r
	}
	scale := func(share float64) float64 { return (share - chance) / (1 - chance) }
	r.KappaKnown, r.Kappa = true, scale(r.Share)
	half := distuv.UnitNormal.Quantile(0.975) * kappaError(r.Share, chance, n, cells, rows, columns)
	r.KappaInterval = Interval{max(-1, r.Kappa-half), min(1, r.Kappa+half)}
	if half < 1e-9 { // all agree, or all differ, or one person has one label: no photos are that certain
		r.KappaInterval = Interval{max(-1, scale(r.Interval[0])), min(1, scale(r.Interval[1]))}
	}
	return r
}

// kappaError is the standard error of kappa, of shares of photos by both labels (cells) and by
// each.
func kappaError(share, chance, n float64, cells map[[2]string]float64, rows, columns map[string]float64) float64 {
	same, other := 0.0, 0.0
	pairs := slices.SortedFunc(maps.Keys(cells), func(a, b [2]string) int { return slices.Compare(a[:], b[:]) })
	for _, at := range pairs {
		p := cells[at]
		if at[0] == at[1] {
			d := (1 - chance) - (rows[at[0]]+columns[at[0]])*(1-share)
			same += p * d * d
		} else {
			d := columns[at[0]] + rows[at[1]]
			other += p * d * d
		}
	}
	rest := share*chance - 2*chance + share
	variance := same + (1-share)*(1-share)*other - rest*rest
	return math.Sqrt(max(0, variance)/n) / ((1 - chance) * (1 - chance))
}
