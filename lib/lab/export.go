package lab

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"imagelab/lib/classifier"
	"imagelab/lib/dataset"
	"imagelab/lib/engine"
	"imagelab/lib/export"
	"imagelab/lib/feed"
	"imagelab/lib/text"
)

// Exporting says what is written of a model, and what it is checked with.
type Exporting struct {
	ONNX        string // path of the ONNX file; "": none
	Int8        bool   // convolutions in 8-bit integers
	Safetensors string // path of the weights under timm's names; "": none
	// set or folder of photos to check on; "": the validation photos of the set that the run was
	// trained on
	Photos  string
	Python  string // interpreter or virtual environment with ONNX Runtime; "": python3 on the PATH
	NoCheck bool   // write without checking
}

// Exported is what was written.
type Exported struct {
	File        string `json:"file"` // the ONNX file
	Opset       int    `json:"opset"`
	Type        string `json:"type"` // "float32" or "int8"
	Bytes       int    `json:"bytes"`
	Safetensors string `json:"safetensors,omitempty"`
	Checked     bool   `json:"checked"` // it was run, and answers as imagelab does

	Proof   *export.Proof `json:"-"` // nil: the file was not run
	Refused error         `json:"-"` // why the file is not done although it was written, such as no runtime
}

// NoPhotosError says that there are no photos to check an export on, or to take the ranges of an
// int8 file from.
type NoPhotosError struct{ error }

// Unwrap returns the reason.
func (e *NoPhotosError) Unwrap() error { return e.error }

// Export writes the model of a run for other programs and runs the ONNX file in ONNX Runtime on
// validation photos. A file that answers as the model does gets its name. One that does not stays
// under a name that says "unchecked", and one that could not be run has its name; both have
// Refused set. The error is for what could not be written.
func (l *Lab) Export(ctx context.Context, run Run, o Exporting) (Exported, error) {
	out := Exported{File: o.ONNX, Opset: export.Opset, Type: "float32", Safetensors: o.Safetensors}
	if o.Int8 {
		out.Type = "int8"
	}
	for _, path := range []string{o.ONNX, o.Safetensors} {
		if path != "" {
			if err := export.CheckTarget(path); err != nil {
				return out, err
			}
		}
	}
	if o.Safetensors != "" {
		if err := export.Safetensors(o.Safetensors, run.Model); err != nil {
			return out, err
		}
	}
	if o.ONNX == "" {
		return out, nil
	}
	return l.exportONNX(ctx, run, o, out)
}

func (l *Lab) exportONNX(ctx context.Context, run Run, o Exporting, out Exported) (Exported, error) {
	rt, refused := export.Runtime{}, error(nil)
	if !o.NoCheck {
		var err error
		rt, err = export.FindRuntime(ctx, o.Python)
		if missing := (*export.RuntimeError)(nil); errors.As(err, &missing) {
			refused = err
		} else if err != nil {
			return out, err
		}
	}
	check := !o.NoCheck && refused == nil
	var photos export.Photos
	if check || o.Int8 {
		var err error
		photos, err = l.exportPhotos(ctx, run, o.Photos)
		missing := (*NoPhotosError)(nil)
		switch {
		case errors.As(err, &missing) && !o.Int8:
			refused, check = err, false
		case err != nil:
			return out, err
		default:
			defer photos.Pixels.Close()
		}
	}
	data, err := l.encode(ctx, run.Model, o.Int8, photos)
	if err != nil {
		return out, err
	}
	out.Bytes, out.Refused = len(data), refused
	if !check {
		return out, export.Save(o.ONNX, data)
	}
	return l.prove(ctx, run, rt, photos, data, out)
}

// encode makes the file's bytes.
func (l *Lab) encode(ctx context.Context, m *classifier.Model, int8 bool, photos export.Photos) ([]byte, error) {
	if !int8 {
		return export.ONNX(m)
	}
	return Compute(ctx, l, func(e *engine.Engine) ([]byte, error) {
		ranges, err := export.Calibrate(ctx, e.Backend, m, photos.Pixels, l.Progress)
		if err != nil {
			return nil, err
		}
		return export.Int8(m, ranges)
	})
}

// prove saves the file under a name that says that it is unchecked, and renames it when it was
// found to agree.
func (l *Lab) prove(ctx context.Context, run Run, rt export.Runtime, photos export.Photos, data []byte,
	out Exported) (Exported, error) {
	unchecked := export.Unchecked(out.File)
	if err := export.CheckTarget(unchecked); err != nil {
		return out, err
	}
	if err := export.Save(unchecked, data); err != nil {
		return out, err
	}
	c := export.Checker{Model: run.Model, Runtime: rt, Photos: photos, Progress: l.Progress}
	proof, err := Compute(ctx, l, func(e *engine.Engine) (export.Proof, error) {
		p, err := l.predictor(e, run.Model)
		if err != nil {
			return export.Proof{}, err
		}
		c.Predictor = p
		return c.Check(ctx, unchecked, out.Type == "int8")
	})
	if err != nil {
		return out, fmt.Errorf("%w; the file is kept as %s, which was not checked", err, text.Path(unchecked))
	}
	out.Proof = &proof
	if err := proof.Verdict(); err != nil {
		out.Refused = fmt.Errorf("%w; it is kept as %s, to look into", err, text.Path(unchecked))
		out.File = unchecked
		return out, nil
	}
	if err := os.Rename(unchecked, out.File); err != nil {
		return out, fmt.Errorf("lab: %w; the file is kept as %s", err, text.Path(unchecked))
	}
	out.Checked = true
	beside, remove, err := l.beside(run.Model, out)
	if err != nil {
		return out, err
	}
	defer remove()
	proof.Speed, err = c.Time(ctx, out.File, beside)
	return out, err
}

// beside is a temporary float32 file, with which an int8 one is compared.
func (l *Lab) beside(m *classifier.Model, out Exported) (path string, remove func(), err error) {
	if out.Type != "int8" {
		return "", func() {}, nil
	}
	data, err := export.ONNX(m)
	if err != nil {
		return "", nil, err
	}
	dir, err := os.MkdirTemp("", "imagelab-*")
	if err != nil {
		return "", nil, fmt.Errorf("lab: %w; set TMPDIR to a folder that can be written to", err)
	}
	path = filepath.Join(dir, "float32.onnx")
	if err := export.Save(path, data); err != nil {
		return "", nil, errors.Join(err, os.RemoveAll(dir))
	}
	return path, func() { os.RemoveAll(dir) }, nil
}

// exportPhotos are the photos to check on, decoded for the model.
func (l *Lab) exportPhotos(ctx context.Context, run Run, asked string) (export.Photos, error) {
	s, images, err := l.checkable(ctx, run, asked)
	if err != nil {
		return export.Photos{}, err
	}
	images = dataset.WithWindow(images, run.Model.Window)
	labels, err := dataset.Labels(images, run.Model.Classes)
	if err != nil {
		l.note("right and wrong answers are not counted: %v", err)
		labels = nil
	}
	px, err := feed.PackTemporary(ctx, s, images, run.Model.Spec.ResizeSide(run.Model.Size), l.Progress)
	if err != nil {
		return export.Photos{}, err
	}
	return export.Photos{Set: s, Images: images, Labels: labels, Pixels: px}, nil
}

// checkable are the validation photos of a set, or all photos of another folder.
func (l *Lab) checkable(ctx context.Context, run Run, asked string) (*dataset.Set, []dataset.Image, error) {
	dir := cmp.Or(asked, run.Record.SetDir)
	if asked == "" && run.Set != nil {
		dir = run.Set.Dir
	}
	switch {
	case dir == "":
		return nil, nil, &NoPhotosError{
			errors.New("lab: the run does not say which set it was trained on, so there are no validation photos at hand")}
	case IsSet(dir):
		s, err := dataset.LoadQuiet(ctx, dir, l.Progress)
		if err != nil {
			return nil, nil, err
		}
		images, err := sideOf(s, dataset.Val)
		if err != nil {
			return nil, nil, &NoPhotosError{err}
		}
		return s, images, nil
	case asked == "":
		return nil, nil, &NoPhotosError{
			fmt.Errorf("lab: the set %s, on which the run was trained, is not there any more, so there are no "+
				"validation photos at hand", text.Path(dir))}
	}
	s, err := dataset.Open(ctx, dir, l.Progress)
	if err != nil {
		return nil, nil, err
	}
	if len(s.Images) == 0 {
		return nil, nil, &NoPhotosError{fmt.Errorf("lab: there are no photos in %s", text.Path(dir))}
	}
	return s, s.Images, l.notes(s)
}
