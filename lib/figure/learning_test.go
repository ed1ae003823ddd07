package figure

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"imagelab/lib/curve"
	"imagelab/lib/metric"
	"imagelab/lib/runlog"
)

// learned is a made-up learning curve of three classes with this floor of the error.
func learned(t *testing.T, name string, floor float64, seed uint64) Learning {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 0))
	classes, labels := letters(3), []int{}
	difficulty := []float64{}
	for i := range 240 {
		labels, difficulty = append(labels, i%3), append(difficulty, rng.Float64())
	}
	var records []runlog.Record
	for s := range 5 {
		for _, size := range curve.DefaultSizes() {
			r := runlog.Record{ID: fmt.Sprint(size, s), Seed: uint64(s), PerClass: size, Cut: name, Split: "5f2c9a417b30", Trained: map[string]int{}, Val: metric.Result{Classes: classes}}
			r.Outcomes = &runlog.Outcomes{Side: "val", Labels: labels}
			for k, class := range classes {
				r.Trained[class] = 240 + 80*k
				if size > 0 {
					r.Trained[class] = min(r.Trained[class], size)
				}
			}
			shift := 0.03 * rng.NormFloat64()
			for i, k := range labels {
				wrong := floor + (0.9+0.3*float64(k))*math.Pow(float64(r.Trained[classes[k]]), -0.6)
				predicted := k
				if 0.8*difficulty[i]+0.2*rng.Float64() < wrong+shift*wrong {
					predicted = (k + 1) % 3
				}
				r.Outcomes.Predicted = append(r.Outcomes.Predicted, predicted)
			}
			records = append(records, r)
		}
	}
	c, err := curve.New(records)
	if err != nil {
		t.Fatal(err)
	}
	c.Regime = "equal epochs"
	return Learning{c, c.Forecast(1)}
}
