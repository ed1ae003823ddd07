// Package export writes a trained model into files that other programs open, and proves that they
// answer as imagelab does.
//
// Start with [ONNX] or [Int8] for a file's bytes, [Save] them, and let a [Checker] compare its
// answers in ONNX Runtime with the model's own. [Safetensors] writes the weights under the names of
// PyTorch's timm. Nothing here runs Python but the check, and nothing installs anything.
package export

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"google.golang.org/protobuf/proto"

	onnx "imagelab/lib/internal/onnxpb"

	"imagelab/lib/classifier"
	"imagelab/lib/internal/atomicfile"
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
	if err := atomicfile.CheckTarget(path, "export", isExport); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return nil
}

// isExport reports whether a file begins as those that this package writes. ONNX begins with the
// version of the format in a field of two bytes, and the producer; safetensors with the length of a
// JSON header, far below 4 GiB, in eight bytes, and that header.
func isExport(start []byte) bool {
	producer := []byte("\x12\x08imagelab")
	if len(start) > 2 && start[0] == 0x08 && bytes.HasPrefix(start[2:], producer) {
		return true
	}
	return len(start) > 8 && bytes.HasPrefix(start[4:], []byte("\x00\x00\x00\x00{")) &&
		bytes.Contains(start, []byte(`"producer":"imagelab"`))
}
