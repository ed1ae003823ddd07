package audit

import (
	"context"
	"image"
	"math"
	"path/filepath"
	"time"

	"imagelab/lib/dataset"
	"imagelab/lib/feed"
	"imagelab/lib/photo"
	"imagelab/lib/progress"
)

// measure is what a photo is like, whatever it shows.
type measure struct {
	Brightness float64   `json:"brightness"` // mean luma, in [0,255]
	Contrast   float64   `json:"contrast"`   // standard deviation of luma, in [0,128]
	Sharpness  float64   `json:"sharpness"`  // variance of the Laplacian, of luma at measureSide
	Taken      time.Time `json:"taken,omitzero"`
	Camera     string    `json:"camera,omitempty"`
}

// measureSide is the longer side to which photos are made smaller before they are measured, pixels:
// about what a network sees. Blur that does not show at this size does not count.
const measureSide = 224

const measuresVersion = 1

// measuresFile is the cache of measures, by content.
type measuresFile struct {
	Version int                `json:"version"`
	Photos  map[string]measure `json:"photos"`
}

// measureAll measures images, and keeps the results in the folder cache ("": nowhere).
func measureAll(ctx context.Context, s *dataset.Set, images []dataset.Image, cache string,
	p progress.Func) ([]measure, error) {
	known := readMeasures(cache)
	keys, out := make([]string, len(images)), make([]measure, len(images))
	var missing []int
	for i, im := range images {
		keys[i] = feed.Key([]dataset.Image{im})
		m, ok := known[keys[i]]
		if out[i] = m; !ok {
			missing = append(missing, i)
		}
	}
	err := progress.Each(ctx, len(missing), "measuring photos", p, func(n int) (err error) {
		i := missing[n]
		out[i], err = measureOne(s, images[i])
		return err
	})
	if err != nil || len(missing) == 0 {
		return out, err
	}
	for _, i := range missing {
		known[keys[i]] = out[i]
	}
	if cache != "" {
		// A cache that cannot be written costs time at the next call, and nothing else.
		_ = dataset.WriteJSON(filepath.Join(cache, "measures.json"), measuresFile{measuresVersion, known})
	}
	return out, nil
}

// readMeasures returns no photos where the file is missing, damaged, or of another version.
func readMeasures(cache string) map[string]measure {
	var f measuresFile
	if cache == "" || dataset.ReadJSON(filepath.Join(cache, "measures.json"), &f) != nil ||
		f.Version != measuresVersion || f.Photos == nil {
		return map[string]measure{}
	}
	return f.Photos
}

func measureOne(s *dataset.Set, im dataset.Image) (measure, error) {
	img, _, err := s.DecodeScaled(im, measureSide)
	if err != nil {
		return measure{}, err
	}
	m := measurePixels(img)
	shot := photo.ShotOf(filepath.Join(s.Root, filepath.FromSlash(im.Path)))
	m.Taken, m.Camera = shot.Time, shot.Camera
	return m, nil
}

// measurePixels measures brightness, contrast and sharpness.
func measurePixels(img image.Image) measure {
	w, h := img.Bounds().Dx(), img.Bounds().Dy()
	if long := max(w, h); long > measureSide {
		w, h = max(1, w*measureSide/long), max(1, h*measureSide/long)
		img = photo.Resize(img, w, h)
	}
	luma := lumaOf(img)
	mean, sd := moments(luma)
	edges := make([]float64, 0, w*h)
	for y := 1; y < h-1; y++ {
		for x := 1; x < w-1; x++ {
			i := y*w + x
			edges = append(edges, luma[i-1]+luma[i+1]+luma[i-w]+luma[i+w]-4*luma[i])
		}
	}
	_, spread := moments(edges)
	return measure{Brightness: mean, Contrast: sd, Sharpness: spread * spread}
}

// lumaOf is the luma of each pixel, row by row, in [0,255].
func lumaOf(img image.Image) []float64 {
	b := img.Bounds()
	out := make([]float64, 0, b.Dx()*b.Dy())
	luma := func(r, g, b float64) float64 { return 0.299*r + 0.587*g + 0.114*b }
	if m, ok := img.(*image.NRGBA); ok && m.Opaque() {
		for y := range b.Dy() {
			for row := m.Pix[y*m.Stride:][:4*b.Dx()]; len(row) > 0; row = row[4:] {
				out = append(out, luma(float64(row[0]), float64(row[1]), float64(row[2])))
			}
		}
		return out
	}
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			r, g, b, _ := img.At(x, y).RGBA()
			out = append(out, luma(float64(r)/257, float64(g)/257, float64(b)/257))
		}
	}
	return out
}

// moments are the mean and the standard deviation; 0 of no values.
func moments(values []float64) (mean, sd float64) {
	if len(values) == 0 {
		return 0, 0
	}
	n := float64(len(values))
	for _, v := range values {
		mean += v / n
	}
	for _, v := range values {
		sd += (v - mean) * (v - mean) / n
	}
	return mean, math.Sqrt(sd)
}
