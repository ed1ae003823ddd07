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
	"imagelab/lib/recipe"
	"imagelab/lib/runlog"
)

// Result is accuracy against speed: the accuracy of models, and the speed of their networks on each
// machine.
type Result struct {
	Dataset  string
	Split    string        // digest of the split
	Side     string        // side of the judged photos, "test" or "val"
	Images   int           // number of judged photos
	Machines []string      // names of machines, see [Machine]
	Budget   time.Duration // limit for the latency, see [Compare]; 0: none
	Points   []Point       // by machine, then by latency; of equal ones the better on validation first
	Choices  []Choice      // recommendation for each machine
	Notes    []string      // sentences about what was left out
	Speeds   []Speed       // that were compared
	Records  []runlog.Record
}

// Point is one model on one machine: a backbone with an input size and a cut. Seeds are averaged.
type Point struct {
	Machine   string // name of the machine, see [Machine]
	Model     string // name of the model in the records
	Backbone  string
	Size      int // side of the input, pixels
	Cut       string
	Precision string // see [recipe.Config]
	Seeds     []uint64
	Val       float64         // validation accuracy, mean over seeds; choices use it
	Top1      float64         // accuracy on the judged photos, mean over seeds
	Interval  metric.Interval // 95 % interval over seeds and judged photos, see [metric.Accuracy]
	Train     float64         // training time on this machine, seconds, see [Compare]; 0: not known
	Front     bool            // whether it is on the machine's [ParetoFront] of latency and accuracy on the judged photos
	Speed     Speed

	val, judged guesses // predictions on validation and judged photos; val may be empty
}

// Label is the name of the model without that of the network family.
func (p Point) Label() string { return short(p.Model) }

func short(model string) string { return strings.ReplaceAll(model, "efficientnet_", "") }

// Compare joins the records of fits on one split with speeds, of one or several machines. It leaves
// out, with a note, fits that were stopped, failed or trained on a part of the training photos, and
// fits and speeds without their counterpart. Fits of two splits are an error that names them.
// `budget` is the limit for [Quantile] of the network's latencies; 0 is none.
//
// The training time of a model is that of one fit from the photos' files on, see
// [runlog.Record.Training], as the mean over its fits.
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
			t.Notes = append(t.Notes, fmt.Sprintf("%s at %d px could not be measured on %s: %s", short(s.Backbone),
				s.Size, machine, s.Error))
			continue
		}
		if !slices.Contains(t.Machines, machine) {
			t.Machines = append(t.Machines, machine)
		}
		for _, g := range groups {
			if g.at.Backbone == s.Backbone && g.at.Size == s.Size && g.at.Precision == cmp.Or(s.Precision, recipe.Float32) {
				p := g.at
				p.Machine, p.Speed, p.Train = machine, s, g.training(machine)
				t.Points = append(t.Points, p)
			}
		}
	}
	if len(t.Points) == 0 {
		return Result{}, fmt.Errorf("tradeoff: %d models and %d speeds have no backbone and size in common: "+
			"measure the speed of the trained models", len(groups), len(speeds))
	}
	t.missing(groups)
	slices.SortStableFunc(t.Points, func(a, b Point) int {
		return cmp.Or(cmp.Compare(a.Machine, b.Machine), cmp.Compare(a.Speed.Latency.Median, b.Speed.Latency.Median),
			cmp.Compare(b.Val, a.Val), cmp.Compare(a.Model, b.Model))
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

// Open compares what the folder dir holds, see [Compare]: the records and speeds of a trade-off
// that was made before.
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
			return nil, fmt.Errorf("tradeoff: records of two splits: %s (%.8s) and %s (%.8s); keep them in "+
				"separate folders", t.Dataset, t.Split, r.Dataset, r.Split)
		case len(usable) > 0 && !r.Outcomes.SameImages(usable[0].Outcomes):
			return nil, fmt.Errorf("tradeoff: record %s was judged on %d %s photos, others on %d %s photos: run "+
				"the same experiment for all", r.ID, len(r.Outcomes.Labels), r.Outcomes.Side, t.Images, t.Side)
		default:
			t.Dataset, t.Split, t.Side, t.Images = r.Dataset, r.Split, r.Outcomes.Side, len(r.Outcomes.Labels)
			usable, leaky = append(usable, r), leaky || r.AllowLeak
		}
	}
	if len(usable) == 0 {
		return nil, fmt.Errorf("tradeoff: none of %d records is of a finished fit with predictions of single "+
			"photos: fit models first", len(records))
	}
	if out := len(records) - len(usable) - silent; out > 0 {
		t.Notes = append(t.Notes, fmt.Sprintf(
			"Left out: %d fits that failed, were stopped or used only a part of the training photos.", out))
	}
	if silent > 0 {
		t.Notes = append(t.Notes, fmt.Sprintf("Left out: %d fits without predictions of single photos.", silent))
	}
	if t.judgesTwice() {
		t.Notes = append(t.Notes, "The validation photos chose the model and judge it, so its accuracy is too good: "+
			"split with a test side for an accuracy to report.")
	}
	if leaky {
		t.Notes = append(t.Notes, "The same photos are on both sides of the split: the results are too good.")
	}
	return usable, nil
}

func finished(r runlog.Record) bool { return r.State() == runlog.StateDone && r.PerClass == 0 }

// candidate holds the fits of one model.
type candidate struct {
	at      Point // point without the fields of the machine
	records []runlog.Record
}

// group groups records by model, in the order of their first records, and averages each model.
func group(records []runlog.Record) []*candidate {
	var candidates []*candidate
	for _, r := range records {
		i := slices.IndexFunc(candidates, func(a *candidate) bool {
			return a.at.Model == r.SettingName() && a.at.Backbone == r.Backbone && a.at.Size == r.Size && a.at.Cut == r.Cut &&
				a.at.Precision == precisionOf(r)
		})
		if i < 0 {
			i = len(candidates)
			candidates = append(candidates, &candidate{at: Point{Model: r.SettingName(), Backbone: r.Backbone,
				Size: r.Size, Cut: r.Cut, Precision: precisionOf(r)}})
		}
		candidates[i].records = append(candidates[i].records, r)
	}
	for _, a := range candidates {
		a.average()
	}
	return candidates
}

func (a *candidate) average() {
	var val []float64
	var right [][]bool
	for _, r := range a.records {
		a.at.Seeds = append(a.at.Seeds, r.Seed)
		val = append(val, r.Val.Top1)
		right = append(right, r.Outcomes.Right())
	}
	slices.Sort(a.at.Seeds)
	a.at.Val = floats.Sum(val) / float64(len(val))
	a.at.Top1, a.at.Interval = metric.Accuracy(right, a.records[0].Outcomes.Groups)
	a.at.judged = guesses{shares(right), a.records[0].Outcomes}
	if right := a.validated(); right != nil {
		a.at.val = guesses{shares(right), a.records[0].Validation()}
	}
}

// validated is which validation photos each fit classified correctly; nil unless all fits have
// these predictions, for the same photos.
func (a *candidate) validated() [][]bool {
	var right [][]bool
	for _, r := range a.records {
		o := r.Validation()
		if !whole(o) || !o.SameImages(a.records[0].Validation()) {
			return nil
		}
		right = append(right, o.Right())
	}
	return right
}

// whole reports whether there is a prediction for every photo and, if there are groups, a group.
func whole(o *runlog.Outcomes) bool {
	return o != nil && len(o.Labels) > 0 && len(o.Predicted) == len(o.Labels) &&
		(o.Groups == nil || len(o.Groups) == len(o.Labels))
}

// shares is the share of the fits that were right, for each photo; nil without fits.
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

// training is the mean training time of a fit on a machine, seconds; 0: not known.
func (a *candidate) training(machine string) float64 {
	sum, n := 0.0, 0
	for _, r := range a.records {
		if seconds, known := r.Training(); known && Machine(r.Environment) == machine {
			sum, n = sum+seconds, n+1
		}
	}
	return sum / float64(max(n, 1))
}

// missing adds a note for each model whose speed was not measured on any machine.
func (t *Result) missing(groups []*candidate) {
	for _, g := range groups {
		if !slices.ContainsFunc(t.Points, func(p Point) bool { return p.Model == g.at.Model }) {
			t.Notes = append(t.Notes, fmt.Sprintf("%s was trained, but its speed was not measured.", short(g.at.Model)))
		}
	}
}

// mark marks the Pareto front of each machine.
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

// ParetoFront marks the points that no other point dominates. A point dominates another one if its
// cost is not higher, its value is not lower, and one of them differs. Equal points are on the
// front together.
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

// Networks lists the networks of these fits that must be timed: each backbone, size and precision
// once, in their order.
func Networks(records []runlog.Record) []Network {
	var list []Network
	for _, r := range records {
		if !finished(r) {
			continue
		}
		network := Network{Backbone: r.Backbone, Size: r.Size, CenterCropFraction: configOf(r).CenterCropFraction,
			Classes: len(r.Val.Classes), Precision: precisionOf(r)}
		if !slices.ContainsFunc(list, func(a Network) bool {
			return a.Backbone == network.Backbone && a.Size == network.Size && a.Precision == network.Precision
		}) {
			list = append(list, network)
		}
	}
	return list
}

// configOf is the recipe of a fit, empty where it is of another version.
func configOf(r runlog.Record) recipe.Config {
	var c recipe.Config
	if json.Unmarshal(r.Config, &c) != nil {
		return recipe.Config{}
	}
	return c
}

func precisionOf(r runlog.Record) string { return cmp.Or(configOf(r).Precision, recipe.Float32) }
