package page

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"imagelab/lib/review"
)

// mostBody is the size of the largest request, bytes: a label for each of some 100,000 photos.
const mostBody = 32 << 20

// listing is what the page needs to know once: the photos, column by column.
type listing struct {
	Set       string         `json:"set"` // digest of the photos and their order: numbers of photos hold for it alone
	Name      string         `json:"name"`
	Who       string         `json:"who"`
	State     news           `json:"state"` // what was decided; of photos with a label alone, Label says it
	Label     []int          `json:"label"` // number in State.Classes; -1: none
	Only      string         `json:"only"`
	Frame     bool           `json:"frame"` // see Options
	Path      []string       `json:"path"`
	Hash      []string       `json:"hash"` // the first 16 digits
	Width     []int          `json:"width"`
	Height    []int          `json:"height"`
	Split     []string       `json:"split"`
	Query     []string       `json:"query,omitempty"`
	Copies    []int          `json:"copies"`     // number of the photo that is kept of its copies; -1: it has none
	Bright    []int          `json:"brightness"` // -1: not known yet
	Guess     []string       `json:"guess"`
	Score     []float64      `json:"score"`     // confidence in the guess, 0 to 1; 0: there is none
	Suspicion []float64      `json:"suspicion"` // 0: not a suspect
	Reason    map[int]string `json:"reason"`
}

func (s *Server) sendSet(w http.ResponseWriter, _ *http.Request) {
	n := len(s.set.Images)
	l := listing{Set: s.contents, Name: s.set.Name(), Who: s.o.Who, Only: s.o.Only, Frame: s.o.Frame, Copies: s.copies()}
	l.Path, l.Hash, l.Split = make([]string, n), make([]string, n), make([]string, n)
	l.Width, l.Height, l.Bright = make([]int, n), make([]int, n), make([]int, n)
	for i, im := range s.set.Images {
		l.Path[i], l.Hash[i], l.Split[i], l.Width[i], l.Height[i] = im.Path, im.SHA256[:16], im.Split, im.Width, im.Height
		if im.Origin != nil && im.Origin.Query != "" {
			if l.Query == nil {
				l.Query = make([]string, n)
			}
			l.Query[i] = im.Origin.Query
		}
		l.Bright[i] = -1
		if v, ok := s.thumbs.pack.brightness(keyOf(im)); ok {
			l.Bright[i] = int(v)
		}
	}
	l.Label, l.State = s.board.whole()
	s.addSuspects(&l)
	send(w, l)
}

// copies are the groups of dedup: for each photo the number of the one that is kept.
func (s *Server) copies() []int {
	at := map[string]int{}
	for i, im := range s.set.Images {
		at[im.Path] = i
	}
	out := make([]int, len(s.set.Images))
	for i := range out {
		out[i] = -1
	}
	for i, im := range s.set.Images {
		if kept, ok := at[im.DuplicateOf]; ok && im.DuplicateOf != "" {
			out[i], out[kept] = kept, kept
		}
	}
	return out
}

// news is what changed since the page last asked.
type news struct {
	Version int64    `json:"version"`
	Rows    []row    `json:"rows"`
	Classes []string `json:"classes"` // in the order of their keys
	Guesses *guesses `json:"guesses,omitempty"`
	Aside   int      `json:"aside,omitempty"`   // lines of the log that cannot be read
	Nothing bool     `json:"nothing,omitempty"` // there was nothing to undo
}

func (s *Server) sendState(w http.ResponseWriter, r *http.Request) {
	if err := s.board.refresh(); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	s.sendNews(w, r.URL.Query().Get("since"), r.URL.Query().Get("guesses"), false)
}

func (s *Server) sendNews(w http.ResponseWriter, since, known string, nothing bool) {
	version, _ := strconv.ParseInt(since, 10, 64) // 0 asks for everything
	n := s.board.since(version)
	n.Nothing = nothing
	if g := s.guess.latest(); g != nil && strconv.Itoa(g.Version) != known {
		n.Guesses = g
	}
	send(w, n)
}

// done ends the page of a frame.
func (s *Server) done(w http.ResponseWriter, r *http.Request) {
	if _, ok := s.read(w, r); ok && s.o.Frame {
		s.finish.Do(func() { close(s.finished) })
		send(w, struct{}{})
	}
}

// request is what a page decides.
type request struct {
	Set       string   `json:"set"`
	Who       string   `json:"who"`
	Since     int64    `json:"since"`
	Redo      bool     `json:"redo"`
	Pass      string   `json:"pass"`
	Decisions []change `json:"decisions"`
	Photo     int      `json:"photo"`
}

// change is one decision about many photos, or about a class.
type change struct {
	Kind   review.Kind `json:"kind"`
	Photos []int       `json:"photos"`
	Before []string    `json:"before"` // what the page showed of each; one for a class
	After  string      `json:"after"`
	Why    string      `json:"why"`
}

func (s *Server) decide(w http.ResponseWriter, r *http.Request) {
	q, ok := s.read(w, r)
	if !ok {
		return
	}
	decisions, err := s.decisions(q)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if err := s.board.append(r.Context(), decisions); err != nil {
		http.Error(w, err.Error(), http.StatusInsufficientStorage)
		return
	}
	s.sendNews(w, strconv.FormatInt(q.Since, 10), r.URL.Query().Get("guesses"), false)
}

func (s *Server) undo(w http.ResponseWriter, r *http.Request) {
	q, ok := s.read(w, r)
	if !ok {
		return
	}
	d, found := s.board.undoable(cmp.Or(q.Who, s.o.Who), q.Redo)
	if found {
		if err := s.board.append(r.Context(), []review.Decision{d}); err != nil {
			http.Error(w, err.Error(), http.StatusInsufficientStorage)
			return
		}
	}
	s.sendNews(w, strconv.FormatInt(q.Since, 10), r.URL.Query().Get("guesses"), !found)
}

// read parses a request. The photos must be numbered as the page numbers them.
func (s *Server) read(w http.ResponseWriter, r *http.Request) (q request, ok bool) {
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, mostBody)).Decode(&q); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return q, false
	}
	if q.Set != s.contents {
		http.Error(w, "The set was ingested anew: load the page again.", http.StatusConflict)
		return q, false
	}
	q.Who = cmp.Or(strings.TrimSpace(q.Who), s.o.Who)
	return q, true
}

// decisions are the lines of the log that a request stands for.
func (s *Server) decisions(q request) ([]review.Decision, error) {
	var out []review.Decision
	for _, c := range q.Decisions {
		if c.Kind == review.KindUndo {
			return nil, errors.New("page: undo has an address of its own")
		}
		if c.Kind == review.KindRename || c.Kind == review.KindMerge {
			if len(c.Before) != 1 {
				return nil, fmt.Errorf("page: %s takes one class", c.Kind)
			}
			out = append(out, review.Decision{Who: q.Who, Kind: c.Kind, Before: c.Before[0], After: c.After, Why: c.Why})
			continue
		}
		if len(c.Before) != len(c.Photos) {
			return nil, fmt.Errorf("page: %d photos, but what was shown of %d", len(c.Photos), len(c.Before))
		}
		for j, i := range c.Photos {
			if i < 0 || i >= len(s.set.Images) {
				return nil, fmt.Errorf("page: there is no photo %d", i)
			}
			d := review.Decision{Who: q.Who, SHA256: s.set.Images[i].SHA256, Kind: c.Kind, Before: c.Before[j], After: c.After,
				Why: c.Why, Pass: q.Pass}
			out = append(out, d)
		}
	}
	for _, d := range out {
		if err := d.Validate(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func send(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // if it fails, nobody is there to hear of it
}
