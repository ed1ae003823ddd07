package figure

import (
	"fmt"
	"testing"

	"imagelab/lib/collect"
	"imagelab/lib/figure/figuretest"
)

// collected is a result of n classes.
func collected(n int, withKept bool) collect.Result {
	r := collect.Result{}
	for i := range n {
		kept := max(0, 35-3*i)
		s := collect.Stages{Planned: 50, Found: 50 - i%7, Fetched: 46 - i%7, Decodable: 44 - i%7, Unique: 40 - i%7}
		if withKept {
			s.Kept = &kept
		}
		r.ByClass = append(r.ByClass, collect.ByClass{Class: []string{"blouse", "<b>vest</b>",
			"a class with a very long name indeed"}[i%3], Stages: s})
		r.ByQuery = append(r.ByQuery, collect.ByQuery{Query: fmt.Sprintf("striped thing %d", i), Stages: s})
		r.Stages.Planned, r.Stages.Unique = r.Stages.Planned+50, r.Stages.Unique+s.Unique
	}
	if withKept {
		all := 30 * n
		r.Stages.Kept = &all
	}
	return r
}

func TestFunnel(t *testing.T) {
	figuretest.Golden(t, "funnel", "where photos are lost, and in which class", Funnel(collected(3, true)))
	figuretest.Golden(t, "funnel-queries", "by query, before review; only the first 30",
		FunnelByQuery(collected(40, false)))
	if _, err := Funnel(collect.Result{}).SVG(); err != nil {
		t.Errorf("an empty result: %v", err)
	}
}
