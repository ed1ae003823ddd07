package labelcsv

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"imagelab/lib/text"
)

// unlist reads labels that are written as lists, as pandas, JSON and labelling programs write them:
// "['cat']" is cat. A photo with several labels is left out: it has one here.
func (t *table) unlist(rows []Row) {
	lists, several, example := 0, 0, ""
	for _, r := range rows {
		if r.Reason != "" {
			continue
		}
		if _, ok := listed(r.Label); !ok {
			return // where some are no lists, brackets are part of the names
		}
		lists++
	}
	if lists == 0 {
		return
	}
	for i := range rows {
		r := &rows[i]
		if r.Reason != "" {
			continue
		}
		written := r.Label
		labels, _ := listed(written)
		switch r.Label = ""; len(labels) {
		case 0:
			r.Reason = "no label"
		case 1:
			r.Label = labels[0]
		default:
			r.Reason = fmt.Sprintf("has the labels %s: a photo has one label here", quoted(labels))
			several++
		}
		if example == "" {
			example = written
		}
	}
	told := fmt.Sprintf("the labels are lists, such as %s: a list of one is read as that label", example)
	if several > 0 {
		told += fmt.Sprintf("; %d with several are left out. To keep them, write the label that decides, or make a "+
			"file for each question", several)
	}
	t.note("%s", told)
}

// listed are the labels of `["a", "b"]`, which is JSON, and of "['a', 'b']", "{a,b}" and "(a)",
// whose labels hold no commas.
func listed(label string) ([]string, bool) {
	if len(label) < 2 || !slices.Contains([]string{"[]", "{}", "()"}, label[:1]+label[len(label)-1:]) {
		return nil, false
	}
	parts, ok := jsonList(label)
	if !ok {
		parts = strings.Split(label[1:len(label)-1], ",")
		for i, part := range parts {
			parts[i] = strings.Trim(strings.TrimSpace(part), `"'`)
		}
	}
	var out []string
	for _, part := range parts {
		if part != "" && !slices.Contains(out, part) {
			out = append(out, part)
		}
	}
	return out, true
}

// jsonList are the elements of a list of JSON, without blanks around them; empty where there is
// none.
func jsonList(label string) (elements []string, ok bool) {
	d := json.NewDecoder(strings.NewReader(label))
	d.UseNumber()
	var list []any
	if !json.Valid([]byte(label)) || d.Decode(&list) != nil {
		return nil, false
	}
	for _, e := range list {
		text, ok := scalar(e)
		if !ok {
			return nil, false
		}
		elements = append(elements, strings.TrimSpace(text))
	}
	return elements, true
}

// noteSeveral tells of labels that look like several labels of one photo, "scratch|dent": most of
// their parts are labels by themselves, or come in other company too.
func (t *table) noteSeveral(labels []string, n map[string]int) {
	for _, sep := range []string{"|", ";", ",", "+", "&", "/", " "} {
		company := map[string]int{} // in how many labels a part stands
		var joined []string
		for _, l := range labels {
			parts := strings.Split(l, sep)
			for _, p := range parts {
				company[strings.TrimSpace(p)]++
			}
			if len(parts) > 1 {
				joined = append(joined, l)
			}
		}
		photos, least := 0, 1
		for _, l := range joined {
			photos += n[l]
		}
		if !strings.Contains("|;", sep) {
			least = 2 // a comma may be part of a name
		}
		if len(joined) < least || !severally(joined, sep, company, n) {
			continue
		}
		t.note("labels such as %q (%s) look like several labels of one photo, and are read as one class each: write "+
			"one label for a photo, or make a file for each question", joined[0], text.Count(photos, "photo"))
		return
	}
}

// severally reports whether most parts of joined labels are labels by themselves, or, but for words
// of a name, stand in several of them.
func severally(joined []string, sep string, company, n map[string]int) bool {
	known, all := 0, 0
	for _, l := range joined {
		for p := range strings.SplitSeq(l, sep) {
			p = strings.TrimSpace(p)
			all++
			if n[p] > 0 || sep != " " && sep != "/" && company[p] > 1 {
				known++
			}
		}
	}
	if sep == " " || sep == "/" {
		return known == all
	}
	return 2*known > all || strings.Contains("|;", sep) && known > 0
}
