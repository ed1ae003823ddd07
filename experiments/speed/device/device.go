// Package device times a network on the engine of this machine alone: compiling, forward passes and
// training steps, by precision and batch.
//
// Start with [Run]. A GPU is measured by it in a process for each form of the network, since XLA
// reads its flags once, and every process prints a JSON line for each [Row].
package device

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"imagelab/lib/backbone"
	"imagelab/lib/engine"
	"imagelab/lib/finetune"
	"imagelab/lib/latency"
	"imagelab/lib/recipe"
	"imagelab/lib/tradeoff"
)

// Options are what is timed.
type Options struct {
	Forward   string  // batches of forward passes, with commas between
	Step      string  // batches of training steps
	Precision string  // see [recipe.Config]; several with commas between
	Cut       string  // first stage that is trained
	Size      int     // side of the input, pixels
	Seconds   float64 // for each row, after one call that is not counted
	Label     string  // what the rows are called
}

// Flags adds the options to a command line. Timing begins where Forward or Step is not empty.
func (o *Options) Flags(f *flag.FlagSet) {
	f.StringVar(&o.Forward, "forward", "",
		"only time forward passes of these `batches` on the engine, such as 1,8,32, and print JSON lines")
	f.StringVar(&o.Step, "step", "", "only time training steps of these `batches` on the engine, and print JSON lines")
	f.StringVar(&o.Precision, "precision", recipe.Float32, "`precisions` for -forward and -step: "+
		strings.Join(recipe.Precisions(), ", "))
	f.StringVar(&o.Cut, "cut", "all", "first `stage` that -step trains")
	f.IntVar(&o.Size, "size", 224, "side of the network's input, `pixels`")
	f.Float64Var(&o.Seconds, "seconds", 1, "time for each row of -forward and -step, `seconds`")
	f.StringVar(&o.Label, "label", "", "`name` of the rows of -forward and -step")
}

// Asked says that the options ask for anything.
func (o Options) Asked() bool { return o.Forward != "" || o.Step != "" }

// Row is one measurement.
type Row struct {
	Label     string  `json:"label,omitempty"`
	Work      string  `json:"work"` // "forward" or "step"
	Engine    string  `json:"engine"`
	GPU       string  `json:"gpu,omitempty"`
	Precision string  `json:"precision"`
	Effective string  `json:"effective"` // precision that the engine computed in
	Form      string  `json:"form,omitempty"`
	Batch     int     `json:"batch"`
	Compile   float64 `json:"compile"`   // of the graphs, with the first call, seconds
	Median    float64 `json:"median"`    // of a forward call or a step, seconds
	Rate      float64 `json:"rate"`      // images/s at the median
	PeakHost  int64   `json:"peak_host"` // resident memory of the process, bytes
	Failed    string  `json:"failed,omitempty"`
}

// Run times what is asked for and writes a line for each row as soon as it is known. A row that
// fails, such as a batch that does not fit, says so and the others go on. Bad options and the end
// of ctx are errors.
func Run(ctx context.Context, e *engine.Engine, o Options, out io.Writer) error {
	forward, err := batches(o.Forward)
	if err != nil {
		return err
	}
	step, err := batches(o.Step)
	if err != nil {
		return err
	}
	photo, remove, err := noise()
	if err != nil {
		return err
	}
	defer remove()
	for precision := range strings.SplitSeq(o.Precision, ",") {
		if !slices.Contains(recipe.Precisions(), precision) {
			return fmt.Errorf("device: there is no precision %q; known are %s", precision,
				strings.Join(recipe.Precisions(), ", "))
		}
		row := Row{Label: o.Label, Engine: e.Name, GPU: e.Environment().GPU, Precision: precision,
			Form:      os.Getenv(backbone.FormVar),
			Effective: engine.Effective(e.Backend, precision)}
		for _, batch := range forward {
			if err := write(ctx, out, row.of("forward", batch),
				func(r *Row) error { return o.forward(ctx, e, r, photo) }); err != nil {
				return err
			}
		}
		for _, batch := range step {
			if err := write(ctx, out, row.of("step", batch), func(r *Row) error { return o.step(ctx, e, r) }); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r Row) of(work string, batch int) Row {
	r.Work, r.Batch = work, batch
	return r
}

// write measures one row and writes it.
func write(ctx context.Context, out io.Writer, r Row, measure func(*Row) error) error {
	if err := measure(&r); err != nil {
		r.Failed = err.Error()
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if r.Median > 0 {
		r.Rate = float64(r.Batch) / r.Median
	}
	r.PeakHost = engine.PeakMemory()
	return json.NewEncoder(out).Encode(r)
}

func (o Options) forward(ctx context.Context, e *engine.Engine, r *Row, photo string) error {
	start := time.Now()
	f, err := latency.NewForward(ctx, e, tradeoff.Network{Backbone: "lite0", Size: o.Size, Classes: 10,
		Precision: r.Precision}, photo)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Run(r.Batch); err != nil {
		return err
	}
	r.Compile = time.Since(start).Seconds()
	r.Median, err = o.median(ctx, func() (float64, error) {
		start := time.Now()
		err := f.Run(r.Batch)
		return time.Since(start).Seconds(), err
	})
	return err
}

// step times several steps in a call, so that the next batch is made ready during one, as in an
// epoch.
func (o Options) step(ctx context.Context, e *engine.Engine, r *Row) error {
	c := recipe.Default()
	c.Backbone, c.Cut, c.Size, c.Batch, c.Precision = "lite0", o.Cut, o.Size, r.Batch, r.Precision
	start := time.Now()
	p, err := finetune.NewStepTimer(ctx, e, c, 10, nil)
	if err != nil {
		return err
	}
	defer p.Close()
	if err := p.Run(ctx, 1); err != nil {
		return err
	}
	r.Compile = time.Since(start).Seconds()
	const steps = 5
	r.Median, err = o.median(ctx, func() (float64, error) {
		start := time.Now()
		err := p.Run(ctx, steps)
		return time.Since(start).Seconds() / steps, err
	})
	return err
}

// median repeats a work, three times or more, for the time of a row.
func (o Options) median(ctx context.Context, work func() (float64, error)) (float64, error) {
	var times []float64
	for start := time.Now(); len(times) < 3 || time.Since(start).Seconds() < o.Seconds; {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		t, err := work()
		if err != nil {
			return 0, err
		}
		times = append(times, t)
	}
	slices.Sort(times)
	return times[len(times)/2], nil
}

// batches reads "1,8,32".
func batches(list string) ([]int, error) {
	if list == "" {
		return nil, nil
	}
	var all []int
	for word := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(word))
		if err != nil || n < 1 || n > 4096 {
			return nil, fmt.Errorf("device: %q is no batch: give numbers of 1 to 4096 with commas between", word)
		}
		all = append(all, n)
	}
	return all, nil
}

// noise is a photo of random colours in a file, and what removes it.
func noise() (path string, remove func(), err error) {
	dir, err := os.MkdirTemp("", "imagelab-device-")
	if err != nil {
		return "", nil, err
	}
	remove = func() { os.RemoveAll(dir) }
	img := image.NewNRGBA(image.Rect(0, 0, 300, 260))
	r := rand.New(rand.NewPCG(1, 0))
	for y := range 260 {
		for x := range 300 {
			img.SetNRGBA(x, y, color.NRGBA{byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32()), 255})
		}
	}
	path = filepath.Join(dir, "noise.png")
	f, err := os.Create(path)
	if err == nil {
		err = png.Encode(f, img)
		if e := f.Close(); err == nil {
			err = e
		}
	}
	if err != nil {
		remove()
	}
	return path, remove, err
}
