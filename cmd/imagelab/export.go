package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"

	"github.com/spf13/cobra"

	"imagelab/lib/export"
	"imagelab/lib/lab"
	"imagelab/lib/text"
)

// newExportCmd is `imagelab export`: a model for other programs.
func newExportCmd(a *app) *cobra.Command {
	var o exportOptions
	cmd := &cobra.Command{
		Use:   "export RUN",
		Short: "Write a model for other programs, and check its answers",
		Long: `Export writes the model of a run as an ONNX file, which ONNX Runtime opens in Python, JavaScript, C++, C#, Java
and Swift. The file's one input is the bytes of photos [batch, height, width, 3] of any size, upright, RGB. The file
resizes, crops and normalises them as imagelab does, and its output is the probabilities of the classes, whose names
are in the file's metadata.

Export then runs the file on the validation photos and compares every answer with imagelab's own. The file gets the
name FILE when they agree. Otherwise it is kept with .unchecked before the ending, such as model.unchecked.onnx, and
export ends with exit code 1.

The check needs a Python with the package onnxruntime, which export does not install. Without one, export writes FILE,
says that it was not checked and how to check it, and ends with exit code 1; with --no-check it ends with 0.

--int8 rounds the convolutions to 8 bits: for most networks about a quarter of the size, and faster (docs/export.md).
It may cost accuracy, which export measures. --safetensors writes the weights under the names of PyTorch's timm.`,
		Example: `  imagelab export runs/a --onnx model.onnx --python onnx-env
  imagelab export runs/a --onnx small.onnx --int8 --python onnx-env
  imagelab export runs/a --safetensors model.safetensors`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.check(cmd); err != nil {
				return usageError{err}
			}
			return ifStopped(exportModel(cmd.Context(), a, args[0], o),
				"no checked file was written: run the same command again")
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.ONNX, "onnx", "", "write an ONNX `FILE`")
	f.BoolVar(&o.Int8, "int8", false, "round the convolutions to 8 bits, by ranges that the validation photos have")
	f.StringVar(&o.Safetensors, "safetensors", "", "write the weights as a safetensors `FILE` for PyTorch's timm")
	f.StringVar(&o.Photos, "photos", "",
		"check on the validation photos of another set, or on all photos of a `folder` (default: the set of the run)")
	f.StringVar(&o.Python, "python", "", "`interpreter` or virtual environment with onnxruntime (default python3)")
	f.BoolVar(&o.NoCheck, "no-check", false, "write the file without checking its answers")
	addJSON(f, &o.json)
	return cmd
}

type exportOptions struct {
	lab.Exporting
	json bool
}

func (o exportOptions) check(cmd *cobra.Command) error {
	switch {
	case o.ONNX != "" && filepath.Clean(o.ONNX) == filepath.Clean(o.Safetensors):
		return errors.New("--onnx and --safetensors name the same file")
	case o.ONNX == "" && o.Safetensors == "":
		return errors.New("choose --onnx FILE, --safetensors FILE or both")
	case o.ONNX == "":
		return noEffect(cmd.Flags(), "without --onnx", "int8", "photos", "python", "no-check")
	case o.NoCheck:
		if err := noEffect(cmd.Flags(), "with --no-check", "python"); err != nil || o.Int8 {
			return err
		}
		return noEffect(cmd.Flags(), "with --no-check and without --int8", "photos")
	}
	return nil
}

func exportModel(ctx context.Context, a *app, dir string, o exportOptions) error {
	run, err := lab.OpenRun(dir)
	if err != nil {
		return err
	}
	l := a.lab()
	defer l.Close()
	out, err := l.Export(ctx, run, o.Exporting)
	if err != nil && out.Checked {
		return ifStopped(err, "%s is written and checked, and was not timed", word(out.File))
	}
	if err != nil {
		return explainExport(err)
	}
	if o.json {
		return errors.Join(a.exportJSON(out), explainUnchecked(dir, o, out))
	}
	return errors.Join(printExport(a, out), explainUnchecked(dir, o, out))
}

// explainExport adds the flag that helps.
func explainExport(err error) error {
	var photos *lab.NoPhotosError
	if errors.As(err, &photos) {
		return fmt.Errorf("%w; name a set or a folder of photos with --photos", err)
	}
	return err
}

// explainUnchecked says what is wrong with a file that is not proven, and what to do.
func explainUnchecked(dir string, o exportOptions, out lab.Exported) error {
	var photos *lab.NoPhotosError
	var runtime *export.RuntimeError
	err := out.Refused
	if !errors.As(err, &photos) && !errors.As(err, &runtime) {
		return err
	}
	command := fmt.Sprintf("imagelab export %s --onnx %s", word(dir), word(o.ONNX))
	if o.Int8 {
		command += " --int8"
	}
	switch {
	case photos != nil:
		command += " --photos DIR"
	case o.Photos != "":
		command += " --photos " + word(o.Photos)
	}
	python := o.Python
	if python == "" && runtime != nil {
		python = "onnx-env"
	}
	if python != "" {
		command += " --python " + word(python)
	}
	return fmt.Errorf("%s was written but NOT checked: %w\ncheck it with `%s`", word(out.File), err, command)
}

// exportJSON prints what was written and, where the file was run, how it answers. Agreement is
// null for a file that was not run.
func (a *app) exportJSON(out lab.Exported) error {
	fields := map[string]any{"agreement": nil, "largest_difference": nil, "photos": 0}
	for _, part := range []any{out, out.Proof} {
		text, err := json.Marshal(part)
		if err != nil {
			return err
		}
		var more map[string]any
		if err := json.Unmarshal(text, &more); err != nil {
			return err
		}
		maps.Copy(fields, more)
	}
	if out.File == "" { // safetensors alone
		fields["file"], fields["opset"], fields["type"] = out.Safetensors, nil, nil
	}
	return a.json(fields)
}

// printExport says what was written and how it answers.
func printExport(a *app, out lab.Exported) error {
	if out.Safetensors != "" {
		fmt.Fprintf(a.stdout, "weights: %s, safetensors with the names of timm's models\n", text.Name(out.Safetensors))
	}
	if out.File == "" {
		return nil
	}
	state := ""
	if !out.Checked {
		state = ", NOT CHECKED"
	}
	fmt.Fprintf(a.stdout, "model: %s, ONNX opset %d, %s, %.1f MB%s\n", text.Name(out.File), out.Opset, out.Type,
		float64(out.Bytes)/1e6, state)
	if p := out.Proof; p != nil {
		return printProof(a, *p)
	}
	return nil
}

func printProof(a *app, p export.Proof) error {
	fmt.Fprintf(a.stdout, "ONNX Runtime %s on %d photos: the same class on %.2f %%, largest difference of a "+
		"probability %.2g (%.2g on the same pixels)\n",
		p.Runtime, p.Photos, 100*p.Agreement, p.Largest, p.SamePixels)
	fmt.Fprintf(a.stdout, "beside predict on the files: the same class on %.2f %%, largest difference %.2g\n",
		100*p.FilesAgreement, p.FilesLargest)
	if p.Lost != nil {
		fmt.Fprintf(a.stdout, "top-1: %.2f %%, imagelab %.2f %%, lost %.2f points (95 %% interval %.2f to %.2f)\n",
			100**p.Top1, 100**p.Top1Own, 100**p.Lost, 100*p.Interval[0], 100*p.Interval[1])
	}
	t := text.Table{Columns: []text.Column{{Head: "photos at once", Number: true},
		{Head: "imagelab ms/photo", Number: true}, {Head: "file ms/photo", Number: true},
		{Head: "float32 file ms/photo", Number: true}}}
	for _, s := range p.Speed {
		row := []string{fmt.Sprint(s.Batch), fmt.Sprintf("%.2f", s.ImageLab), fmt.Sprintf("%.2f", s.File), "-"}
		if s.Float32 > 0 {
			row[3] = fmt.Sprintf("%.2f", s.Float32)
		}
		t.Add(row...)
	}
	return a.printTable(t, "--json shows all")
}
