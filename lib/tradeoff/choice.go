package tradeoff

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Choice is the recommendation for one machine. Validation alone chooses; what the test images gave is said of the arms
// that were chosen.
//
// Best is the arm with the highest validation top-1. Its lead may be luck, so the arm to take is the fastest one whose
// validation top-1 is at most one standard error below, both compared image by image (the rule of one standard error of
// Breiman et al. 1984, paired). That an arm passes does not make it as good as the best: the Difference on the test images
// says how much worse it may be.
//
// Why not a test at 5 %: it keeps far too many arms. In simulation (see TestRecommendation: 8 and 18 arms whose accuracy
// rises by 6 points with their latency, 13 to 15 % of the images differing between two arms, 852 test images) an arm that
// is truly more than 2 points worse than the truly best one was recommended in so many of 100 comparisons:
//
//	validation images                            200       340       850
//	arms                                       8   18    8   18    8   18
//	highest validation top-1 alone            11   11    6   11    0    0
//	one standard error, paired (this rule)    40   57   31   38    9   12
//	5 %, paired, against the best alone       84   93   72   80   37   48
//	5 %, Holm over all pairs, on test images  88   99   87   98   84   97
//
// The last line is what earlier versions did. There an arm was compared with all others, so that each further arm made
// more of them pass. Here it is compared with the best alone, and its number changes nothing in any comparison.
type Choice struct {
	Machine  string
	Budget   time.Duration // see [Compare]; 0: none
	Best     Point         // highest on validation; of equals the fastest
	Take     Point         // the arm to take: of those that keep the budget, where one does
	Within   *Point        // Take where it keeps the budget; nil where none does, or there is no budget
	Smallest Point         // the arm to take of those with the fewest parameters
	Against  []Comparison  // every other arm with Best, by latency
	Text     string        // all that in words, a sentence or two in each line, what to take first
}

// Comparison is an arm against the best one.
type Comparison struct {
	Arm    string
	Val    Difference // on the validation images, of the arm less the best: what choices go by
	Judged Difference // on the judged images, likewise
	Alike  bool       // Val is at most one standard error below
}

// Quantile is the share of single calls that the budget applies to.
const Quantile = 0.90

// keeps reports whether 90 % of the calls of the network alone take no longer than the budget.
func (p Point) keeps(budget time.Duration) bool { return p.Speed.Latency.P90 <= budget.Seconds() }

func (t Result) choose(machine string, on []Point) Choice {
	c := Choice{Machine: machine, Budget: t.Budget}
	c.Best, c.Take = pick(on)
	if keeping := slices.DeleteFunc(slices.Clone(on), func(p Point) bool { return !p.keeps(c.Budget) }); len(keeping) > 0 && c.Budget > 0 {
		_, c.Take = pick(keeping)
		c.Within = &c.Take
	}
	least := slices.MinFunc(on, func(a, b Point) int { return cmp.Compare(a.Speed.Parameters, b.Speed.Parameters) })
	_, c.Smallest = pick(slices.DeleteFunc(slices.Clone(on), func(p Point) bool { return p.Speed.Parameters > least.Speed.Parameters }))
	for _, p := range on {
		if p.Arm != c.Best.Arm {
			val := p.val.less(c.Best.val)
			c.Against = append(c.Against, Comparison{p.Arm, val, p.judged.less(c.Best.judged), alike(p, c.Best)})
		}
	}
	c.Text = strings.Join(t.words(c, on), "\n")
	return c
}

// pick returns the best of points on validation, and the fastest that validation cannot tell from it. They come by
// latency.
func pick(points []Point) (best, take Point) {
	best = points[0]
	for _, p := range points[1:] {
		if p.Val > best.Val {
			best = p
		}
	}
	for _, p := range points {
		if p.Arm == best.Arm || alike(p, best) {
			return best, p
		}
	}
	return best, best
}

// alike reports whether validation cannot tell p from the best. It can where the records of one of them keep no
// predictions of single validation images.
func alike(p, best Point) bool {
	d := p.val.less(best.val)
	return d.Images > 0 && !d.worse()
}

// Cheapest is the arm on a machine that costs least of those that validation cannot tell from the best there, for costs
// other than latency; of equals the fastest. Arms of cost 0, which nobody measured, are left out; false where all are.
func (t Result) Cheapest(machine string, cost func(Point) float64) (best, take Point, ok bool) {
	on := slices.DeleteFunc(t.On(machine), func(p Point) bool { return cost(p) <= 0 })
	if len(on) == 0 {
		return best, take, false
	}
	best, _ = pick(on)
	slices.SortStableFunc(on, func(a, b Point) int { return cmp.Compare(cost(a), cost(b)) })
	i := slices.IndexFunc(on, func(p Point) bool { return p.Arm == best.Arm || alike(p, best) })
	return best, on[i], true
}

// enough is the number of validation images below which the choice may well be luck.
const enough = 300

// words says what to take and why, a thought a line.
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

// reason says why the arm is taken, and what it may cost.
func (t Result) reason(c Choice, on []Point) string {
	n := len(c.Best.val.right)
	if n == 0 {
		return "It is the best on the validation photos. The records keep no predictions of single ones, so that a faster arm cannot be compared with it: delete the records and run the same command again."
	}
	if c.Take.Arm == c.Best.Arm {
		return fmt.Sprintf("It is the best on %d validation photos (%.1f %%), and every faster arm is more than one standard error below.", n, 100*c.Best.Val)
	}
	alikes := 1
	for _, a := range c.Against {
		if a.Alike {
			alikes++
		}
	}
	val, judged := c.Take.val.less(c.Best.val), c.Take.judged.less(c.Best.judged)
	why := fmt.Sprintf("the fastest of %d arms that %d validation photos cannot tell from the best on them", alikes, n)
	if !alike(c.Take, c.Best) {
		why = fmt.Sprintf("what the budget allows; the best on %d validation photos is another", n)
	}
	text := fmt.Sprintf("It is %s, %s (%s, %.1f against %.1f %%; %s). On the %s photos it is %s than that one", why, c.Best.Label(),
		millis(c.Best), 100*c.Take.Val, 100*c.Best.Val, within(val), t.SideName(), judged.words())
	if judged.Interval[0] >= 0 {
		return text + "."
	}
	return text + fmt.Sprintf(": at most %.1f points worse.", -100*judged.Interval[0])
}

// within says how far a difference is in standard errors.
func within(d Difference) string {
	if d.worse() {
		return fmt.Sprintf("more than the standard error of %.1f points", 100*d.Error)
	}
	return fmt.Sprintf("within the standard error of %.1f points", 100*d.Error)
}

// times says what the latency is of.
func times(p Point) string {
	l := p.Speed.Latency
	text := fmt.Sprintf("Its times: the network alone %.3g ms (median; rounds %.3g to %.3g, 90 %% of calls within %.3g)", 1000*l.Median, 1000*l.Interval[0], 1000*l.Interval[1], 1000*l.P90)
	if whole := p.Speed.FromFile(); whole > 0 {
		text += fmt.Sprintf("; %.3g ms from the file, with reading, decoding and resizing a photo of %.2g megapixels", 1000*whole, p.Speed.Megapixels)
	}
	return text + "."
}

// budget says which arms keep it.
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
		return fmt.Sprintf("No arm keeps the budget of %.4g ms in 90 %% of its calls; %s comes nearest with %.3g ms.", ms, least.Label(), 1000*least.Speed.Latency.P90)
	}
	return fmt.Sprintf("%d of %d arms keep the budget: 90 %% of the calls of their network alone take %.4g ms or less.", keep, len(on), ms)
}

// dominated says of each recommended arm that an arm which costs no more did better on the judged images. Validation
// could not know that, and to choose by the judged images would make their numbers too good.
func (t Result) dominated(on []Point, recommended ...Point) []string {
	var lines []string
	for i, p := range recommended {
		if i > 0 && p.Arm == recommended[0].Arm {
			continue
		}
		over := p
		for _, q := range on {
			if q.Speed.Latency.Median <= p.Speed.Latency.Median && q.Speed.Parameters <= p.Speed.Parameters && q.Top1 > over.Top1 {
				over = q
			}
		}
		if over.Arm != p.Arm {
			lines = append(lines, fmt.Sprintf("On the %s photos %s, neither slower nor larger than %s, was right more often (%.1f against %.1f %%). Validation could not know that, and the %s photos choose nothing.",
				t.SideName(), over.Label(), p.Label(), 100*over.Top1, 100*p.Top1, t.SideName()))
		}
	}
	return lines
}

// doubts are the reasons to trust the choice less.
func (t Result) doubts(c Choice, on []Point) []string {
	var lines []string
	if n := len(c.Best.val.right); n > 0 && n < enough {
		lines = append(lines, fmt.Sprintf("Only %d validation photos chose. Even with 200, about half of simulated choices were more than 2 points worse than the best arm: split with %d or more for validation.", n, enough))
	}
	noisiest := slices.MaxFunc(on, func(a, b Point) int { return cmp.Compare(a.Speed.Noise, b.Speed.Noise) })
	if noisiest.Speed.Noise > Busy {
		lines = append(lines, fmt.Sprintf("The machine was busy: the rounds of %s differ by %.0f %%. Do not trust these times. The same command measures them again: run it when nothing else runs.",
			noisiest.Label(), 100*noisiest.Speed.Noise))
	}
	return lines
}

// numbers is "lite0@224 head: 90.3 % of 656 test photos right (88.1 to 92.4), 6.1 ms a photo, 13.7 MB."
func (t Result) numbers(p Point) string {
	return fmt.Sprintf("%s: %.1f %% of %d %s photos right (95 %%: %.1f to %.1f), %s a photo, %.3g MB.", p.Label(), 100*p.Top1, t.Images, t.SideName(),
		100*p.Interval[0], 100*p.Interval[1], millis(p), float64(p.Speed.BundleBytes)/1e6)
}

func millis(p Point) string { return fmt.Sprintf("%.3g ms", 1000*p.Speed.Latency.Median) }

// SideName is the judged side in words.
func (t Result) SideName() string {
	if t.Side == "val" {
		return "validation"
	}
	return t.Side
}
