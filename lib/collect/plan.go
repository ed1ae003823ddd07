package collect

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"imagelab/lib/text"
)

// Plan says what is asked of whom. It is the reproducible input of a collection.
type Plan struct {
	Contact   string              // mail or web address that is sent with every request
	Providers []Source            // each query is asked of them in order, until it has its results
	Words     map[string][]string // word lists, by the names that templates use
	Templates []string            // queries with {names} of word lists
	Class     []string            // names of the word lists that make the class; none: the whole query does
	Synonyms  map[string][]string // further words for a word; each makes a query more, of the same class
	Exclude   []string            // queries that contain all words of an entry are not asked
	Without   []string            // results whose title contains one of these are left out
	Results   int                 // most photos a query
	Rate      float64             // most requests a second to one host

	dir   string         // that paths of files and folders are relative to
	lines map[string]int // line of each key
}

// Query is one question to the providers.
type Query struct {
	Text    string `json:"query"`
	Class   string `json:"class"`
	Results int    `json:"results"` // most photos
}

// Limits of a plan. More is a slip: at two requests a second 200,000 photos take more than a day.
const (
	MostQueries = 10_000
	MostPhotos  = 200_000
	mostResults = 10_000
	mostPlan    = 4 << 20 // bytes
)

// ReadPlan reads a plan from a YAML file. An error names the line, and for an unknown key the
// nearest known one. Paths in the plan are relative to the file.
func ReadPlan(path string) (Plan, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Plan{}, fmt.Errorf("collect: plan: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() > mostPlan {
		return Plan{}, fmt.Errorf("collect: %s is no plan: a plan is a YAML file below 4 MB", text.Name(path))
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return Plan{}, fmt.Errorf("collect: plan: %w", err)
	}
	p, err := ParsePlan(data, filepath.Dir(path))
	if err != nil {
		return Plan{}, fmt.Errorf("collect: %s: %w", text.Name(path), err)
	}
	return p, nil
}

// ParsePlan reads a plan from YAML. Paths in it are relative to dir.
func ParsePlan(data []byte, dir string) (Plan, error) {
	var root yaml.Node
	if err := yaml.Unmarshal(data, &root); err != nil {
		return Plan{}, plain(err)
	}
	if len(root.Content) == 0 {
		return Plan{}, errors.New("the plan is empty: it needs at least provider, templates and contact")
	}
	var y planYAML
	if err := y.UnmarshalYAML(root.Content[0]); err != nil {
		return Plan{}, plain(err)
	}
	p := Plan{Contact: y.Contact, Providers: y.Provider, Words: map[string][]string{}, Templates: y.Templates,
		Class:    y.Class,
		Synonyms: map[string][]string{}, Exclude: y.Exclude, Without: y.Without, Results: y.Results, Rate: y.Rate,
		dir: dir, lines: y.lines}
	for name, words := range y.Words {
		p.Words[name] = words
	}
	for word, others := range y.Synonyms {
		p.Synonyms[word] = others
	}
	if _, set := y.lines["results"]; !set {
		p.Results = 50
	}
	if _, set := y.lines["rate"]; !set {
		p.Rate = 2
	}
	return p, p.Validate()
}

// at begins an error about a key with its line, where the plan was read from a file.
func (p Plan) at(key, format string, args ...any) error {
	message := fmt.Sprintf(format, args...)
	if line := p.lines[key]; line > 0 {
		return fmt.Errorf("line %d: %s: %s", line, key, message)
	}
	return fmt.Errorf("%s: %s", key, message)
}

// Validate returns an error that says what to change.
func (p Plan) Validate() error {
	switch {
	case len(p.Providers) == 0:
		return p.at("provider", "who is asked? Name one of %s", strings.Join(kinds(), ", "))
	case len(p.Templates) == 0:
		return p.at("templates", "the plan has no queries: give at least one, "+
			"such as \"{pattern} {garment}\" or \"red shirt\"")
	case p.Results < 1 || p.Results > mostResults:
		return p.at("results", "the most photos a query lie in 1..%d, not %d", mostResults, p.Results)
	case !(p.Rate > 0 && p.Rate <= 1000):
		return p.at("rate", "requests a second to one host lie above 0 and up to 1000, not %g", p.Rate)
	}
	for i, s := range p.Providers {
		if err := s.validate(); err != nil {
			return p.at("provider", "%s%v", s.number(i, len(p.Providers)), err)
		}
	}
	if err := p.checkSources(); err != nil {
		return err
	}
	if err := p.checkContact(); err != nil {
		return err
	}
	if err := p.checkWords(); err != nil {
		return err
	}
	queries, err := p.Queries()
	if err == nil {
		err = p.checkClasses(queries)
	}
	return err
}

// checkSources refuses two folders, or two files of one name: photos are told apart by their path
// below the folder, and answers by the name of the file.
func (p Plan) checkSources() error {
	seen := map[string]bool{}
	for _, s := range p.Providers {
		source := s.Kind
		switch s.Kind {
		case "addresses":
			source += " " + filepath.Base(s.File)
		case "folder":
		default:
			continue
		}
		if seen[source] {
			return p.at("provider", "two providers of the kind %s would be taken for one: put the photos into one folder, "+
				"give the files different names, or make a plan for each", s.Kind)
		}
		seen[source] = true
	}
	return nil
}

var contact = regexp.MustCompile(`^(https?://[!-~]+|[!-~]+@[!-~]+)$`)

func (p Plan) checkContact() error {
	online := slices.ContainsFunc(p.Providers, func(s Source) bool { return s.Kind != "folder" })
	if p.Contact == "" && !online || contact.MatchString(p.Contact) {
		return nil
	}
	return p.at("contact", "it is sent with every request, so that a site can reach you before it shuts you out: "+
		"give your mail address or a web page, not %q", p.Contact)
}

// placeholder matches the name of a word list in a template.
var placeholder = regexp.MustCompile(`\{([^{}]*)\}`)

// checkWords holds word lists, templates, class and synonyms against each other.
func (p Plan) checkWords() error {
	names, used, words := sorted(p.Words), map[string]bool{}, map[string]bool{}
	for _, t := range p.Templates {
		if blank(t) || strings.ContainsAny(placeholder.ReplaceAllString(t, ""), "{}") {
			return p.at("templates", "%q is no query: words, and names of word lists in braces", t)
		}
		for _, m := range placeholder.FindAllStringSubmatch(t, -1) {
			if used[m[1]] = true; p.Words[m[1]] == nil {
				return p.at("templates", "%q names a word list that is not there: %s%s", t, m[1], text.DidYouMean(m[1], names))
			}
		}
		for _, name := range p.Class {
			if !strings.Contains(t, "{"+name+"}") {
				return p.at("class", "%s is not in the template %q%s", name, t, text.DidYouMean(name, names))
			}
		}
	}
	for _, name := range names {
		if !used[name] {
			return p.at("words", "no template names {%s}: use the list or take it out", name)
		}
		for _, w := range p.Words[name] {
			if words[w] = true; blank(w) {
				return p.at("words", "%s has an empty word", name)
			}
		}
	}
	for _, w := range sorted(p.Synonyms) {
		if !words[w] {
			return p.at("synonyms", "%q is in no word list%s", w, text.DidYouMean(w, sorted(words)))
		}
		if slices.ContainsFunc(p.Synonyms[w], blank) {
			return p.at("synonyms", "%q has an empty synonym", w)
		}
	}
	return nil
}

func blank(s string) bool { return strings.TrimSpace(s) == "" }

// Budget is the most photos that a run fetches.
func Budget(queries []Query) int {
	n := 0
	for _, q := range queries {
		n += q.Results
	}
	return n
}

// Least is the shortest time in which so many requests go to one host at the plan's rate.
func (p Plan) Least(requests int) time.Duration {
	return time.Duration(float64(requests) / p.Rate * float64(time.Second))
}
