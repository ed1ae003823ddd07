package lab

import (
	"strings"
	"testing"

	"imagelab/lib/classifier"
	"imagelab/lib/metric"
	"imagelab/lib/runlog"
)

func TestRemarkOnFlaggedPhotos(t *testing.T) {
	for _, tt := range []struct {
		reason string
		parts  []metric.Part
		want   string
	}{
		{"nobody flagged photos", nil, ""},
		{"none of these photos is flagged", []metric.Part{{Name: classifier.PartClear, N: 20, Right: 10}}, ""},
		{"two are", []metric.Part{{Name: classifier.PartClear, N: 18, Right: 9}},
			"without the 2 photos that reviewers flagged as ambiguous, occluded or truncated: top-1 50.00 %"},
	} {
		got := Test{Result: metric.Result{N: 20, Parts: tt.parts}, Seen: &runlog.Seen{}}.Remark()
		if !strings.HasPrefix(got, tt.want) || (got == "") != (tt.want == "") {
			t.Errorf("%s: %q", tt.reason, got)
		}
	}
}
