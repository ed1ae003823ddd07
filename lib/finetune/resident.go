package finetune

import (
	"fmt"
	"os"
	"slices"
	"strconv"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"imagelab/lib/engine"
	"imagelab/lib/feed"
	"imagelab/lib/internal/network"
	"imagelab/lib/progress"
	"imagelab/lib/text"
)

// residentBudget is how many bytes of photos or activations are kept in a GPU's memory at most:
// 10,000 photos of 256 x 256 pixels. Below 2^31 elements no index needs more than 32 bits.
const residentBudget = 2 << 30

// residentVar is a setting for how many MiB of photos or activations are kept on the device. On a
// CPU, which reads the mapped files themselves, it has the steps take the way of a GPU's.
const residentVar = "IMAGELAB_RESIDENT"

// budget is how many bytes may be kept on a device with so much free memory (0: not known), of
// which a training step needs the larger part. The setting, where there is one, decides alone.
func budget(free int64, setting string) (int64, error) {
	if setting != "" {
		n, err := strconv.ParseUint(setting, 10, 32)
		if err != nil {
			return 0, fmt.Errorf("finetune: %s=%s is no number of MiB: give one, such as 512, or unset it",
				residentVar, text.Name(setting))
		}
		return int64(n) << 20, nil
	}
	if free > 0 {
		return min(residentBudget, free/3), nil
	}
	return residentBudget, nil
}

// placement is from where a device takes the inputs of its steps.
type placement int

const (
	onHost   placement = iota // each step's inputs are made on the host
	streamed                  // photos or activations are sent step by step, one step ahead
	kept                      // all of them are in the device's memory
)

// place decides where the inputs of all sides, that many bytes, are. A CPU reads the mapped files
// themselves, unless the setting is there.
func place(engineName string, bytes, budget int64, set bool) placement {
	switch {
	case engineName != engine.XLACUDA && !set:
		return onHost
	case bytes > budget:
		return streamed
	default:
		return kept
	}
}

// resident is a side's inputs on the device. A step is sent the numbers of its images, and for
// pixels the geometry of their views, and everything else happens there. Where the inputs are
// streamed, it is sent the rows of its images too; the results are the same to the bit.
type resident struct {
	backend compute.Backend
	batch   int
	row     network.Row   // a stored input
	stores  []*feed.Store // by view
	// activations `[n, ...]` float16 by view, or one of pixels `[n, side, side, 3]` uint8; nil:
	// streamed
	views []*tensors.Tensor
	sent  []byte // of the rows of a step
	// rows, indices `[batch]` int32 and, for pixels, geometry `[batch, geometry]` to inputs `[batch,
	// ...]`
	exec *graph.Exec
}

// settle has the inputs of all sides kept on the device or streamed to it. Inputs that do not fit,
// whatever was known of the device's memory, are streamed, and the observer is told once.
func (p *Prepared) settle(t *trainer, o Observer) error {
	setting, free, bytes := os.Getenv(residentVar), p.engine.FreeOnGPU(), p.residentBytes()
	most, err := budget(free, setting)
	if err != nil {
		return err
	}
	switch place(p.engine.Name, bytes, most, setting != "") {
	case kept:
		err := p.keep(t, true, o.Progress)
		if err == nil {
			return nil
		}
		o.note(streamNotice(bytes, "and did not fit into the GPU's memory ("+err.Error()+")"))
	case streamed:
		if setting == "" {
			o.note(streamNotice(bytes, "more than the "+text.Bytes(most)+" that they may have of the GPU's memory"))
		}
	case onHost:
		return nil
	}
	return engine.Advised(p.keep(t, false, o.Progress))
}

// streamNotice says why the inputs of the steps are sent anew, and that no result depends on it.
func streamNotice(bytes int64, why string) string {
	return fmt.Sprintf("the inputs of the training steps take %s, %s: each step's are sent to the GPU while the step "+
		"before computes; the results are the same", text.Bytes(bytes), why)
}

// keep copies the inputs of all sides to the device, where all is set, and compiles what picks a
// step's part of them.
func (p *Prepared) keep(t *trainer, all bool, report progress.Func) error {
	for _, s := range p.sides() {
		s.resident.close()
		s.resident = nil
	}
	for _, s := range p.sides() {
		if err := s.keep(p.engine.Backend, t, p.config.Size, all, report); err != nil {
			return fmt.Errorf("finetune: bring the %s images to the GPU: %w", s.name, err)
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

func (s *side) keep(backend compute.Backend, t *trainer, size int, all bool, report progress.Func) (err error) {
	r := &resident{backend: backend, batch: t.batch, row: t.row, stores: s.stores()}
	defer func() {
		if err != nil {
			r.close()
		}
	}()
	rest := []shapes.Shape{shapes.Make(dtypes.Int32, t.batch)}
	pick := func(inputs []*graph.Node) *graph.Node { return gather(inputs[0], inputs[1]) }
	if len(s.views) == 0 {
		r.row = network.Pixels(s.pixels.Side)
		rest = append(rest, shapes.Make(network.Float32, t.batch, geometry))
		pick = func(inputs []*graph.Node) *graph.Node {
			return renderViews(gather(inputs[0], inputs[1]), inputs[2], size, s.augment.Color > 0)
		}
	}
	n := t.batch
	if all {
		n = len(s.images)
		if err := r.copyAll(n); err != nil {
			return err
		}
	}
	if r.exec, err = graph.NewExec(backend, pick); err != nil {
		return err
	}
	took, err := network.Compile(report, r.exec, slices.Concat([]shapes.Shape{r.row.Batch(n)}, rest)...)
	t.compile += took
	s.resident = r
	return err
}

// copyAll copies the first n rows of all stores to the device.
func (r *resident) copyAll(n int) error {
	for _, v := range r.stores {
		x, err := r.copy(n, v.First(n))
		if err != nil {
			return err
		}
		r.views = append(r.views, x)
	}
	return nil
}

// copy copies n rows to the device.
func (r *resident) copy(n int, rows []byte) (x *tensors.Tensor, err error) {
	if tryErr := engine.Try(func() { x, err = tensors.FromRaw(r.backend, 0, r.row.Batch(n), rows) }); tryErr != nil {
		err = tryErr
	}
	return x, err
}

// send copies the rows of a step's images in a view to the device.
func (r *resident) send(ids []int32, view int) (*tensors.Tensor, error) {
	size := r.row.Bytes()
	if r.sent == nil {
		r.sent = make([]byte, r.batch*size)
	}
	store := r.stores[view%len(r.stores)]
	for k, i := range ids {
		copy(r.sent[k*size:(k+1)*size], store.Row(int(i)))
	}
	return r.copy(r.batch, r.sent) // which ends when all is there
}

// close frees the device's memory.
func (r *resident) close() {
	if r == nil {
		return
	}
	if r.exec != nil {
		r.exec.Finalize()
	}
	_ = engine.Free(r.views...) // an engine that fails to free memory has other things to say
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
	ids := make([]int32, r.batch)
	for k, i := range indices {
		ids[k] = int32(i)
	}
	var geo []float32
	if len(v.views) == 0 {
		geo = make([]float32, r.batch*geometry)
		for k, i := range ids {
			packGeometry(geo[k*geometry:(k+1)*geometry], v.drawn(v.config, int(i), view))
		}
	}
	x, err := r.pick(ids, view, geo)
	if err != nil {
		return nil, fmt.Errorf("finetune: pick a batch on the device: %w", engine.Advised(err))
	}
	return x, nil
}

// pick gives the inputs of the images ids `[batch]`, rendered by their geometry where they are
// pixels; nil: they are activations. It may change ids.
func (r *resident) pick(ids []int32, view int, geo []float32) (*tensors.Tensor, error) {
	var rows *tensors.Tensor
	if r.views != nil {
		rows = r.views[view%len(r.views)]
	} else {
		sent, err := r.send(ids, view)
		if err != nil {
			return nil, err
		}
		defer sent.FinalizeAll()
		rows = sent
		for k := range ids {
			ids[k] = int32(k)
		}
	}
	args := []any{rows, ids}
	if geo != nil {
		args = append(args, tensors.FromFlatDataAndDimensions(geo, r.batch, geometry))
	}
	out, err := engine.Call(r.exec, args...)
	if err != nil {
		return nil, err
	}
	return out[0], nil
}
