package curve

import (
	"slices"
	"strings"
	"testing"

	"imagelab/lib/runlog"
)

// configured are the records of a simulated curve under a name and on a split of their own.
func configured(name, split string, seed uint64) []runlog.Record {
	records := small(shapes[0].error).records(seed)
	for i := range records {
		records[i].Setting, records[i].Split = name, split
	}
	return records
}

func TestAll(t *testing.T) {
	broken := configured("broken", "s1", 4)
	for i := range broken {
		broken[i].Error = "diverged"
	}
	wide, narrow, other := configured("wide", "s1", 1), configured("narrow", "s1", 2), configured("wide", "s2", 3)
	mixed := slices.Concat(wide[:3], narrow, broken, wide[3:], other)
	results, err := All(mixed)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, r := range results {
		names = append(names, r.Curve.Name+" "+r.Curve.Split)
		if r.Forecast.Gain != r.Curve.Forecast(forecastSeed).Gain {
			t.Errorf("%s has the forecast of another curve", r.Curve.Name)
		}
	}
	if want := []string{"wide s1", "narrow s1", "wide s2"}; !slices.Equal(names, want) {
		t.Errorf("curves %q, want %q: one for each configuration on each split, without those that have no result",
			names, want)
	}
	if groups := BySplit(results); len(groups) != 2 || len(groups[0]) != 2 || groups[1][0].Curve.Split != "s2" {
		t.Errorf("%d groups of curves, want two curves of split s1 and one of s2", len(groups))
	}
	wide[0].Outcomes = nil
	if _, err := All(wide); err == nil || !strings.Contains(err.Error(), "learning curve of wide") {
		t.Errorf("error %v, want one that names the configuration", err)
	}
}

func TestNamesOfSeveral(t *testing.T) {
	one, err := All(configured("wide", "s1", 1)[:7])
	if err != nil {
		t.Fatal(err)
	}
	two := append(one, one[0])
	two[0].Curve.Side, two[1].Curve.Name, two[1].Curve.Side = "test", "narrow", "val"
	tests := []struct {
		name    string
		reason  string
		results []Result
		begins  []string // of each verdict
		notes   int
	}{
		{"one", "a single curve needs no name", two[:1], []string{"Cannot tell yet"}, 1},
		{"two", "each sentence says of which curve it is", two, []string{"wide: Cannot tell yet",
			"narrow: Cannot tell yet"}, 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			verdicts := Verdicts(tt.results)
			if len(verdicts) != len(tt.begins) {
				t.Fatalf("verdicts %q, want %d", verdicts, len(tt.begins))
			}
			for i, verdict := range verdicts {
				if !strings.HasPrefix(verdict, tt.begins[i]) {
					t.Errorf("verdict %q, want %q: %s", verdict, tt.begins[i], tt.reason)
				}
			}
			if notes := Notes(tt.results); len(notes) != tt.notes {
				t.Errorf("notes %q, want %d", notes, tt.notes)
			}
		})
	}
}

func TestGainsMost(t *testing.T) {
	tests := []struct {
		name string
		next []ClassGain
		want string
	}{
		{"none", nil, ""},
		{"first", []ClassGain{{Name: "a", Gain: Estimate{0.02, 0.01, 0.03}}, {Name: "b"}}, "a"},
		{"no gain", []ClassGain{{Name: "a"}}, ""},
		{"no forecast", []ClassGain{{Name: "a", Why: "the curve is too short", Gain: Estimate{Value: 1}}}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := Forecast{Next: tt.next}.GainsMost()
			if got.Name != tt.want || ok != (tt.want != "") {
				t.Errorf("%q, %t; want %q", got.Name, ok, tt.want)
			}
		})
	}
}
