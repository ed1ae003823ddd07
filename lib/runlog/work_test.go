package runlog

import "testing"

func TestOwnTime(t *testing.T) {
	fit := Record{Timings: []Timing{{"decode", 40}, {"head", 2}}}
	part := fit
	part.Outcomes = &Outcomes{}
	if rows := Rows([]Record{fit, part}); rows[0].Own != 42 || rows[1].Own != 2 || rows[1].Seconds != 42 {
		t.Errorf("a run took %g s and a fit of an experiment %g of %g, want 42 and 2 of 42", rows[0].Own, rows[1].Own,
			rows[1].Seconds)
	}
}

func TestWork(t *testing.T) {
	photos, features := Work{Name: "photos", Seconds: 10}, Work{Name: "features", Seconds: 30}
	tests := Work{Name: "test photos", Seconds: 4, Judging: true}
	old := func(cut string, decode, features, head float64) Record {
		return Record{Backbone: "lite0", Cut: cut, Timings: []Timing{{"decode", decode},
			{"frozen features", features}, {"head", head}}}
	}
	for _, c := range []struct {
		name, reason string
		records      []Record
		training     float64 // of the last record
		known        bool
		computing    float64
	}{
		{"one", "judging is no training", []Record{{Shared: []Work{photos, features, tests}, Own: 2}}, 42, true, 46},
		{"two", "what both need is done once", []Record{{Shared: []Work{photos, features}, Own: 2},
			{Shared: []Work{photos, features}, Own: 3}}, 43, true, 45},
		{"other features", "photos are decoded once", []Record{{Shared: []Work{photos, features}, Own: 2},
			{Shared: []Work{photos, {Name: "others", Seconds: 5}}, Own: 3}}, 18, true, 50},
		{"another time", "a step that is compiled again takes its longest",
			[]Record{{Shared: []Work{{Name: "step", Seconds: 7}}}, {Shared: []Work{{Name: "step", Seconds: 5}}}}, 5, true, 7},
		{"unknown", "nobody knows what it took", []Record{{Shared: []Work{photos, {Name: "features", Seconds: -1}},
			Own: 2}}, 0, false, 12},
		{"old", "15 fits of a minute with one preparation are not 15 minutes", []Record{old("head", 20, 40, 1),
			old("head", 20, 40, 2), old("head", 0, 0, 3)}, 0, false, 66},
		{"old, other cut", "other features", []Record{old("head", 20, 40, 1), old("stage7", 0, 50, 1)}, 0, false, 112},
		{"none", "no fits", nil, 0, false, 0},
	} {
		got, known := 0.0, false
		if n := len(c.records); n > 0 {
			got, known = c.records[n-1].Training()
		}
		if got != c.training || known != c.known {
			t.Errorf("%s: training took %g, known %v; want %g, %v: %s", c.name, got, known, c.training, c.known, c.reason)
		}
		if got := Computing(c.records); got != c.computing {
			t.Errorf("%s: computing took %g, want %g: %s", c.name, got, c.computing, c.reason)
		}
	}
}
