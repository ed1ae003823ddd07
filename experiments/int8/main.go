// Command int8 asks: what does an int8 file cost in accuracy, and how much faster is it?
//
// Settings: classifiers of clothing, 10 classes, the smallest network of each family. Where its
// published weights are at hand they are used, with a classifier on frozen features at the
// network's own size. The other networks start from random weights and train all layers for 8
// epochs at 64 pixels (DINOv2: 70), so that they know little; what counts is what rounding takes
// from layers that were trained. Each model is exported as float32 and as int8, and run in ONNX
// Runtime on 30 % of the photos, the validation side, on which int8 takes its ranges too. Times are
// in turns on photos that are resized already.
//
//	python3 -m venv onnx-env && onnx-env/bin/pip install onnxruntime==1.32.0
//	go run ./experiments/int8 -python onnx-env [-quick]
package main

import (
	"context"
	"flag"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"

	"imagelab/lib/backbone"
	_ "imagelab/lib/engine/malloc" // before there are threads
	"imagelab/lib/lab"
	"imagelab/lib/recipe"
	"imagelab/lib/split"
)

// options are the flags of this experiment.
type options struct{ python string }

func main() {
	o := options{python: "onnx-env"}
	lab.Main("int8", o.run, func(f *flag.FlagSet) {
		f.StringVar(&o.python, "python", o.python, "virtual environment with onnxruntime")
	})
}

func (o *options) run(ctx context.Context, l *lab.Lab) error {
	name, cut := "clothing", backbone.CutAll
	networks := []string{"efficientnet_lite0", "resnet18", "squeezenet1_1", "mobilenet_v2", "mobilenet_v3_small",
		"efficientnet_b0", "convnext_atto", "vit_tiny", "dinov2_small"}
	if l.Quick {
		name, cut, networks = "foods", backbone.CutHead, networks[2:3]
	}
	set, err := l.Dataset(ctx, name, split.Options{Val: 0.3, Seed: 1})
	if err != nil {
		return err
	}
	header := []string{"network", "weights", "pixels", "photos", "top1", "float32_same_pixels", "float32_difference",
		"int8_same_class", "int8_difference", "int8_top1_lost", "low", "high", "float32_bytes", "int8_bytes",
		"float32_ms", "int8_ms", "float32_ms_of_8", "int8_ms_of_8", "accepted"}
	var rows [][]string
	for _, network := range networks {
		c := recipe.Default()
		c.Backbone, c.Cut = network, backbone.CutHead
		weights := "published"
		if !slices.Contains(backbone.Ready(), network) {
			c.Cut, c.Weights, c.Size, weights = cut, recipe.RandomWeights, 64, "random"
			if network == "dinov2_small" {
				c.Size = 70
			}
		}
		run, err := l.Train(ctx, set, lab.Recipe{Config: c})
		if err != nil {
			return err
		}
		row, err := o.export(ctx, l, run)
		if err != nil {
			return err
		}
		rows = append(rows, append([]string{network, weights, strconv.Itoa(run.Model.Size)}, row...))
		if err := l.SaveCSV("int8.csv", header, rows); err != nil {
			return err
		}
	}
	return nil
}

// export writes both files of a model and compares them with it.
func (o *options) export(ctx context.Context, l *lab.Lab, run lab.Run) (row []string, err error) {
	var files [2]lab.Exported
	for i, name := range []string{"float32.onnx", "int8.onnx"} {
		files[i], err = l.Export(ctx, run, lab.Exporting{ONNX: filepath.Join(run.Dir, name), Int8: i == 1, Python: o.python})
		if err != nil {
			return nil, err
		}
		if files[i].Proof == nil {
			return nil, files[i].Refused
		}
	}
	float, small := files[0].Proof, files[1].Proof
	row = append(row, strconv.Itoa(small.Photos))
	for _, v := range []float64{*small.Top1Own, float.SamePixels, float.Largest, small.Agreement, small.Largest, *small.Lost,
		small.Interval[0], small.Interval[1]} {
		row = append(row, strconv.FormatFloat(v, 'g', 3, 64))
	}
	row = append(row, strconv.Itoa(files[0].Bytes), strconv.Itoa(files[1].Bytes))
	faster := ""
	for i := range 2 {
		if len(small.Speed) <= i { // a refused file is not timed
			row = append(row, "", "")
			continue
		}
		s := small.Speed[i]
		row = append(row, strconv.FormatFloat(s.Float32, 'f', 2, 64), strconv.FormatFloat(s.File, 'f', 2, 64))
		faster += fmt.Sprintf(", %.1f times as fast for %d", s.Float32/s.File, s.Batch)
	}
	if !files[1].Checked {
		faster = ": refused"
	}
	fmt.Fprintf(l.Stdout, "%-19s top-1 %.1f %%, in int8 %.1f points less (%.1f to %.1f), the same class for %.1f %%%s\n",
		run.Model.Spec.Name, 100**small.Top1Own, 100**small.Lost, 100*small.Interval[0], 100*small.Interval[1],
		100*small.Agreement, faster)
	return append(row, strconv.FormatBool(files[1].Checked)), nil
}
