package race

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"imagelab/lib/metric"
	"imagelab/lib/text"
)

// Ratio compares ours with one peer at one work. Where the work was measured without peers, only
// Work, Ours and Unit are set.
type Ratio struct {
	Work     string  `json:"work"`
	Ours     float64 `json:"ours"` // median of the rounds
	Peer     float64 `json:"peer,omitempty"`
	PeerName string  `json:"peer_name,omitempty"`
	Unit     string  `json:"unit"`
	Ratio    float64 `json:"ratio,omitempty"` // how many times faster ours is: median of the rounds' ratios
	Min      float64 `json:"ratio_min,omitempty"`
	Max      float64 `json:"ratio_max,omitempty"`
}

// Ratios compares ours with every peer at every work, in the report's order. Both sides of a ratio
// are of the same round, so that what slows the machine down for a while hits both.
func (r Report) Ratios() []Ratio {
	var all []Ratio
	for _, p := range r.Parts {
		for _, w := range p.Works {
			all = append(all, w.ratios()...)
		}
	}
	return all
}

func (w Work) ratios() []Ratio {
	ours := w.Results[0].Values
	if len(w.Results) == 1 {
		return []Ratio{{Work: w.Name, Ours: metric.Median(ours), Unit: w.Unit}}
	}
	var all []Ratio
	for _, peer := range w.Results[1:] {
		ratios := make([]float64, min(len(ours), len(peer.Values)))
		for i := range ratios {
			ratios[i] = ours[i] / peer.Values[i]
			if w.Unit == Seconds {
				ratios[i] = peer.Values[i] / ours[i]
			}
		}
		all = append(all, Ratio{Work: w.Name, Ours: metric.Median(ours), Peer: metric.Median(peer.Values),
			PeerName: peer.Side, Unit: w.Unit,
			Ratio: metric.Median(ratios), Min: slices.Min(ratios), Max: slices.Max(ratios)})
	}
	return all
}

// WithPeer keeps the ratios that compare with something.
func WithPeer(all []Ratio) []Ratio {
	return slices.DeleteFunc(slices.Clone(all), func(r Ratio) bool { return r.PeerName == "" })
}

// Versus keeps the ratios with other libraries, without those of ours at one work with ours at
// another.
func Versus(all []Ratio) []Ratio {
	return slices.DeleteFunc(WithPeer(all), func(r Ratio) bool { return strings.HasPrefix(r.PeerName, Ours) })
}

// Best joins works that differ in their batch into one of the given name, in which every side is at
// the batch that is fastest for it. All works have the same sides.
func Best(name string, works []Work) Work {
	best := Work{Name: name, Unit: works[0].Unit}
	for side := range works[0].Results {
		fastest := slices.MaxFunc(works, func(a, b Work) int {
			return cmp.Compare(metric.Median(a.Results[side].Values), metric.Median(b.Results[side].Values))
		})
		best.Results = append(best.Results, fastest.Results[side])
	}
	return best
}

// Against compares ours at one work with ours at another, as if that were a peer; what says how the
// other differs.
func Against(name string, work, other Work, what string) Work {
	peer := other.Results[0]
	peer.Side = Ours + ", " + what
	return Work{Name: name, Unit: work.Unit, Results: []Result{work.Results[0], peer}}
}

// quiet is the share of the cores that other programs may use before ratios are in doubt. Peers
// that spin while they wait for a thread lose far more to others than this much.
const quiet = 0.05

// Verdict says in two sentences how ours compares with its peers, and in a third, on a line of its
// own, if other programs were running.
func (r Report) Verdict() string {
	all := Versus(r.Ratios())
	if len(all) == 0 {
		return "No peer was measured."
	}
	faster := 0
	for _, x := range all {
		if x.Ratio > 1 {
			faster++
		}
	}
	order := func(a, b Ratio) int { return cmp.Compare(a.Ratio, b.Ratio) }
	low, high := slices.MinFunc(all, order), slices.MaxFunc(all, order)
	verdict := fmt.Sprintf("Ours is the faster side in %d of %d comparisons. The ratios reach from %s (%s, %s) to "+
		"%s (%s, %s).",
		faster, len(all), Times(low.Ratio), low.Work, low.PeerName, Times(high.Ratio), high.Work, high.PeerName)
	var disturbed []string
	for _, p := range r.Parts {
		if p.Interference > quiet {
			disturbed = append(disturbed, fmt.Sprintf("%s (%s of the cores)", p.Name, text.Percent(p.Interference, 0)))
		}
	}
	if len(disturbed) > 0 {
		verdict += "\nOther programs were running, so these parts are in doubt: " + strings.Join(disturbed, ", ") + "."
	}
	return verdict
}

// Times writes a ratio with the digits that it can carry.
func Times(x float64) string {
	switch {
	case x >= 10:
		return fmt.Sprintf("%.0f", x)
	case x >= 1:
		return fmt.Sprintf("%.1f", x)
	}
	return fmt.Sprintf("%.2f", x)
}
