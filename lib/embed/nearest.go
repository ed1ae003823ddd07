package embed

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"sync"

	"github.com/gomlx/gomlx/core/tensors"

	. "github.com/gomlx/gomlx/core/graph"

	"imagelab/lib/engine"
)

// Neighbour is one of the photos nearest to another.
type Neighbour struct {
	Index    int     // of the photo
	Distance float64 // cosine distance, one minus the cosine of the angle, in [0,2]
}

// queryBlock is how many photos are compared with all others at a time.
const queryBlock = 256

// Nearest returns, for each of queries, its k nearest among features `[n][width]`, the nearest
// first; fewer where there are fewer. Distances are cosine distances of [Directions] from the mean
// of both. skip says which pairs do not count, such as a photo and itself; nil: all do. Equally
// near ones come in order of their index.
func Nearest(ctx context.Context, e *engine.Engine, queries, features [][]float32, k int,
	skip func(query, i int) bool) ([][]Neighbour, error) {
	out := make([][]Neighbour, len(queries))
	if len(features) == 0 || len(queries) == 0 || k < 1 {
		return out, nil
	}
	mean := Mean(queries, features)
	exec, err := newComparison(e)
	if err != nil {
		return nil, err
	}
	defer exec.Finalize()
	all := tensorOf(Directions(features, mean), len(features))
	defer all.FinalizeAll()
	block := min(queryBlock, len(queries))
	for from := 0; from < len(queries); from += block {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		part := queries[from:min(from+block, len(queries))]
		cosines, err := compare(exec, tensorOf(Directions(part, mean), block), all)
		if err != nil {
			return nil, fmt.Errorf("embed: compare features: %w", err)
		}
		nearestOf(out[from:from+len(part)], cosines, len(features), k, func(q, i int) bool {
			return skip != nil && skip(from+q, i)
		})
	}
	return out, nil
}

// newComparison is the graph of [compare]: products of rows of length 1.
func newComparison(e *engine.Engine) (*Exec, error) {
	exec, err := NewExec(e.Backend, func(a, b *Node) *Node {
		engine.SetPrecision(e.Backend, engine.Float32)
		return Einsum("qd,nd->qn", a, b)
	})
	if err != nil {
		return nil, fmt.Errorf("embed: %w", err)
	}
	return exec, nil
}

// compare returns the cosines `[queries, n]`, flat, and frees a.
func compare(exec *Exec, a, all *tensors.Tensor) ([]float32, error) {
	defer a.FinalizeAll()
	y, err := engine.Call1(exec, a, all)
	if err != nil {
		return nil, err
	}
	defer y.FinalizeAll()
	return tensors.CopyFlatData[float32](y)
}

// nearestOf picks the nearest of each row of cosines, on all cores.
func nearestOf(out [][]Neighbour, cosines []float32, n, k int, skip func(q, i int) bool) {
	var group sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		group.Go(func() {
			for q := w; q < len(out); q += workers {
				out[q] = largest(cosines[q*n:(q+1)*n], k, func(i int) bool { return skip(q, i) })
			}
		})
	}
	group.Wait()
}

// largest are the k largest of a row, by insertion: k is small.
func largest(row []float32, k int, skip func(i int) bool) []Neighbour {
	var top []Neighbour
	for i, cosine := range row {
		d := max(0, 1-float64(cosine))
		if len(top) == k && d >= top[k-1].Distance || skip(i) {
			continue
		}
		if len(top) < k {
			top = append(top, Neighbour{})
		}
		at := len(top) - 1
		for ; at > 0 && top[at-1].Distance > d; at-- {
			top[at] = top[at-1]
		}
		top[at] = Neighbour{i, d}
	}
	return top
}

// Mean is the mean of all rows, `[width]`. There must be one row.
func Mean(sets ...[][]float32) []float64 {
	var mean []float64
	n := 0
	for _, rows := range sets {
		for _, row := range rows {
			if mean == nil {
				mean = make([]float64, len(row))
			}
			for j, v := range row {
				mean[j] += float64(v)
			}
			n++
		}
	}
	for j := range mean {
		mean[j] /= float64(n)
	}
	return mean
}

// Directions are the rows less mean, which all photos have in common, each of length 1; 0 where
// nothing is left. The cosine distance of two photos is one minus the product of their directions.
func Directions(rows [][]float32, mean []float64) [][]float32 {
	out := make([][]float32, len(rows))
	for i, row := range rows {
		out[i] = make([]float32, len(row))
		sum := 0.0
		for j, v := range row {
			d := float64(v) - mean[j]
			sum += d * d
		}
		if sum == 0 {
			continue
		}
		scale := 1 / math.Sqrt(sum)
		for j, v := range row {
			out[i][j] = float32((float64(v) - mean[j]) * scale)
		}
	}
	return out
}

// tensorOf are the rows as `[size, width]`; rows that are not there are 0.
func tensorOf(rows [][]float32, size int) *tensors.Tensor {
	width := len(rows[0])
	flat := make([]float32, size*width)
	for i, row := range rows {
		copy(flat[i*width:], row)
	}
	return tensors.FromFlatDataAndDimensions(flat, size, width)
}
