package collect

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"imagelab/lib/internal/layout"
	"imagelab/lib/photo"
	"imagelab/lib/text"
)

func beside(dir, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(dir, name)
}

// addresses takes photos from a file of addresses: a text file with one a line, below lines
// "# QUERY" where the plan has several queries, or a CSV file with the columns address and query.
// The columns page, title, author and licence are kept.
type addresses struct {
	Source
	file string
	only bool // the plan has one query, to which all addresses belong
}

// Name implements Provider.
func (addresses) Name() string { return "addresses" }

// Address implements Provider. The whole file answers every query, which the cursor names.
func (a addresses) Address(query, _ string) string {
	return "addresses:" + url.PathEscape(filepath.Base(a.file)) + "?q=" + url.QueryEscape(query)
}

func (a addresses) answer(address string) ([]byte, error) {
	data, err := a.read()
	if err != nil {
		return nil, err
	}
	_, query, _ := strings.Cut(address, "?q=")
	if query, err = url.QueryUnescape(query); err != nil {
		return nil, err
	}
	found, err := a.find(data, query)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", text.Name(a.file), err)
	}
	return json.Marshal(found)
}

// photo implements local: photos are on the network.
func (addresses) photo(string, int64) ([]byte, error) { return nil, errNetwork }

var errNetwork = errors.New("a photo of the network")

// Read implements Provider.
func (addresses) Read(_ string, answer []byte) ([]Found, string, error) { return readFound(answer) }

func readFound(answer []byte) (found []Found, next string, err error) {
	if err := json.Unmarshal(answer, &found); err != nil {
		return nil, "", unlike("imagelab", answer, err)
	}
	return found, "", nil
}

// read returns the file's text.
func (a addresses) read() ([]byte, error) {
	data, err := os.ReadFile(a.file)
	return bytes.TrimPrefix(data, []byte("\ufeff")), err
}

// table reads text as CSV: the names of its columns and its rows; no columns where it is no table
// of addresses.
func table(data []byte) (columns []string, rows [][]string, err error) {
	first, _, _ := bytes.Cut(data, []byte("\n"))
	r := csv.NewReader(bytes.NewReader(data))
	r.LazyQuotes, r.TrimLeadingSpace, r.FieldsPerRecord = true, true, -1
	for _, comma := range ";\t" {
		if bytes.ContainsRune(first, comma) && !bytes.ContainsRune(first, ',') {
			r.Comma = comma
		}
	}
	columns, err = r.Read()
	for i, name := range columns {
		columns[i] = strings.ToLower(strings.TrimSpace(name))
	}
	if err != nil || !slices.Contains(columns, "address") {
		return nil, nil, nil
	}
	rows, err = r.ReadAll()
	return columns, rows, err
}

// queries implements local.
func (a addresses) queries() ([]string, error) {
	data, err := a.read()
	if err != nil {
		return nil, err
	}
	columns, rows, err := table(data)
	if err != nil {
		return nil, err
	}
	var out []string
	if at := slices.Index(columns, "query"); at >= 0 {
		for _, row := range rows {
			if at < len(row) {
				out = append(out, tidy(row[at]))
			}
		}
		return out, nil
	}
	if columns != nil || a.only {
		return nil, nil
	}
	for line := range strings.Lines(string(data)) {
		if query, is := strings.CutPrefix(strings.TrimSpace(line), "#"); is {
			out = append(out, tidy(query))
		}
	}
	return out, nil
}

// find lists the rows of a query.
func (a addresses) find(data []byte, query string) ([]Found, error) {
	columns, rows, err := table(data)
	if err != nil {
		return nil, err
	}
	if columns == nil {
		return a.findInLines(data, query)
	}
	if !a.only && !slices.Contains(columns, "query") {
		return nil, errors.New("it has no column query, and the plan has several queries: which address belongs to which?")
	}
	found := []Found{}
	for _, row := range rows {
		cell := func(name string) string {
			if i := slices.Index(columns, name); i >= 0 && i < len(row) {
				return strings.TrimSpace(row[i])
			}
			return ""
		}
		if of := cell("query"); slices.Contains(columns, "query") && !strings.EqualFold(tidy(of), query) ||
			cell("address") == "" {
			continue
		}
		licence := cell("licence")
		if licence == "" {
			licence = a.Licence
		}
		found = append(found, Found{Address: cell("address"), Page: cell("page"), Title: cell("title"),
			Author: cell("author"), Licence: licence})
	}
	return found, nil
}

// findInLines takes the addresses below the line "# QUERY".
func (a addresses) findInLines(data []byte, query string) ([]Found, error) {
	found := []Found{}
	mine, named := a.only, a.only
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		switch of, is := strings.CutPrefix(line, "#"); {
		case is && a.only:
		case is:
			mine, named = strings.EqualFold(tidy(of), query), true
		case line != "" && !named:
			return nil, fmt.Errorf("%s stands below no line \"# QUERY\", and the plan has several queries", shown(line))
		case line != "" && mine:
			found = append(found, Found{Address: line, Licence: a.Licence})
		}
	}
	return found, nil
}

// folders takes photos from a folder with a folder for each query.
type folders struct {
	Source
	dir string
}

func newFolder(s Source, dir string) folders { return folders{s, beside(dir, s.Folder)} }

// Name implements Provider.
func (folders) Name() string { return "folder" }

// Address implements Provider.
func (f folders) Address(query, _ string) string { return "folder:" + url.PathEscape(query) }

// queries implements local.
func (f folders) queries() ([]string, error) {
	entries, err := os.ReadDir(f.dir)
	var out []string
	for _, e := range entries {
		if e.IsDir() && layout.LeaveOut(e.Name(), true) == "" {
			out = append(out, tidy(e.Name()))
		}
	}
	return out, err
}

// answer lists the files of the folder that is called like the query.
func (f folders) answer(address string) ([]byte, error) {
	query, err := url.PathUnescape(strings.TrimPrefix(address, "folder:"))
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		return nil, err
	}
	found := []Found{}
	for _, e := range entries {
		if !e.IsDir() || !strings.EqualFold(tidy(e.Name()), query) {
			continue
		}
		files, err := os.ReadDir(filepath.Join(f.dir, e.Name()))
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			if !file.IsDir() && layout.LeaveOut(file.Name(), false) == "" {
				found = append(found, Found{Address: "file:" + path.Join(e.Name(), file.Name()), Title: file.Name(),
					Licence: f.Licence})
			}
		}
	}
	return json.Marshal(found)
}

// photo reads a file below the folder. A link that leads out of it is an error.
func (f folders) photo(address string, most int64) ([]byte, error) {
	root, err := os.OpenRoot(f.dir)
	if err != nil {
		return nil, photo.Reason(err)
	}
	defer root.Close()
	name := filepath.FromSlash(strings.TrimPrefix(address, "file:"))
	info, err := root.Stat(name)
	if err == nil && !info.Mode().IsRegular() {
		err = fs.ErrInvalid
	}
	if err != nil {
		return nil, photo.Reason(err)
	}
	if info.Size() > most {
		return nil, errTooLarge
	}
	file, err := root.Open(name)
	if err != nil {
		return nil, photo.Reason(err)
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, most))
}

// Read implements Provider.
func (folders) Read(_ string, answer []byte) ([]Found, string, error) { return readFound(answer) }
