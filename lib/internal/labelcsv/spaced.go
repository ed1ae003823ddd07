package labelcsv

import (
	"regexp"
	"slices"
	"strings"
)

// spaced is a line of a text list as Caffe and many archives keep them: a photo, blanks, a label.
var spaced = regexp.MustCompile(`(?i)^(.*\.(?:jpg|jpeg|jpe|jfif|png|gif|webp|bmp|tif|tiff))[ \t]+([^,;|]+)$`)

// unspace makes a table of such a list, if all of its lines are of that kind.
func (t *source) unspace() {
	var out strings.Builder
	for line := range strings.Lines(t.body) {
		line = strings.TrimSpace(line)
		m := spaced.FindStringSubmatch(line)
		if line != "" && (m == nil || strings.ContainsAny(line, "\"\t")) {
			return
		}
		if m != nil {
			out.WriteString(m[1] + "\t" + strings.TrimSpace(m[2]))
		}
		out.WriteByte('\n')
	}
	if strings.TrimSpace(out.String()) != "" {
		t.body, t.delim = out.String(), '\t'
	}
}

// tighten takes away the blanks between a delimiter and a field in quotes: `a, "b" ,c` is
// `a,"b",c`.
func tighten(body string, delim byte) string {
	var out strings.Builder
	for start, i := true, 0; i < len(body); {
		blanks := i + blanksAt(body[i:])
		if start && blanks < len(body) && body[blanks] == '"' {
			end := blanks + quotedAt(body[blanks:])
			out.WriteString(body[blanks:end])
			i = end
			if after := end + blanksAt(body[end:]); after == len(body) || strings.IndexByte("\r\n", body[after]) >= 0 ||
				body[after] == delim {
				i = after
			}
			start = false
			continue
		}
		start = body[i] == delim || body[i] == '\n'
		out.WriteByte(body[i])
		i++
	}
	return out.String()
}

// blanksAt is the length of the blanks that a text begins with.
func blanksAt(text string) int { return len(text) - len(strings.TrimLeft(text, " ")) }

// quotedAt is the length of the field in quotes that a text begins with.
func quotedAt(text string) int {
	for i := 1; i < len(text); i++ {
		if text[i] != '"' {
			continue
		}
		if i+1 == len(text) || text[i+1] != '"' {
			return i + 1
		}
		i++ // a quote inside is written twice
	}
	return len(text)
}

// unquote takes single quotes off the columns that have them in each row, which CSV does not read
// as quotes. The first line may name the columns without.
func unquote(all []record) {
	for column := range all[0].fields {
		bare := func(r record) bool { return value(r, column) != "" && !singleQuoted(value(r, column)) }
		rows := all[min(1, len(all)-1):]
		if slices.ContainsFunc(rows, bare) || !slices.ContainsFunc(rows, func(r record) bool { return value(r, column) != "" }) {
			continue
		}
		for _, r := range all {
			if v := value(r, column); singleQuoted(v) {
				r.fields[column] = v[1 : len(v)-1]
			}
		}
	}
}

func singleQuoted(v string) bool { return len(v) > 1 && v[0] == '\'' && v[len(v)-1] == '\'' }
