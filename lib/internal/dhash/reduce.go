package dhash

import (
	"image"

	"github.com/disintegration/imaging"
)

// share says to which cells a pixel of a line goes: with weight to the cell first, and with
// 1-weight to the next.
type share struct {
	first  int
	weight float32
}

// tent is the triangle filter, two cells wide, for pixel i of n: neighbouring cells overlap, so
// that a shift by part of a pixel hardly counts.
func tent(i, n, cells int) share {
	at := (float64(i)+0.5)*float64(cells)/float64(n) - 0.5 // 0 is the middle of the first cell
	at = min(max(at, 0), float64(cells-1))
	return share{int(at), 1 - float32(at-float64(int(at)))}
}

// box gives each cell what lies in it, so that nothing of one place is seen in two.
func box(i, n, cells int) share {
	first := i * cells / n
	inside := float64(n*(first+1)-i*cells) / float64(cells) // from the pixel's near edge to the cell's far one
	return share{first, float32(min(inside, 1))}
}

// grid gathers a picture in cells of several channels.
type grid struct {
	channels   int
	x, y       []share
	sumX, sumY []float32 // what each cell gets in all
	row        []float32 // the row of pixels at hand, in cells; one more than columns, for the pixels at the rim
	cells      []float32 // one row more than there are
}

func newGrid(filter func(i, n, cells int) share, width, height, columns, rows, channels int) *grid {
	g := &grid{channels: channels}
	g.x, g.sumX = shares(filter, width, columns)
	g.y, g.sumY = shares(filter, height, rows)
	g.row = make([]float32, (columns+1)*channels)
	g.cells = make([]float32, (rows+1)*len(g.row))
	return g
}

func shares(filter func(i, n, cells int) share, n, cells int) (line []share, sums []float32) {
	line, sums = make([]share, n), make([]float32, cells+1)
	for i := range line {
		t := filter(i, n, cells)
		line[i] = t
		sums[t.first] += t.weight
		sums[t.first+1] += 1 - t.weight
	}
	return line, sums
}

// addRow spreads the gathered row over the cells above and below it.
func (g *grid) addRow(y int) {
	t := g.y[y]
	upper := g.cells[t.first*len(g.row):]
	lower := upper[len(g.row):]
	for i, v := range g.row {
		upper[i] += t.weight * v
		lower[i] += (1 - t.weight) * v
		g.row[i] = 0
	}
}

// mean is the level of a cell, 0 to 255.
func (g *grid) mean(column, row, channel int) float32 {
	return g.cells[row*len(g.row)+column*g.channels+channel] / (g.sumX[column] * g.sumY[row])
}

// The luma of ITU-R BT.601.
const red, green, blue = 0.299, 0.587, 0.114

// reduce gathers the brightness of a picture in 17 x 16 cells, and its colours in cellSide x
// cellSide. Its sides are at least as many pixels.
func reduce(img *image.NRGBA) (levels, colours *grid) {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	levels, colours = newGrid(tent, w, h, hashSide+1, hashSide, 1), newGrid(box, w, h, cellSide, cellSide, 3)
	for y := range h {
		row := img.Pix[y*img.Stride:][:4*w]
		for x, t := range levels.x {
			r, g, b := float32(row[4*x]), float32(row[4*x+1]), float32(row[4*x+2])
			luma := red*r + green*g + blue*b
			levels.row[t.first] += t.weight * luma
			levels.row[t.first+1] += (1 - t.weight) * luma
			u := colours.x[x]
			cells := colours.row[3*u.first:][:6]
			cells[0] += u.weight * r
			cells[1] += u.weight * g
			cells[2] += u.weight * b
			cells[3] += (1 - u.weight) * r
			cells[4] += (1 - u.weight) * g
			cells[5] += (1 - u.weight) * b
		}
		levels.addRow(y)
		colours.addRow(y)
	}
	return levels, colours
}

// opaque gives the picture as [reduce] takes it. Of a smaller one, each pixel is repeated.
func opaque(img image.Image) *image.NRGBA {
	w, h := img.Bounds().Dx(), img.Bounds().Dy()
	if w <= hashSide || h < hashSide {
		times := func(n, least int) int { return n * ((least + n - 1) / n) }
		return imaging.Resize(img, times(w, hashSide+1), times(h, hashSide), imaging.NearestNeighbor)
	}
	if own, ok := img.(*image.NRGBA); ok {
		return own
	}
	return imaging.Clone(img)
}
