package page

import (
	"cmp"
	"context"
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

// news is what changed since the page last asked.
type news struct {
	Set     string   `json:"set"` // as in listing: rows are about the photos of this set alone
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
	n.Set, n.Nothing = s.contents, nothing
	n.Guesses = s.guessesSince(known)
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
	ID        string   `json:"id"` // a request that is sent again has the id that it had before
	Set       string   `json:"set"`
	Who       string   `json:"who"`
	Since     int64    `json:"since"`
	Redo      bool     `json:"redo"`
	Decisions []change `json:"decisions"`
	Photo     int      `json:"photo"`
	Name      string   `json:"name"` // of a proposal of groups
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
	err = s.once.do(q.ID, func() error { return s.board.append(r.Context(), decisions) })
	if err == nil { // also for a repeated request: maybe the first one could not read what it wrote
		err = s.board.refresh()
	}
	if err != nil {
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
	found := true
	err := s.once.do(q.ID, func() (err error) {
		found, err = s.undoLast(r.Context(), q)
		return err
	})
	if err == nil {
		err = s.board.refresh()
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInsufficientStorage)
		return
	}
	s.sendNews(w, strconv.FormatInt(q.Since, 10), r.URL.Query().Get("guesses"), !found)
}

// undoLast writes into the log that the last decision of a person is void, if there is one.
func (s *Server) undoLast(ctx context.Context, q request) (found bool, err error) {
	if err := s.board.refresh(); err != nil {
		return false, err
	}
	d, found := s.board.undoable(q.Who, q.Redo)
	if !found {
		return false, nil
	}
	one := []review.Decision{d}
	if err := s.board.blind.mark(one); err != nil {
		return true, err
	}
	return true, s.board.append(ctx, one)
}

// read parses a request. The photos must be numbered as the page numbers them.
func (s *Server) read(w http.ResponseWriter, r *http.Request) (q request, ok bool) {
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, mostBody)).Decode(&q); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return q, false
	}
	if q.Set != s.contents {
		http.Error(w, "The set was read anew: load this page again.", http.StatusConflict)
		return q, false
	}
	if q.Who = cmp.Or(strings.TrimSpace(q.Who), s.o.Who); s.board.blind != nil {
		q.Who = s.o.Who // one sees the own labels alone
	}
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
				Why: c.Why}
			out = append(out, d)
		}
	}
	if err := s.board.blind.mark(out); err != nil {
		return nil, err
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
