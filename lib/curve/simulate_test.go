package curve

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/stat/distuv"

	"imagelab/lib/metric"
	"imagelab/lib/runlog"
)

// world makes records whose truth is known. An image is right when t(n) + seed + difficulty + luck > 0, where all but
// t are normal: the expected accuracy is then exactly 1 - error(n). Half the variance of luck belongs to seed and image
// and stays from size to size, as nested subsets make it.
type world struct {
	error      func(n float64) float64 // expected share of wrong answers at n images of each class
	classes    []int                   // training images of each class
	judged     int                     // images of each class
	seeds      int
	seedSpread float64   // standard deviation of the seeds at n = 10; falls as n^-1/4
	difficulty float64   // standard deviation of the images' difficulty
	harder     []float64 // factors of the error, by class; nil: 1
	sizes      []int
}

func small(f func(float64) float64) world {
	return world{error: f, classes: []int{300, 300, 300}, judged: 60, seeds: 5, seedSpread: 0.25, difficulty: 1.5, sizes: DefaultSizes()}
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
	var records []runlog.Record
	for s := range w.seeds {
		lasting, own := rng.NormFloat64(), make([]float64, len(labels))
		for i := range own {
			own[i] = rng.NormFloat64()
		}
		for _, size := range w.sizes {
			r := runlog.Record{ID: fmt.Sprintf("%d-%d", size, s), Seed: uint64(s + 1), PerClass: size, Dataset: "made", Backbone: "none", Cut: "head", Size: 224, Split: "0123456789abcdef", Trained: map[string]int{}}
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
			shift := spread * math.Sqrt(0.5) * (lasting + rng.NormFloat64())
			for i, k := range labels {
				e := w.error(float64(r.Trained[names[k]]))
				if w.harder != nil {
					e *= w.harder[k]
				}
				t := -distuv.UnitNormal.Quantile(min(max(e, 1e-9), 1-1e-9)) * math.Sqrt(1+w.difficulty*w.difficulty+spread*spread)
				predicted := k
				if t+shift+hard[i]+math.Sqrt(0.5)*(own[i]+rng.NormFloat64()) <= 0 {
					predicted = (k + 1) % len(names)
				}
				r.Outcomes.Predicted = append(r.Outcomes.Predicted, predicted)
			}
			records = append(records, r)
		}
	}
	return records
}

// shapes are errors by training images per class.
var shapes = []struct {
	name  string
	error func(n float64) float64
}{
	{"power law", func(n float64) float64 { return 1.1 * math.Pow(n, -0.45) }},
	{"slow power law", func(n float64) float64 { return 0.7 * math.Pow(n, -0.2) }},
	{"power law with floor", func(n float64) float64 { return 0.08 + 1.2*math.Pow(n, -0.7) }},
	{"high floor", func(n float64) float64 { return 0.25 + 0.8*math.Pow(n, -0.6) }},
	{"exponential saturation", func(n float64) float64 { return 0.1 + 0.4*math.Exp(-n/60) }},
	{"fast saturation", func(n float64) float64 { return 0.12 + 0.5*math.Exp(-n/25) }},
	{"log-linear", func(n float64) float64 { return 0.5 - 0.06*math.Log(n) }},
	{"sigmoid", func(n float64) float64 { return 0.05 + 0.6/(1+math.Pow(n/30, 0.9)) }},
}
