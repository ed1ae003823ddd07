// Package onnxpb is the ONNX format: Go code that protoc-gen-go made from onnx-ml.proto of
// github.com/onnx/onnx (Apache-2.0). It is kept here because no module holds it alone: those that
// do bring an engine with it.
package onnxpb

//go:generate protoc --go_out=. --go_opt=paths=source_relative --go_opt=Monnx-ml.proto=imagelab/lib/internal/onnxpb;onnxpb onnx-ml.proto
