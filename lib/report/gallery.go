package report

import (
	"cmp"
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strings"

	"imagelab/lib/dataset"
	"imagelab/lib/metric"
	"imagelab/lib/runlog"
)

// How many photos a page holds, so that it stays below 20 MB, and how many a panel shows.
const (
	mostLarge   = 200  // with a picture of largeSide
	mostSmall   = 1300 // with one of smallSide
	mostOfCell  = 24
	mostOfPanel = 60
)

const (
	largeSide = 320 // pixels
	smallSide = 104
)

// shot is a judged photo.
type shot struct {
	N                int // number in the page
	Name             string
	Link             template.URL // to the original; empty: there is none
	Label, Predicted string
	P, PLabel        float64 // probabilities of the predicted and of the true class
	Right            bool
	Pictured         bool   // whether the page holds a picture of it
	Caption          string // empty: the prediction
	Back             string // the panel to go back to; empty: that of its cell, or of its class
	label, predicted int
	file             string
	side             int // of the picture, pixels; 0: none
}

// Cell is the id of the photos in its cell of the confusion matrix.
func (s *shot) Cell() string { return cellID(s.label, s.predicted) }

// Class is the id of the photos of its class.
func (s *shot) Class() string { return classID(s.label) }

// From is the id of the photos to go back to.
func (s *shot) From() string {
	switch {
	case s.Back != "":
		return s.Back
	case s.Right:
		return s.Class()
	}
	return s.Cell()
}

// panel is what a number stands for: photos that show when the number is followed.
type panel struct {
	ID, Title, Back string
	Shots           []*shot
	More            int
}

// gallery holds the judged photos, and the panels in which they are seen.
type gallery struct {
	Shots  []*shot // all, wrong ones first, the most confident first; then right ones, the least confident first
	Shown  []*shot // those with a picture
	Panels []panel
	Bins   []binLink
	Style  template.CSS // the pictures
	matrix
}

// binLink leads from a bin of the calibration figure to its photos.
type binLink struct {
	ID, Span string
	N, Right int
}

// newGallery is nil without predictions that belong to the result.
func newGallery(s *dataset.Set, o originals, said *runlog.Predictions, r metric.Result) *gallery {
	if !said.Fits(r) || r.N == 0 {
		return nil
	}
	g := &gallery{Shots: shotsOf(s, o, said)}
	g.choose()
	g.matrix = newMatrix(r, g.Shots)
	g.cells(r)
	g.classes(r)
	g.bins()
	return g
}

func shotsOf(s *dataset.Set, o originals, said *runlog.Predictions) []*shot {
	byContent, byPath := map[string]dataset.Image{}, map[string]dataset.Image{}
	for _, im := range s.Images {
		byContent[im.SHA256], byPath[im.Path] = im, im
	}
	var shots []*shot
	for _, p := range said.Photos {
		one := &shot{Name: p.Path, Label: said.Classes[p.Label], Predicted: said.Classes[p.Predicted], Right: p.Right(),
			P: p.Of(p.Predicted), PLabel: p.Of(p.Label), label: p.Label, predicted: p.Predicted}
		im, found := byPath[p.Path]
		if !found || im.SHA256 != p.SHA256 {
			im, found = byContent[p.SHA256] // a photo is its content, wherever it lies by now
		}
		if found {
			one.Name, one.file, one.Link = im.Path, s.File(im), o.of(im.Path)
		}
		shots = append(shots, one)
	}
	slices.SortStableFunc(shots, func(a, b *shot) int {
		if a.Right != b.Right {
			return cmp.Compare(count01(a.Right), count01(b.Right))
		}
		if a.Right {
			return cmp.Compare(a.P, b.P)
		}
		return cmp.Compare(b.P, a.P)
	})
	for i, one := range shots {
		one.N = i + 1
	}
	return shots
}

func count01(b bool) int {
	if b {
		return 1
	}
	return 0
}

// choose says which photos have a picture: the wrong ones first, and of the right ones as many of
// each class.
func (g *gallery) choose() {
	wrong := slices.IndexFunc(g.Shots, func(s *shot) bool { return s.Right })
	if wrong < 0 {
		wrong = len(g.Shots)
	}
	order := slices.Clone(g.Shots[:wrong])
	turn, of := map[*shot]int{}, map[int]int{}
	right := slices.Clone(g.Shots[wrong:])
	for _, s := range right {
		turn[s] = of[s.label]
		of[s.label]++
	}
	slices.SortStableFunc(right, func(a, b *shot) int { return cmp.Compare(turn[a], turn[b]) })
	for _, s := range append(order, right...) {
		switch {
		case s.file == "":
			continue
		case len(g.Shown) < mostLarge:
			s.side = largeSide
		case len(g.Shown) < mostLarge+mostSmall:
			s.side = smallSide
		default:
			return
		}
		g.Shown = append(g.Shown, s)
	}
}

func (g *gallery) add(id, title, back string, shots []*shot, most int) {
	p := panel{ID: id, Title: title, Back: back}
	p.Shots, p.More = bounded(shots, most)
	g.Panels = append(g.Panels, p)
}

// cells makes a panel for each cell of the confusion matrix that has photos.
func (g *gallery) cells(r metric.Result) {
	of := map[[2]int][]*shot{}
	for _, s := range g.Shots {
		at := [2]int{s.label, s.predicted}
		of[at] = append(of[at], s)
	}
	for _, at := range slices.SortedFunc(maps.Keys(of), func(a, b [2]int) int { return slices.Compare(a[:], b[:]) }) {
		from, to := label(r.Classes[at[0]]), label(r.Classes[at[1]])
		title := fmt.Sprintf("%s taken for %s: %d", from, to, len(of[at]))
		if at[0] == at[1] {
			title = fmt.Sprintf("%s, predicted correctly: %d", from, len(of[at]))
		}
		g.add(cellID(at[0], at[1]), title, "classes", of[at], mostOfCell)
	}
}

func cellID(i, j int) string { return fmt.Sprintf("cell-%d-%d", i, j) }

// classes makes a panel for each class: its own photos, and those taken for it.
func (g *gallery) classes(r metric.Result) {
	of := make([][]*shot, len(r.Classes))
	for _, s := range g.Shots { // wrong ones come first
		of[s.label] = append(of[s.label], s)
		if !s.Right {
			of[s.predicted] = append(of[s.predicted], s)
		}
	}
	for i, name := range r.Classes {
		if len(of[i]) > 0 {
			title := label(name) + ": its mistakes, photos taken for it, and the least sure of the others"
			g.add(classID(i), title, "classes", of[i], mostOfPanel)
		}
	}
}

func classID(i int) string { return fmt.Sprintf("class-%d", i) }

func (g *gallery) bins() {
	of := make([][]*shot, metric.CalibrationBins)
	for _, s := range g.Shots {
		b := metric.BinOf(s.P)
		of[b] = append(of[b], s)
	}
	for b, shots := range of {
		if len(shots) == 0 {
			continue
		}
		link := binLink{ID: fmt.Sprintf("bin-%d", b+1), N: len(shots),
			Span: fmt.Sprintf("%.0f–%.0f %%", 100*float64(b)/metric.CalibrationBins, 100*float64(b+1)/metric.CalibrationBins)}
		for _, s := range shots {
			link.Right += count01(s.Right)
		}
		g.Bins = append(g.Bins, link)
		title := fmt.Sprintf("Probability %s: %d of %d correct", link.Span, link.Right, link.N)
		g.add(link.ID, title, "calibration", shots, mostOfPanel)
	}
}

// addPictures takes the thumbnails that were made, as styles: a picture that is seen in several
// panels is in the page once.
func (g *gallery) addPictures(t *thumbnails) {
	var css strings.Builder
	for _, s := range g.Shown {
		if uri := t.made[s.file]; uri != "" {
			s.Pictured = true
			fmt.Fprintf(&css, ".i%d{background-image:url(%s)}\n", s.N, uri)
		}
	}
	g.Style = template.CSS(css.String())
}

// Unpictured is the number of photos without a picture in the page.
func (g *gallery) Unpictured() int { return len(g.Shots) - len(g.Shown) }
