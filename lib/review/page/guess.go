package page

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"sync"

	"imagelab/lib/dataset"
)

// Guess is what a photo probably is.
type Guess struct {
	Class string
	Score float64 // confidence, 0 to 1
}

// Guesser guesses the classes of the photos of a set from the labels of some of them. labels and
// the result are by content hash; photos may be missing from the result. It may take seconds, and
// should end when ctx does. It is called again when there are more labels, never twice at a time.
type Guesser func(ctx context.Context, labels map[string]string) (map[string]Guess, error)

// fewestLabels is with how many labels guessing begins. It is repeated when there are a tenth more,
// and when the classes of the labels have changed.
const fewestLabels = 12

// guesses are the columns of a result.
type guesses struct {
	Version int       `json:"version"`
	Class   []string  `json:"class"`
	Score   []float64 `json:"score"`
	Error   string    `json:"error,omitempty"`
}

// guessing keeps the last guesses.
type guessing struct {
	mu    sync.Mutex
	last  *guesses
	woken chan struct{}
}

func (g *guessing) latest() *guesses {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.last
}

// wakes is the channel that tells of new decisions.
func (g *guessing) wakes() chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.woken == nil {
		g.woken = make(chan struct{}, 1)
	}
	return g.woken
}

// wake tells that there are new labels.
func (g *guessing) wake() {
	select {
	case g.wakes() <- struct{}{}:
	default: // it is told already
	}
}

// guessAlways guesses again and again, when enough labels have come, until ctx ends.
func (s *Server) guessAlways(ctx context.Context) {
	if s.o.Guesser == nil {
		return
	}
	known, knownClasses := 0, []string(nil)
	for s.guess.wake(); ; {
		select {
		case <-ctx.Done():
			return
		case <-s.guess.wakes():
		}
		labels := s.board.labels()
		classes := classesOf(labels)
		if len(labels) < fewestLabels || len(classes) < 2 ||
			len(labels) < known+max(1, known/10) && slices.Equal(classes, knownClasses) {
			continue
		}
		known, knownClasses = len(labels), classes
		found, err := s.o.Guesser(ctx, labels)
		if ctx.Err() != nil {
			return
		}
		s.keepGuesses(found, err)
	}
}

// classesOf lists the classes of labels, sorted.
func classesOf(labels map[string]string) []string {
	return slices.Compact(slices.Sorted(maps.Values(labels)))
}

func (s *Server) keepGuesses(found map[string]Guess, err error) {
	g := &guesses{Class: make([]string, len(s.set.Images)), Score: make([]float64, len(s.set.Images))}
	if err != nil {
		g.Error = err.Error()
	}
	for i, im := range s.set.Images {
		one := found[im.SHA256]
		g.Class[i], g.Score[i] = one.Class, one.Score
	}
	s.guess.mu.Lock()
	defer s.guess.mu.Unlock()
	if g.Version = 1; s.guess.last != nil {
		g.Version = s.guess.last.Version + 1
	}
	s.guess.last = g
}

// guessesSince returns the last guesses under the names that the classes have today, or nil if
// there are none or the page knows them. known is the version that the page has.
func (s *Server) guessesSince(known string) *guesses {
	last := s.guess.latest()
	if last == nil {
		return nil
	}
	now := *last
	now.Version += s.board.renames() // both numbers only grow, so the sum is another one after each change
	if strconv.Itoa(now.Version) == known {
		return nil
	}
	now.Class = s.board.today(last.Class...)
	return &now
}

// suspectsFile is what `imagelab suspects` writes beside the set.
const suspectsFile = "suspects.json"

type suspects struct {
	Suspects []struct {
		Path   string  `json:"path"`
		Guess  string  `json:"guess"`
		Score  float64 `json:"score"`
		Sure   float64 `json:"guess_probability"`
		Reason string  `json:"reason"`
	} `json:"suspects"`
}

// addSuspects adds what the last search for suspects found. Without one, or with one that cannot
// be read, there are none.
func (s *Server) addSuspects(l *listing) {
	l.Guess, l.Score, l.Suspicion, l.Reason = map[int]string{}, map[int]float64{}, map[int]float64{}, map[int]string{}
	found, err := s.suspects()
	if err != nil || len(found.Suspects) == 0 {
		return
	}
	at := map[string]int{}
	for i, im := range s.set.Images {
		at[im.Path] = i
	}
	for _, one := range found.Suspects {
		if i, ok := at[one.Path]; ok {
			l.Guess[i] = s.board.today(one.Guess)[0]
			l.Score[i], l.Suspicion[i], l.Reason[i] = one.Sure, one.Score, one.Reason
		}
	}
}

func (s *Server) suspects() (found suspects, err error) {
	err = dataset.ReadJSON(filepath.Join(s.set.Dir, suspectsFile), &found)
	if errors.Is(err, fs.ErrNotExist) {
		return suspects{}, nil
	}
	return found, err
}
