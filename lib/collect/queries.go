package collect

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"imagelab/lib/internal/layout"
	"imagelab/lib/text"
)

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// Queries are what the plan asks, in the order of templates and words. The error says how many
// there would be, where they are too many.
func (p Plan) Queries() ([]Query, error) {
	n := 0
	for _, t := range p.Templates {
		n = min(n+p.count(t), 1<<40)
	}
	if n > MostQueries || n*p.Results > MostPhotos {
		return nil, p.at("templates", "%s queries of %d photos are too many: at most %s queries and %s photos "+
			"are collected in one plan. Take words out, or make several plans", text.Thousands(int64(n)), p.Results,
			text.Thousands(MostQueries), text.Thousands(MostPhotos))
	}
	var out []Query
	classes, idle := map[string]string{}, slices.Clone(p.Exclude)
	for _, t := range p.Templates {
		for _, f := range p.fill(t) {
			class := cmp.Or(f.class, f.base)
			hit := slices.IndexFunc(p.Exclude, func(e string) bool { return contains(f.text, e) || contains(f.base, e) })
			if hit >= 0 {
				idle = slices.DeleteFunc(idle, func(e string) bool { return contains(f.text, e) || contains(f.base, e) })
				continue
			}
			was, known := classes[strings.ToLower(f.text)]
			if known && was != class {
				return nil, p.at("templates", "the query %q is asked for the classes %q and %q", f.text, was, class)
			}
			if classes[strings.ToLower(f.text)] = class; !known {
				out = append(out, Query{f.text, class, p.Results})
			}
		}
	}
	switch {
	case len(idle) > 0:
		return nil, p.at("exclude", "%q is in no query: correct it or take it out", idle[0])
	case len(out) == 0:
		return nil, p.at("exclude", "the plan has no queries left: all of them are excluded")
	}
	return out, nil
}

// count is how many queries a template makes, up to 2^40.
func (p Plan) count(template string) int {
	n, seen := 1, map[string]bool{}
	for _, m := range placeholder.FindAllStringSubmatch(template, -1) {
		if seen[m[1]] {
			continue
		}
		seen[m[1]] = true
		words := 0
		for _, w := range p.Words[m[1]] {
			words += 1 + len(p.Synonyms[w])
		}
		n = min(n*words, 1<<40)
	}
	return n
}

// filled is a template with words in it: text with synonyms, base with the words themselves.
type filled struct{ text, base, class string }

// fill puts every choice of words into a template.
func (p Plan) fill(template string) []filled {
	out := []filled{{tidy(template), tidy(template), strings.Join(braced(p.Class), " ")}}
	for _, m := range placeholder.FindAllStringSubmatch(template, -1) {
		if !strings.Contains(out[0].base, m[0]) {
			continue // done already: the template names it twice
		}
		var next []filled
		for _, f := range out {
			for _, w := range p.Words[m[1]] {
				for _, said := range append([]string{w}, p.Synonyms[w]...) {
					next = append(next, filled{strings.ReplaceAll(f.text, m[0], tidy(said)),
						strings.ReplaceAll(f.base, m[0], tidy(w)), strings.ReplaceAll(f.class, m[0], tidy(w))})
				}
			}
		}
		out = next
		if len(out) == 0 {
			break
		}
	}
	return out
}

func braced(names []string) []string {
	var out []string
	for _, n := range names {
		out = append(out, "{"+n+"}")
	}
	return out
}

// tidy has one blank between words.
func tidy(s string) string { return strings.Join(strings.Fields(s), " ") }

// words are the words of a title or query in lower case.
func words(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
	})
}

// contains reports whether all words of entry are in s.
func contains(s, entry string) bool {
	have := words(s)
	for _, w := range words(entry) {
		if !slices.Contains(have, w) {
			return false
		}
	}
	return len(words(entry)) > 0
}

// reserved are the names that Windows gives to devices.
var reserved = regexp.MustCompile(`(?i)^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)`)

// checkClasses refuses classes that cannot be the names of folders that ingest reads.
func (p Plan) checkClasses(queries []Query) error {
	key := "class"
	if len(p.Class) == 0 {
		key = "templates"
	}
	alike := map[string]string{}
	for _, q := range queries {
		lower := strings.ToLower(q.Class)
		switch {
		case strings.ContainsFunc(q.Class, func(r rune) bool {
			return strings.ContainsRune(`/\:*?"<>|`, r) || !unicode.IsPrint(r)
		}), strings.HasSuffix(q.Class, "."), reserved.MatchString(q.Class),
			len(q.Class) > 100, layout.LeaveOut(q.Class, true) != "":
			return p.at(key, "the class %q cannot be a folder's name on every system: let other words make the class", q.Class)
		case alike[lower] != "" && alike[lower] != q.Class:
			return p.at(key, "the classes %q and %q differ in upper and lower case only", alike[lower], q.Class)
		}
		alike[lower] = q.Class
	}
	return nil
}
