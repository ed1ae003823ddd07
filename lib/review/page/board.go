package page

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"imagelab/lib/dataset"
	"imagelab/lib/review"
)

// row is what is known of one photo beyond the manifest, as the page gets it.
type row struct {
	Photo int      `json:"i"` // its number in the set
	Label string   `json:"label"`
	State string   `json:"state,omitempty"`
	Tags  []string `json:"tags,omitempty"`
	Seen  bool     `json:"seen,omitempty"`
	Keep  bool     `json:"keep,omitempty"`  // chosen of its copies
	Given bool     `json:"given,omitempty"` // Label was given by a person, not by the folder
}

func (r row) equal(o row) bool {
	return r.Label == o.Label && r.State == o.State && slices.Equal(r.Tags, o.Tags) && r.Seen == o.Seen &&
		r.Keep == o.Keep && r.Given == o.Given
}

// board is what the log says of all photos, kept up to date.
type board struct {
	set    *dataset.Set
	log    *review.Log
	folder []string // the class of each photo before any decision
	tell   func()   // told when the log has something new

	mu        sync.Mutex
	decisions []review.Decision
	offset    int64
	state     *review.State
	rows      []row
	version   int64    // grows with every change
	changed   []int64  // version at which each row changed last
	classes   []string // in the order of their keys: those that the folders tell, sorted, then new ones
	aside     int      // lines of the log that do not count
}

func newBoard(s *dataset.Set) (*board, error) {
	b := &board{set: s, log: s.Decisions(), tell: func() {}, state: review.Fold(nil),
		rows: make([]row, len(s.Images)), changed: make([]int64, len(s.Images)), folder: make([]string, len(s.Images))}
	for i, im := range s.Images {
		b.folder[i] = im.GivenClass()
		b.rows[i] = row{Photo: i, Label: b.folder[i]}
	}
	b.version = time.Now().UnixMilli() // so a page of an earlier server is sent everything
	b.renew()
	return b, b.refresh()
}

// refresh reads what is new in the log.
func (b *board) refresh() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	part, err := b.log.Since(b.offset)
	if errors.Is(err, review.ErrReplaced) {
		b.decisions, b.offset, b.aside = nil, 0, 0
		part, err = b.log.Since(0)
	}
	if err != nil {
		return err
	}
	b.aside += len(part.Aside)
	if part.Next == b.offset {
		return nil
	}
	b.offset = part.Next
	b.decisions = append(b.decisions, part.Decisions...)
	b.state = review.Fold(b.decisions)
	b.renew()
	b.tell()
	return nil
}

// renew writes the rows anew and notes which have changed.
func (b *board) renew() {
	b.version++
	for i, im := range b.set.Images {
		now := row{Photo: i, Label: b.state.Class(im.SHA256, b.folder[i])}
		if p := b.state.Photos[im.SHA256]; p != nil {
			now.State, now.Tags, now.Seen, now.Keep, now.Given = p.State, p.Tags, !p.Seen.IsZero(), p.Keep, p.Labelled
		}
		if !now.equal(b.rows[i]) || b.changed[i] == 0 {
			b.rows[i], b.changed[i] = now, b.version
		}
	}
	b.classes = b.orderClasses()
}

// orderClasses lists the classes so that a new one changes the key of none.
func (b *board) orderClasses() []string {
	var names []string
	for _, given := range slices.Compact(slices.Sorted(slices.Values(b.folder))) {
		names = append(names, b.state.Class("", given))
	}
	for _, d := range b.decisions {
		if d.Kind == review.KindLabel && d.Pass == "" && !b.state.Void(d.ID) {
			names = append(names, b.state.Name(d.After))
		}
	}
	seen := map[string]bool{"": true}
	out := []string{}
	for _, name := range names {
		if !seen[name] {
			seen[name] = true
			out = append(out, name)
		}
	}
	return out
}

// since returns what changed after a version.
func (b *board) since(version int64) news {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := []row{}
	for i, v := range b.changed {
		if v > version {
			out = append(out, b.rows[i])
		}
	}
	return news{Version: b.version, Rows: out, Classes: b.classes, Aside: b.aside}
}

// whole returns the label of every photo, as its number in the classes or -1, and the rows that say more.
func (b *board) whole() ([]int, news) {
	b.mu.Lock()
	defer b.mu.Unlock()
	number := map[string]int{"": -1}
	for n, name := range b.classes {
		number[name] = n
	}
	labels, rows := make([]int, len(b.rows)), []row{}
	for i, r := range b.rows {
		n, known := number[r.Label]
		if labels[i] = n; !known || !r.equal(row{Label: r.Label}) {
			rows = append(rows, r)
		}
	}
	return labels, news{Version: b.version, Rows: rows, Classes: b.classes, Aside: b.aside}
}

// labels are the classes of the photos that can be learned from, by content hash.
func (b *board) labels() map[string]string {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := map[string]string{}
	for i, r := range b.rows {
		if r.Label != "" && r.State != review.StateDrop && r.State != review.StateAmbiguous {
			out[b.set.Images[i].SHA256] = r.Label
		}
	}
	return out
}

// append writes decisions into the log and takes them up.
func (b *board) append(ctx context.Context, decisions []review.Decision) error {
	if _, err := b.log.Append(ctx, decisions...); err != nil {
		return err
	}
	return b.refresh()
}

// undoable returns the decision that makes the last one of a person void, or the last undo.
func (b *board) undoable(who string, redo bool) (review.Decision, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	find := b.state.Undoable
	if redo {
		find = b.state.Redoable
	}
	d, ok := find(who)
	return review.Undo(d, who), ok
}
