package scene

import (
	"context"
	"errors"
	"fmt"
	"image/jpeg"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"

	"imagelab/lib/dataset"
	"imagelab/lib/progress"
)

// Options are the choices of [Write]. They round-trip through JSON.
type Options struct {
	Condition
	Train int    `json:"train"` // pictures of each class, 0 or more
	Val   int    `json:"val"`
	Test  int    `json:"test"`
	Size  int    `json:"size"` // side, pixels, in 32..1024
	Seed  uint64 `json:"seed"`
}

// optionsFile holds the Options that a folder was made with.
const optionsFile = "scenes.json"

// quality of the JPEG files: that of a camera's finest setting.
const quality = 95

// Write renders pictures into dir/train, dir/val and dir/test, a folder per class in each, as JPEG,
// and returns how many pictures dir then holds. It runs on all cores. What is there already stays,
// so that a stopped call is continued, and picture i of a class is the same however many follow it,
// so that a folder can grow. A dir made with another condition, size or seed is refused.
func Write(ctx context.Context, dir string, o Options, p progress.Func) (int, error) {
	if err := o.check(dir); err != nil {
		return 0, err
	}
	jobs, err := o.jobs(dir)
	if err != nil {
		return 0, err
	}
	if err := dataset.WriteJSON(filepath.Join(dir, optionsFile), o); err != nil {
		return 0, err
	}
	return len(jobs), o.write(ctx, jobs, p)
}

// check reports options out of range, and a folder that holds something else.
func (o Options) check(dir string) error {
	if err := o.Condition.Spec(0, rand.New(rand.NewPCG(0, 0))).Validate(); err != nil {
		return err
	}
	if o.Size < 32 || o.Size > 1024 || min(o.Train, o.Val, o.Test) < 0 || o.Train+o.Val+o.Test == 0 {
		return errors.New("scene: size must lie in 32..1024 pixels, the numbers of pictures must not be negative, " +
			"nor all zero")
	}
	var before Options
	err := dataset.ReadJSON(filepath.Join(dir, optionsFile), &before)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("scene: %w; delete the folder", err)
	}
	if before.Condition != o.Condition || before.Size != o.Size || before.Seed != o.Seed {
		return fmt.Errorf("scene: %s holds pictures of another condition, size or seed: choose another folder, or "+
			"delete it", dir)
	}
	return nil
}

// job is one picture to be drawn.
type job struct {
	path        string
	class       int
	side, index int
}

func (o Options) jobs(dir string) ([]job, error) {
	var jobs []job
	for side, n := range []int{o.Train, o.Val, o.Test} {
		for class, name := range Classes() {
			folder := filepath.Join(dir, []string{dataset.Train, dataset.Val, dataset.Test}[side], name)
			if n == 0 {
				continue
			}
			if err := os.MkdirAll(folder, 0o755); err != nil {
				return nil, fmt.Errorf("scene: %w; choose a folder that can be written to", err)
			}
			for i := range n {
				jobs = append(jobs, job{filepath.Join(folder, fmt.Sprintf("%s%05d.jpg", name, i)), class, side, i})
			}
		}
	}
	return jobs, nil
}

// write draws what is missing.
func (o Options) write(ctx context.Context, jobs []job, p progress.Func) error {
	return progress.Each(ctx, len(jobs), "drawing scenes", p, func(i int) error { return o.draw(jobs[i]) })
}

// draw writes one picture. What varies by condition and what always varies come from two streams of
// its own.
func (o Options) draw(j job) error {
	if _, err := os.Stat(j.path); err == nil {
		return nil
	}
	stream := uint64(j.side)<<48 | uint64(j.class)<<40 | uint64(j.index)<<1
	spec := o.Spec(j.class, rand.New(rand.NewPCG(o.Seed, stream)))
	img := Render(o.Size, spec, rand.New(rand.NewPCG(o.Seed, stream|1)))
	return dataset.WriteFile(j.path, func(w io.Writer) error {
		return jpeg.Encode(w, img, &jpeg.Options{Quality: quality})
	})
}
