package collect

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"imagelab/lib/text"
)

// Source is a provider as a plan describes it. Which keys mean something depends on the kind.
type Source struct {
	Kind    string `yaml:"kind"`    // one of [kinds]
	Name    string `yaml:"name"`    // service: what its photos' origin calls it; default: its host
	Address string `yaml:"address"` // service: with {query} and more; openverse, commons: base address of another copy
	Key     string `yaml:"key"`     // openverse, service: name of the environment variable that holds the key
	Filter  string `yaml:"filter"`  // openverse: further parameters, such as "license_type=commercial"

	Headers map[string]string `yaml:"headers"` // service: headers of the request, with {key}
	Start   int               `yaml:"start"`   // service: number of the first {page}; 0: 1
	Results string            `yaml:"results"` // service: where an answer has its list of results, such as "data.items"
	Image   string            `yaml:"image"`   // service: where a result has the address of the photo
	Page    string            `yaml:"page"`    // service: and of its page
	Title   string            `yaml:"title"`
	Author  string            `yaml:"author"`
	Licence string            `yaml:"licence"` // service: where a result has it; files: that of all photos
	Next    string            `yaml:"next"`    // service: where an answer has the address of the next page

	File   string `yaml:"file"`   // addresses: text or CSV file
	Folder string `yaml:"folder"` // folder: with a folder for each query
}

// kinds are the kinds of providers.
func kinds() []string { return []string{"openverse", "commons", "service", "addresses", "folder"} }

// keysOf are the keys that a kind may have beside kind, and those that it must have.
var keysOf = map[string]struct{ may, must []string }{
	"openverse": {[]string{"address", "key", "filter"}, nil},
	"commons":   {[]string{"address"}, nil},
	"service": {[]string{"name", "key", "headers", "start", "results", "page", "title", "author", "licence", "next"},
		[]string{"address", "image"}},
	"addresses": {[]string{"licence"}, []string{"file"}},
	"folder":    {[]string{"licence"}, []string{"folder"}},
}

// errBing is said where a plan of older tutorials names Bing.
var errBing = errors.New("the image search of Bing, which older tutorials use, has been closed since August 2025: " +
	"use openverse or commons, or describe another search with kind: service")

func (s Source) number(i, n int) string {
	if n == 1 {
		return ""
	}
	return fmt.Sprintf("provider %d of %d: ", i+1, n)
}

// has tells which keys are set.
func (s Source) has() map[string]bool {
	return map[string]bool{"name": s.Name != "", "address": s.Address != "", "key": s.Key != "", "filter": s.Filter != "",
		"headers": len(s.Headers) > 0, "start": s.Start != 0, "results": s.Results != "", "image": s.Image != "",
		"page":  s.Page != "",
		"title": s.Title != "", "author": s.Author != "", "licence": s.Licence != "", "next": s.Next != "",
		"file":   s.File != "",
		"folder": s.Folder != ""}
}

func (s Source) validate() error {
	host := s.Address
	if u, err := url.Parse(s.Address); err == nil {
		host = u.Hostname()
	}
	if strings.Contains(strings.ToLower(s.Kind), "bing") || host == "bing.com" || strings.HasSuffix(host, ".bing.com") ||
		strings.HasSuffix(host, "bing.microsoft.com") {
		return errBing
	}
	keys, known := keysOf[s.Kind]
	if !known {
		return fmt.Errorf("there is no provider %q%s; there are %s. Another search with an interface for programs can be "+
			"described with kind: service; pages are not scraped", s.Kind, text.DidYouMean(s.Kind,
			kinds()), strings.Join(kinds(), ", "))
	}
	has := s.has()
	for _, key := range sorted(has) {
		if has[key] && !slices.Contains(keys.may, key) && !slices.Contains(keys.must, key) {
			return fmt.Errorf("%s has no effect for the kind %s; its keys are %s", key, s.Kind,
				strings.Join(slices.Concat(keys.must, keys.may), ", "))
		}
	}
	for _, key := range keys.must {
		if !has[key] {
			return fmt.Errorf("the kind %s needs the key %s", s.Kind, key)
		}
	}
	if s.Address == "" {
		return nil
	}
	return s.validateAddress()
}

func (s Source) validateAddress() error {
	u, err := url.Parse(placeholder.ReplaceAllString(s.Address, "x"))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		return fmt.Errorf("%q is no http or https address", s.Address)
	}
	if s.Kind != "service" {
		return nil
	}
	known := []string{"query", "page", "offset", "results", "key"}
	for _, m := range placeholder.FindAllStringSubmatch(s.Address, -1) {
		if !slices.Contains(known, m[1]) {
			return fmt.Errorf("the address has {%s}%s; it may have {%s}", m[1], text.DidYouMean(m[1], known),
				strings.Join(known, "}, {"))
		}
	}
	all := s.Address + strings.Join(sorted(invert(s.Headers)), " ")
	switch {
	case !strings.Contains(s.Address, "{query}"):
		return errors.New("the address has no {query}")
	case strings.Contains(all, "{key}") != (s.Key != ""):
		return errors.New("key names an environment variable, and {key} in the address or in headers " +
			"is where it goes: give both or none")
	}
	return nil
}

func invert(m map[string]string) map[string]string {
	out := map[string]string{}
	for k, v := range m {
		out[v] = k
	}
	return out
}
