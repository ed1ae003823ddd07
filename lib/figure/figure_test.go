package figure

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/plot"

	"imagelab/lib/curve"
	"imagelab/lib/figure/figuretest"
	"imagelab/lib/metric"
	"imagelab/lib/runlog"
)

// confused is a result with n images a class, of which class i has i mod 4 taken for the next
// class.
func confused(t *testing.T, classes []string, n int) metric.Result {
	t.Helper()
	var labels []int
	var probs [][]float64
	for i := range classes {
		for j := range n {
			predicted, p := i, 0.97-0.3*float64(j)/float64(n)
			if j < i%4 {
				predicted, p = (i+1)%len(classes), 0.6
			}
			row := make([]float64, len(classes))
			for k := range row {
				row[k] = (1 - p) / float64(len(classes)-1)
			}
			row[predicted] = p
			labels, probs = append(labels, i), append(probs, row)
		}
	}
	r, err := metric.Evaluate(classes, labels, probs, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func fitted(head, body int) runlog.Record {
	var r runlog.Record
	for i := range head {
		x := float64(i)
		r.Epochs = append(r.Epochs, runlog.Epoch{Phase: runlog.PhaseHead, Epoch: i + 1, LR: math.Pow(10, x-3),
			TrainLoss: 0.7 - x/10, ValLoss: 0.6, ValTop1: 0.8 + x/100})
	}
	for i := range body {
		x := float64(i)
		r.Epochs = append(r.Epochs, runlog.Epoch{Phase: runlog.PhaseBody, Epoch: i + 1, LR: 0.001,
			TrainLoss: 0.3 + 0.7/(1+x), ValLoss: 0.3 + 0.5/(1+x), ValTop1: 0.9 - 0.1/(1+x)})
	}
	for _, e := range r.Epochs {
		if e.ValTop1 > r.Val.Top1 {
			r.Val.Top1, r.Val.LogLoss, r.Val.N = e.ValTop1, e.ValLoss, 400
			r.Candidates = []runlog.Candidate{{Phase: e.Phase, Epoch: e.Epoch, ValLoss: e.ValLoss, ValTop1: e.ValTop1,
				Kept: true}}
		}
	}
	return r
}

func letters(n int) []string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprintf("class %c", 'a'+i))
	}
	return out
}

func responses() []Series {
	three, fifteen := Series{Name: "3 epochs"}, Series{Name: "15 epochs"}
	for i, y := range []float64{0.78, 0.80, 0.86, 0.90, 0.84} {
		x := math.Pow(10, float64(i)-6)
		three.Points = append(three.Points, Setting{x, y - 0.03, metric.Interval{y - 0.05, y - 0.01}})
		fifteen.Points = append(fifteen.Points, Setting{x, y, metric.Interval{y - 0.02, y + 0.02}})
	}
	return []Series{three, fifteen}
}

func TestGolden(t *testing.T) {
	two := confused(t, []string{"defective", "functional"}, 30)
	tests := []struct {
		name   string
		reason string
		figure Figure
	}{
		{"loss", "both parts of a fit, lines named at their ends", LossCurve(fitted(3, 8))},
		{"accuracy", "the kept epoch is ringed", AccuracyCurve(fitted(3, 8))},
		{"accuracy-head", "without a body the strengths take the whole width", AccuracyCurve(fitted(5, 0))},
		{"confusion-2", "two classes have room for shares", Confusion(two)},
		{"perclass", "the worst class is lowest", PerClass(confused(t, letters(4), 20))},
		{"reliability", "dots by number of images", Reliability(two)},
		{"learning", "one curve has its forecast in the title", LearningCurve(learned(t, "head", 3, 0.09, 1))},
		{"learning-2", "curves are named at their ends", LearningCurve(learned(t, "stage6", 3, 0.05, 2),
			learned(t, "head", 3, 0.09, 1))},
		{"learning-classes", "the class that gains most is blue; names do not run into the title",
			LearningClasses(learned(t, "head", 10, 0.09, 1))},
		{"roc", "thresholds are ringed, chance is dashed", ROC(ranked(t), 0.5, 0.2)},
		{"precision-recall", "the area below the steps is the average precision", PrecisionRecall(ranked(t), 0.5, 0.2)},
		{"response", "two series by a logarithmic setting, named at their ends",
			Response("15 epochs reach further than 3", "Clothing, cut stage7; mean of 3 seeds with 95 % interval.",
				"learning rate", true, responses()...)},
		{"dots", "settings without an order, the first on top", Dots("A random split flatters by 5.0 points",
			"Solar; mean of 5 splits with 95 % interval, small dots: each split.",
			Dot{"cells dealt at random", 0.86, []float64{0.85, 0.87, 0.86}, metric.Interval{0.84, 0.88}},
			Dot{"runs of 60 neighbours together", 0.81, []float64{0.79, 0.83, 0.81}, metric.Interval{0.76, 0.86}})},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			figuretest.Golden(t, tt.name, tt.reason, tt.figure)
		})
	}
}

// wellFormed returns the text of an SVG, and fails unless it is XML with <svg> as its first
// element.
func wellFormed(t *testing.T, svg []byte) string {
	t.Helper()
	var text strings.Builder
	d := xml.NewDecoder(bytes.NewReader(svg))
	for first := true; ; {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return text.String()
		}
		if err != nil {
			t.Fatalf("not XML: %v", err)
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			if first && tok.Name.Local != "svg" || tok.Name.Local == "script" {
				t.Fatalf("element <%s>", tok.Name.Local)
			}
			first = false
		case xml.CharData:
			text.Write(tok)
		}
	}
}

func TestHostileNames(t *testing.T) {
	classes := []string{"<script>alert(1)</script>", "a\nb\x00\x1b", "\"quoted\" & 'single'",
		strings.Repeat("long ", 60), "\xff\xfe", "", "漢字", "\u202eright to left"}
	res := confused(t, classes, 9)
	for _, f := range []Figure{Confusion(res), PerClass(res)} {
		svg, err := f.SVG()
		if err != nil {
			t.Fatal(err)
		}
		text := wellFormed(t, svg)
		if !strings.Contains(text, "<script>") {
			t.Error("the odd name should stand in the figure, as text")
		}
		if strings.ContainsAny(text, "\x00\x1b\u202e") || !strings.Contains(text, `"\u202e`) {
			t.Error("control characters reached the figure, or are not shown")
		}
	}
}

func TestAnySize(t *testing.T) {
	for n := 2; n <= 26; n += 4 {
		res := confused(t, letters(n), 12)
		svg, err := Confusion(res).SVG()
		if err != nil {
			t.Fatal(err)
		}
		text := wellFormed(t, svg)
		for _, class := range res.Classes {
			if strings.Count(text, class) < 2 {
				t.Errorf("of %d classes %q does not name a row and a column", n, class)
			}
		}
	}
	for name, r := range map[string]runlog.Record{"none": {}, "one of the head": fitted(1, 0),
		"one of the body": fitted(0, 1), "one each": fitted(1, 1), "many": fitted(5, 200)} {
		for _, f := range []Figure{LossCurve(r), AccuracyCurve(r)} {
			svg, err := f.SVG()
			if err != nil {
				t.Fatal(err)
			}
			if wellFormed(t, svg); bytes.Contains(svg, []byte("NaN")) || bytes.Contains(svg, []byte("Inf")) {
				t.Errorf("%s: a coordinate is not a number", name)
			}
		}
	}
	for name, f := range map[string]Figure{"width": {plot.New(), 0, 10}, "plot": {}} {
		if _, err := f.SVG(); err == nil {
			t.Errorf("no error for a figure without %s", name)
		}
	}
}

// TestAxisOfOneValue: an accuracy that does not change is not drawn on an axis to 150 %.
func TestAxisOfOneValue(t *testing.T) {
	for _, share := range []float64{0, 0.005, 0.59, 1} {
		r := fitted(3, 0)
		for i := range r.Epochs {
			r.Epochs[i].ValTop1 = share
		}
		y := AccuracyCurve(r).Plot.Y
		if y.Min < 0 || y.Max > 1 || y.Min > share || y.Max < share || y.Max-y.Min < 0.039 {
			t.Errorf("%g: the axis goes from %g to %g", share, y.Min, y.Max)
		}
	}
}

func TestTicks(t *testing.T) {
	tests := []struct {
		name      string
		reason    string
		low, high float64
		want      string
	}{
		{"all", "fifths", 0, 1, "0 %,20 %,40 %,60 %,80 %,100 %"},
		{"narrow", "half points: whole ones would leave four labels", 0.81, 0.845,
			"81 %,81.5 %,82 %,82.5 %,83 %,83.5 %,84 %,84.5 %"},
		{"very narrow", "an epoch may change little", 0.9, 0.902, "90 %,90.05 %,90.1 %,90.15 %,90.2 %"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var labels []string
			for _, tick := range (percentTicks{}).Ticks(tt.low, tt.high) {
				labels = append(labels, tick.Label)
			}
			if n := len(labels); n < 4 || n > 8 {
				t.Errorf("%d labels", n)
			}
			if got := strings.Join(labels, ","); got != tt.want {
				t.Errorf("got %s, want %s: %s", got, tt.want, tt.reason)
			}
		})
	}
}

func TestSave(t *testing.T) {
	dir := t.TempDir()
	f := Figure{Reliability(confused(t, letters(2), 5)).Plot, 200, 150}
	for _, name := range []string{"a.svg", "b.PNG"} {
		if err := f.Save(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	file, err := os.Open(filepath.Join(dir, "b.PNG"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	img, err := png.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	if size := img.Bounds().Size(); size.X != 533 || size.Y != 400 {
		t.Errorf("the PNG has %v pixels: 200 by 150 points at 192 an inch are 533 by 400", size)
	}
	if err := f.Save(filepath.Join(dir, "a.pdf")); err == nil {
		t.Error("no error for a format that is not drawn")
	}
	if err := f.Save(filepath.Join(dir, "no", "a.svg")); err == nil {
		t.Error("no error for a folder that does not exist")
	}
	left, err := filepath.Glob(filepath.Join(dir, ".*"))
	if err != nil || len(left) > 0 {
		t.Errorf("temporary files left behind: %v %v", left, err)
	}
}

// manyClasses is a result of any number of classes without a matrix of its own for each: of every
// class 10 images, 7 of them right and 3 taken for the next class. Rows are windows of one row.
func manyClasses(n int) metric.Result {
	all := make([]int, 2*n)
	all[n], all[n+1] = 7, 3
	r := metric.Result{N: 10 * n, Top1: 0.7, PerClass: map[string]metric.Class{}}
	for i := range n {
		class := fmt.Sprintf("species %05d", i)
		r.Classes, r.Confusion = append(r.Classes, class), append(r.Confusion, all[n-i:2*n-i])
		r.PerClass[class] = metric.Class{Recall: 0.7, N: 10}
	}
	return r
}

// manyLearned is a learning curve of any number of classes, of two sizes.
func manyLearned(n int) curve.Result {
	points := []curve.Point{{Train: 10, Accuracy: 0.5, Interval: metric.Interval{0.4, 0.6}},
		{Train: 900, Accuracy: 0.8, Interval: metric.Interval{0.7, 0.9}}}
	c := curve.Curve{Points: points}
	for i := range n {
		c.Classes = append(c.Classes, curve.Class{Name: fmt.Sprintf("species %05d", i), Points: points})
	}
	return curve.Result{Curve: c, Forecast: curve.Forecast{Why: "two sizes"}}
}

// TestBounded draws any number of classes and images: figures stay small, and say what they leave
// out.
func TestBounded(t *testing.T) {
	for _, n := range []int{2, 10, 100, 1000, 10000} {
		r := manyClasses(n)
		for name, f := range map[string]Figure{"confusion": Confusion(r), "per class": PerClass(r),
			"learning by class": LearningClasses(manyLearned(n))} {
			svg, err := f.SVG()
			if err != nil {
				t.Fatal(err)
			}
			if len(svg) > 300_000 || f.Width > 1000 || f.Height > 1000 {
				t.Errorf("%s of %d classes takes %d bytes, %.0f by %.0f points", name, n, len(svg), f.Width, f.Height)
			}
			if said := strings.Contains(strings.Join(strings.Fields(wellFormed(t, svg)), " "),
				fmt.Sprintf("of %d classes", n)); said != (n > MostClasses) {
				t.Errorf("%s of %d classes: says that some are left out: %v", name, n, said)
			}
		}
	}
	points := make([]metric.Threshold, 100_000)
	for i := range points {
		x := float64(i+1) / float64(len(points))
		points[i] = metric.Threshold{Recall: math.Sqrt(x), FalseRate: x, Precision: 1 - x/2, Found: i}
	}
	many := metric.Ranking{Class: "a", N: 50_000, Others: 50_000, Points: points}
	for name, f := range map[string]Figure{"ROC": ROC(many, 0.5), "precision and recall": PrecisionRecall(many, 0.5),
		"loss": LossCurve(fitted(5, 5000))} {
		svg, err := f.SVG()
		if err != nil {
			t.Fatal(err)
		}
		if len(svg) > 300_000 {
			t.Errorf("%s takes %d bytes", name, len(svg))
		}
	}
}
