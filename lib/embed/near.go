package embed

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/gomlx/gomlx/core/tensors"

	. "github.com/gomlx/gomlx/core/graph"

	"imagelab/lib/engine"
	"imagelab/lib/progress"
)

// exactUpTo is the number of features up to which [Near] compares all with all.
const exactUpTo = 50_000

// What an index of cells is made of. See [Near] for what comes of it.
const (
	cellShare   = 2.0 // cells, as a multiple of the root of the number of features
	probes      = 8   // cells that a query is looked for in
	learnedFrom = 40  // features for each cell, from which the cells' centres are found
	rounds      = 6   // of finding the centres
	cellBlock   = 512 // features of a cell that are compared at a time
)

// Near is [Nearest] for copies and other close neighbours among any number of features. Up to
// 50,000 it is Nearest. Beyond, features are dealt to cells around centres (k-means), and a query
// is compared with those of the 8 cells that are nearest to it (an inverted file, Jégou et al.
// 2011): the nearest one is found for nearly all queries whose nearest one is close, and for fewer
// of the others. The same input gives the same result.
func Near(ctx context.Context, e *engine.Engine, queries, features [][]float32, k int,
	skip func(query, i int) bool, p progress.Func) ([][]Neighbour, error) {
	if len(features) <= exactUpTo {
		return Nearest(ctx, e, queries, features, k, skip)
	}
	return inCells(ctx, e, queries, features, k, skip, p)
}

// cells are features by the centre that each is nearest to.
type cells struct {
	mean    []float64
	centres [][]float32 // `[cells][width]`, of length 1
	members [][]int     // of each cell
	exec    *Exec
}

// inCells is [Near] by cells, whatever the number of features.
func inCells(ctx context.Context, e *engine.Engine, queries, features [][]float32, k int,
	skip func(query, i int) bool, p progress.Func) ([][]Neighbour, error) {
	out := make([][]Neighbour, len(queries))
	if len(features) == 0 || len(queries) == 0 || k < 1 {
		return out, nil
	}
	exec, err := newComparison(e)
	if err != nil {
		return nil, err
	}
	defer exec.Finalize()
	c := &cells{mean: Mean(queries, features), exec: exec}
	if err := c.learn(ctx, features, p); err != nil {
		return nil, err
	}
	asked, err := c.assign(ctx, queries, probes, "finding cells of photos", p)
	if err != nil {
		return nil, err
	}
	of := make([][]int, len(c.centres)) // queries of each cell
	for q, list := range asked {
		for _, cell := range list {
			of[cell] = append(of[cell], q)
		}
	}
	for cell := range of {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := c.search(out, queries, features, of[cell], c.members[cell], k, skip); err != nil {
			return nil, err
		}
		p.Report("comparing photos", int64(cell+1), int64(len(of)))
	}
	return out, nil
}

// learn finds the centres from a sample of the features, and deals all to them.
func (c *cells) learn(ctx context.Context, features [][]float32, p progress.Func) error {
	n := min(len(features), max(1, int(cellShare*math.Sqrt(float64(len(features))))))
	r := rand.New(rand.NewPCG(1, 1))
	sample := make([][]float32, min(len(features), learnedFrom*n))
	for i, at := range drawn(r, len(features), len(sample)) {
		sample[i] = features[at]
	}
	c.centres = Directions(sample[:n], c.mean)
	for range rounds {
		of, err := c.assign(ctx, sample, 1, "finding centres", p)
		if err != nil {
			return err
		}
		c.move(sample, of)
	}
	of, err := c.assign(ctx, features, 1, "dealing photos to cells", p)
	c.members = make([][]int, n)
	for i, list := range of {
		c.members[list[0]] = append(c.members[list[0]], i)
	}
	return err
}

// drawn are n different numbers below all, at random.
func drawn(r *rand.Rand, all, n int) []int {
	if n == all {
		return r.Perm(all)
	}
	seen, out := map[int]bool{}, make([]int, 0, n)
	for len(out) < n {
		if i := r.IntN(all); !seen[i] {
			seen[i] = true
			out = append(out, i)
		}
	}
	return out
}

// move puts each centre into the middle of its features; one without any stays.
func (c *cells) move(sample [][]float32, of [][]int) {
	width := len(c.mean)
	sums, zero := make([][]float32, len(c.centres)), make([]float64, width)
	for from := 0; from < len(sample); from += queryBlock {
		block := Directions(sample[from:min(from+queryBlock, len(sample))], c.mean)
		for i, row := range block {
			cell := of[from+i][0]
			if sums[cell] == nil {
				sums[cell] = make([]float32, width)
			}
			for j, v := range row {
				sums[cell][j] += v
			}
		}
	}
	for cell, sum := range sums {
		if sum != nil {
			c.centres[cell] = Directions([][]float32{sum}, zero)[0]
		}
	}
}

// assign returns the n centres nearest to each row, the nearest first.
func (c *cells) assign(ctx context.Context, rows [][]float32, n int, stage string, p progress.Func) ([][]int, error) {
	all := tensorOf(c.centres, len(c.centres))
	defer all.FinalizeAll()
	out := make([][]int, len(rows))
	near := make([][]Neighbour, queryBlock)
	for from := 0; from < len(rows); from += queryBlock {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		part := rows[from:min(from+queryBlock, len(rows))]
		cosines, err := compare(c.exec, tensorOf(Directions(part, c.mean), queryBlock), all)
		if err != nil {
			return nil, fmt.Errorf("embed: compare features: %w", err)
		}
		nearestOf(near[:len(part)], cosines, len(c.centres), min(n, len(c.centres)), func(int, int) bool { return false })
		for i, list := range near[:len(part)] {
			for _, x := range list {
				out[from+i] = append(out[from+i], x.Index)
			}
		}
		p.Report(stage, int64(from+len(part)), int64(len(rows)))
	}
	return out, nil
}

// search compares some queries with the features of a cell, and keeps the k nearest of each.
func (c *cells) search(out [][]Neighbour, queries, features [][]float32, of, members []int, k int,
	skip func(query, i int) bool) error {
	for at := 0; at < len(members); at += cellBlock {
		block := members[at:min(at+cellBlock, len(members))]
		b := tensorOf(Directions(picked(features, block), c.mean), cellBlock)
		err := c.searchBlock(out, queries, of, block, b, k, skip)
		b.FinalizeAll()
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *cells) searchBlock(out [][]Neighbour, queries [][]float32, of, block []int, b *tensors.Tensor, k int,
	skip func(query, i int) bool) error {
	for from := 0; from < len(of); from += queryBlock {
		part := of[from:min(from+queryBlock, len(of))]
		cosines, err := compare(c.exec, tensorOf(Directions(picked(queries, part), c.mean), queryBlock), b)
		if err != nil {
			return fmt.Errorf("embed: compare features: %w", err)
		}
		near := make([][]Neighbour, len(part))
		nearestOf(near, cosines, cellBlock, k, func(n, i int) bool {
			return i >= len(block) || skip != nil && skip(part[n], block[i])
		})
		for n, q := range part {
			for i := range near[n] {
				near[n][i].Index = block[near[n][i].Index]
			}
			out[q] = merged(out[q], near[n], k)
		}
	}
	return nil
}

// merged are the k nearest of two lists; equally near ones in order of their index.
func merged(a, b []Neighbour, k int) []Neighbour {
	all := slices.Concat(a, b)
	slices.SortFunc(all, func(x, y Neighbour) int {
		return cmp.Or(cmp.Compare(x.Distance, y.Distance), cmp.Compare(x.Index, y.Index))
	})
	return all[:min(k, len(all))]
}

func picked(rows [][]float32, of []int) [][]float32 {
	out := make([][]float32, len(of))
	for n, i := range of {
		out[n] = rows[i]
	}
	return out
}
