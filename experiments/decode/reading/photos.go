package reading

import (
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"

	"imagelab/lib/dataset"
	"imagelab/lib/feed"
	"imagelab/lib/metric"
	"imagelab/lib/photo"
	"imagelab/lib/progress"
)

// Size of made photos in pixels.
type Size struct{ Width, Height int }

// Megapixels is the size in millions of pixels.
func (s Size) Megapixels() float64 { return float64(s.Width*s.Height) / 1e6 }

// Sizes are the full run's: 4:3, as cameras give it, 0.3 to 12 megapixels.
func Sizes() []Size { return []Size{{640, 480}, {1152, 864}, {2304, 1728}, {4000, 3000}} }

const (
	quality      = 90 // of the JPEG files, as phones use it
	smallQuality = 95
	// grain is the standard deviation of the sensor noise that is added, of 255. Enlarged photos
	// are smooth, and smooth photos decode faster than real ones; with this much a file of 12
	// megapixels is about as long as a phone's.
	grain = 8.0
)

// Prepare makes n photos of each size below dir out of the sources, which are enlarged and get the
// noise of a sensor, keeps them in every form, and returns a task for each form and size. What is
// there already is used again. The caller calls close when the tasks are done with. Sources are
// photo files, at least n.
func Prepare(ctx context.Context, dir string, sources []string, sizes []Size, n int, p progress.Func) (tasks []Task,
	close func(), err error) {
	if n < 1 || len(sources) < n {
		return nil, nil, fmt.Errorf("reading: %d source photos for %d photos", len(sources), n)
	}
	var packs []*feed.Pixels
	close = func() {
		for _, px := range packs {
			px.Close()
		}
	}
	byForm := map[string][]Task{}
	for _, size := range sizes {
		b := batch{dir: filepath.Join(dir, fmt.Sprintf("%dx%d", size.Width, size.Height)), size: size}
		px, made, err := b.prepare(ctx, sources[:n], p)
		if err != nil {
			close()
			return nil, nil, err
		}
		packs = append(packs, px)
		for _, t := range made {
			byForm[t.Format] = append(byForm[t.Format], t)
		}
	}
	for _, form := range Forms() {
		tasks = append(tasks, byForm[form]...)
	}
	return tasks, close, nil
}

// batch is the photos of one size.
type batch struct {
	dir  string
	size Size
}

// prepare makes the files and one task for each form.
func (b batch) prepare(ctx context.Context, sources []string, p progress.Func) (*feed.Pixels, []Task, error) {
	originals, small := filepath.Join(b.dir, "originals"), filepath.Join(b.dir, "small")
	if err := b.enlarge(ctx, sources, originals, small, p); err != nil {
		return nil, nil, err
	}
	set, err := dataset.Ingest(ctx, originals, filepath.Join(b.dir, "set"), dataset.DefaultIngest(), p)
	if err != nil {
		return nil, nil, err
	}
	px, err := feed.Pack(ctx, set, set.Images, Side, filepath.Join(b.dir, "set", "cache"), p)
	if err != nil {
		return nil, nil, err
	}
	var paths [3][]string
	for _, im := range set.Images {
		paths[0] = append(paths[0], filepath.Join(set.Root, im.Path))
		paths[1] = append(paths[1], set.File(im))
		paths[2] = append(paths[2], filepath.Join(small, im.Path))
	}
	var tasks []Task
	for i, form := range Forms()[:3] {
		t, err := fileTask(form, paths[i])
		if err != nil {
			px.Close()
			return nil, nil, err
		}
		tasks = append(tasks, t)
	}
	tasks = append(tasks, Task{Format: Packed, Bytes: Side * Side * 3, Photos: len(set.Images), Passes: 100,
		Read: func(dst []byte, i int) error {
			px.Plain(dst, i, Input)
			return nil
		}})
	for i := range tasks {
		tasks[i].Megapixels = b.size.Megapixels()
	}
	return px, tasks, nil
}

// fileTask reads files as feed.Pack does.
func fileTask(form string, paths []string) (Task, error) {
	var sizes []float64
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return Task{}, fmt.Errorf("reading: %w; delete the folder of the photos and try again", err)
		}
		sizes = append(sizes, float64(info.Size()))
	}
	return Task{Format: form, Bytes: int(metric.Median(sizes)), Photos: len(paths), Passes: 1,
		Read: func(dst []byte, i int) error {
			img, _, err := photo.DecodeScaled(paths[i], Side)
			if err != nil {
				return err
			}
			square := make([]byte, Side*Side*3)
			feed.Square(square, img, Side)
			feed.CentreCrop(dst, square, Side, Input)
			return nil
		}}, nil
}

// enlarge writes the photos of the batch and their small copies, on all cores.
func (b batch) enlarge(ctx context.Context, sources []string, originals, small string, p progress.Func) error {
	for _, dir := range []string{originals, small} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("reading: %w; choose a folder that can be written to", err)
		}
	}
	stage := fmt.Sprintf("making photos of %.1f megapixels", b.size.Megapixels())
	return progress.Each(ctx, len(sources), stage, p, func(i int) error {
		name := fmt.Sprintf("%03d.jpg", i)
		return b.make(sources[i], uint64(i), filepath.Join(originals, name), filepath.Join(small, name))
	})
}

func (b batch) make(source string, seed uint64, original, small string) error {
	if _, err := os.Stat(small); err == nil { // it is written last
		return nil
	}
	img, _, err := photo.Decode(source)
	if err != nil {
		return err
	}
	large := photo.Resize(img, b.size.Width, b.size.Height)
	noise(large, rand.New(rand.NewPCG(seed, uint64(b.size.Width))))
	if err := writeJPEG(original, large, quality); err != nil {
		return err
	}
	return writeJPEG(small, photo.Resize(large, SmallSide*b.size.Width/b.size.Height, SmallSide), smallQuality)
}

func writeJPEG(path string, img image.Image, quality int) error {
	return dataset.WriteFile(path, func(w io.Writer) error {
		return jpeg.Encode(w, img, &jpeg.Options{Quality: quality})
	})
}

// noise adds grain to every channel of every pixel. Values come from a table of random numbers at
// random places: drawing 36 million of them one by one takes longer than all the rest.
func noise(img *image.NRGBA, r *rand.Rand) {
	table := make([]int16, 1<<16)
	for i := range table {
		table[i] = int16(math.Round(grain * r.NormFloat64()))
	}
	for row := range slices.Chunk(img.Pix, img.Stride) {
		at := r.IntN(len(table))
		for i := range row {
			if i%4 != 3 {
				at = (at + 1) % len(table)
				row[i] = uint8(min(255, max(0, int16(row[i])+table[at])))
			}
		}
	}
}
