package main

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"time"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"

	"imagelab/lib/embed"
	"imagelab/lib/engine"
	"imagelab/lib/lab"
	"imagelab/lib/split"
)

// Of made features, every tenth is a copy of an earlier one, at one of these cosine distances.
var copyDistances = [...]float64{0.1, 0.2, 0.3}

// asked is how many copies, and how many other photos, are looked up.
const asked = 500

// features measures the index that the tier embedding looks in, on n made features: each lies
// between two real ones of the first set, with noise. What the index finds of a sample is held
// against a comparison with all.
func (o *options) features(ctx context.Context, l *lab.Lab, set string) error {
	s, err := l.Dataset(ctx, set, split.Options{Val: 0.1, Test: 0.2, Seed: 1, Redo: true})
	if err != nil {
		return err
	}
	e, err := l.Engine(ctx)
	if err != nil {
		return err
	}
	known, err := embed.Images(ctx, e, s, s.Kept(), embed.Options{}, l.Progress)
	if err != nil {
		return err
	}
	return index(ctx, l, known, o.index)
}

// index makes n features from known ones, and measures.
func index(ctx context.Context, l *lab.Lab, known [][]float32, n int) error {
	e, err := l.Engine(ctx)
	if err != nil {
		return err
	}
	began := time.Now()
	rows, err := between(ctx, l, known, n)
	if err != nil {
		return err
	}
	fmt.Fprintf(l.Stdout, "%d features of %d numbers made from %d real ones in %v\n", n, len(rows[0]), len(known),
		time.Since(began).Round(time.Second/10))
	of := sample(n)
	queries := make([][]float32, len(of))
	for q, i := range of {
		queries[q] = rows[i]
	}
	began = time.Now()
	near, err := embed.Near(ctx, e, queries, rows, 1, func(q, i int) bool { return of[q] == i }, l.Progress)
	if err != nil {
		return err
	}
	fmt.Fprintf(l.Stdout, "index made and %d looked up in %v, on %d cores; %.1f GiB at most\n", len(of),
		time.Since(began).Round(time.Second/10), runtime.GOMAXPROCS(0), float64(engine.PeakMemory())/(1<<30))
	began = time.Now()
	exact, err := nearest(ctx, l, queries, rows, of)
	if err != nil {
		return err
	}
	fmt.Fprintf(l.Stdout, "compared with all in %v\n", time.Since(began).Round(time.Second/10))
	return l.SaveCSV(fmt.Sprintf("features-%d.csv", n), indexHeader, recalls(l, of, near, exact))
}

// sample are the numbers of the features that are looked up: copies, and then others, at even
// steps.
func sample(n int) []int {
	tens := n / 10
	count := min(asked, tens)
	var copies, others []int
	for k := range count {
		ten := k * tens / count
		copies, others = append(copies, 10*ten+9), append(others, 10*ten+k%9)
	}
	return append(copies, others...)
}

var indexHeader = []string{"looked up", "features", "found", "recall"}

// recalls counts for how many features the index gives the same nearest one as a comparison with
// all: of the copies of each distance, and of the others.
func recalls(l *lab.Lab, of []int, near [][]embed.Neighbour, exact []int) (rows [][]string) {
	names := []string{"others"}
	for _, d := range copyDistances {
		names = append(names, fmt.Sprintf("copies at distance %.1f", d))
	}
	looked, found := make([]int, len(names)), make([]int, len(names))
	for q, i := range of {
		kind := 0
		if i%10 == 9 {
			kind = 1 + i/10%len(copyDistances)
		}
		looked[kind]++
		if len(near[q]) > 0 && near[q][0].Index == exact[q] {
			found[kind]++
		}
	}
	for kind, name := range names {
		recall := float64(found[kind]) / float64(max(looked[kind], 1))
		fmt.Fprintf(l.Stdout, "%s: the nearest found for %d of %d\n", name, found[kind], looked[kind])
		rows = append(rows, []string{name, fmt.Sprint(looked[kind]), fmt.Sprint(found[kind]), fmt.Sprintf("%.3f", recall)})
	}
	return rows
}

// between makes n features. Number i lies on the line between two real ones, with noise in each
// number; or it is a copy of the feature at the start of its ten.
func between(ctx context.Context, l *lab.Lab, known [][]float32, n int) ([][]float32, error) {
	width := len(known[0])
	mean := embed.Mean(known)
	flat, out := make([]float32, n*width), make([][]float32, n)
	for i := range out {
		out[i] = flat[i*width : (i+1)*width : (i+1)*width]
	}
	const stage = 10_000
	for from := 0; from < n; from += stage {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		l.Progress.Report("making features", int64(from), int64(n))
		for i := from; i < min(from+stage, n); i++ {
			r := rand.New(rand.NewPCG(uint64(i), 3))
			if i%10 == 9 {
				away(out[i], out[i-9], mean, copyDistances[i/10%len(copyDistances)], r)
				continue
			}
			a, b, share := known[r.IntN(len(known))], known[r.IntN(len(known))], r.Float32()
			for j := range width {
				v := share*a[j] + (1-share)*b[j]
				out[i][j] = v * (0.75 + r.Float32()/2)
			}
		}
	}
	l.Progress.Report("making features", int64(n), int64(n))
	return out, nil
}

// away sets out to what lies at a cosine distance from of, as seen from mean, in a random
// direction.
func away(out, of []float32, mean []float64, distance float64, r *rand.Rand) {
	noise := make([]float64, len(of))
	length, along, square := 0.0, 0.0, 0.0
	for j := range noise {
		d := float64(of[j]) - mean[j]
		noise[j] = r.NormFloat64()
		along, square = along+noise[j]*d, square+d*d
	}
	for j := range noise { // what stands upright on the way from mean to of
		noise[j] -= along / square * (float64(of[j]) - mean[j])
		length += noise[j] * noise[j]
	}
	cosine := 1 - distance
	scale := math.Sqrt(square/length) * math.Sqrt(1-cosine*cosine) / cosine
	for j := range out {
		out[j] = of[j] + float32(scale*noise[j])
	}
}

// nearest compares each query with all rows, and returns the nearest one that is not the query.
func nearest(ctx context.Context, l *lab.Lab, queries, rows [][]float32, of []int) ([]int, error) {
	const block = 4096
	mean := embed.Mean(queries, rows)
	a := matrix(embed.Directions(queries, mean))
	best, top := make([]int, len(queries)), make([]float32, len(queries))
	for q := range top {
		top[q] = -2
	}
	for from := 0; from < len(rows); from += block {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		b := matrix(embed.Directions(rows[from:min(from+block, len(rows))], mean))
		c := blas32.General{Rows: a.Rows, Cols: b.Rows, Stride: b.Rows, Data: make([]float32, a.Rows*b.Rows)}
		blas32.Gemm(blas.NoTrans, blas.Trans, 1, a, b, 0, c)
		for k, cosine := range c.Data {
			if q, i := k/c.Cols, from+k%c.Cols; cosine > top[q] && of[q] != i {
				best[q], top[q] = i, cosine
			}
		}
		l.Progress.Report("comparing with all", int64(from+b.Rows), int64(len(rows)))
	}
	return best, nil
}

func matrix(rows [][]float32) blas32.General {
	m := blas32.General{Rows: len(rows), Cols: len(rows[0]), Stride: len(rows[0])}
	for _, row := range rows {
		m.Data = append(m.Data, row...)
	}
	return m
}
