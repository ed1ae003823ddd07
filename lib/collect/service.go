package collect

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// service asks a search that answers in JSON, as the plan describes it.
type service struct{ Source }

// Name implements Provider.
func (s service) Name() string {
	if s.Source.Name != "" {
		return s.Source.Name
	}
	u, err := url.Parse(placeholder.ReplaceAllString(s.Source.Address, "x"))
	if err != nil {
		return "service"
	}
	return u.Hostname()
}

// serviceResults is what {results} in an address stands for.
const serviceResults = 50

// Address implements Provider. The cursor is "PAGE OFFSET", or the address of the next page.
func (s service) Address(query, cursor string) string {
	if strings.Contains(cursor, "://") {
		return cursor
	}
	page, offset := s.position(cursor)
	return strings.NewReplacer("{query}", url.QueryEscape(query), "{page}", strconv.Itoa(page),
		"{offset}", strconv.Itoa(offset), "{results}", strconv.Itoa(serviceResults)).Replace(s.Source.Address)
}

// position is where a cursor stands: the number of the page and of the results before it.
func (s service) position(cursor string) (page, offset int) {
	if n, err := fmt.Sscan(cursor, &page, &offset); err != nil || n != 2 {
		return cmp.Or(s.Start, 1), 0
	}
	return page, offset
}

// Read implements Provider.
func (s service) Read(cursor string, answer []byte) ([]Found, string, error) {
	var a any
	if err := json.Unmarshal(answer, &a); err != nil {
		return nil, "", unlike("a JSON service", answer, err)
	}
	list, ok := at(a, s.Results).([]any)
	if !ok {
		return nil, "", unlike("a service", answer,
			fmt.Errorf("there is no list at %q, which the plan's key results names", s.Results))
	}
	var found []Found
	for _, r := range list {
		found = append(found, Found{Address: word(r, s.Image), Page: word(r, s.Page), Title: word(r, s.Title),
			Author: word(r, s.Author), Licence: word(r, s.Licence)})
	}
	if len(found) > 0 && !slices.ContainsFunc(found, func(f Found) bool { return f.Address != "" }) {
		return nil, "", unlike("a service", answer,
			fmt.Errorf("no result has a text at %q, which the plan's key image names", s.Image))
	}
	return found, s.next(a, cursor, len(found)), nil
}

// next is the cursor after an answer with n results.
func (s service) next(answer any, cursor string, n int) string {
	page, offset := s.position(cursor)
	switch {
	case n == 0:
		return ""
	case s.Next != "":
		next := word(answer, s.Next)
		base, err := url.Parse(placeholder.ReplaceAllString(s.Source.Address, "x"))
		if err != nil || next == "" {
			return ""
		}
		to, err := base.Parse(strings.ReplaceAll(next, "{key}", keyMark))
		if err != nil || to.Host != base.Host {
			return "" // the key is sent to the host of the plan alone
		}
		return strings.ReplaceAll(to.String(), keyMark, "{key}")
	case strings.Contains(s.Source.Address, "{page}"), strings.Contains(s.Source.Address, "{offset}"):
		return fmt.Sprintf("%d %d", page+1, offset+n)
	}
	return ""
}

// keyMark stands for {key} where braces would be escaped.
const keyMark = "imagelab-key-goes-here"

// at is what stands at a path such as "data.items" or "urls.0.full" in decoded JSON, or nil. The
// empty path is the whole.
func at(v any, path string) any {
	if path == "" {
		return v
	}
	for name := range strings.SplitSeq(path, ".") {
		switch in := v.(type) {
		case map[string]any:
			v = in[name]
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i < 0 || i >= len(in) {
				return nil
			}
			v = in[i]
		default:
			return nil
		}
	}
	return v
}

// word is the text or number at a path, or "".
func word(v any, path string) string {
	if path == "" {
		return ""
	}
	switch v := at(v, path).(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return ""
}

var errNoKey = errors.New("the key is missing")

// secret is the key, which stands in the environment.
func (s Source) secret(getenv func(string) string) (string, error) {
	if s.Key == "" {
		return "", nil
	}
	if key := getenv(s.Key); key != "" {
		return key, nil
	}
	return "", fmt.Errorf("%w: set the environment variable %s to it (the plan's provider %s asks for it)", errNoKey,
		s.Key, s.Kind)
}
