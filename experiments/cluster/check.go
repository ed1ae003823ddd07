package main

import (
	"fmt"
	"slices"
	"strings"

	"imagelab/lib/audit"
	"imagelab/lib/dedup"
)

// count is what became of the copies that one change made.
type count struct {
	change               string
	planted, dedup, told int // told: by dedup or the audit
}

// check compares what was found with what was planted.
type check struct {
	pieces map[string]piece // by path
	found  map[string]bool  // planted copies by their path, found by dedup
	told   map[string]bool  // those that the audit names beside their photo
	others [][2]string      // pairs that dedup calls copies, and are none
}

func newCheck(planted []piece) *check {
	c := &check{pieces: map[string]piece{}, found: map[string]bool{}, told: map[string]bool{}}
	for _, p := range planted {
		c.pieces[p.path] = p
	}
	return c
}

// belong reports whether two photos are one, changed or not, or frames of one clip.
func (c *check) belong(a, b piece) bool {
	return a.of == b.path || b.of == a.path || a.clip != "" && a.clip == b.clip
}

func (c *check) copies(r dedup.Result) {
	for _, g := range r.Groups {
		for i, m := range g.Members {
			a := c.pieces[m.Path]
			for _, n := range g.Members[:i] {
				b := c.pieces[n.Path]
				switch {
				case a.of == b.path && a.of != "":
					c.found[a.path] = true
				case b.of == a.path && b.of != "":
					c.found[b.path] = true
				case !c.belong(a, b):
					c.others = append(c.others, [2]string{a.path, b.path})
				}
			}
		}
	}
}

func (c *check) audited(r audit.Result) {
	for _, leak := range r.Leaks {
		for _, path := range leak.Photos {
			if p := c.pieces[path]; p.of != "" && slices.Contains(leak.Photos, p.of) {
				c.told[p.path] = true
			}
		}
	}
}

// counts are those of each change, by its name.
func (c *check) counts() []count {
	by := map[string]*count{}
	for _, p := range c.pieces {
		if p.of == "" {
			continue
		}
		if by[p.change] == nil {
			by[p.change] = &count{change: p.change}
		}
		n := by[p.change]
		n.planted++
		if c.found[p.path] {
			n.dedup++
		}
		if c.found[p.path] || c.told[p.path] {
			n.told++
		}
	}
	var out []count
	for _, n := range by {
		out = append(out, *n)
	}
	slices.SortFunc(out, func(a, b count) int { return strings.Compare(a.change, b.change) })
	return out
}

var foundHeader = []string{"change", "planted", "dedup", "dedup or audit"}

func (c *check) rows() [][]string {
	var rows [][]string
	for _, n := range c.counts() {
		rows = append(rows, []string{n.change, fmt.Sprint(n.planted), fmt.Sprint(n.dedup), fmt.Sprint(n.told)})
	}
	return append(rows, []string{"other photos called copies", "0", fmt.Sprint(len(c.others)), fmt.Sprint(len(c.others))})
}

// String is a table with a line for each change.
func (c *check) String() string {
	var b strings.Builder
	sum := count{change: "all"}
	for _, n := range c.counts() {
		sum.planted, sum.dedup, sum.told = sum.planted+n.planted, sum.dedup+n.dedup, sum.told+n.told
		n.write(&b)
	}
	sum.write(&b)
	fmt.Fprintf(&b, "%d photos; pairs of other photos that dedup calls copies: %d\n", len(c.pieces), len(c.others))
	return b.String()
}

func (n count) write(b *strings.Builder) {
	fmt.Fprintf(b, "%-24s %5d planted, %5d found by dedup, %5d by dedup or audit\n", n.change, n.planted, n.dedup,
		n.told)
}
