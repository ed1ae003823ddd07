package embed

import (
	"math/rand/v2"
	"reflect"
	"testing"

	"imagelab/lib/engine/enginetest"
)

// clustered are n rows about centres of classes; every tenth is near the row before it, as a copy.
func clustered(n, width int) [][]float32 {
	r := rand.New(rand.NewPCG(3, 3))
	centres := make([][]float64, 10)
	for k := range centres {
		for range width {
			centres[k] = append(centres[k], r.NormFloat64())
		}
	}
	rows := make([][]float32, n)
	for i := range rows {
		rows[i] = make([]float32, width)
		for j := range rows[i] {
			if i%10 == 9 {
				rows[i][j] = rows[i-1][j] + float32(0.2*r.NormFloat64())
			} else {
				rows[i][j] = float32(centres[i%7][j] + r.NormFloat64())
			}
		}
	}
	return rows
}

// The photo that a copy was made of is found in cells as among all, and what is found is right.
func TestNearInCells(t *testing.T) {
	e := enginetest.Go(t)
	rows := clustered(2000, 24)
	self := func(q, i int) bool { return q == i }
	exact, err := Nearest(t.Context(), e, rows, rows, 2, self)
	if err != nil {
		t.Fatal(err)
	}
	got, err := inCells(t.Context(), e, rows, rows, 2, self, nil)
	if err != nil {
		t.Fatal(err)
	}
	copies, found, same := 0, 0, 0
	for q, list := range got {
		if len(list) != 2 || list[0].Index == q || list[0].Distance > list[1].Distance {
			t.Fatalf("row %d: %v", q, list)
		}
		if list[0].Index == exact[q][0].Index {
			same++
			if d := list[0].Distance - exact[q][0].Distance; d > 1e-4 || d < -1e-4 {
				t.Errorf("row %d: distance %v, want %v", q, list[0].Distance, exact[q][0].Distance)
			}
		}
		if exact[q][0].Distance < 0.1 {
			copies++
			if list[0].Index == exact[q][0].Index {
				found++
			}
		}
	}
	t.Logf("%d of %d close neighbours, %d of %d nearest ones", found, copies, same, len(rows))
	if copies < 300 || float64(found) < 0.95*float64(copies) || same < len(rows)/3 {
		t.Errorf("%d of %d close neighbours are found in cells", found, copies)
	}
	again, err := inCells(t.Context(), e, rows, rows, 2, self, nil)
	if err != nil || !reflect.DeepEqual(got, again) {
		t.Errorf("the same rows give other neighbours: %v", err)
	}
}

// Inputs with little or nothing in them.
func TestNearOfOddRows(t *testing.T) {
	e := enginetest.Go(t)
	one := [][]float32{{1, 2, 3}}
	same := make([][]float32, 300)
	for i := range same {
		same[i] = []float32{1, 2, 3}
	}
	tests := []struct {
		name, reason      string
		queries, features [][]float32
		k, want           int
	}{
		{"nothing to look for", "no queries", nil, one, 2, 0},
		{"nothing to look in", "no features", one, nil, 2, 0},
		{"one photo", "it is its own neighbour", one, one, 2, 1},
		{"copies of one photo", "nothing is left after the mean, and nothing is divided by 0", same, same, 2, 2},
		{"none asked for", "k is 0", one, same, 0, 0},
	}
	for _, tt := range tests {
		got, err := inCells(t.Context(), e, tt.queries, tt.features, tt.k, nil, nil)
		if err != nil || len(got) != len(tt.queries) {
			t.Fatalf("%s: %v, %d lists", tt.name, err, len(got))
		}
		for _, list := range got {
			if len(list) != tt.want {
				t.Errorf("%s: %d neighbours, want %d: %s", tt.name, len(list), tt.want, tt.reason)
			}
		}
	}
}
