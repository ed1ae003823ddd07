package export

import (
	"context"
	"fmt"
	"image"
	"math"
	"slices"
	"strings"
	"time"

	"imagelab/lib/classifier"
	"imagelab/lib/dataset"
	"imagelab/lib/feed"
	"imagelab/lib/metric"
	"imagelab/lib/progress"
	"imagelab/lib/text"
)

// What a file has to keep to imagelab's own answers.
const (
	samePixelsLimit = 1e-4 // largest difference of a probability on the same pixels, float32
	rawLimit        = 0.02 // the same for bytes that each resizes itself, float32
	int8Agreement   = 0.9  // least share of photos that an int8 file gives the class of the float32 model
	int8Loss        = 0.01 // top-1 that an int8 file may lose for certain (lower end of the interval)
)

// Photos are what a file is checked on.
type Photos struct {
	Set    *dataset.Set
	Images []dataset.Image // with the model's window
	Labels []int           // index of each image's class in the model; nil: not known
	Pixels *feed.Pixels    // of the images, resized for the model
}

// Proof is how an exported file answers in ONNX Runtime, beside imagelab's own answers.
type Proof struct {
	Runtime string `json:"runtime"` // version of ONNX Runtime
	Photos  int    `json:"photos"`
	// share of photos with the same most probable class for the same bytes, in [0,1]
	Agreement  float64 `json:"agreement"`
	Largest    float64 `json:"largest_difference"`     // of a probability, for the same bytes, which each resizes itself
	SamePixels float64 `json:"same_pixels_difference"` // of a probability, on pixels that imagelab resized

	// As Agreement and Largest, between the file for a photo's bytes and imagelab for the photo's
	// file: imagelab reads a JPEG that is much too large at 1/2 or 1/4 of its size.
	FilesAgreement float64 `json:"files_agreement"`
	FilesLargest   float64 `json:"files_largest_difference"`

	// for the same bytes; nil: the photos' classes are not known
	Top1Own  *float64         `json:"top1_imagelab,omitempty"`
	Top1     *float64         `json:"top1,omitempty"` // of the file
	Lost     *float64         `json:"top1_lost,omitempty"`
	Interval *metric.Interval `json:"top1_lost_interval,omitempty"` // 95 %, paired by photo
	Speed    []Speed          `json:"speed,omitempty"`              // see [Checker.Time]

	int8      bool
	undecided int // photos of another class where the probabilities of both are within the limit
}

// Speed is the median time for a photo that is resized already, on the same machine in turns.
type Speed struct {
	Batch    int     `json:"batch"`
	ImageLab float64 `json:"imagelab_ms"`
	File     float64 `json:"file_ms"`
	Float32  float64 `json:"float32_ms,omitempty"` // of the float32 file, beside an int8 one
}

// Checker compares files with a model.
type Checker struct {
	Model     *classifier.Model
	Predictor *classifier.Predictor // of the model
	Runtime   Runtime
	Photos    Photos
	Progress  progress.Func
}

// Check runs a file on the photos twice: on the pixels that imagelab has resized, where only
// arithmetic may differ, and on the bytes of whole photos, which the file resizes itself. The
// result says whether they agree, see [Proof.Verdict].
func (c Checker) Check(ctx context.Context, file string, int8 bool) (Proof, error) {
	s, err := c.Runtime.open(ctx, file)
	if err != nil {
		return Proof{}, err
	}
	defer s.Close()
	own, err := c.Predictor.Probabilities(ctx, len(c.Photos.Images), c.Progress, c.plain(0))
	if err != nil {
		return Proof{}, err
	}
	p := Proof{Runtime: c.Runtime.Version, Photos: len(own), int8: int8}
	same, err := c.samePixels(ctx, s)
	if err != nil {
		return Proof{}, err
	}
	bytes, raw, err := c.raw(ctx, s)
	if err != nil {
		return Proof{}, err
	}
	if err := p.compare(own, bytes, same, raw, c.Model.Classes); err != nil {
		return Proof{}, err
	}
	p.score(bytes, raw, c.Photos)
	return p, nil
}

// plain fills in what the network sees of the photos from index `from` on.
func (c Checker) plain(from int) func(i int, dst []byte) error {
	return func(i int, dst []byte) error {
		c.Photos.Pixels.Plain(dst, from+i, c.Model.Size)
		return nil
	}
}

// checkBatch is how many photos of one size the file is given at once.
const checkBatch = 8

func (c Checker) samePixels(ctx context.Context, s *session) (probs [][]float64, err error) {
	const stage = "checking on the same pixels"
	n := len(c.Photos.Images)
	for from := 0; from < n; from += checkBatch {
		c.Progress.Report(stage, int64(from), int64(n))
		rows, _, err := c.rows(ctx, s, from, min(checkBatch, n-from))
		if err != nil {
			return nil, err
		}
		probs = append(probs, rows...)
	}
	c.Progress.Report(stage, int64(n), int64(n))
	return probs, nil
}

// rows gives the file resized photos: squares of the side to which it would resize them, so that
// its own resize changes nothing.
func (c Checker) rows(ctx context.Context, s *session, from, n int) ([][]float64, time.Duration, error) {
	var photos []byte
	for i := range n {
		photos = append(photos, c.Photos.Pixels.Row(from+i)...)
	}
	return s.run(ctx, n, c.Photos.Pixels.Side, c.Photos.Pixels.Side, photos)
}

// raw gives the file photos at full size, one by one. own is what imagelab makes of the same bytes.
func (c Checker) raw(ctx context.Context, s *session) (own, probs [][]float64, err error) {
	const stage = "checking on whole photos"
	n := len(c.Photos.Images)
	for i, im := range c.Photos.Images {
		c.Progress.Report(stage, int64(i), int64(n))
		img, err := c.Photos.Set.DecodeWhole(im)
		if err != nil {
			return nil, nil, err
		}
		ours, err := c.Predictor.Image(ctx, img)
		if err != nil {
			return nil, nil, err
		}
		size := img.Rect.Size()
		row, _, err := s.run(ctx, 1, size.Y, size.X, opaque(img))
		if err != nil {
			return nil, nil, fmt.Errorf("%w (photo %s, %d x %d)", err, text.Path(im.Path), size.X, size.Y)
		}
		own, probs = append(own, ours), append(probs, row...)
	}
	c.Progress.Report(stage, int64(n), int64(n))
	return own, probs, nil
}

// opaque is an image's RGB bytes, without alpha.
func opaque(img *image.NRGBA) []byte {
	out := make([]byte, 0, len(img.Pix)/4*3)
	for at := 0; at+3 < len(img.Pix); at += 4 {
		out = append(out, img.Pix[at:at+3]...)
	}
	return out
}

// compare takes the differences between imagelab's own probabilities, for files and for bytes, and
// the exported file's, on the same pixels and for bytes; all are `[n][classes]`.
func (p *Proof) compare(files, bytes, same, raw [][]float64, classes []string) error {
	agree, filesAgree := 0, 0
	for i := range files {
		if len(same[i]) != len(classes) || len(raw[i]) != len(classes) {
			return fmt.Errorf("export: the file gives %d probabilities for %d classes", len(raw[i]), len(classes))
		}
		p.SamePixels = max(p.SamePixels, largest(files[i], same[i]))
		p.Largest = max(p.Largest, largest(bytes[i], raw[i]))
		p.FilesLargest = max(p.FilesLargest, largest(files[i], raw[i]))
		switch {
		case top(bytes[i]) == top(raw[i]):
			agree++
		case largest(bytes[i], raw[i]) <= rawLimit:
			p.undecided++
		}
		if top(files[i]) == top(raw[i]) {
			filesAgree++
		}
	}
	n := float64(max(len(files), 1))
	p.Agreement, p.FilesAgreement = float64(agree)/n, float64(filesAgree)/n
	return nil
}

func largest(a, b []float64) (d float64) {
	for k := range a {
		d = max(d, math.Abs(a[k]-b[k]))
	}
	return d
}

func top(probs []float64) int { return slices.Index(probs, slices.Max(probs)) }

// score counts right answers where the photos' classes are known.
func (p *Proof) score(own, raw [][]float64, photos Photos) {
	if photos.Labels == nil {
		return
	}
	a, b := make([]bool, len(own)), make([]bool, len(own))
	var top1, topOwn float64
	for i, label := range photos.Labels {
		if a[i] = top(own[i]) == label; a[i] {
			topOwn += 1 / float64(len(own))
		}
		if b[i] = top(raw[i]) == label; b[i] {
			top1 += 1 / float64(len(own))
		}
	}
	lost, interval := metric.Difference([][]bool{a}, [][]bool{b}, dataset.Groups(photos.Images))
	p.Top1Own, p.Top1, p.Lost, p.Interval = &topOwn, &top1, &lost, &interval
}

// Verdict is nil where the file answers as imagelab does, and otherwise says in what it differs. A
// float32 file may differ by 1e-4 on the same pixels and by 0.02 on whole photos; the class may be
// another one only where that much decides it. An int8 file has to give 90 % of the photos the same
// class, and must not be certain to lose a point of top-1.
func (p Proof) Verdict() error {
	var faults []string
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	switch {
	case p.Photos == 0:
		fault("it was checked on no photo")
	case p.int8:
		if p.Agreement < int8Agreement {
			fault("it gives %.1f %% of the photos the class that the float32 model gives, and %.0f %% are the least",
				100*p.Agreement, 100*int8Agreement)
		}
		if p.Interval != nil && p.Interval[0] > int8Loss {
			fault("it loses %.1f points of top-1 (95 %% interval %.1f to %.1f), more than %.0f for certain",
				100**p.Lost, 100*p.Interval[0], 100*p.Interval[1], 100*int8Loss)
		}
	default:
		if p.SamePixels > samePixelsLimit {
			fault("on the same pixels a probability differs by %.2g, and %.0e is the most", p.SamePixels, samePixelsLimit)
		}
		if p.Largest > rawLimit {
			fault("on whole photos a probability differs by %.2g, and %.2f is the most", p.Largest, rawLimit)
		}
		if other := p.others() - p.undecided; other > 0 {
			fault("%d photos get another class", other)
		}
	}
	if len(faults) == 0 {
		return nil
	}
	return fmt.Errorf("export: the file does not answer as imagelab does: %s", strings.Join(faults, "; "))
}

// others is the number of photos that get another class.
func (p Proof) others() int { return int(math.Round((1 - p.Agreement) * float64(p.Photos))) }
