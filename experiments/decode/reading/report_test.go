package reading

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// report has reading times of a second a megapixel.
func report(floor float64) Report {
	r := Report{Baselines: []Baseline{{"training", floor}, {"the forward pass", 2 * floor}}}
	for _, form := range Forms() {
		for _, mp := range []float64{0.5, 2, 8} {
			s := mp
			if form == Packed {
				s = 0.02
			}
			r.Costs = append(r.Costs, Cost{Format: form, Megapixels: mp, Seconds: s})
		}
	}
	return r
}

func TestCrossing(t *testing.T) {
	tests := []struct {
		reason string
		form   string
		floor  float64
		want   float64
	}{
		{"on a measured size", Original, 2, 2},
		{"between two of them", Original, 4, 4},
		{"slower at every size", Original, 0.1, 0},
		{"faster at every size", Original, 10, math.Inf(1)},
		{"as fast as the largest is not slower", Original, 8, math.Inf(1)},
		{"packed pixels do not grow with the photo", Packed, 0.5, math.Inf(1)},
	}
	for _, tt := range tests {
		if got := report(1).BreakEven(tt.form, Baseline{Seconds: tt.floor}); got != tt.want &&
			!(math.Abs(got-tt.want) < 1e-9) {
			t.Errorf("%s: crosses %g s at %g megapixels, want %g", tt.reason, tt.floor, got, tt.want)
		}
	}
}

func TestVerdict(t *testing.T) {
	tests := []struct {
		floor float64
		says  []string
	}{
		{2, []string{"longer than training from 2 megapixels on", "longer than the forward pass from 4 megapixels on",
			"1.0 % of training", "400 times less", "8 megapixels"}},
		{0.1, []string{"training at every size"}},
		{6, []string{"training from 6 megapixels on", "the forward pass at no size up to 8 megapixels"}},
	}
	for _, tt := range tests {
		got := report(tt.floor).Verdict()
		for _, want := range tt.says {
			if !strings.Contains(got, want) {
				t.Errorf("%q does not say %q", got, want)
			}
		}
	}
}

func TestTable(t *testing.T) {
	lines := strings.Split(strings.TrimRight(report(2).Table(), "\n"), "\n")
	if len(lines) != 1+4+1+2 || len(lines[0]) != len(lines[1]) ||
		!strings.HasSuffix(strings.TrimRight(lines[0], " "), "8 MP") {
		t.Errorf("%s", strings.Join(lines, "\n"))
	}
}

func TestRead(t *testing.T) {
	dir := t.TempDir()
	if _, err := Read(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder without a report gives %v, want fs.ErrNotExist: whoever measures then does so", err)
	}
	if err := os.WriteFile(filepath.Join(dir, File), []byte(`{"photos":4}`), 0o644); err != nil {
		t.Fatal(err)
	}
	if r, err := Read(dir); err != nil || r.Photos != 4 {
		t.Errorf("%+v, %v", r, err)
	}
	if err := os.WriteFile(filepath.Join(dir, File), []byte(`{"pho`), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(dir); err == nil || !strings.Contains(err.Error(), "delete it") {
		t.Errorf("a torn report gives %v, want an error that says what to do", err)
	}
}
