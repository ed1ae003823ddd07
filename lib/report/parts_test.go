package report

import (
	"strings"
	"testing"

	"imagelab/lib/dataset"
	"imagelab/lib/metric"
)

// TestWriteParts: accuracy with and without flagged photos is shown where photos have tags, and
// names of tags are text.
func TestWriteParts(t *testing.T) {
	s := photos(t, []string{"cat", "dog"}, 40)
	r := fitted(t, s)
	test := judged(t, s, dataset.Test)
	if page := write(t, Input{Set: s, Record: r, Test: &test}); strings.Contains(page, `id="parts"`) {
		t.Error("no tags, and the page shows parts")
	}
	test.Parts = []metric.Part{{Name: "not flagged", N: 10, Right: 9, Interval: metric.Wilson(9, 10)},
		{Name: "<script>x</script>", N: 0}}
	page := write(t, Input{Set: s, Record: r, Test: &test})
	alone(t, page)
	for _, want := range []string{`id="parts"`, "not flagged", "90.0 %", "&lt;script&gt;"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not hold %q", want)
		}
	}
}
