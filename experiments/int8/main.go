// Command int8 asks: what does an int8 file cost in accuracy, and how much faster is it?
//
// Settings: classifiers of clothing, 10 classes, the smallest network of each family but DINOv2,
// which takes half an hour to train. Where its published weights are at hand they are used, with a
// classifier on frozen features at the network's own size. The other networks start from random
// weights and train all layers for 8 epochs at 64 pixels, so that they know little; what counts is
// what rounding takes from layers that were trained. Each model is exported as float32 and as int8,
// and run in ONNX Runtime on the validation photos, from which int8 takes its ranges too. Times are
// in turns on photos that are resized already.
//
//	python3 -m venv onnx-env && onnx-env/bin/pip install onnxruntime==1.32.0
//	go run ./experiments/int8 -python onnx-env [-quick]
//
// Result (2 cores of an AMD EPYC without AVX-512 and VNNI, 2026-11-28, commit 322e3fa; int8.csv;
// 341 photos): top-1 in float32; points that int8 loses, with their 95 % interval; share of photos
// with the same class; how many times smaller the file is, and how many times as fast for one photo
// and for eight:
//
//	efficientnet_lite0   86.5 %   -1.5 (-3.0 to 0.1)   97.7 %   3.5  1.3  1.7
//	resnet18             66.0 %   -0.3 (-1.6 to 1.0)   98.8 %   4.0  2.0  2.2
//	squeezenet1_1        50.4 %   0.6 (-1.4 to 2.6)    95.9 %   3.5  1.2  1.3
//	mobilenet_v2         32.8 %   0.0 (-0.8 to 0.8)    98.2 %   3.4  1.2  1.3
//	mobilenet_v3_small   54.0 %   0.3 (-1.2 to 1.8)    94.4 %   1.3  0.8  0.8
//	efficientnet_b0      56.6 %   4.1 (0.0 to 8.1)     75.1 %   2.5  refused
//	convnext_atto        61.0 %   0.6 (-0.8 to 2.0)    98.8 %   3.7  1.1  1.2
//	vit_tiny             38.7 %   -0.3 (-1.3 to 0.7)   99.7 %   3.8  1.2  1.2
//
// In float32 no probability differs by more than 2.9e-06 on the same pixels. Rounding costs nothing
// that so many photos could show, but for EfficientNet-B0, whose file is refused; MobileNetV3-Small
// is slower in int8 than in float32: neither's activation functions have a form in integers.
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
	name, size := "clothing", 0
	networks := []string{"efficientnet_lite0", "resnet18", "squeezenet1_1", "mobilenet_v2", "mobilenet_v3_small",
		"efficientnet_b0", "convnext_atto", "vit_tiny"}
	if l.Quick {
		name, size, networks = "foods", 96, networks[:1]
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
		c.Backbone, c.Cut, c.Size = network, backbone.CutHead, size
		weights := "published"
		if !slices.Contains(backbone.Ready(), network) {
			c.Cut, c.Weights, c.Size, weights = backbone.CutAll, recipe.RandomWeights, 64, "random"
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
		out := lab.Exporting{ONNX: filepath.Join(run.Dir, name), Int8: i == 1, Python: o.python}
		files[i], err = l.Export(ctx, run, out)
		if err != nil {
			return nil, err
		}
		if files[i].Proof == nil {
			return nil, files[i].Refused
		}
	}
	float, small := files[0].Proof, files[1].Proof
	row = append(row, strconv.Itoa(small.Photos))
	for _, v := range []float64{*small.Top1Own, float.SamePixels, float.Largest, small.Agreement, small.Largest,
		*small.Lost, small.Interval[0], small.Interval[1]} {
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
	fmt.Fprintf(l.Stdout,
		"%-19s top-1 %.1f %%, in int8 %.1f points less (%.1f to %.1f), the same class for %.1f %%%s\n",
		run.Model.Spec.Name, 100**small.Top1Own, 100**small.Lost, 100*small.Interval[0], 100*small.Interval[1],
		100*small.Agreement, faster)
	return append(row, strconv.FormatBool(files[1].Checked)), nil
}
