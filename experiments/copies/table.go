package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"imagelab/lib/figure"
	"imagelab/lib/metric"
)

// row is how one tool did on one change of photos of one set.
type row struct {
	set, tool, kind, change string
	photos, found           int
	others                  int // pairs of a copy and another photo; of the change "none", pairs of two photos
}

var header = []string{"set", "tool", "kind", "change", "photos", "found", "recall", "low", "high", "false pairs"}

func cells(rows []row) [][]string {
	var out [][]string
	for _, r := range rows {
		w := metric.Wilson(r.found, r.photos)
		out = append(out, []string{r.set, r.tool, r.kind, r.change, fmt.Sprint(r.photos), fmt.Sprint(r.found),
			fmt.Sprintf("%.3f", float64(r.found)/float64(max(r.photos, 1))), fmt.Sprintf("%.3f", w[0]),
			fmt.Sprintf("%.3f", w[1]), fmt.Sprint(r.others)})
	}
	return out
}

// count says which copies are in pairs with their photo.
func (p planted) count(set, tool string, pairs [][2]string) []row {
	rows := make([]row, len(p.changes)+1)
	for c, change := range p.changes {
		rows[c] = row{set: set, tool: tool, kind: change.Kind, change: change.Name}
	}
	none := len(p.changes)
	rows[none] = row{set: set, tool: tool, kind: "none", change: "none"}
	for _, c := range p.change {
		if c >= 0 {
			rows[c].photos++
		}
	}
	found := map[string]bool{}
	for _, pair := range pairs {
		c := max(p.change[pair[0]], p.change[pair[1]])
		if c < 0 {
			c = none
		}
		if p.of[pair[0]] != p.of[pair[1]] {
			rows[c].others++
			continue
		}
		for _, name := range pair {
			if p.change[name] >= 0 && !found[name] {
				found[name] = true
				rows[c].found++
			}
		}
	}
	return rows
}

// total is the sum of some rows.
func total(rows []row, of func(row) bool) (sum row) {
	for _, r := range rows {
		if of(r) {
			sum.photos, sum.found, sum.others = sum.photos+r.photos, sum.found+r.found, sum.others+r.others
		}
	}
	return sum
}

func unique(rows []row, of func(row) string) (out []string) {
	for _, r := range rows {
		if !slices.Contains(out, of(r)) {
			out = append(out, of(r))
		}
	}
	return out
}

// table is found of photos by change and tool, over all sets, and the false pairs of each set.
func table(rows []row) string {
	var b strings.Builder
	tools := unique(rows, func(r row) string { return r.tool })
	fmt.Fprintf(&b, "%-24s", "found of photos")
	for _, tool := range tools {
		fmt.Fprintf(&b, " %14s", tool[max(0, len(tool)-14):])
	}
	b.WriteString("\n")
	line := func(name string, of func(r row, tool string) bool, text func(row) string) {
		fmt.Fprintf(&b, "%-24s", name)
		for _, tool := range tools {
			fmt.Fprintf(&b, " %14s", text(total(rows, func(r row) bool { return of(r, tool) })))
		}
		b.WriteString("\n")
	}
	for _, change := range unique(rows, func(r row) string { return r.change }) {
		line(change, func(r row, tool string) bool { return r.tool == tool && r.change == change && change != "none" },
			func(r row) string { return fmt.Sprintf("%d of %d", r.found, r.photos) })
	}
	for _, set := range unique(rows, func(r row) string { return r.set }) {
		line("false pairs, "+set, func(r row, tool string) bool { return r.tool == tool && r.set == set },
			func(r row) string { return fmt.Sprint(r.others) })
	}
	return b.String()
}

func below(rows []row) string {
	return fmt.Sprintf("Tiers with embedding, all sets. %d copies, one change each. Bars: 95 %% intervals.",
		total(rows, embedded).photos)
}

func embedded(r row) bool { return strings.HasSuffix(r.tool, "embedding") }

// dots are the recall of the tiers with embedding by kind, all strengths and sets together, the
// best first.
func dots(rows []row) []figure.Dot {
	var out []figure.Dot
	for _, kind := range unique(rows, func(r row) string { return r.kind }) {
		sum := total(rows, func(r row) bool { return embedded(r) && r.kind == kind })
		if kind != "none" && sum.photos > 0 {
			recall := float64(sum.found) / float64(sum.photos)
			out = append(out, figure.Dot{Name: kind, Accuracy: recall, Interval: metric.Wilson(sum.found, sum.photos)})
		}
	}
	slices.SortStableFunc(out, func(a, b figure.Dot) int { return cmp.Compare(b.Accuracy, a.Accuracy) })
	return out
}
