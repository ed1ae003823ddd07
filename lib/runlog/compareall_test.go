package runlog

import (
	"math"
	"testing"
)

func TestCompareAll(t *testing.T) {
	records := []Record{judged("base", 1, "000000000000"), judged("better", 1, "111111111100"),
		judged("alike", 1, "100000000000")}
	elsewhere := judged("elsewhere", 1, "111111111111")
	elsewhere.Split = "another"
	all, err := CompareAll(append(records, elsewhere), []string{"better", "alike", "elsewhere"}, "base")
	if err != nil {
		t.Fatal(err)
	}
	if all[0].A.Name != "better" || all[1].A.Name != "alike" || all[2].A.Name != "elsewhere" {
		t.Errorf("comparisons come in another order than the names")
	}
	better, alike := all[0].Test, all[1].Test
	// two of the three can be tested, and this p value is the lower one
	if math.Abs(better.Adjusted-2*better.MidP) > 1e-12 {
		t.Errorf("p %g becomes %g, want twice as much", better.MidP, better.Adjusted)
	}
	if alike.Adjusted != alike.MidP {
		t.Errorf("the higher p %g becomes %g, want no change", alike.MidP, alike.Adjusted)
	}
	if all[2].Test != nil || all[2].NoTest == "" {
		t.Errorf("a setting on other images was tested")
	}
	if _, err := CompareAll(records, []string{"nobody"}, "base"); err == nil {
		t.Error("a name that does not exist gives no error")
	}
}
