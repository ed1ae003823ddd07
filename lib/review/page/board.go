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
	given  []string // the classes in folder, sorted
	blind  *blind   // nil: the labels of the set are decided
	tell   func()   // told when the log has something new

	at      map[string][]int // content hash -> numbers of photos
	mu      sync.Mutex
	offset  int64
	state   *review.State
	named   []string // classes of decisions in force, in the order of the log
	rows    []row
	version int64    // grows with every change
	changed []int64  // version at which each row changed last
	classes []string // in the order of their keys: those that the folders tell, sorted, then new ones
	renamed int      // how many times the list of classes has changed
	aside   int      // lines of the log that do not count
}

func newBoard(s *dataset.Set, blind *blind) (*board, error) {
	n := len(s.Images)
	b := &board{set: s, log: s.Decisions(), blind: blind, tell: func() {}, state: review.Fold(nil), at: map[string][]int{},
		rows: make([]row, n), changed: make([]int64, n), folder: make([]string, n)}
	for i, im := range s.Images {
		b.at[im.SHA256] = append(b.at[im.SHA256], i)
		if blind == nil {
			b.folder[i] = im.GivenClass()
		}
		b.rows[i] = row{Photo: i, Label: b.folder[i]}
	}
	b.given = slices.Compact(slices.Sorted(slices.Values(b.folder)))
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
		b.state, b.named, b.offset, b.aside = review.Fold(nil), nil, 0, 0
		part, err = b.log.Since(0)
		b.renew()
	}
	if err != nil {
		return err
	}
	b.aside += len(part.Aside)
	if part.Next == b.offset {
		return nil
	}
	b.offset = part.Next
	b.take(b.blind.choose(part.Decisions))
	b.tell()
	return nil
}

// take takes up decisions: those of some photos in a moment, others by looking at all photos.
func (b *board) take(decisions []review.Decision) {
	state, photos, whole := b.state.Add(decisions)
	b.state = state
	undone := slices.ContainsFunc(decisions, func(d review.Decision) bool { return d.Kind == review.KindUndo })
	if undone || whole {
		b.named = b.state.LabelsGiven()
	} else {
		for _, d := range decisions {
			if d.Kind == review.KindLabel && !slices.Contains(b.named, b.state.Name(d.After)) {
				b.named = append(b.named, b.state.Name(d.After))
			}
		}
	}
	if whole {
		b.renew()
		return
	}
	b.version++
	for _, sha256 := range photos {
		for _, i := range b.at[sha256] {
			b.renewRow(i)
		}
	}
	b.classes = b.orderClasses()
}

// renew writes all rows anew and notes which have changed.
func (b *board) renew() {
	b.version++
	for i := range b.rows {
		b.renewRow(i)
	}
	before := b.classes
	if b.classes = b.orderClasses(); !slices.Equal(before, b.classes) {
		b.renamed++
	}
}

func (b *board) renewRow(i int) {
	sha256 := b.set.Images[i].SHA256
	now := row{Photo: i, Label: b.state.Class(sha256, b.folder[i])}
	if p := b.state.Photos[sha256]; p != nil {
		now.State, now.Tags, now.Seen, now.Keep, now.Given = p.State, slices.Clone(p.Tags), !p.Seen.IsZero(),
			p.Keep, p.Labelled
	}
	if !now.equal(b.rows[i]) || b.changed[i] == 0 {
		b.rows[i], b.changed[i] = now, b.version
	}
}

// orderClasses lists the classes so that a new one changes the key of none.
func (b *board) orderClasses() []string {
	names := b.blind.classes()
	for _, given := range b.given {
		names = append(names, b.state.Class("", given))
	}
	names = append(names, b.named...)
	out := []string{}
	for _, name := range names {
		if name != "" && !slices.Contains(out, name) {
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

// whole returns the label of every photo, as its number in the classes or -1, and the rows that
// say more.
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

// append writes decisions into the log. The next refresh takes them up.
func (b *board) append(ctx context.Context, decisions []review.Decision) error {
	_, err := b.log.Append(ctx, decisions...)
	return err
}

// today returns classes under their names of today, in their order.
func (b *board) today(classes ...string) []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := make([]string, len(classes))
	for i, name := range classes {
		now[i] = b.state.Name(name)
	}
	return now
}

// renames is how many times the list of classes has changed: names, and classes that came or went.
func (b *board) renames() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.renamed
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
