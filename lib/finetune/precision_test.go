package finetune

import (
	"context"
	"encoding/json"
	"math"
	"strings"
	"testing"

	"imagelab/lib/classifier"
	"imagelab/lib/engine"
	"imagelab/lib/engine/enginetest"
	"imagelab/lib/recipe"
)

// TestPrecisionIsRemembered: records and bundles from before there was a choice read as float32,
// and keep their IDs.
func TestPrecisionIsRemembered(t *testing.T) {
	d := Data{Set: generated(t, 4)}
	var old recipe.Config
	text := encode(recipe.Default())
	if strings.Contains(text, "precision") || json.Unmarshal([]byte(text), &old) != nil {
		t.Fatalf("the default is written as %s, want no word of precision", text)
	}
	id := func(precision string) string {
		c := old
		c.Precision = precision
		id, err := FitID(c, d, nil)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	if id("") != id(recipe.Float32) {
		t.Error("float32 by name is another fit than float32 by default")
	}
	if id("") == id(recipe.BFloat16) {
		t.Error("a fit in bfloat16 has the ID of one in float32: it would be taken for done")
	}
	half := old
	half.Precision = recipe.BFloat16
	if SharePreparation(half, old) {
		t.Error("fits of both precisions would run the same compiled step")
	}
	if c, err := Resolve(half); err != nil || !strings.Contains(encode(c), `"precision":"bfloat16"`) {
		t.Errorf("the record says %s, %v", encode(c), err)
	}
}

// TestBFloat16Fit: training in mixed precision learns as float32 does, and the model predicts as it
// was validated.
func TestBFloat16Fit(t *testing.T) {
	e, d, ctx := enginetest.Open(t), Data{Set: generated(t, 16)}, context.Background()
	var losses []float64
	var val float64 // of the last fit, as is its model
	var trained *classifier.Model
	for _, precision := range []string{recipe.Float32, recipe.BFloat16} {
		c := quick()
		c.Size, c.Precision = 64, precision
		p, err := Prepare(ctx, e, d, c, Observer{})
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		m, r, err := p.Fit(ctx, c, nil, Observer{})
		if err != nil {
			t.Fatal(err)
		}
		if r.Val.Top1 < 0.9 {
			t.Errorf("%s: validation top-1 %.2f on stripes that are easy to tell apart", precision, r.Val.Top1)
		}
		losses, val, trained = append(losses, r.Epochs[len(r.Epochs)-1].TrainLoss), r.Val.LogLoss, m
	}
	if d := math.Abs(losses[1] - losses[0]); d == 0 || d > 0.05*losses[0] {
		t.Errorf("training losses %.5f and %.5f: want them near each other, and not the same", losses[0], losses[1])
	}
	if again := evaluateBundle(t, trained, e, d); math.Abs(again-val) > 0.01 {
		t.Errorf("the bundle's loss is %.4f, training said %.4f: both are of bfloat16", again, val)
	}
}

func evaluateBundle(t *testing.T, m *classifier.Model, e *engine.Engine, d Data) (loss float64) {
	t.Helper()
	dir := t.TempDir()
	if err := m.Save(dir); err != nil {
		t.Fatal(err)
	}
	m, err := classifier.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	p, err := m.Predictor(e)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	result, err := p.Evaluate(context.Background(), d.Set, d.Set.InSplit("val"), nil)
	if err != nil {
		t.Fatal(err)
	}
	return result.LogLoss
}
