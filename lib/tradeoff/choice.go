package tradeoff

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"imagelab/lib/text"
)

// Choice is the recommendation for one machine. Only the validation photos choose; the result on
// the test photos is reported for the chosen models. Without test photos the validation photos also
// judge, and the Text says that their accuracy is too good.
//
// Best is the model with the highest validation accuracy. Its lead may be chance. So the model to
// take is the fastest one whose validation accuracy is at most one standard error lower, in a
// paired comparison over photos (the one-standard-error rule of Breiman et al. 1984). Such a model
// is not proven to be as good as the best: the Difference on the test photos says how much worse it
// may be.
//
// A test at the 5 % level would keep far too many models. In a simulation (TestRecommendation: 8 or
// 18 models, whose accuracy rises by 6 points with latency; two models differ on 13 to 15 % of the
// photos; 852 test photos) each rule recommended a model that is more than 2 points worse than the
// truly best one in this many of 100 comparisons:
//
//	validation photos                            200       340       850
//	models                                     8   18    8   18    8   18
//	highest validation top-1 alone            11   11    6   11    0    0
//	one standard error, paired (this rule)    40   57   31   38    9   12
//	5 %, paired, against the best alone       84   93   72   80   37   48
//	5 %, Holm over all pairs, on test photos  88   99   87   98   84   97
//
// The last line is the rule of earlier versions. It compared each model with all others, so more
// models passed when more were compared. The present rule compares each model with the best one
// only, so the number of models changes no comparison.
type Choice struct {
	Machine  string        // name of the machine, see [Machine]
	Budget   time.Duration // limit for the latency, see [Compare]; 0: none
	Best     Point         // model with the highest validation accuracy; of equal ones the fastest
	Take     Point         // model to take; within the budget, if any model is
	Within   *Point        // Take if it is within the budget; nil if no model is, or there is no budget
	Smallest Point         // model to take among those with the fewest parameters
	Against  []Comparison  // each other model compared with Best, by latency
	Text     string        // recommendation in words, a thought a line, the model to take first
}

// Comparison is the difference between a model and the best one.
type Comparison struct {
	Model  string     // name of the model
	Val    Difference // model minus best on the validation photos, which choose
	Judged Difference // model minus best on the judged photos
	Alike  bool       // whether the model is at most one standard error below the best in Val
}

// Quantile is the quantile of the latency that must be within the budget.
const Quantile = 0.90

// keeps reports whether 90 % of the network's calls take no longer than the budget.
func (p Point) keeps(budget time.Duration) bool { return p.Speed.Latency.P90 <= budget.Seconds() }

func (t Result) choose(machine string, on []Point) Choice {
	c := Choice{Machine: machine, Budget: t.Budget}
	c.Best, c.Take = pick(on)
	if keeping := slices.DeleteFunc(slices.Clone(on),
		func(p Point) bool { return !p.keeps(c.Budget) }); len(keeping) > 0 && c.Budget > 0 {
		_, c.Take = pick(keeping)
		c.Within = &c.Take
	}
	least := slices.MinFunc(on, func(a, b Point) int { return cmp.Compare(a.Speed.Parameters, b.Speed.Parameters) })
	_, c.Smallest = pick(slices.DeleteFunc(slices.Clone(on),
		func(p Point) bool { return p.Speed.Parameters > least.Speed.Parameters }))
	for _, p := range on {
		if p.Model != c.Best.Model {
			val := p.val.less(c.Best.val)
			c.Against = append(c.Against, Comparison{p.Model, val, p.judged.less(c.Best.judged), alike(p, c.Best)})
		}
	}
	c.Text = strings.Join(t.words(c, on), "\n")
	return c
}

// pick returns the best of points on validation, and the fastest one within its standard error. The
// points must be sorted by latency.
func pick(points []Point) (best, take Point) {
	best = points[0]
	for _, p := range points[1:] {
		if p.Val > best.Val {
			best = p
		}
	}
	for _, p := range points {
		if p.Model == best.Model || alike(p, best) {
			return best, p
		}
	}
	return best, best
}

// alike reports whether p is at most one standard error below the best on validation. It is false
// if they cannot be compared, see [Difference.Why].
func alike(p, best Point) bool {
	d := p.val.less(best.val)
	return d.Images > 0 && !d.worse()
}

// Cheapest is [Choice] for another cost than latency: the best model on validation on a machine,
// and the model with the lowest cost within one standard error of it; of equal ones the fastest. It
// leaves out models with cost 0, which were not measured, and is false if no model is left.
func (t Result) Cheapest(machine string, cost func(Point) float64) (best, take Point, ok bool) {
	on := slices.DeleteFunc(t.On(machine), func(p Point) bool { return cost(p) <= 0 })
	if len(on) == 0 {
		return best, take, false
	}
	best, _ = pick(on)
	slices.SortStableFunc(on, func(a, b Point) int { return cmp.Compare(cost(a), cost(b)) })
	i := slices.IndexFunc(on, func(p Point) bool { return p.Model == best.Model || alike(p, best) })
	return best, on[i], true
}

// enough is the number of validation photos below which the choice is often chance.
const enough = 300

// words is the recommendation with its reasons, a thought a line.
func (t Result) words(c Choice, on []Point) []string {
	first := "Take " + t.numbers(c.Take)
	if len(t.Machines) > 1 {
		first = fmt.Sprintf("On %s: take %s", c.Machine, t.numbers(c.Take))
	}
	lines := []string{first, t.reason(c, on), times(c.Take)}
	if c.Budget > 0 {
		lines = append(lines, t.budget(c, on))
	}
	if c.Smallest.Speed.Parameters < c.Take.Speed.Parameters {
		lines = append(lines, fmt.Sprintf("The smallest network: %s", t.numbers(c.Smallest)))
	}
	lines = append(lines, t.dominated(on, c.Take, c.Smallest)...)
	return append(lines, t.doubts(c, on)...)
}

// judgesTwice reports whether the photos that chose the model also judge it, since there is no test
// side.
func (t Result) judgesTwice() bool { return t.Side == "val" }

// tooGood ends the reason where [Result.judgesTwice].
const tooGood = "There are no test photos: the validation photos chose the model and judge it, so its accuracy is " +
	"too good."

// reason says why the model is taken, and how much worse than the best it may be.
func (t Result) reason(c Choice, on []Point) string {
	if t.judgesTwice() {
		return t.chosen(c, on) + " " + tooGood
	}
	return t.chosen(c, on)
}

// chosen is reason without a word on photos that judge twice.
func (t Result) chosen(c Choice, on []Point) string {
	n := len(c.Best.val.right)
	if n == 0 {
		is := "It is the best on the validation photos."
		if c.Take.Model != c.Best.Model {
			is = "It is the best on the validation photos that the budget allows."
		}
		return is + " The records have no predictions of single validation " +
			"photos, so a faster model cannot be compared with it: " +
			"delete the records and run the same command again."
	}
	if c.Take.Model == c.Best.Model {
		text := fmt.Sprintf("It is the best on %d validation photos (%.1f %%), and every faster model is %s.", n,
			100*c.Best.Val, below(c, on))
		if !c.Best.val.judges() {
			text += " Split with two groups of photos or more for validation: then a faster model can be compared with it."
		}
		return text
	}
	alikes := 0
	for _, p := range on {
		if (p.Model == c.Best.Model || alike(p, c.Best)) && (c.Within == nil || p.keeps(c.Budget)) {
			alikes++
		}
	}
	val, judged := c.Take.val.less(c.Best.val), c.Take.judged.less(c.Best.judged)
	why := fmt.Sprintf("the fastest of %d models within one standard error of the best on %d validation photos", alikes, n)
	switch {
	case c.Within != nil && !c.Best.keeps(c.Budget):
		why = fmt.Sprintf("what the budget allows; the best on %d validation photos exceeds it", n)
	case c.Within != nil && alikes < 1+count(c.Against):
		why += " that keep to the budget"
	}
	text := fmt.Sprintf("It is %s. The best is %s (%s): %.1f %% on validation, and this model %.1f %% (%s).", why,
		c.Best.Label(), millis(c.Best), 100*c.Best.Val, 100*c.Take.Val, within(val))
	if t.judgesTwice() { // no other photos show the difference
		return text
	}
	text += fmt.Sprintf(" On the %s photos ", t.SideName())
	switch {
	case judged.Images == 0:
		return text + "they cannot be compared, because " + judged.Why + "."
	case judged.Interval[0] >= 0:
		return text + "this model is " + judged.words() + "."
	}
	return text + fmt.Sprintf("this model is %s, so at most %.1f points worse.", judged.words(), -100*judged.Interval[0])
}

// below completes the sentence "every faster model is" about models that are faster than the best
// one, which is taken.
func below(c Choice, on []Point) string {
	reasons := []string{"more than one standard error below it", "over the budget",
		"without predictions of single validation photos to compare", ""}
	var is [4]bool
	for _, p := range on[:slices.IndexFunc(on, func(p Point) bool { return p.Model == c.Best.Model })] {
		switch d := p.val.less(c.Best.val); {
		case d.Why == unpaired:
			is[2] = true
		case d.Images == 0:
			is[3], reasons[3] = true, "not comparable with it, because "+d.Why
		case d.worse():
			is[0] = true
		default: // or it would have been taken
			is[1] = true
		}
	}
	var out []string
	for i, reason := range reasons {
		if is[i] {
			out = append(out, reason)
		}
	}
	if len(out) == 0 {
		return reasons[0]
	}
	return strings.Join(out, ", or ")
}

// count is the number of models that are at most one standard error below the best.
func count(against []Comparison) (n int) {
	for _, a := range against {
		if a.Alike {
			n++
		}
	}
	return n
}

// within compares a difference with its standard error.
func within(d Difference) string {
	if d.Images == 0 {
		return "they cannot be compared, because " + d.Why
	}
	if d.worse() {
		return fmt.Sprintf("a difference of more than one standard error, %.1f points", 100*d.Error)
	}
	return fmt.Sprintf("a difference within one standard error, %.1f points", 100*d.Error)
}

// times says what the latency includes.
func times(p Point) string {
	l := p.Speed.Latency
	text := fmt.Sprintf("Time of one photo: %.3g ms for the network alone (median; medians of the rounds %.3g to "+
		"%.3g; 90 %% of the calls within %.3g)", 1000*l.Median, 1000*l.Interval[0], 1000*l.Interval[1], 1000*l.P90)
	if whole := p.Speed.FromFile(); whole > 0 {
		text += fmt.Sprintf("; %.3g ms from the file, including reading, decoding and resizing a photo of %.2g "+
			"megapixels", 1000*whole, p.Speed.Megapixels)
	}
	return text + "."
}

// budget says how many models are within the budget.
func (t Result) budget(c Choice, on []Point) string {
	keep := 0
	for _, p := range on {
		if p.keeps(c.Budget) {
			keep++
		}
	}
	ms := float64(c.Budget) / float64(time.Millisecond)
	if keep == 0 {
		least := slices.MinFunc(on, func(a, b Point) int { return cmp.Compare(a.Speed.Latency.P90, b.Speed.Latency.P90) })
		return fmt.Sprintf("No model is within the budget of %.4g ms in 90 %% of its calls; the nearest is %s "+
			"with %.3g ms.", ms, least.Label(), 1000*least.Speed.Latency.P90)
	}
	return fmt.Sprintf("%d of %d models are within the budget: 90 %% of the calls of the network alone take %.4g "+
		"ms or less.", keep, len(on), ms)
}

// dominated says, for each recommended model, if another one is neither slower nor larger and was
// more accurate on the test photos. To choose that one instead would make its number on the test
// photos too good. Without test photos it says nothing: the judged photos choose then.
func (t Result) dominated(on []Point, recommended ...Point) []string {
	if t.judgesTwice() {
		return nil
	}
	var lines []string
	for i, p := range recommended {
		if i > 0 && p.Model == recommended[0].Model {
			continue
		}
		over := p
		for _, q := range on {
			if q.Speed.Latency.Median <= p.Speed.Latency.Median && q.Speed.Parameters <= p.Speed.Parameters &&
				q.Top1 > over.Top1 {
				over = q
			}
		}
		if over.Model != p.Model {
			lines = append(lines, fmt.Sprintf(
				"On the %s photos, %s was more accurate than %s (%.1f and %.1f %%) and is neither slower nor larger. "+
					"But only the validation photos choose: a choice by the %s photos would make their result too good.",
				t.SideName(), over.Label(), p.Label(), 100*over.Top1, 100*p.Top1, t.SideName()))
		}
	}
	return lines
}

// doubts are reasons not to trust the choice.
func (t Result) doubts(c Choice, on []Point) []string {
	var lines []string
	if n := len(c.Best.val.right); n > 0 && n < enough {
		lines = append(lines, fmt.Sprintf(
			"There are only %d validation photos to choose by. In simulations with 200, about half of the choices "+
				"were more than 2 points worse than the best model: "+
				"split with %d or more for validation.", n, enough))
	}
	noisiest := slices.MaxFunc(on, func(a, b Point) int { return cmp.Compare(a.Speed.Noise, b.Speed.Noise) })
	if noisiest.Speed.Noise > Busy {
		lines = append(lines, fmt.Sprintf(
			"The machine was busy: the rounds of %s differ by %.0f %%. Do not trust these times. "+
				"Run the same command again when nothing else runs: it repeats the measurement.",
			noisiest.Label(), 100*noisiest.Speed.Noise))
	}
	return lines
}

// numbers is "lite0@224 head: 90.3 % of 656 test photos right (95 %: 88.1 to 92.4), 6.1 ms a photo,
// 13.7 MB."
func (t Result) numbers(p Point) string {
	return fmt.Sprintf("%s: %.1f %% of %d %s photos right (95 %%: %.1f to %.1f), %s a photo, %.3g MB.", p.Label(),
		100*p.Top1, t.Images, t.SideName(),
		100*p.Interval[0], 100*p.Interval[1], millis(p), float64(p.Speed.BundleBytes)/1e6)
}

func millis(p Point) string { return fmt.Sprintf("%.3g ms", 1000*p.Speed.Latency.Median) }

// SideName is the side of the judged photos in words, "test" or "validation".
func (t Result) SideName() string { return text.Side(t.Side) }
