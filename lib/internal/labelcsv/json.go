package labelcsv

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
)

// IsJSON reports whether a file name is that of JSON, or of a line of JSON for each photo.
func IsJSON(name string) bool {
	return slices.Contains([]string{".json", ".jsonl", ".ndjson"}, strings.ToLower(path.Ext(name)))
}

// fromJSON makes records of JSON: a line or an entry of a list for each photo, with fields; a map
// from photos to labels; or the tables of COCO, in which annotations name the categories of photos.
// The numbers of records count entries from 2, as if a line of names stood above them.
func (t source) fromJSON() ([]record, error) {
	dec := json.NewDecoder(strings.NewReader(t.body))
	dec.UseNumber()
	var all []any
	for dec.More() {
		var v any
		if err := dec.Decode(&v); err != nil {
			return nil, fmt.Errorf("%w: entry %d is no JSON: %w", ErrHeader, len(all)+1, err)
		}
		all = append(all, v)
	}
	if len(all) == 1 {
		switch v := all[0].(type) {
		case []any:
			all = v
		case map[string]any:
			if v["images"] != nil && v["annotations"] != nil {
				return coco(t.body)
			}
			if arePairs(v) {
				return pairs(t.body)
			}
			if rows := frame(v); rows != nil {
				all = rows
			}
		}
	}
	return entries(all)
}

// entries are records of objects, with a column for each field that any of them has.
func entries(all []any) ([]record, error) {
	columns := map[string]bool{}
	for i, v := range all {
		fields, ok := v.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("%w: entry %d of the JSON is no object with fields", ErrHeader, i+1)
		}
		for name, value := range fields {
			if _, ok := scalar(value); ok {
				columns[name] = true
			}
		}
	}
	if len(columns) == 0 {
		return nil, fmt.Errorf("%w: the JSON has no fields", ErrHeader)
	}
	head := slices.Sorted(maps.Keys(columns))
	out := []record{{0, head}}
	for i, v := range all {
		r := record{line: i + 1}
		for _, name := range head {
			text, _ := scalar(v.(map[string]any)[name])
			r.fields = append(r.fields, text)
		}
		out = append(out, r)
	}
	return out, nil
}

// scalar is a value as it would stand in a table; of a list, the JSON of it.
func scalar(v any) (text string, ok bool) {
	switch v := v.(type) {
	case nil:
		return "", true
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return strconv.FormatBool(v), true
	case []any:
		for _, e := range v {
			if _, ok := e.(map[string]any); ok {
				return "", false
			}
		}
		return asJSON(v)
	}
	return "", false
}

// asJSON writes a list in one line. [unlist] reads it again, and people see it in notes.
func asJSON(list any) (text string, ok bool) {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // R&B stays readable
	err := e.Encode(list)
	return strings.TrimSpace(b.String()), err == nil
}

// arePairs reports whether a map is one from photos to labels.
func arePairs(of map[string]any) bool {
	for name, label := range of {
		if _, ok := scalar(label); !ok || !isPhoto(name) {
			return false
		}
	}
	return len(of) > 0
}

// pairs are the records of a map from photos to labels. A map in Go would keep one label of a photo
// that the file names twice.
func pairs(text string) ([]record, error) {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	_, err := dec.Token() // the brace
	out := []record{{0, []string{"path", "label"}}}
	for err == nil && dec.More() {
		var name json.Token
		var label any
		if name, err = dec.Token(); err == nil {
			err = dec.Decode(&label)
		}
		written, _ := scalar(label)
		out = append(out, record{len(out), []string{fmt.Sprint(name), written}})
	}
	return out, err
}

// frame are the rows of a table as pandas writes it by columns, {"path": {"0": ...}}, or in parts,
// {"columns": [...], "data": [[...]]}; nil if it is none.
func frame(of map[string]any) []any {
	names, isSplit := of["columns"].([]any)
	data, ok := of["data"].([]any)
	var out []any
	if isSplit && ok {
		for _, d := range data {
			cells, ok := d.([]any)
			if !ok || len(cells) != len(names) {
				return nil
			}
			row := map[string]any{}
			for i, name := range names {
				row[fmt.Sprint(name)] = cells[i]
			}
			out = append(out, row)
		}
		return out
	}
	rows := map[string]map[string]any{}
	for name, column := range of {
		cells, ok := column.(map[string]any)
		if !ok {
			return nil
		}
		for key, cell := range cells {
			if rows[key] == nil {
				rows[key] = map[string]any{}
			}
			rows[key][name] = cell
		}
	}
	for _, key := range slices.SortedFunc(maps.Keys(rows), byNumber) {
		out = append(out, rows[key])
	}
	return out
}

func byNumber(a, b string) int {
	return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
}

// coco reads the tables of COCO and of competitions that borrow them: a photo's labels are the
// names of its annotations' categories.
func coco(body string) ([]record, error) {
	var tables struct {
		Images []struct {
			ID       json.RawMessage `json:"id"`
			FileName string          `json:"file_name"`
		} `json:"images"`
		Annotations []struct {
			Image    json.RawMessage `json:"image_id"`
			Category json.RawMessage `json:"category_id"`
		} `json:"annotations"`
		Categories []struct {
			ID   json.RawMessage `json:"id"`
			Name string          `json:"name"`
		} `json:"categories"`
	}
	if err := json.Unmarshal([]byte(body), &tables); err != nil {
		return nil, fmt.Errorf("%w: the tables of COCO are not as they should be: %w", ErrHeader, err)
	}
	names := map[string]string{}
	for _, c := range tables.Categories {
		names[string(c.ID)] = c.Name
	}
	labels := map[string][]string{}
	for _, a := range tables.Annotations {
		name, id := names[string(a.Category)], string(a.Image)
		if name == "" {
			name = string(bytes.Trim(a.Category, `"`))
		}
		if !slices.Contains(labels[id], name) {
			labels[id] = append(labels[id], name)
		}
	}
	out := []record{{0, []string{"path", "label"}}}
	for _, im := range tables.Images {
		text, _ := asJSON(append([]string{}, labels[string(im.ID)]...)) // strings are always JSON
		out = append(out, record{len(out), []string{im.FileName, text}})
	}
	return out, nil
}
