package page

import (
	"encoding/json"
	"net/http"
	"strings"

	"imagelab/lib/dataset"
)

// hashShown is how many digits of a content hash a page knows.
const hashShown = 12

// photos is what a page needs to know of the photos once, column by column. It does not change
// while the server runs. Texts are joined: a browser reads one long text much faster than 50,000
// short ones.
type photos struct {
	Path   string      `json:"path"` // joined by NUL, which no path holds; of a blind page: "photo 1", ...
	Hash   string      `json:"hash"` // hashShown digits of each
	Width  []int       `json:"width"`
	Height []int       `json:"height"`
	Sides  []string    `json:"sides"`  // the values of Split
	Split  []int       `json:"split"`  // number in Sides; empty: Sides[0] for all
	Query  string      `json:"query"`  // joined by NUL; empty: there is none
	Copies map[int]int `json:"copies"` // number of the photo that is kept of its copies, of those that have some
}

// listing is the rest: what differs from one time of opening the page to the next.
type listing struct {
	Set       string          `json:"set"` // digest of the photos and their order: numbers of photos hold for it alone
	Name      string          `json:"name"`
	Who       string          `json:"who"`
	State     news            `json:"state"` // what was decided; of photos with a label alone, Label says it
	Label     []int           `json:"label"` // number in State.Classes; -1: none
	Only      string          `json:"only"`
	Frame     bool            `json:"frame"` // see Options
	Pass      string          `json:"pass"`  // see Options
	Guess     map[int]string  `json:"guess"`
	Score     map[int]float64 `json:"score"`     // confidence in the guess, 0 to 1
	Suspicion map[int]float64 `json:"suspicion"` // of suspects
	Reason    map[int]string  `json:"reason"`
}

func (s *Server) sendSet(w http.ResponseWriter, _ *http.Request) {
	l := listing{Set: s.contents, Name: s.set.Name(), Who: s.o.Who, Only: s.o.Only, Frame: s.o.Frame, Pass: s.o.Pass}
	l.Label, l.State = s.board.whole()
	l.State.Set = s.contents
	if s.board.blind == nil {
		s.addSuspects(&l)
	}
	data, err := json.Marshal(l)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	for _, part := range [][]byte{[]byte(`{"photos":`), s.columns(), []byte(`,"now":`), data, []byte(`}`)} {
		w.Write(part) // if it fails, nobody is there to hear of it
	}
}

// listPhotos is the JSON of all photos of a set.
func listPhotos(s *dataset.Set, hidden bool) []byte {
	n := len(s.Images)
	p := photos{Width: make([]int, n), Height: make([]int, n), Copies: map[int]int{}}
	paths, queries, hash := make([]string, n), make([]string, n), strings.Builder{}
	for i, im := range s.Images {
		paths[i], p.Width[i], p.Height[i] = im.Path, im.Width, im.Height
		hash.WriteString(im.SHA256[:hashShown])
		if im.Origin != nil {
			queries[i] = im.Origin.Query
		}
	}
	p.Hash, p.Sides = hash.String(), []string{""}
	if hidden { // what a photo was called, or hints at it
		for i := range paths {
			paths[i] = pathOfBlind(i)
		}
	} else {
		p.addSides(s)
		p.addCopies(s)
		if joined := strings.Join(queries, "\x00"); strings.Trim(joined, "\x00") != "" {
			p.Query = joined
		}
	}
	p.Path = strings.Join(paths, "\x00")
	data, err := json.Marshal(p)
	if err != nil {
		panic(err) // texts and numbers have a JSON form
	}
	return data
}

func (p *photos) addSides(s *dataset.Set) {
	number := map[string]int{"": 0}
	p.Split = make([]int, len(s.Images))
	for i, im := range s.Images {
		n, known := number[im.Split]
		if !known {
			n, number[im.Split] = len(p.Sides), len(p.Sides)
			p.Sides = append(p.Sides, im.Split)
		}
		p.Split[i] = n
	}
	if len(p.Sides) == 1 {
		p.Split = nil
	}
}

// addCopies adds the groups of dedup.
func (p *photos) addCopies(s *dataset.Set) {
	at := map[string]int{}
	for i, im := range s.Images {
		at[im.Path] = i
	}
	for i, im := range s.Images {
		if kept, ok := at[im.DuplicateOf]; ok && im.DuplicateOf != "" {
			p.Copies[i], p.Copies[kept] = kept, kept
		}
	}
}

// sendBrightness sends the brightness of each photo, 0 to 255; -1 where no thumbnail was made yet.
func (s *Server) sendBrightness(w http.ResponseWriter, _ *http.Request) {
	out := make([]int, len(s.set.Images))
	for i, im := range s.set.Images {
		out[i] = -1
		if v, ok := s.thumbs.pack.brightness(keyOf(im)); ok {
			out[i] = int(v)
		}
	}
	send(w, out)
}
