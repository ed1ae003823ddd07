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

// wrapped is a line that is in quotes as a whole.
var wrapped = regexp.MustCompile(`^"((?:[^"]|"")*)"$`)

// unwrap takes off quotes around whole lines, "path,label", if all lines have them and there is
// something to part in the first one.
func (t *source) unwrap() {
	var out strings.Builder
	for line := range strings.Lines(t.body) {
		line = strings.TrimSpace(line)
		m := wrapped.FindStringSubmatch(line)
		if line != "" && (m == nil || out.Len() == 0 && !strings.ContainsAny(m[1], ",;\t|")) {
			return
		}
		if m != nil {
			out.WriteString(strings.ReplaceAll(m[1], `""`, `"`))
		}
		out.WriteByte('\n')
	}
	t.body = out.String()
}

// blanksPart reports whether blanks part the columns, as pandas writes them with sep=" ": the first
// line names a photo and another column, and each line has as many fields.
func (t source) blanksPart(c Columns) bool {
	all, err := t.strictRecords(' ', sampled)
	if err != nil || len(all) < 2 {
		return false
	}
	names := 0
	for _, f := range all[0].fields {
		if known(f, c) {
			names++
		}
	}
	return names > 1 && !slices.ContainsFunc(all, func(r record) bool { return len(r.fields) != len(all[0].fields) })
}

// tighten takes away the blanks between a delimiter and a field in quotes: `a, "b" ,c` is
// `a,"b",c`.
func tighten(body string, delim byte) string {
	var out strings.Builder
	for start, i := true, 0; i < len(body); {
		blanks := i
		if start {
			blanks += blanksAt(body[i:])
		}
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
		quoted := func(r record) bool { return singleQuoted(value(r, column)) }
		rows := all[min(1, len(all)-1):]
		if slices.ContainsFunc(rows, bare) || !slices.ContainsFunc(rows, quoted) {
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
