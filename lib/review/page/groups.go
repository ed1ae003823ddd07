package page

import (
	"errors"
	"fmt"
	"net/http"

	"imagelab/lib/dataset"
	"imagelab/lib/split"
	"imagelab/lib/text"
)

// proposal is a way to group photos, as the page of groups gets it.
type proposal struct {
	Name      string        `json:"name"`
	Text      string        `json:"text"`
	Groups    int           `json:"groups"`
	Photos    int           `json:"photos"`
	Largest   int           `json:"largest"`
	Inflation float64       `json:"inflation"`
	Interval  [2]float64    `json:"interval"`
	Strips    [][]stripTile `json:"strips"`
	Accepted  bool          `json:"accepted"`
}

// stripTile is a photo of a strip.
type stripTile struct {
	Photo int    `json:"i"` // its number in the set
	Hash  string `json:"hash"`
	Path  string `json:"path"`
}

// groupsNews is what the page of groups shows.
type groupsNews struct {
	Set       string     `json:"set"`
	Name      string     `json:"name"`
	Dir       string     `json:"dir"`   // as a shell takes it
	Split     bool       `json:"split"` // the set has test photos already
	Proposals []proposal `json:"proposals"`
}

// sendGroups sends what imagelab groups proposed.
func (s *Server) sendGroups(w http.ResponseWriter, _ *http.Request) {
	n := groupsNews{Set: s.contents, Name: s.set.Name(), Dir: text.Word(s.set.Dir),
		Split: len(s.set.InSplit(dataset.Test)) > 0, Proposals: []proposal{}}
	all, err := split.Proposals(s.set)
	if err != nil && !errors.Is(err, split.ErrNoProposals) {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	number := map[string]int{}
	for i, im := range s.set.Images {
		number[im.Path] = i
	}
	for _, p := range all {
		out := proposal{Name: p.Name, Text: p.Text, Groups: p.Groups, Photos: p.Photos, Largest: p.Largest,
			Inflation: p.Inflation, Interval: p.Interval, Accepted: split.Accepted(s.set, p)}
		for _, strip := range p.Strips {
			tiles := []stripTile{}
			for _, path := range strip {
				if i, ok := number[path]; ok {
					tiles = append(tiles, stripTile{i, s.set.Images[i].SHA256[:hashShown], path})
				}
			}
			out.Strips = append(out.Strips, tiles)
		}
		n.Proposals = append(n.Proposals, out)
	}
	send(w, n)
}

// acceptGroups keeps the proposal of a name with the set.
func (s *Server) acceptGroups(w http.ResponseWriter, r *http.Request) {
	q, ok := s.read(w, r)
	if !ok {
		return
	}
	if s.board.blind != nil {
		http.Error(w, "A blind second pass changes nothing in the set.", http.StatusBadRequest)
		return
	}
	all, err := split.Proposals(s.set)
	if err != nil {
		http.Error(w, err.Error(), http.StatusConflict)
		return
	}
	for _, p := range all {
		if p.Name != q.Name {
			continue
		}
		_, release, err := dataset.Hold(r.Context(), s.set.Dir, nil)
		if err == nil {
			err = split.Accept(s.set, p)
			release()
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInsufficientStorage)
			return
		}
		s.sendGroups(w, r)
		return
	}
	http.Error(w, fmt.Sprintf("There is no proposal %q: load the page again.", q.Name), http.StatusBadRequest)
}
