package lab_test

import (
	"context"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"log"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"imagelab/lib/lab"
	"imagelab/lib/sweep"
	"imagelab/lib/tradeoff"
)

// The examples share a folder of photos and one for results, as the calls of one program do: what
// an example before did is there, and is not done again.
var (
	ctx             = context.Background()
	photos, results string
	small           = lab.Recipe{Cut: "head", Size: 64} // seconds without a GPU
)

func TestMain(m *testing.M) {
	flag.Parse()
	if testing.Short() { // examples train, with weights that were fetched
		check(flag.Set("test.skip", "^Example"))
	}
	dir, err := os.MkdirTemp("", "lab-example-")
	check(err)
	photos, results = filepath.Join(dir, "stripes"), filepath.Join(dir, "runs")
	drawStripes(photos, 24)
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// drawStripes draws a folder per class.
func drawStripes(dir string, perClass int) {
	r := rand.New(rand.NewPCG(3, 3))
	for class, name := range []string{"across", "down"} {
		check(os.MkdirAll(filepath.Join(dir, name), 0o755))
		for i := range perClass {
			img := image.NewNRGBA(image.Rect(0, 0, 90, 80))
			period := 6 + r.Float64()*8
			for y := range 80 {
				for x := range 90 {
					along := float64(y*(1-class) + x*class)
					v := uint8(128 + 80*math.Sin(along*2*math.Pi/period) + 40*(r.Float64()-0.5))
					img.SetNRGBA(x, y, color.NRGBA{v, uint8(r.IntN(256)), v, 255})
				}
			}
			f, err := os.Create(filepath.Join(dir, name, fmt.Sprintf("%d.png", i)))
			check(err)
			check(png.Encode(f, img))
			check(f.Close())
		}
	}
}

// Photos reads a folder per class, marks copies, and deals the photos to training, validation and
// test.
func ExampleLab_Photos() {
	l, err := lab.Open(results)
	check(err)
	defer l.Close()

	set, err := l.Photos(ctx, photos)
	check(err)
	fmt.Println(len(set.Kept()), "photos of", set.Classes())
	fmt.Println(len(set.InSplit("train")), "to train on,", len(set.InSplit("val")), "to choose by,",
		len(set.InSplit("test")), "to test on")
	// Output:
	// 48 photos of [across down]
	// 30 to train on, 8 to choose by, 10 to test on
}

// Train fits the default recipe with two settings changed, and keeps the model in a folder of its
// own.
func ExampleLab_Train() {
	l, err := lab.Open(results)
	check(err)
	defer l.Close()
	set, err := l.Photos(ctx, photos)
	check(err)

	run, err := l.Train(ctx, set, lab.Recipe{Cut: "head", Size: 64})
	check(err)
	fmt.Printf("%.0f %% of %d validation photos are right\n", 100*run.Record.Val.Top1, run.Record.Val.N)
	fmt.Println("the page is", filepath.Base(run.Page()), "in", filepath.Base(run.Dir))
	// Output:
	// 100 % of 8 validation photos are right
	// the page is report.html in stripes-lite0-64-head
}

// Evaluate reads the test photos, and adds the result to the run's record and page.
func ExampleLab_Evaluate() {
	l, err := lab.Open(results)
	check(err)
	defer l.Close()
	set, err := l.Photos(ctx, photos)
	check(err)
	run, err := l.Train(ctx, set, small)
	check(err)

	test, err := l.Evaluate(ctx, run)
	check(err)
	fmt.Printf("%.0f %% of %d test photos are right\n", 100*test.Top1, test.N)
	again, err := lab.OpenRun(run.Dir)
	check(err)
	fmt.Println("recorded:", again.Record.Test.N, "photos")
	// Output:
	// 100 % of 10 test photos are right
	// recorded: 10 photos
}

// Predict names a photo with a model that was trained before.
func ExampleLab_Predict() {
	l, err := lab.Open(results)
	check(err)
	defer l.Close()
	set, err := l.Photos(ctx, photos)
	check(err)
	run, err := l.Train(ctx, set, small)
	check(err)

	guesses, err := l.Predict(ctx, run, filepath.Join(photos, "down", "0.png"), 1)
	check(err)
	fmt.Println(guesses[0].Label)
	// Output: down
}

// LearningCurve fits growing parts of the training photos and says whether more photos would help.
func ExampleLab_LearningCurve() {
	l, err := lab.Open(results)
	check(err)
	defer l.Close()
	set, err := l.Photos(ctx, photos)
	check(err)

	curve, err := l.LearningCurve(ctx, set, small, lab.Sizes{PerClass: []int{2, 5, 0}, Seeds: 2})
	check(err)
	for _, p := range curve.Curves[0].Curve.Points {
		fmt.Printf("%.0f photos per class: %d fits\n", p.Train, len(p.Seeds))
	}
	// Output:
	// 2 photos per class: 2 fits
	// 5 photos per class: 2 fits
	// 15 photos per class: 1 fits
}

// TradeOff fits and times models and says which to take.
func ExampleLab_TradeOff() {
	l, err := lab.Open(results)
	check(err)
	defer l.Close()
	set, err := l.Photos(ctx, photos)
	check(err)

	best, err := l.TradeOff(ctx, set, lab.Models{
		Grid:   sweep.Grid{Backbones: []string{"lite0"}, Sizes: []int{32, 64}},
		Timing: tradeoff.Quick(),
	})
	check(err)
	for _, choice := range best.Choices {
		fmt.Println(choice.Take.Label() != "", len(best.Points), "models")
	}
	// Output: true 2 models
}

// All does what the other calls do, one after the other, within a limit of time if there is one.
func ExampleLab_All() {
	l, err := lab.Open(filepath.Join(results, "all"))
	check(err)
	defer l.Close()

	models := lab.Models{
		Grid:   sweep.Grid{Backbones: []string{"lite0"}, Sizes: []int{32, 64}},
		Timing: tradeoff.Quick(),
	}
	answers, err := l.All(ctx, photos, small, models, 0)
	check(err)
	fmt.Println(answers.Test.N, "test photos,", len(answers.Curve.Curves), "curve,", len(answers.TradeOff.Points),
		"models")
	again, err := l.All(ctx, photos, small, models, time.Nanosecond)
	check(err)
	fmt.Println("with no time:", again.Test.N, "test photos,", len(again.Left), "steps left out")
	// Output:
	// 10 test photos, 1 curve, 2 models
	// with no time: 10 test photos, 3 steps left out
}
