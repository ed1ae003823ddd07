package collect

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Provider finds photos. It makes addresses and reads answers; [Run] brings the answers, keeps
// them, and hands them out again when it is repeated.
type Provider interface {
	// Name stands in the origin of each photo.
	Name() string
	// Address is that of an answer to a query: of the first page for an empty cursor, or of the page
	// that an answer named. {key} in it stands for the key, which nothing on disk ever holds.
	Address(query, cursor string) string
	// Read takes the photos from an answer, and the cursor of the next page, or "" at the end.
	Read(cursor string, answer []byte) (found []Found, next string, err error)
}

// local is a Provider whose answers and photos are files.
type local interface {
	Provider
	answer(address string) ([]byte, error)
	photo(address string, most int64) ([]byte, error)
	queries() ([]string, error) // that it has photos for; none where all belong to the plan's one query
}

// provider is the Provider that a plan describes. Relative paths start at dir; n is the number of
// the plan's queries.
func (s Source) provider(dir string, n int) Provider {
	switch s.Kind {
	case "openverse":
		return openverse{s}
	case "commons":
		return commons{s}
	case "service":
		return service{s}
	case "addresses":
		return addresses{s, beside(dir, s.File), n == 1}
	}
	return newFolder(s, dir)
}

// openverse asks the API of openverse.org, v1.
type openverse struct{ Source }

// Name implements Provider.
func (openverse) Name() string { return "openverse" }

// pageSize is the most that Openverse gives to those without a key.
const pageSize = "20"

// Address implements Provider. The cursor is the number of the page.
func (o openverse) Address(query, cursor string) string {
	v := url.Values{"q": {query}, "page_size": {pageSize}, "page": {cmp.Or(cursor, "1")}}
	address := strings.TrimSuffix(cmp.Or(o.Source.Address, "https://api.openverse.org"), "/") + "/v1/images/?" + v.Encode()
	if o.Filter != "" {
		address += "&" + strings.TrimPrefix(o.Filter, "&")
	}
	return address
}

// Read implements Provider.
func (openverse) Read(cursor string, answer []byte) ([]Found, string, error) {
	var a struct {
		PageCount int `json:"page_count"`
		Results   *[]struct {
			Title          string `json:"title"`
			URL            string `json:"url"`
			Page           string `json:"foreign_landing_url"`
			Creator        string `json:"creator"`
			License        string `json:"license"`
			LicenseVersion string `json:"license_version"`
			LicenseURL     string `json:"license_url"`
		} `json:"results"`
	}
	if err := json.Unmarshal(answer, &a); err != nil || a.Results == nil {
		return nil, "", unlike("Openverse", answer, err)
	}
	var found []Found
	for _, r := range *a.Results {
		found = append(found, Found{Address: r.URL, Page: r.Page, Title: r.Title, Author: r.Creator,
			Licence: licenceName(r.License, r.LicenseVersion), LicenceAddress: r.LicenseURL})
	}
	page, _ := strconv.Atoi(cmp.Or(cursor, "1"))
	if page >= a.PageCount || len(found) == 0 {
		return found, "", nil
	}
	return found, strconv.Itoa(page + 1), nil
}

// licenceName is "CC BY-SA 4.0" for "by-sa" and "4.0", as Creative Commons writes it.
func licenceName(slug, version string) string {
	name := strings.ToUpper(slug)
	switch slug {
	case "":
		return ""
	case "pdm":
		return "Public Domain Mark " + version
	case "cc0":
	default:
		name = "CC " + name
	}
	return strings.TrimSpace(name + " " + version)
}

// commons asks the MediaWiki API of Wikimedia Commons.
type commons struct{ Source }

// Name implements Provider.
func (commons) Name() string { return "commons" }

// Address implements Provider. The cursor is the offset. Large originals are asked for at a width
// of 1280 pixels, one of those that Wikimedia keeps.
func (c commons) Address(query, cursor string) string {
	v := url.Values{"action": {"query"}, "format": {"json"}, "formatversion": {"2"}, "maxlag": {"5"},
		"generator": {"search"}, "gsrnamespace": {"6"}, "gsrlimit": {"50"}, "gsrsearch": {query + " filetype:bitmap"},
		"prop": {"imageinfo"}, "iiprop": {"url|size|mime|user|extmetadata"}, "iiurlwidth": {"1280"},
		"iiextmetadatafilter": {"LicenseShortName|LicenseUrl|Artist"}}
	if cursor != "" {
		v.Set("gsroffset", cursor)
	}
	return strings.TrimSuffix(cmp.Or(c.Source.Address, "https://commons.wikimedia.org"), "/") + "/w/api.php?" + v.Encode()
}

// commonsAnswer is what is read of an answer.
type commonsAnswer struct {
	Error *struct {
		Code string `json:"code"`
		Info string `json:"info"`
	} `json:"error"`
	Batch    *bool `json:"batchcomplete"`
	Continue struct {
		Offset int `json:"gsroffset"`
	} `json:"continue"`
	Query struct {
		Pages []struct {
			Title string `json:"title"`
			Index int    `json:"index"`
			Info  []struct {
				URL   string `json:"url"`
				Thumb string `json:"thumburl"`
				Page  string `json:"descriptionurl"`
				User  string `json:"user"`
				Meta  map[string]struct {
					Value any `json:"value"`
				} `json:"extmetadata"`
			} `json:"imageinfo"`
		} `json:"pages"`
	} `json:"query"`
}

// Read implements Provider.
func (commons) Read(_ string, answer []byte) ([]Found, string, error) {
	var a commonsAnswer
	err := json.Unmarshal(answer, &a)
	switch {
	case err == nil && a.Error != nil:
		return nil, "", fmt.Errorf("the answer of Wikimedia Commons is %s: %s", a.Error.Code, shown(a.Error.Info))
	case err != nil, a.Batch == nil && a.Continue.Offset == 0 && a.Query.Pages == nil:
		return nil, "", unlike("Wikimedia Commons", answer, err)
	}
	byIndex := map[int]Found{}
	last := 0
	for i, p := range a.Query.Pages {
		if len(p.Info) == 0 {
			continue
		}
		info := p.Info[0]
		meta := func(name string) string { return plainText(fmt.Sprint(cmp.Or(info.Meta[name].Value, any("")))) }
		at := cmp.Or(p.Index, i+1)
		byIndex[at] = Found{Address: cmp.Or(info.Thumb, info.URL), Page: info.Page, Title: strings.TrimPrefix(p.Title,
			"File:"),
			Author: cmp.Or(meta("Artist"), info.User), Licence: meta("LicenseShortName"), LicenceAddress: meta("LicenseUrl")}
		last = max(last, at)
	}
	var found []Found
	for _, at := range slices.Sorted(maps.Keys(byIndex)) {
		found = append(found, byIndex[at])
	}
	if a.Continue.Offset == 0 {
		return found, "", nil
	}
	return found, strconv.Itoa(a.Continue.Offset), nil
}

var tag = regexp.MustCompile(`<[^<>]*>`)

// plainText is HTML without its markup.
func plainText(s string) string { return tidy(html.UnescapeString(tag.ReplaceAllString(s, " "))) }

// unlike is the error for an answer in another form than the provider's.
func unlike(who string, answer []byte, err error) error {
	if err == nil {
		err = errors.New("what it should have is missing")
	}
	return fmt.Errorf("this is no answer as %s gives it (%w): it begins %s", who, err, shown(string(answer)))
}

// shown is the start of a foreign text, quoted.
func shown(s string) string {
	if letters := []rune(s); len(letters) > 120 {
		s = string(letters[:120]) + "…"
	}
	return strconv.Quote(s)
}
