package figure

import (
	"bytes"
	"errors"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"golang.org/x/image/font"
	"gonum.org/v1/plot"
	gonumfont "gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"

	"imagelab/lib/internal/atomicfile"
	names "imagelab/lib/text"
)

const (
	boldWeight = font.WeightBold
	margin     = vg.Length(8)
	pngDPI     = 192 // twice the resolution of a screen
)

// Figure is a plot with the size at which it is readable. The size and the fields of the plot may
// still be changed.
type Figure struct {
	*plot.Plot
	Width, Height vg.Length // points
}

// Standard is the plot with the size of a curve: [Width] by [Height].
func Standard(p *plot.Plot) Figure { return Figure{p, Width, Height} }

// String is the title, which is the finding.
func (f Figure) String() string { return f.Title.Text }

// SVG renders f as one <svg> element without an XML prologue, so that it can be part of a page. The
// same figure gives the same bytes. Text stays text, in Liberation Sans or another font without
// serifs, which is squeezed or stretched to the same widths.
func (f Figure) SVG() ([]byte, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	c := &measured{Canvas: vgsvg.NewWith(vgsvg.UseWH(f.Width, f.Height))}
	render(f.Plot, draw.New(c))
	var out bytes.Buffer
	if _, err := c.WriteTo(&out); err != nil {
		return nil, fmt.Errorf("figure: %w", err)
	}
	_, svg, found := bytes.Cut(out.Bytes(), []byte("<svg "))
	if !found {
		return nil, errors.New("figure: the SVG canvas wrote no <svg> element")
	}
	svg = fontFamily.ReplaceAll(svg, []byte(`font-family:Liberation Sans,Arial,Helvetica,sans-serif;`))
	svg = []byte(names.Clean(string(c.withWidths(svg))))
	head, body, _ := bytes.Cut(svg, []byte(">"))
	return fmt.Appendf(nil, `<svg role="img" %s><title>%s</title>%s`, head, html.EscapeString(names.Clean(f.name())),
		body), nil
}

// fullStops are the ends of a line in a title, with or without a full stop.
var fullStops = regexp.MustCompile(`\.*\n`)

// name is what a person who does not see the figure is told: the finding and how to read it.
func (f Figure) name() string {
	if f.Title.Text == "" {
		return "figure"
	}
	return fullStops.ReplaceAllString(f.Title.Text, ". ")
}

// short texts, such as numbers in cells, look alike in all fonts; bytes.
const short = 4

// measured is a canvas that remembers how wide each text is in the font that the plot was laid out
// with.
type measured struct {
	*vgsvg.Canvas
	widths []vg.Length
}

func (c *measured) FillString(f gonumfont.Face, at vg.Point, s string) {
	width := f.Width(s)
	if len(s) <= short {
		width = 0
	}
	c.widths = append(c.widths, width)
	c.Canvas.FillString(f, at, s)
}

// withWidths writes the widths into the texts of svg.
func (c *measured) withWidths(svg []byte) []byte {
	const text = "<text "
	i := -1
	return textStart.ReplaceAllFunc(svg, func([]byte) []byte {
		if i++; i >= len(c.widths) || c.widths[i] <= 0 {
			return []byte(text)
		}
		return fmt.Appendf(nil, `%stextLength="%.1f" lengthAdjust="spacingAndGlyphs" `, text, c.widths[i].Points())
	})
}

var textStart = regexp.MustCompile("<text ")

func (f Figure) check() error {
	if f.Plot == nil || f.Width < 1 || f.Height < 1 {
		return fmt.Errorf("figure: a figure without a plot, or of %g by %g points, cannot be drawn", f.Width, f.Height)
	}
	return nil
}

var fontFamily = regexp.MustCompile(`font-family:Liberation Sans[^;]*;`)

// PNG renders f with 192 dots per inch.
func (f Figure) PNG() ([]byte, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	c := vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(f.Width, f.Height), vgimg.UseDPI(pngDPI))}
	render(f.Plot, draw.New(c))
	var out bytes.Buffer
	if _, err := c.WriteTo(&out); err != nil {
		return nil, fmt.Errorf("figure: %w", err)
	}
	return out.Bytes(), nil
}

// Save writes f to path, as SVG or PNG by the ending .svg or .png. It replaces the file at once or
// not at all.
func (f Figure) Save(path string) error {
	var data []byte
	var err error
	switch ext := strings.ToLower(filepath.Ext(path)); ext {
	case ".svg":
		data, err = f.SVG()
	case ".png":
		data, err = f.PNG()
	default:
		return fmt.Errorf("figure: %s: no figure can be saved as %q: end the name in .svg or .png", path, ext)
	}
	if err != nil {
		return err
	}
	err = atomicfile.Write(path, int64(len(data)), func(file *os.File) error {
		_, err := file.Write(data)
		return err
	})
	if err != nil {
		return fmt.Errorf("figure: %w", err)
	}
	return nil
}

// render draws p inside a margin with its title at the left, wrapped to the width: the first line
// bold, the lines after a line break plain. Gonum would centre the title and not wrap it.
func render(p *plot.Plot, c draw.Canvas) {
	c.SetColor(p.BackgroundColor)
	c.Fill(c.Rectangle.Path())
	c = draw.Crop(c, margin, -margin, margin, -margin)
	body := *p
	body.Title.Text = ""
	style := p.Title.TextStyle
	style.XAlign, style.YAlign = draw.XLeft, draw.YTop
	y := c.Max.Y
	for _, line := range strings.Split(p.Title.Text, "\n") {
		for _, part := range wrap(line, style, c.Size().X) {
			c.FillText(style, vg.Point{X: c.Min.X, Y: y}, part)
			y -= style.Font.Size * 1.3
		}
		style.Font.Weight = font.WeightNormal
		style.Font.Size = 9
		style.Color = Dim
	}
	if p.Title.Text != "" {
		c.Max.Y = y - p.Title.Padding
	}
	body.Draw(c)
}

// wrap breaks s between words into lines of at most width.
func wrap(s string, style text.Style, width vg.Length) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		longer := strings.TrimSpace(line + " " + word)
		if line != "" && style.Width(longer) > width {
			lines = append(lines, line)
			longer = word
		}
		line = longer
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
