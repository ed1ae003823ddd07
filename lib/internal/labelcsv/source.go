package labelcsv

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"

	"imagelab/lib/text"
)

const maxBytes = 256 << 20 // a line for each of 2 million photos

// source is a file in UTF-8 without what stands before the table.
type source struct {
	body  string
	lines int  // that were taken off the top
	delim rune // as a "sep=" line says; 0: none
	notes []string
}

// readText reads UTF-8 or UTF-16, and anything else as Windows-1252, which programs on Windows in
// western countries write.
func readText(r io.Reader) (source, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxBytes+1))
	if err != nil {
		return source{}, err
	}
	if len(data) > maxBytes {
		return source{}, fmt.Errorf("is larger than %d MB: no list of photos is that long", maxBytes>>20)
	}
	var t source
	var from encoding.Encoding
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xfe")), len(data) > 3 && data[0] != 0 && data[1] == 0 && data[3] == 0:
		from = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
		if data[1] == 0 {
			from = unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
		}
	case bytes.HasPrefix(data, []byte("\xfe\xff")):
		from = unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	case !utf8.Valid(data) && isShiftJIS(data):
		from = japanese.ShiftJIS
		t.notes = []string{"the file is not UTF-8 and is read as Shift-JIS; if letters come out wrong, save it as UTF-8"}
	case !utf8.Valid(data):
		from = charmap.Windows1252
		t.notes = []string{"the file is not UTF-8 and is read as Windows-1252; if letters with accents come out wrong, " +
			"save it as UTF-8"}
	}
	if from != nil {
		if data, err = from.NewDecoder().Bytes(data); err != nil {
			return source{}, fmt.Errorf("is in an encoding that cannot be read (%w): save it as UTF-8", err)
		}
	}
	t.body = strings.TrimPrefix(strings.ToValidUTF8(string(data), "\ufffd"), "\ufeff")
	if !strings.Contains(t.body, "\n") {
		t.body = strings.ReplaceAll(t.body, "\r", "\n") // line ends of the old Macintosh, which Excel still offers
	}
	if photos := t.skipTop(); len(photos) > 0 {
		t.notes = append(t.notes, fmt.Sprintf("passed over as comments, since they begin with #: %s at the top, such as "+
			"%q; if these are photos, put their names between quotes", text.Count(len(photos), "line"), photos[0]))
	}
	t.unwrap()
	if t.delim == 0 {
		t.unspace()
	}
	return t, nil
}

// isShiftJIS reports whether text that is not UTF-8 is what programs in Japan write: it has kana,
// and nothing that cannot be read so.
func isShiftJIS(data []byte) bool {
	text, err := japanese.ShiftJIS.NewDecoder().Bytes(data)
	kana := false
	for _, c := range string(text) {
		if c == utf8.RuneError || c >= '\uff61' && c <= '\uff9f' { // half-width, as letters with accents would be
			return false
		}
		kana = kana || c >= '\u3041' && c <= '\u30fe'
	}
	return err == nil && kana
}

// skipTop takes off Excel's "sep=;" and comments. It returns the comments that name photos: they
// may be lines of photos whose names begin with #.
func (t *source) skipTop() (photos []string) {
	for {
		line, rest, _ := strings.Cut(t.body, "\n")
		line = strings.TrimSpace(line)
		sep := strings.TrimPrefix(strings.ToLower(line), "sep=")
		switch {
		case t.body == "":
			return photos
		case sep != strings.ToLower(line) && len(sep) <= 1 && strings.Contains(",;|:^~", sep):
			t.delim = '\t' // trimmed off
			if sep != "" {
				t.delim = rune(sep[0])
			}
		case line != "" && line[0] != '#':
			return photos
		case slices.ContainsFunc(strings.FieldsFunc(line, func(c rune) bool {
			return strings.ContainsRune(",;|\t", c)
		}), isPhoto):
			photos = append(photos, line)
		}
		t.body = rest
		t.lines++
	}
}

// json reports whether the text is JSON: an object, or a list of some.
func (t source) json() bool {
	start := strings.Join(strings.Fields(t.body[:min(len(t.body), 1000)]), "")
	return strings.HasPrefix(start, `{"`) || strings.HasPrefix(start, "[{")
}

// record is one line of the table, which may run over several lines of the file.
type record struct {
	line   int
	fields []string
}

// records splits the text at delim. Blank lines are passed over. Blanks around fields in quotes,
// which the rules of CSV do not know, are taken away if nothing can be read with them.
func (t source) records(delim rune, most int) ([]record, error) {
	out, err := t.strictRecords(delim, most)
	if err != nil && delim != ' ' {
		tight := t
		if tight.body = tighten(t.body, byte(delim)); len(tight.body) < len(t.body) {
			if mended, err := tight.strictRecords(delim, most); err == nil {
				return mended, nil
			}
		}
	}
	return out, err
}

func (t source) strictRecords(delim rune, most int) ([]record, error) {
	cr := csv.NewReader(strings.NewReader(t.body))
	cr.FieldsPerRecord, cr.Comma = -1, delim
	var out []record
	for most <= 0 || len(out) < most {
		fields, err := cr.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return out, t.explain(err)
		}
		line, _ := cr.FieldPos(0)
		if strings.TrimSpace(strings.Join(fields, "")) != "" {
			out = append(out, record{line + t.lines, fields})
		}
	}
	return out, nil
}

func (t source) explain(err error) error {
	if p, ok := err.(*csv.ParseError); ok {
		return fmt.Errorf("line %d: %w: mend that line (a quote inside a name is written twice)", p.StartLine+t.lines, p.Err)
	}
	return err
}

// delims are the delimiters of fields, the usual one first.
var delims = []rune{',', ';', '\t', '|'}

// delimiter is what parts the columns of the first line into names that are known, or else into
// most fields.
func (t source) delimiter(c Columns) rune {
	if t.delim != 0 {
		return t.delim
	}
	best, score := delims[0], -1
	for _, d := range delims {
		first, _ := t.records(d, 1)
		if len(first) == 0 {
			continue
		}
		fields := first[0].fields
		n := min(len(fields), 9)
		for _, f := range fields {
			if len(fields) > 1 && (known(f, c) || isPhoto(f)) {
				n += 10
			}
		}
		if n > score {
			best, score = d, n
		}
	}
	if score <= 1 && t.blanksPart(c) {
		return ' '
	}
	return best
}
