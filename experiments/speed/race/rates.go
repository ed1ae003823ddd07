package race

import (
	"context"
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"imagelab/lib/engine"
)

const (
	cube     = 1024 // side of the matrices whose product is the peak
	products = 4    // in a call, so that its overhead does not count
)

// rates times each stage of the network alone, and a large matrix product, which is as fast as this
// machine computes.
func (d Race) rates(ctx context.Context, _ *team, p *Part) error {
	f, err := d.open(ctx)
	if err != nil {
		return err
	}
	defer f.Close()
	peak, err := newProduct(d.Engine)
	if err != nil {
		return err
	}
	defer peak.close()
	const amount = 2e-9 * products * cube * cube * cube
	works := []work{{name: "matrix product", unit: GigaFLOPS, sides: []side{timed(Ours, "", amount, peak.run)}}}
	stages, err := f.Stages(d.RateSize)
	for _, s := range stages {
		defer s.Close()
		amount := 2e-9 * float64(s.MultiplyAdds) * float64(s.Batch)
		works = append(works, work{name: s.Name, unit: GigaFLOPS,
			sides: []side{timed(Ours, "", amount, func(context.Context) error { return s.Run() })}})
	}
	if err != nil {
		return err
	}
	results, err := d.rounds(ctx, p, works, d.Progress)
	if err != nil {
		return err
	}
	p.Peak = results[0].Results[0].Values
	for i, s := range stages {
		p.Stages = append(p.Stages, Stage{Name: s.Name, Batch: s.Batch, MFLOP: 2e-6 * float64(s.MultiplyAdds),
			Values: results[i+1].Results[0].Values})
	}
	return nil
}

// product multiplies large matrices that stay on the engine.
type product struct {
	exec *Exec
	x    *tensors.Tensor
}

func newProduct(e *engine.Engine) (*product, error) {
	exec, err := NewExec(e.Backend, func(x *Node) *Node {
		y := x
		for range products {
			y = Dot(y, x).Product()
		}
		return ReduceAllMax(y)
	})
	if err != nil {
		return nil, fmt.Errorf("matrix product: %w", err)
	}
	x := tensors.FromShape(shapes.Make(dtypes.Float32, cube, cube))
	err = tensors.MutableFlatData(x, func(values []float32) {
		for i := range values {
			values[i] = float32(i%7) / (3 * cube) // rows add up to about 1: the products stay finite
		}
	})
	if err == nil {
		err = x.MaterializeOnDevice(e.Backend, false, 0)
	}
	if err != nil {
		return nil, fmt.Errorf("matrix product: %w", err)
	}
	return &product{exec, x}, nil
}

// run returns when the products are known.
func (p *product) run(context.Context) error {
	y, err := engine.Call1(p.exec, p.x)
	if err != nil {
		return fmt.Errorf("matrix product: %w", err)
	}
	defer y.FinalizeAll()
	_, err = tensors.CopyFlatData[float32](y)
	return err
}

func (p *product) close() {
	p.exec.Finalize()
	p.x.FinalizeAll()
}
