package labelcsv

import (
	"regexp"
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
