// Package export writes a trained model into files that other programs open, and proves that they
// answer as imagelab does.
//
// Start with [ONNX] or [Int8] for a file's bytes, [Save] them, and let a [Checker] compare its
// answers in ONNX Runtime with the model's own. [Safetensors] writes the weights under the names of
// PyTorch's timm. Nothing here runs Python but the check, and nothing installs anything.
package export

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"google.golang.org/protobuf/proto"

	onnx "imagelab/lib/internal/onnxpb"

	"imagelab/lib/classifier"
	"imagelab/lib/internal/atomicfile"
	"imagelab/lib/text"
)

// ONNX is the model as an ONNX file in float32: one input, photos of any size (see [Input]), one
// output, probabilities. Equal models give equal bytes.
func ONNX(m *classifier.Model) ([]byte, error) {
	model, err := build(m)
	if err != nil {
		return nil, err
	}
	return encode(model)
}

// Int8 is [ONNX] with convolutions and products in 8-bit integers, for activations of these ranges;
// see [Calibrate].
func Int8(m *classifier.Model, ranges map[string]Range) ([]byte, error) {
	model, err := build(m)
	if err != nil {
		return nil, err
	}
	model.Graph = quantised(graph{model.Graph}, ranges).GraphProto
	model.MetadataProps = append(model.MetadataProps, &onnx.StringStringEntryProto{Key: "quantisation",
		Value: "int8, static: kernels by channel, activations by their range on validation photos"})
	return encode(model)
}

func encode(m *onnx.ModelProto) ([]byte, error) {
	data, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("export: encode: %w", err)
	}
	return data, nil
}

// Save writes the bytes of an ONNX file, whole or not at all.
func Save(path string, data []byte) error {
	err := atomicfile.Write(path, int64(len(data)), func(f *os.File) error {
		_, err := f.Write(data)
		return err
	})
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return nil
}

// Unchecked is the name that a file has until it is proven: "model.unchecked.onnx".
func Unchecked(path string) string {
	ext := filepath.Ext(path)
	return strings.TrimSuffix(path, ext) + ".unchecked" + ext
}

// CheckTarget returns an error where path cannot be written: its folder is missing or read-only, or
// another file than an earlier export has its name.
func CheckTarget(path string) error {
	switch info, err := os.Stat(path); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return fmt.Errorf("export: %w; choose another file", err)
	case !info.Mode().IsRegular():
		return fmt.Errorf("export: %s is no file: name a file that can be written, such as %s", text.Path(path),
			text.Path(filepath.Join(path, "model.onnx")))
	case !isExport(path):
		return fmt.Errorf("export: %s exists and is no export of imagelab, so it is not overwritten: choose "+
			"another name", text.Path(path))
	}
	dir := filepath.Dir(path)
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return fmt.Errorf("export: there is no folder %s: make it, or choose another", text.Path(dir))
	}
	if err := atomicfile.Try(dir); err != nil {
		return fmt.Errorf("export: %w; choose a folder that can be written to", err)
	}
	return nil
}

// isExport looks for what both formats say near their beginning about who wrote them.
func isExport(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	start, err := io.ReadAll(io.LimitReader(f, 64<<10))
	return err == nil && (len(start) == 0 || bytes.Contains(start, []byte("imagelab")))
}
