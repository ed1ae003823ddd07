package text

import (
	"strings"

	"github.com/rivo/uniseg"
)

// Width is how many columns of a terminal a line of visible characters takes: none for combining
// marks, two for East Asian wide characters and emoji (Unicode Annex 11).
func Width(line string) int { return uniseg.StringWidth(line) }

// Shorten cuts the middle out of a line that is wider than width columns, and puts an ellipsis
// there, so that names which differ at either end stay different. A width under 3 keeps 3.
func Shorten(line string, width int) string {
	width = max(width, 3)
	if Width(line) <= width {
		return line
	}
	head := width / 2
	return takeHead(line, head) + "…" + takeTail(line, width-1-head)
}

func takeHead(line string, width int) string {
	var b strings.Builder
	for g := uniseg.NewGraphemes(line); g.Next() && width >= g.Width(); width -= g.Width() {
		b.WriteString(g.Str())
	}
	return b.String()
}

func takeTail(line string, width int) string {
	left, at := Width(line), 0
	for g := uniseg.NewGraphemes(line); left > width && g.Next(); {
		left -= g.Width()
		_, at = g.Positions()
	}
	return line[at:]
}

// Wrap breaks paragraphs into lines of at most width columns, at blanks. Lines that begin with a
// blank, such as examples and lists, stay lines of their own: what is too long goes on below,
// indented as far as the second column of the line where it has one, which two blanks or more set
// off; one that begins in the last third of the width stands below the first column. Words wider
// than width are not broken.
func Wrap(paragraphs string, width int) string {
	var out, paragraph []string
	flush := func() {
		if len(paragraph) > 0 {
			out = append(out, wrapLine(strings.Join(paragraph, " "), 0, width)...)
			paragraph = nil
		}
	}
	for line := range strings.SplitSeq(paragraphs, "\n") {
		if line != "" && line[0] != ' ' {
			paragraph = append(paragraph, line)
			continue
		}
		flush()
		out = append(out, wrapColumns(line, width)...)
	}
	flush()
	return strings.Join(out, "\n")
}

// wrapColumns breaks a line that begins with a blank. A second column goes on below its own
// beginning or, where that lies too far to the right, stands below the first one as a whole.
func wrapColumns(line string, width int) []string {
	body := strings.TrimLeft(line, " ")
	indent := len(line) - len(body)
	first, second, found := strings.Cut(body, "  ")
	if !found {
		return wrapLine(line, indent, width)
	}
	second = strings.TrimLeft(second, " ")
	at := Width(line) - Width(second)
	if Width(line) <= width || at <= 2*width/3 {
		return wrapLine(line, at, width)
	}
	const deeper = 4
	return append(wrapLine(strings.Repeat(" ", indent)+first, indent, width),
		wrapLine(strings.Repeat(" ", indent+deeper)+second, indent+deeper, width)...)
}

// wrapLine breaks one line; all but the first of the parts are indented.
func wrapLine(line string, indent, width int) []string {
	if Width(line) <= width {
		return []string{line}
	}
	if indent > 2*width/3 {
		indent = 2
	}
	var lines []string
	for Width(line) > width {
		at := breakAt(line, indent, width)
		if at < 0 {
			break
		}
		lines = append(lines, strings.TrimRight(line[:at], " "))
		line = strings.Repeat(" ", indent) + strings.TrimLeft(line[at:], " ")
	}
	return append(lines, line)
}

// breakAt is the last blank of a line that lets the part before it fit, or else the first one; -1
// where there is none behind the indentation.
func breakAt(line string, indent, width int) int {
	found := -1
	for at := range line {
		if at <= indent || line[at] != ' ' || strings.TrimSpace(line[:at]) == "" {
			continue
		}
		if Width(strings.TrimRight(line[:at], " ")) > width && found >= 0 {
			break
		}
		found = at
		if Width(line[:at]) > width {
			break
		}
	}
	return found
}
