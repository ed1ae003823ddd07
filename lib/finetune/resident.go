package finetune

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"imagelab/lib/backbone"
	"imagelab/lib/engine"
	"imagelab/lib/feed"
	"imagelab/lib/internal/network"
	"imagelab/lib/progress"
	"imagelab/lib/recipe"
)

// residentBudget is how many bytes of photos or activations are kept in a GPU's memory: 10,000
// photos of 256 x 256 pixels. It is a constant because go-xla does not tell how much memory a
// device has. GPUs that train have 8 GB or more, of which a step takes less than half; and below
// 2^31 elements no index needs more than 32 bits.
const residentBudget = 2 << 30

// keepsOnDevice decides whether the inputs of all sides, that many bytes, live on the device. A CPU
// reads the mapped files themselves. Jitter of colours is not rendered on the device, so pixels
// that need it stay on the host.
func keepsOnDevice(engineName string, bytes int64, c recipe.Config) bool {
	jitter := c.Cut == backbone.CutAll && c.Augment.Color > 0
	return engineName == engine.XLACUDA && bytes <= residentBudget && !jitter
}

// resident is a side's inputs in the device's memory, all of them. A step is sent the numbers of
// its images, and for pixels the geometry of their views, and everything else happens there.
type resident struct {
	batch int
	views []*tensors.Tensor // activations `[n, ...]` float16 by view, or one of pixels `[n, side, side, 3]` uint8
	exec  *graph.Exec       // rows, indices `[batch]` int32 and, for pixels, geometry `[batch, geometry]` to inputs `[batch, ...]`
}

// keep copies the inputs of all sides to the device, and compiles what picks a step's part of them.
func (p *Prepared) keep(t *trainer, report progress.Func) error {
	for _, s := range p.sides() {
		if s.resident != nil {
			continue
		}
		if err := s.keep(p.engine.Backend, t, p.config.Size, report); err != nil {
			return fmt.Errorf("finetune: keep the %s images on the GPU: %w; end what else uses its memory", s.name, err)
		}
	}
	return nil
}

// residentBytes is what keep copies.
func (p *Prepared) residentBytes() int64 {
	total := int64(0)
	for _, s := range p.sides() {
		for _, v := range s.stores() {
			total += int64(len(s.images)) * int64(v.RowBytes)
		}
	}
	return total
}

// stores are the files that hold the side's inputs.
func (s *side) stores() []*feed.Store {
	if len(s.views) > 0 {
		return s.views
	}
	return []*feed.Store{s.pixels.Store}
}

func (s *side) keep(backend compute.Backend, t *trainer, size int, report progress.Func) (err error) {
	r := &resident{batch: t.batch}
	defer func() {
		if err != nil {
			r.close()
		}
	}()
	row := t.row
	rest := []shapes.Shape{shapes.Make(dtypes.Int32, t.batch)}
	pick := func(inputs []*graph.Node) *graph.Node { return gather(inputs[0], inputs[1]) }
	if len(s.views) == 0 {
		row = network.Pixels(s.pixels.Side)
		rest = append(rest, shapes.Make(network.Float32, t.batch, geometry))
		pick = func(inputs []*graph.Node) *graph.Node {
			return renderViews(gather(inputs[0], inputs[1]), inputs[2], size)
		}
	}
	n := len(s.images)
	rows := row.Batch(n)
	for _, v := range s.stores() {
		var x *tensors.Tensor
		if tryErr := engine.Try(func() { x, err = tensors.FromRaw(backend, 0, rows, v.First(n)) }); err != nil || tryErr != nil {
			return errors.Join(tryErr, err)
		}
		r.views = append(r.views, x)
	}
	if r.exec, err = graph.NewExec(backend, pick); err != nil {
		return err
	}
	took, err := network.Compile(report, r.exec, slices.Concat([]shapes.Shape{rows}, rest)...)
	t.compile += took
	s.resident = r
	return err
}

// close frees the device's memory.
func (r *resident) close() {
	if r == nil {
		return
	}
	if r.exec != nil {
		r.exec.Finalize()
	}
	for _, v := range r.views {
		_ = v.FinalizeAll() // an engine that fails to free memory has other things to say
	}
}

// residentViews are a resident side's inputs from a view on, see [side.reader].
type residentViews struct {
	*side
	config resolved
	first  int
}

// inputs are those of the images with these indices in an epoch, on the device; the rows behind
// them are those of image 0.
func (v residentViews) inputs(t *trainer, indices []int, epoch int) (*tensors.Tensor, error) {
	r, view := v.resident, v.first+epoch
	ids, geo := make([]int32, r.batch), make([]float32, r.batch*geometry)
	for k, i := range indices {
		ids[k] = int32(i)
	}
	args := []any{r.views[view%len(r.views)], ids}
	if len(v.views) == 0 {
		for k, i := range ids {
			packGeometry(geo[k*geometry:(k+1)*geometry], v.drawn(v.config, int(i), view))
		}
		args = append(args, tensors.FromFlatDataAndDimensions(geo, r.batch, geometry))
	}
	out, err := engine.Call(r.exec, args...)
	if err != nil {
		return nil, fmt.Errorf("finetune: pick a batch on the device: %w", err)
	}
	return out[0], nil
}
