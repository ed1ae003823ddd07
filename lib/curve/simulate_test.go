package curve

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/stat/distuv"

	"imagelab/lib/metric"
	"imagelab/lib/runlog"
)

// world makes records whose truth is known. An image is right when t(n) + seed + difficulty + luck
// > 0, where all but t are normal: the expected accuracy is then exactly 1 - error(n). Half the
// variance of luck belongs to seed and image and stays from size to size, as nested subsets make
// it. With pool, seeds choose from one pool of images: their effects correlate by the part of the
// images that they share, and at all images they are one fit.
type world struct {
	pool       bool
	error      func(n float64) float64 // expected share of wrong answers at n images of each class
	classes    []int                   // training images of each class
	judged     int                     // images of each class
	seeds      int
	seedSpread float64   // standard deviation of the seeds at n = 10; falls as n^-1/4
	difficulty float64   // standard deviation of the images' difficulty
	harder     []float64 // factors of the error, by class; nil: 1
	sizes      []int
}

var usualSizes = []int{5, 10, 20, 50, 100, 200, 0}

func small(f func(float64) float64) world {
	return world{error: f, classes: []int{300, 300, 300}, judged: 60, seeds: 5, seedSpread: 0.25, difficulty: 1.5,
		sizes: usualSizes}
}

func (w world) className(k int) string { return fmt.Sprintf("class %c", 'a'+k) }

func (w world) records(seed uint64) []runlog.Record {
	rng := rand.New(rand.NewPCG(seed, 7))
	var names []string
	var labels []int
	var hard []float64
	for k := range w.classes {
		names = append(names, w.className(k))
		for range w.judged {
			labels, hard = append(labels, k), append(hard, w.difficulty*rng.NormFloat64())
		}
	}
	draw := func() effects {
		e := effects{lasting: rng.NormFloat64(), own: make([]float64, len(labels)),
			passing: make([]float64, len(w.sizes)), luck: make([][]float64, len(w.sizes))}
		for i := range e.own {
			e.own[i] = rng.NormFloat64()
		}
		for j := range w.sizes {
			e.passing[j] = rng.NormFloat64()
			e.luck[j] = make([]float64, len(labels))
			for i := range labels {
				e.luck[j][i] = rng.NormFloat64()
			}
		}
		return e
	}
	shared := draw()
	var records []runlog.Record
	for s := range w.seeds {
		seed := draw()
		for j, size := range w.sizes {
			r := runlog.Record{ID: fmt.Sprintf("%d-%d", size, s), Seed: uint64(s + 1), PerClass: size,
				Dataset: "made", Backbone: "none", Cut: "head", Size: 224, Split: "0123456789abcdef", Trained: map[string]int{}}
			r.Val = metric.Result{Classes: names}
			r.Outcomes = &runlog.Outcomes{Side: "val", Labels: labels}
			total := 0
			for k, n := range w.classes {
				if size > 0 {
					n = min(n, size)
				}
				r.Trained[names[k]] = n
				total += n
			}
			mean := float64(total) / float64(len(names))
			spread := w.seedSpread * math.Pow(10/mean, 0.25)
			part := 0.0 // of the images that seeds share
			if w.pool {
				part = mean / w.most()
			}
			mix := func(pool, own float64) float64 { return math.Sqrt(part)*pool + math.Sqrt(1-part)*own }
			shift := spread * math.Sqrt(0.5) * (mix(shared.lasting, seed.lasting) + mix(shared.passing[j], seed.passing[j]))
			for i, k := range labels {
				e := w.error(float64(r.Trained[names[k]]))
				if w.harder != nil {
					e *= w.harder[k]
				}
				t := -distuv.UnitNormal.Quantile(min(max(e, 1e-9), 1-1e-9)) * math.Sqrt(1+w.difficulty*w.difficulty+spread*spread)
				predicted := k
				if t+shift+hard[i]+math.Sqrt(0.5)*(mix(shared.own[i], seed.own[i])+mix(shared.luck[j][i], seed.luck[j][i])) <= 0 {
					predicted = (k + 1) % len(names)
				}
				r.Outcomes.Predicted = append(r.Outcomes.Predicted, predicted)
			}
			records = append(records, r)
		}
	}
	return records
}

// effects are what a seed does to a whole curve: to all sizes and images, to an image, to a size,
// and to an image at a size.
type effects struct {
	lasting      float64
	own, passing []float64
	luck         [][]float64
}

func (w world) most() float64 {
	sum := 0
	for _, n := range w.classes {
		sum += n
	}
	return float64(sum) / float64(len(w.classes))
}

// shape is an error by training images per class.
type shape struct {
	name   string
	error  func(n float64) float64
	sudden bool // begins to flatten where the data end, which no curve can show
}

// flatShapes gain little or nothing by doubling.
var flatShapes = []shape{
	{"flat", func(n float64) float64 { return 0.1 + 0.5*math.Exp(-n/20) }, false},
	{"nearly flat", func(n float64) float64 { return 0.02 + math.Pow(n, -1.3) }, false},
}

// shapes are those that the constants were chosen on.
var shapes = []shape{
	{"power law", func(n float64) float64 { return 1.1 * math.Pow(n, -0.45) }, false},
	{"slow power law", func(n float64) float64 { return 0.7 * math.Pow(n, -0.2) }, false},
	{"power law with floor", func(n float64) float64 { return 0.08 + 1.2*math.Pow(n, -0.7) }, false},
	{"high floor", func(n float64) float64 { return 0.25 + 0.8*math.Pow(n, -0.6) }, false},
	{"exponential saturation", func(n float64) float64 { return 0.1 + 0.4*math.Exp(-n/60) }, false},
	{"fast saturation", func(n float64) float64 { return 0.12 + 0.5*math.Exp(-n/25) }, false},
	{"log-linear", func(n float64) float64 { return 0.5 - 0.06*math.Log(n) }, false},
	{"sigmoid", func(n float64) float64 { return 0.05 + 0.6/(1+math.Pow(n/30, 0.9)) }, false},
}

// unseen are shapes that no constant was chosen on.
var unseen = []shape{
	{"broken power", func(n float64) float64 { return 0.9 * math.Pow(n, -0.15) * math.Pow(1+n/60, -0.35) }, false},
	{"steepening power", func(n float64) float64 { return 0.55 / (1 + math.Pow(n/200, 1.2)) }, false},
	{"logistic in log n", func(n float64) float64 { return 0.06 + 0.5/(1+math.Exp(1.4*(math.Log(n)-3.2))) }, false},
	{"stretched exponential", func(n float64) float64 { return 0.07 + 0.6*math.Exp(-math.Pow(n/30, 0.5)) }, false},
	{"two powers", func(n float64) float64 { return 0.5/n + 0.4*math.Pow(n, -0.25) }, false},
	{"slow logarithm", func(n float64) float64 { return 0.45 / (1 + 0.5*math.Log(n)) }, false},
	{"plateau where the data end", func(n float64) float64 { return 0.1 + 0.8*math.Pow(min(n, 300), -0.5) }, true},
}
