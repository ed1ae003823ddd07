package tradeoff

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"gonum.org/v1/gonum/floats"

	"imagelab/lib/metric"
	"imagelab/lib/runlog"
)

// Result is accuracy against speed: what fits were worth, and what their networks cost on each machine.
type Result struct {
	Dataset  string
	Split    string // digest
	Side     string // "test" or "val": the judged images
	Images   int    // judged
	Machines []string
	Budget   time.Duration // for choices, see [Compare]
	Points   []Point       // by machine, then by latency, of equals the better on validation first
	Choices  []Choice      // by machine
	Notes    []string      // sentences about what was left out
	Speeds   []Speed       // that were compared
	Records  []runlog.Record
}

// Point is one arm on one machine. An arm is a backbone, a size and a cut; its seeds are averaged.
type Point struct {
	Machine  string // see [Machine]
	Arm      string // name in the records
	Backbone string
	Size     int // side of the input, pixels
	Cut      string
	Seeds    []uint64
	Val      float64         // validation top-1, mean over seeds: what choices go by
	Top1     float64         // of the judged images, mean over seeds
	Interval metric.Interval // 95 %, of seeds and judged images, see [metric.Accuracy]
	Train    float64         // seconds on this machine, see [Compare]; 0 when no fit ran there, or its time is not known
	Front    bool            // no other arm on this machine is both faster and better on the judged images, see [ParetoFront]
	Speed    Speed

	val, judged guesses // val may be empty
}

// Label is the arm's name without the family's, short enough for a figure.
func (p Point) Label() string { return short(p.Arm) }

func short(arm string) string { return strings.ReplaceAll(arm, "efficientnet_", "") }

// Compare joins records of fits on one split with speeds, of one or several machines. Fits that were stopped, failed or had
// a part of the training images only, and fits and speeds without their counterpart, are left out with a note. Fits of
// two splits are an error that names them. The budget is the time that [Quantile] of the single calls of a network may
// take; 0 is none.
//
// Training time is what one fit of the arm takes from the photos' files on, see [runlog.Record.Training]; of several fits
// the mean.
func Compare(records []runlog.Record, speeds []Speed, budget time.Duration) (Result, error) {
	t := Result{Budget: budget, Speeds: speeds, Records: records}
	usable, err := t.usable(records)
	if err != nil {
		return Result{}, err
	}
	groups := group(usable)
	for _, s := range speeds {
		machine := Machine(s.Environment)
		if s.Error != "" {
			t.Notes = append(t.Notes, fmt.Sprintf("%s at %d px could not be measured on %s: %s", short(s.Backbone), s.Size, machine, s.Error))
			continue
		}
		if !slices.Contains(t.Machines, machine) {
			t.Machines = append(t.Machines, machine)
		}
		for _, g := range groups {
			if g.at.Backbone == s.Backbone && g.at.Size == s.Size {
				p := g.at
				p.Machine, p.Speed, p.Train = machine, s, g.training(machine)
				t.Points = append(t.Points, p)
			}
		}
	}
	if len(t.Points) == 0 {
		return Result{}, fmt.Errorf("tradeoff: %d arms and %d speeds have no backbone and size in common: measure the speed of what was trained", len(groups), len(speeds))
	}
	t.missing(groups)
	slices.SortStableFunc(t.Points, func(a, b Point) int {
		return cmp.Or(cmp.Compare(a.Machine, b.Machine), cmp.Compare(a.Speed.Latency.Median, b.Speed.Latency.Median), cmp.Compare(b.Val, a.Val), cmp.Compare(a.Arm, b.Arm))
	})
	slices.Sort(t.Machines)
	t.mark()
	for _, machine := range t.Machines {
		if on := t.On(machine); len(on) > 0 {
			t.Choices = append(t.Choices, t.choose(machine, on))
		}
	}
	return t, nil
}

// Open compares what the folder dir holds, see [Compare]: the records and speeds of a trade-off that was made before.
func Open(dir string, budget time.Duration) (Result, error) {
	records, _, err := runlog.ReadDir(dir)
	if err != nil {
		return Result{}, err
	}
	speeds, _, err := ReadDir(dir)
	if err != nil {
		return Result{}, err
	}
	return Compare(records, speeds, budget)
}

// On lists the points of a machine by latency.
func (t Result) On(machine string) []Point {
	var on []Point
	for _, p := range t.Points {
		if p.Machine == machine {
			on = append(on, p)
		}
	}
	return on
}

// usable checks that records belong together and leaves out what cannot be compared.
func (t *Result) usable(records []runlog.Record) ([]runlog.Record, error) {
	var usable []runlog.Record
	silent, leaky := 0, false
	for _, r := range records {
		switch {
		case !finished(r):
		case !whole(r.Outcomes):
			silent++
		case len(usable) > 0 && r.Split != t.Split:
			return nil, fmt.Errorf("tradeoff: records of two splits: %s (%.8s) and %s (%.8s); keep them in folders of their own", t.Dataset, t.Split, r.Dataset, r.Split)
		case len(usable) > 0 && !r.Outcomes.SameImages(usable[0].Outcomes):
			return nil, fmt.Errorf("tradeoff: record %s was judged on %d %s images, others on %d %s images: run the same experiment for all", r.ID, len(r.Outcomes.Labels), r.Outcomes.Side, t.Images, t.Side)
		default:
			t.Dataset, t.Split, t.Side, t.Images = r.Dataset, r.Split, r.Outcomes.Side, len(r.Outcomes.Labels)
			usable, leaky = append(usable, r), leaky || r.AllowLeak
		}
	}
	if len(usable) == 0 {
		return nil, fmt.Errorf("tradeoff: none of %d records is of a finished fit that keeps its predictions: run `imagelab tradeoff` first", len(records))
	}
	if out := len(records) - len(usable) - silent; out > 0 {
		t.Notes = append(t.Notes, fmt.Sprintf("%d fits that failed, were stopped or had a part of the training images are left out.", out))
	}
	if silent > 0 {
		t.Notes = append(t.Notes, fmt.Sprintf("%d fits that keep no predictions of single images are left out.", silent))
	}
	if leaky {
		t.Notes = append(t.Notes, "Photos stand on both sides of the split: the results are too good.")
	}
	return usable, nil
}

func finished(r runlog.Record) bool { return r.State() == runlog.StateDone && r.PerClass == 0 }

// arm is the fits of one arm.
type arm struct {
	at      Point // all but the machine's part
	records []runlog.Record
}

// group collects arms in the order of their first records and averages them.
func group(records []runlog.Record) []*arm {
	var arms []*arm
	for _, r := range records {
		i := slices.IndexFunc(arms, func(a *arm) bool {
			return a.at.Arm == r.ArmName() && a.at.Backbone == r.Backbone && a.at.Size == r.Size && a.at.Cut == r.Cut
		})
		if i < 0 {
			i = len(arms)
			arms = append(arms, &arm{at: Point{Arm: r.ArmName(), Backbone: r.Backbone, Size: r.Size, Cut: r.Cut}})
		}
		arms[i].records = append(arms[i].records, r)
	}
	for _, a := range arms {
		a.average()
	}
	return arms
}

func (a *arm) average() {
	var val []float64
	var right [][]bool
	for _, r := range a.records {
		a.at.Seeds = append(a.at.Seeds, r.Seed)
		val = append(val, r.Val.Top1)
		right = append(right, hits(r.Outcomes))
	}
	slices.Sort(a.at.Seeds)
	a.at.Val = floats.Sum(val) / float64(len(val))
	a.at.Top1, a.at.Interval = metric.Accuracy(right, a.records[0].Outcomes.Groups)
	a.at.judged = guesses{shares(right), a.records[0].Outcomes}
	if right := a.validated(); right != nil {
		a.at.val = guesses{shares(right), a.records[0].Validation()}
	}
}

// validated are the hits on validation images by fit; nil unless all fits keep them, on the same images.
func (a *arm) validated() [][]bool {
	var right [][]bool
	for _, r := range a.records {
		o := r.Validation()
		if !whole(o) || !o.SameImages(a.records[0].Validation()) {
			return nil
		}
		right = append(right, hits(o))
	}
	return right
}

// whole reports whether there is a prediction, and a group or none, for every image.
func whole(o *runlog.Outcomes) bool {
	return o != nil && len(o.Labels) > 0 && len(o.Predicted) == len(o.Labels) && (o.Groups == nil || len(o.Groups) == len(o.Labels))
}

func hits(o *runlog.Outcomes) []bool {
	right := make([]bool, len(o.Labels))
	for i, label := range o.Labels {
		right[i] = o.Predicted[i] == label
	}
	return right
}

// shares is how often each image was right, as a share of the fits; nil without fits.
func shares(right [][]bool) []float64 {
	if len(right) == 0 {
		return nil
	}
	means := make([]float64, len(right[0]))
	for _, row := range right {
		for i, ok := range row {
			if ok {
				means[i] += 1 / float64(len(right))
			}
		}
	}
	return means
}

// training is the mean time of a fit on a machine, seconds; 0 when none ran there, or none tells.
func (a *arm) training(machine string) float64 {
	sum, n := 0.0, 0
	for _, r := range a.records {
		if seconds, known := r.Training(); known && Machine(r.Environment) == machine {
			sum, n = sum+seconds, n+1
		}
	}
	return sum / float64(max(n, 1))
}

// missing notes arms whose speed is not known anywhere.
func (t *Result) missing(groups []*arm) {
	for _, g := range groups {
		if !slices.ContainsFunc(t.Points, func(p Point) bool { return p.Arm == g.at.Arm }) {
			t.Notes = append(t.Notes, fmt.Sprintf("%s was trained, but its speed was not measured.", short(g.at.Arm)))
		}
	}
}

// mark finds the front of every machine.
func (t *Result) mark() {
	for from := 0; from < len(t.Points); {
		on := t.On(t.Points[from].Machine)
		var costs, values []float64
		for _, p := range on {
			costs, values = append(costs, p.Speed.Latency.Median), append(values, p.Top1)
		}
		for i, front := range ParetoFront(costs, values) {
			t.Points[from+i].Front = front
		}
		from += len(on)
	}
}

// ParetoFront marks the points that no other dominates, that is, costs no more and is worth no less, and differs in one
// (Pareto). Equal points are on it together.
func ParetoFront(costs, values []float64) []bool {
	front := make([]bool, len(costs))
	for i := range costs {
		front[i] = true
		for j := range costs {
			if costs[j] <= costs[i] && values[j] >= values[i] && (costs[j] < costs[i] || values[j] > values[i]) {
				front[i] = false
			}
		}
	}
	return front
}

// Networks lists what has to be measured to weigh the records of fits: each backbone and size once, in their order.
func Networks(records []runlog.Record) []Network {
	var arms []Network
	for _, r := range records {
		if !finished(r) {
			continue
		}
		arm := Network{Backbone: r.Backbone, Size: r.Size, CropFraction: cropOf(r), Classes: len(r.Val.Classes)}
		if !slices.ContainsFunc(arms, func(a Network) bool { return a.Backbone == arm.Backbone && a.Size == arm.Size }) {
			arms = append(arms, arm)
		}
	}
	return arms
}

func cropOf(r runlog.Record) float64 {
	var c struct { // of finetune.Config, which would bring the engine along
		CropFraction float64 `json:"crop_fraction"`
	}
	if json.Unmarshal(r.Config, &c) != nil {
		return 0 // a configuration of another version: the backbone's own
	}
	return c.CropFraction
}
