package tradeoff

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/gonum/stat/distuv"

	"imagelab/lib/metric"
	"imagelab/lib/runlog"
)

func TestChoice(t *testing.T) {
	const lite0, lite1, lite2 = "lite0", "lite1", "lite2"
	bare := func(r runlog.Record) runlog.Record { r.Validated = nil; return r }
	noisy := speed(here, lite0, 224, 8, 14e6)
	noisy.Noise = 0.44
	stalling := speed(here, lite0, 224, 5, 14e6)
	stalling.Latency.P90, stalling.Latency.P99 = 0.012, 0.015
	for _, c := range []struct {
		name, reason string
		records      []runlog.Record
		speeds       []Speed
		budget       time.Duration
		take         string
		want         []string
		not          []string
	}{
		{"close", "1 validation image of 400 is no lead", []runlog.Record{fit(lite0, 224, "head", 1, 12, 0.9000),
			fit(lite2, 260, "head", 1, 10, 0.9025)},
			[]Speed{speed(here, lite0, 224, 8, 14e6), speed(here, lite2, 260, 20, 20e6)}, 0, "lite0@224 head",
			[]string{"Take lite0@224 head: 88.0 % of 100 test photos right",
				"the fastest of 2 models within one standard error of the best on 400 validation photos. The best " +
					"is lite2@260 head",
				"On the test photos this model is 2.0 points worse (95 % interval: 5.8 points worse to 1.9 points " +
					"better), so at most 5.8 points worse.",
				"8 ms for the network alone (median; medians of the rounds 7.62 to 8.42; 90 % of the calls within " +
					"8.89); 14 ms from the file"}, []string{"budget", "Only", "busy"}},
		{"apart", "8 of 8 images on which they differ are no luck",
			[]runlog.Record{fit(lite0, 224, "head", 1, 12, 0.88), fit(lite2, 260, "head", 1, 10, 0.90)},
			[]Speed{speed(here, lite0, 224, 8, 14e6), speed(here, lite2, 260, 20, 20e6)}, 0, "lite2@260 head",
			[]string{"Take lite2@260 head", "every faster model is more than one standard error below it",
				"The smallest network: lite0@224 head"}, []string{"cannot tell"}},
		{"dominated", "the test images choose nothing, and what they show is said",
			[]runlog.Record{fit(lite0, 128, "head", 1, 5, 0.80), fit(lite0, 224, "head", 1, 10, 0.90)},
			[]Speed{speed(here, lite0, 128, 4, 14e6), speed(here, lite0, 224, 8, 14e6)}, 0, "lite0@224 head",
			[]string{"On the test photos, lite0@128 head was more accurate than lite0@224 head (95.0 and 90.0 %) " +
				"and is neither slower nor larger. But only the validation photos choose"}, nil},
		{"budget", "the best is too slow", []runlog.Record{fit(lite0, 224, "head", 1, 30, 0.70),
			fit(lite2, 260, "head", 1, 10, 0.90)},
			[]Speed{speed(here, lite0, 224, 8, 14e6), speed(here, lite2, 260, 20, 20e6)}, 10 * time.Millisecond,
			"lite0@224 head",
			[]string{"It is what the budget allows", "lite2@260 head", "1 of 2 models are within the budget",
				"10 ms or less"}, nil},
		{"budget exceeded by rare calls", "a model may be faster by the median and still over the budget",
			[]runlog.Record{fit(lite0, 224, "head", 1, 12, 0.9000), fit(lite2, 260, "head", 1, 10, 0.9025)},
			[]Speed{stalling, speed(here, lite2, 260, 8, 20e6)}, 10 * time.Millisecond, "lite2@260 head",
			[]string{"every faster model is over the budget."}, []string{"below it"}},
		{"best exceeds the budget by rare calls", "its median may be the lower one",
			[]runlog.Record{fit(lite0, 224, "head", 1, 12, 0.9000), fit(lite2, 260, "head", 1, 10, 0.70)},
			[]Speed{stalling, speed(here, lite2, 260, 8, 20e6)}, 10 * time.Millisecond, "lite2@260 head",
			[]string{"what the budget allows; the best on 400 validation photos exceeds it"}, []string{"slower. The best"}},
		{"fastest within the budget", "a faster model is as good, but over the budget",
			[]runlog.Record{fit(lite0, 224, "head", 1, 12, 0.9000), fit(lite1, 240, "head", 1, 12, 0.9000),
				fit(lite2, 260, "head", 1, 10, 0.9025)},
			[]Speed{stalling, speed(here, lite1, 240, 7, 15e6), speed(here, lite2, 260, 8, 20e6)}, 10 * time.Millisecond,
			"lite1@240 head", []string{"the fastest of 2 models within one standard error of the best on 400 validation " +
				"photos that keep to the budget"}, nil},
		{"not to be compared", "an old record has no predictions of single photos, and nobody knows how it compares",
			[]runlog.Record{bare(fit(lite0, 224, "head", 1, 12, 0.9000)), fit(lite2, 260, "head", 1, 10, 0.9025)},
			[]Speed{speed(here, lite0, 224, 8, 14e6), speed(here, lite2, 260, 20, 20e6)}, 0, "lite2@260 head",
			[]string{"every faster model is without predictions of single validation photos to compare."},
			[]string{"below it"}},
		{"budget by quantile", "a median of 9.5 ms is above 10 ms in a tenth of the calls",
			[]runlog.Record{fit(lite0, 224, "head", 1, 10, 0.90)},
			[]Speed{speed(here, lite0, 224, 9.5, 14e6)}, 10 * time.Millisecond, "lite0@224 head",
			[]string{"No model is within the budget of 10 ms in 90 % of its calls; the nearest is lite0@224 head " +
				"with 10.6 ms"}, nil},
		{"smallest", "a few letters of description make no smaller model",
			[]runlog.Record{fit(lite0, 128, "head", 1, 20, 0.80), fit(lite0, 224, "head", 1, 10, 0.90)},
			[]Speed{speed(here, lite0, 128, 4, 14e6-300), speed(here, lite0, 224, 8, 14e6)}, 0, "lite0@224 head", nil,
			[]string{"smallest"}},
		{"few validation images", "luck chooses", []runlog.Record{few(fit(lite0, 224, "head", 1, 10, 0.90))},
			[]Speed{speed(here, lite0, 224, 8, 14e6)}, 0, "lite0@224 head",
			[]string{"There are only 60 validation photos to choose by"}, nil},
		{"busy", "times of a busy machine are not to be trusted", []runlog.Record{fit(lite0, 224, "head", 1, 10, 0.90)},
			[]Speed{noisy}, 0, "lite0@224 head",
			[]string{"The machine was busy: the rounds of lite0@224 head differ by 44 %"}, nil},
		{"old records", "without predictions nothing can be paired",
			[]runlog.Record{bare(fit(lite0, 224, "head", 1, 12, 0.9000)), bare(fit(lite2, 260, "head", 1, 10, 0.9025))},
			[]Speed{speed(here, lite0, 224, 8, 14e6), speed(here, lite2, 260, 20, 20e6)}, 0, "lite2@260 head",
			[]string{"have no predictions of single validation photos"}, nil},
		{"one group", "photos of one group have an infinite standard error, which is no reason to take 60 % in place of 95 %",
			[]runlog.Record{grouped(fit(lite0, 224, "head", 1, 40, 0.60), 1, 1),
				grouped(fit(lite2, 260, "head", 1, 5, 0.95), 1, 1)},
			[]Speed{speed(here, lite0, 224, 8, 14e6), speed(here, lite2, 260, 20, 20e6)}, 0, "lite2@260 head",
			[]string{"every faster model is not comparable with it, because photos of one group do not show how much " +
				"chance matters. Split with two groups"}, []string{"Inf", "below it", "within one standard error"}},
		{"one validation photo", "it has no standard error either",
			[]runlog.Record{one(fit(lite0, 224, "head", 1, 40, 0), 1), one(fit(lite2, 260, "head", 1, 5, 1), 0)},
			[]Speed{speed(here, lite0, 224, 8, 14e6), speed(here, lite2, 260, 20, 20e6)}, 0, "lite2@260 head",
			[]string{"because one photo does not show how much chance matters"}, []string{"Inf"}},
		{"one group and a budget", "the best within the budget is taken, without a word on standard errors",
			[]runlog.Record{grouped(fit(lite0, 224, "head", 1, 40, 0.60), 1, 1),
				grouped(fit(lite1, 240, "head", 1, 30, 0.70), 1, 1), grouped(fit(lite2, 260, "head", 1, 5, 0.95), 1, 1)},
			[]Speed{speed(here, lite0, 224, 7, 14e6), speed(here, lite1, 240, 8, 15e6), speed(here, lite2, 260, 20, 20e6)},
			10 * time.Millisecond, "lite1@240 head",
			[]string{"this model 70.0 % (they cannot be compared, because photos of one group",
				"On the test photos they cannot be compared, because photos of one group"},
			[]string{"Inf", "within one standard error", "at most"}},
		{"one group of test photos", "validation still compares; the test photos cannot",
			[]runlog.Record{grouped(fit(lite0, 224, "head", 1, 12, 0.9000), 40, 1),
				grouped(fit(lite2, 260, "head", 1, 10, 0.9025), 40, 1)},
			[]Speed{speed(here, lite0, 224, 8, 14e6), speed(here, lite2, 260, 20, 20e6)}, 0, "lite0@224 head",
			[]string{"the fastest of 2 models within one standard error",
				"On the test photos they cannot be compared, because photos of one group"}, []string{"at most 100"}},
		{"old records and a budget", "what the budget allows is not the best",
			[]runlog.Record{bare(fit(lite0, 224, "head", 1, 12, 0.9000)), bare(fit(lite2, 260, "head", 1, 10, 0.9025))},
			[]Speed{speed(here, lite0, 224, 8, 14e6), speed(here, lite2, 260, 20, 20e6)}, 10 * time.Millisecond,
			"lite0@224 head", []string{"It is the best on the validation photos that the budget allows."}, nil},
		{"seeds", "fits of a candidate are averaged, whatever their seeds",
			[]runlog.Record{fit(lite0, 224, "head", 1, 12, 0.9025), fit(lite0, 224, "head", 2, 12, 0.8975),
				fit(lite1, 240, "head", 7, 10, 0.9025)},
			[]Speed{speed(here, lite0, 224, 8, 14e6), speed(here, lite1, 240, 9, 15e6)}, 0, "lite0@224 head", nil, nil},
	} {
		got, err := Compare(c.records, c.speeds, c.budget)
		if err != nil {
			t.Fatal(err)
		}
		choice := got.Choices[0]
		if choice.Take.Label() != c.take {
			t.Errorf("%s: took %s, want %s: %s", c.name, choice.Take.Label(), c.take, c.reason)
		}
		for _, want := range c.want {
			if !strings.Contains(choice.Text, want) {
				t.Errorf("%s: %q lacks %q: %s", c.name, choice.Text, want, c.reason)
			}
		}
		for _, not := range c.not {
			if strings.Contains(choice.Text, not) {
				t.Errorf("%s: %q has %q: %s", c.name, choice.Text, not, c.reason)
			}
		}
	}
}

// grouped divides the validation and the test photos into so many groups.
func grouped(r runlog.Record, val, test int) runlog.Record {
	for o, groups := range map[*runlog.Outcomes]int{r.Validated: val, r.Outcomes: test} {
		for i := range o.Labels {
			o.Groups = append(o.Groups, i%groups)
		}
	}
	return r
}

// one leaves one validation photo, which is wrong or not.
func one(r runlog.Record, wrong int) runlog.Record {
	r.Validated = predictions("val", 1, wrong)
	return r
}

// untested makes the validation photos the judged ones, as in a set without a test side.
func untested(r runlog.Record) runlog.Record {
	r.Outcomes, r.Validated, r.Test = r.Validated, nil, nil
	return r
}

// others makes 25 other validation photos wrong in place of the first ones, so that the model
// differs from the others on many photos and has a large standard error.
func others(r runlog.Record) runlog.Record {
	o := r.Validated
	o.Predicted = slices.Concat(make([]int, 25), o.Predicted[:len(o.Predicted)-25])
	return r
}

// TestValidationJudges is about sets without a test side: every text says that the judged photos
// also chose.
func TestValidationJudges(t *testing.T) {
	const lite0, lite2 = "lite0", "lite2"
	for _, c := range []struct {
		name, reason string
		records      []runlog.Record
		speeds       []Speed
		take         string
	}{
		{"fastest", "its difference to the best is on the photos that chose it",
			[]runlog.Record{fit(lite0, 224, "head", 1, 12, 0.9000), fit(lite2, 260, "head", 1, 10, 0.9025)},
			[]Speed{speed(here, lite0, 224, 8, 14e6), speed(here, lite2, 260, 20, 20e6)}, "lite0@224 head"},
		{"best", "so is its own accuracy",
			[]runlog.Record{fit(lite0, 224, "head", 1, 12, 0.70), fit(lite2, 260, "head", 1, 10, 0.90)},
			[]Speed{speed(here, lite0, 224, 8, 14e6), speed(here, lite2, 260, 20, 20e6)}, "lite2@260 head"},
		{"dominated", "the photos that show a better and faster model are those that passed it over",
			[]runlog.Record{fit(lite0, 128, "head", 1, 10, 0.8925), others(fit(lite0, 224, "head", 1, 12, 0.8900)),
				fit(lite2, 260, "head", 1, 10, 0.9025)},
			[]Speed{speed(here, lite0, 128, 4, 14e6), speed(here, lite0, 224, 8, 14e6), speed(here, lite2, 260, 20, 20e6)},
			"lite0@224 head"},
	} {
		for _, side := range []string{"test", "val"} {
			records := slices.Clone(c.records)
			for i := range records {
				if side == "val" {
					records[i] = untested(records[i])
				}
			}
			got, err := Compare(records, c.speeds, 0)
			if err != nil {
				t.Fatal(err)
			}
			choice, notes := got.Choices[0], strings.Join(got.Notes, "\n")
			if choice.Take.Label() != c.take {
				t.Errorf("%s: took %s by validation, want %s", c.name, choice.Take.Label(), c.take)
			}
			if said := strings.Contains(choice.Text, tooGood); said != (side == "val") {
				t.Errorf("%s, judged on %s: %q: %s", c.name, side, choice.Text, c.reason)
			}
			if said := strings.Contains(notes, "chose the model and judge it"); said != (side == "val") {
				t.Errorf("%s, judged on %s: notes %q: %s", c.name, side, notes, c.reason)
			}
			for _, not := range []string{"But only the validation photos choose", "On the validation photos", "at most"} {
				if side == "val" && strings.Contains(choice.Text, not) {
					t.Errorf("%s: %q has %q: %s", c.name, choice.Text, not, c.reason)
				}
			}
		}
	}
}

func few(r runlog.Record) runlog.Record {
	r.Validated = predictions("val", 60, 6)
	return r
}

// TestTestImagesChooseNothing gives the candidates any test results: what is taken stays.
func TestTestImagesChooseNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	var taken []string
	for range 50 {
		var records []runlog.Record
		var speeds []Speed
		for i, val := range []float64{0.84, 0.88, 0.90, 0.9025, 0.9} {
			for _, cut := range []string{"head", "stage6", "stage7"} { // of the same latency, two of them of the same accuracy
				records = append(records, fit(fmt.Sprint("net", i), 224, cut, 1, rng.IntN(60), val))
				val = 0.9
			}
			speeds = append(speeds, speed(here, fmt.Sprint("net", i), 224, float64(i+1), 14e6))
		}
		w := weighed(t, records, speeds)
		got := w.Choices[0]
		_, cheapest, _ := w.Cheapest(w.Machines[0], func(p Point) float64 { return float64(p.Speed.Parameters) })
		taken = append(taken, got.Take.Label()+got.Best.Label()+got.Smallest.Label()+cheapest.Label())
	}
	if len(slices.Compact(taken)) != 1 {
		t.Errorf("took %v by turns", taken)
	}
}

// TestDifferenceCovers checks that the paired interval holds the true difference in 93 to 97.5 % of
// simulated cases, and is not shorter than that for few images and few that differ.
func TestDifferenceCovers(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 1))
	for _, c := range []struct {
		n            int
		onlyA, onlyB float64 // probabilities
	}{{60, 0.08, 0.04}, {200, 0.10, 0.06}, {850, 0.07, 0.07}, {850, 0.02, 0.005}} {
		held := 0
		for range 2000 {
			a, b := make([]float64, c.n), make([]float64, c.n)
			for i := range a {
				switch u := rng.Float64(); {
				case u < c.onlyA:
					a[i] = 1
				case u < c.onlyA+c.onlyB:
					b[i] = 1
				}
			}
			if d := (guesses{right: a}).less(guesses{right: b}); d.Interval[0] <= c.onlyA-c.onlyB &&
				c.onlyA-c.onlyB <= d.Interval[1] {
				held++
			}
		}
		if share := float64(held) / 2000; share < 0.93 || share > 0.985 {
			t.Errorf("%+v: held %.1f %%", c, 100*share)
		}
	}
}

// world draws candidates by rising latency, whose true accuracy rises by 6 points, more slowly at
// the end and not evenly.
func world(rng *rand.Rand, candidates int) []float64 {
	truth := make([]float64, candidates)
	for i := range truth {
		left := 1 - float64(i)/float64(candidates-1)
		truth[i] = 0.88 - 0.06*math.Pow(left, 1.5) + 0.008*rng.NormFloat64()
	}
	return truth
}

// judged draws which of n images each candidate gets right. Hard images are hard for all: 13 to
// 15 % differ between two candidates.
func judged(rng *rand.Rand, truth []float64, n int) [][]float64 {
	const common = 0.72
	hard := make([]float64, n)
	for i := range hard {
		hard[i] = rng.NormFloat64() * math.Sqrt(common)
	}
	right := make([][]float64, len(truth))
	for a, p := range truth {
		bound := distuv.UnitNormal.Quantile(p)
		right[a] = make([]float64, n)
		for i := range hard {
			if hard[i]+rng.NormFloat64()*math.Sqrt(1-common) < bound {
				right[a][i] = 1
			}
		}
	}
	return right
}

// midP is McNemar's test of two candidates.
func midP(a, b guesses) float64 {
	onlyA, onlyB := 0, 0
	for i := range a.right {
		switch a.right[i] - b.right[i] {
		case 1:
			onlyA++
		case -1:
			onlyB++
		}
	}
	_, mid := metric.McNemar(onlyA, onlyB)
	return mid
}

// first is the fastest candidate that is the best or passes.
func first(points []Point, passes func(i int) bool) Point {
	best, _ := pick(points)
	for i, p := range points {
		if p.Model == best.Model || passes(i) {
			return p
		}
	}
	return best
}

// atFivePercent is the fastest candidate that a test at 5 % on validation images does not tell
// from the best.
func atFivePercent(points []Point) Point {
	best, _ := pick(points)
	return first(points, func(i int) bool { return midP(points[i].val, best.val) >= 0.05 })
}

// earlier is the recommendation of earlier versions: the fastest candidate that Holm's method
// over all pairs of test results does not tell from the best on validation.
func earlier(points []Point) Point {
	best, _ := pick(points)
	var p []float64
	withBest := map[int]int{}
	for i := range points {
		for j := range i {
			if points[i].Model == best.Model {
				withBest[j] = len(p)
			} else if points[j].Model == best.Model {
				withBest[i] = len(p)
			}
			p = append(p, midP(points[i].judged, points[j].judged))
		}
	}
	adjusted := metric.Holm(p)
	return first(points, func(i int) bool { return adjusted[withBest[i]] >= 0.05 })
}

// TestRecommendation simulates comparisons with a known truth: how often is a candidate
// recommended that is truly more than 2 points worse than the best? These are the numbers of the
// table in the doc of Choice.
func TestRecommendation(t *testing.T) {
	const repeats = 300
	for _, c := range []struct{ candidates, images, most, before int }{
		{8, 200, 48, 80}, {8, 340, 40, 80}, {8, 850, 13, 75},
		{18, 200, 62, 90}, {18, 340, 45, 90}, {18, 850, 16, 90},
	} {
		rng := rand.New(rand.NewPCG(uint64(c.candidates), uint64(c.images)))
		var alone, now, five, before int
		for range repeats {
			truth := world(rng, c.candidates)
			points := simulated(truth, judged(rng, truth, c.images), judged(rng, truth, 852))
			bound := slices.Max(truth) - 0.02
			best, take := pick(points)
			for count, p := range map[*int]Point{&alone: best, &now: take, &five: atFivePercent(points),
				&before: earlier(points)} {
				if truth[p.Size] < bound {
					*count += 100
				}
			}
		}
		t.Logf("%d candidates, %d validation images: best alone %d, this rule %d, at 5 %% %d, earlier %d of 100",
			c.candidates, c.images, alone/repeats, now/repeats, five/repeats, before/repeats)
		if now > c.most*repeats || before < c.before*repeats {
			t.Errorf("%d candidates, %d validation images: %d of 100 worse by more than 2 points, by the rule "+
				"before %d; want at most %d and at least %d",
				c.candidates, c.images, now/repeats, before/repeats, c.most, c.before)
		}
	}
}

// simulated are candidates, whose Size is their number, by rising latency.
func simulated(truth []float64, val, test [][]float64) []Point {
	points := make([]Point, len(truth))
	for i := range points {
		points[i] = Point{Model: fmt.Sprint(i), Size: i, val: guesses{right: val[i]}, judged: guesses{right: test[i]}}
		for _, right := range val[i] {
			points[i].Val += right / float64(len(val[i]))
		}
	}
	return points
}

// TestGroupsWiden gives the images of a set groups: what 8 images of one group tell is little.
func TestGroupsWiden(t *testing.T) {
	candidates := func(groups []int) Comparison {
		a, b := fit("lite0", 224, "head", 1, 12, 0.88), fit("lite2", 260, "head", 1, 10, 0.90)
		a.Validated.Groups, b.Validated.Groups = groups, groups
		return weighed(t, []runlog.Record{a, b}, []Speed{speed(here, "lite0", 224, 8, 14e6),
			speed(here, "lite2", 260, 20, 20e6)}).Choices[0].Against[0]
	}
	groups := make([]int, 400)
	for i := range groups {
		groups[i] = i / 60
	}
	alone, grouped := candidates(nil), candidates(groups)
	if alone.Alike || !grouped.Alike || grouped.Val.Error < 2*alone.Val.Error {
		t.Errorf("alone %+v, in groups of 60 %+v: all 8 differences lie in one group", alone, grouped)
	}
	renamed := fit("lite2", 260, "head", 1, 10, 0.90)
	renamed.Validated.Images = "other"
	first := fit("lite0", 224, "head", 1, 12, 0.9)
	first.Validated.Images = "one"
	got := weighed(t, []runlog.Record{first, renamed}, []Speed{speed(here, "lite0", 224, 8, 14e6),
		speed(here, "lite2", 260, 20, 20e6)}).Choices[0]
	if got.Against[0].Val.Images != 0 || got.Against[0].Alike {
		t.Errorf("validation images in another order were compared: %+v", got.Against[0])
	}
}
