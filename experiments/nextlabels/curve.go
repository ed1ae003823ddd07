package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"imagelab/lib/active"
	"imagelab/lib/engine"
	"imagelab/lib/figure"
	"imagelab/lib/finetune"
	"imagelab/lib/lab"
	"imagelab/lib/metric"
	"imagelab/lib/recipe"
)

// experiment is what the curves share.
type experiment struct {
	lab      *lab.Lab
	engine   *engine.Engine
	prepared *finetune.Prepared
	config   recipe.Config
	features [][]float32 // of the training photos
	labels   []int
	classes  int
	batch    int // photos that are labelled at a time
	steps    int // times
}

// curve is the accuracy on the test photos after each batch of labels.
type curve struct {
	seed     uint64
	chosen   bool
	labelled []int    // photos
	right    [][]bool // by labelled: the test photos that were named rightly
}

// grow labels batch after batch. The first one is the same at random for both ways.
func (x *experiment) grow(ctx context.Context, seed uint64, chosen bool) (curve, error) {
	out := curve{seed: seed, chosen: chosen}
	order := rand.New(rand.NewPCG(seed, 99)).Perm(len(x.labels))
	labelled, pool := order[:x.batch:x.batch], order[x.batch:]
	for step := range x.steps {
		x.lab.Progress.Report("growing curves", int64(step), int64(x.steps))
		c := x.config
		c.Seed = seed
		_, record, err := x.prepared.Fit(ctx, c, labelled, finetune.Observer{})
		if err != nil {
			return out, err
		}
		out.labelled, out.right = append(out.labelled, len(labelled)), append(out.right, record.Outcomes.Right())
		more, err := x.choose(ctx, labelled, pool, seed, chosen)
		if err != nil {
			return out, err
		}
		labelled = append(labelled, more...)
		pool = slices.DeleteFunc(slices.Clone(pool), func(i int) bool { return slices.Contains(more, i) })
	}
	x.lab.Progress.Report("growing curves", int64(x.steps), int64(x.steps))
	return out, nil
}

// choose returns a batch of the pool, at random or the photos that are worth most.
func (x *experiment) choose(ctx context.Context, labelled, pool []int, seed uint64, chosen bool) ([]int, error) {
	if !chosen {
		r := rand.New(rand.NewPCG(seed, uint64(len(labelled))))
		pool = slices.Clone(pool)
		r.Shuffle(len(pool), func(i, j int) { pool[i], pool[j] = pool[j], pool[i] })
		return pool[:min(x.batch, len(pool))], nil
	}
	known := active.Known{Classes: x.classes}
	for _, i := range labelled {
		known.Features, known.Labels = append(known.Features, x.features[i]), append(known.Labels, x.labels[i])
	}
	var rows [][]float32
	for _, i := range pool {
		rows = append(rows, x.features[i])
	}
	picks, err := active.Choose(ctx, x.engine, known, rows, x.batch, seed, nil)
	var out []int
	for _, pick := range picks {
		out = append(out, pool[pick.Index])
	}
	return out, err
}

// names of the two ways to take photos.
var names = map[bool]string{false: "random", true: "chosen (--next)"}

// show prints both ways and their difference on the same seeds, and writes the table and the
// figure.
func show(l *lab.Lab, curves []curve) error {
	var table [][]string
	right := map[bool]map[int][][]bool{false: {}, true: {}} // `[seed][photo]`, by labelled photos
	for _, c := range curves {
		for i, n := range c.labelled {
			right[c.chosen][n] = append(right[c.chosen][n], c.right[i])
			accuracy, _ := metric.Accuracy(c.right[i:i+1], nil)
			table = append(table, []string{names[c.chosen], fmt.Sprint(c.seed), fmt.Sprint(n), fmt.Sprintf("%.4f",
				accuracy)})
		}
	}
	if err := l.SaveCSV("nextlabels.csv", []string{"photos", "seed", "labelled", "accuracy"}, table); err != nil {
		return err
	}
	series := []figure.Series{{Name: names[false]}, {Name: names[true]}}
	for _, n := range curves[0].labelled {
		for i, chosen := range []bool{false, true} {
			mean, interval := metric.Accuracy(right[chosen][n], nil)
			series[i].Points = append(series[i].Points, figure.Setting{X: float64(n), Accuracy: mean,
				Interval: interval})
		}
		gain, interval := metric.Difference(right[true][n], right[false][n], nil)
		fmt.Fprintf(l.Stdout, "%d labels: gain over random %.1f points (%.1f to %.1f)\n", n, 100*gain, 100*interval[0],
			100*interval[1])
	}
	return l.Save("nextlabels.svg", figure.Response("Labels of chosen photos against labels of random ones",
		"Classifier on frozen features; mean of the seeds with its 95 % interval.", "labelled photos", false, series...))
}
