package exchange

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"imagelab/lib/review"
	"imagelab/lib/text"
)

// Names of columns, lower case, that other programs use: FiftyOne writes filepath and
// ground_truth.label, Label Studio image and choice.
var (
	pathColumns  = []string{"path", "filepath", "file", "filename", "file_name", "image", "image_path"}
	labelColumns = []string{"label", "class", "choice", "ground_truth.label", "ground_truth"}
	tagColumns   = []string{"tags"}
)

// table reads a CSV file with a first line that names its columns.
func table(data []byte) ([]entry, error) {
	in := csv.NewReader(bytes.NewReader(data))
	in.FieldsPerRecord, in.Comma = -1, delimiter(data)
	head, err := in.Read()
	if err != nil {
		return nil, fmt.Errorf("its first line cannot be read: %w", err)
	}
	at := func(names []string) int {
		return slices.IndexFunc(names, func(name string) bool { return column(head, name) >= 0 })
	}
	cell := func(row []string, names []string) string {
		if n := at(names); n >= 0 {
			if i := column(head, names[n]); i < len(row) {
				return strings.TrimSpace(row[i])
			}
		}
		return ""
	}
	if at(pathColumns) < 0 || at(labelColumns) < 0 && column(head, "state") < 0 {
		return nil, fmt.Errorf("its first line is %s: name columns path,label,state (sha256 and tags may follow)",
			strings.Join(text.Names(head), ", "))
	}
	var out []entry
	for {
		row, err := in.Read()
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		e := entry{path: cell(row, pathColumns), sha256: cell(row, []string{"sha256"}), label: cell(row, labelColumns),
			state: cell(row, []string{"state"}), tags: tagsOf(cell(row, tagColumns))}
		e.at = e.path
		if len(row) > len(head) {
			e.reason = fmt.Sprintf("the line has %d fields, the first line has %d", len(row), len(head))
		}
		out = append(out, e.checked())
	}
}

// delimiter is the one of comma, semicolon and tab that is in the first line most often.
func delimiter(data []byte) rune {
	best, line := ',', string(firstLine(data))
	for _, c := range ";\t" {
		if strings.Count(line, string(c)) > strings.Count(line, string(best)) {
			best = c
		}
	}
	return best
}

func column(head []string, name string) int {
	return slices.IndexFunc(head, func(h string) bool { return strings.EqualFold(strings.TrimSpace(h), name) })
}

// tagsOf reads the tags of [Export], or a list as FiftyOne writes it: ["a", "b"].
func tagsOf(cell string) []string {
	var out []string
	if json.Unmarshal([]byte(strings.ReplaceAll(cell, "'", `"`)), &out) != nil {
		out = strings.Split(cell, tagBreak)
	}
	for i := range out {
		out[i] = strings.TrimSpace(out[i])
	}
	slices.Sort(out)
	return slices.DeleteFunc(slices.Compact(out), func(t string) bool { return t == "" })
}

// checked is the entry with a reason if no decision can hold what it says.
func (e entry) checked() entry {
	if e.reason != "" {
		return e
	}
	ds := []review.Decision{{Kind: review.KindLabel, After: e.label},
		{Kind: review.KindState, After: strings.TrimPrefix(e.state, noState)}}
	for _, tag := range e.tags {
		ds = append(ds, review.Decision{Kind: review.KindTag, After: tag})
	}
	for _, d := range ds {
		d.Who, d.SHA256 = "import", strings.Repeat("0", 64)
		if err := d.Validate(); err != nil {
			e.reason = err.Error()
		}
	}
	return e
}

// fiftyOne reads the labels.json of a FiftyOneImageClassificationDataset: classes, and by the path
// of each photo without its ending a class number, a class, an object with a label, or several.
func fiftyOne(data []byte) ([]entry, error) {
	var file struct {
		Classes []string                   `json:"classes"`
		Labels  map[string]json.RawMessage `json:"labels"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, fmt.Errorf("it is no labels.json of FiftyOne: %w", err)
	}
	if file.Labels == nil {
		return nil, errors.New(`it has no "labels", as a labels.json of FiftyOne has: export a ` +
			"FiftyOneImageClassificationDataset, or path,label,state as CSV")
	}
	var out []entry
	for _, name := range slices.Sorted(maps.Keys(file.Labels)) {
		e := entry{at: name, path: name}
		e.label, e.reason = target(file.Labels[name], file.Classes)
		if e.label != "" || e.reason != "" {
			out = append(out, e.checked())
		}
	}
	return out, nil
}

// target is one value of FiftyOne's labels. Null is no label.
func target(raw json.RawMessage, classes []string) (label, reason string) {
	var number int
	var object struct{ Label json.RawMessage }
	var list []json.RawMessage
	switch {
	case string(raw) == "null", json.Unmarshal(raw, &label) == nil:
		return label, ""
	case json.Unmarshal(raw, &number) == nil:
		if number < 0 || number >= len(classes) {
			return "", fmt.Sprintf("its class number is %d of %d", number, len(classes))
		}
		return classes[number], ""
	case json.Unmarshal(raw, &object) == nil && object.Label != nil && object.Label[0] != '{':
		return target(object.Label, classes)
	case json.Unmarshal(raw, &list) == nil && len(list) == 0:
		return "", ""
	case len(list) == 1 && list[0][0] != '[':
		return target(list[0], classes)
	case len(list) > 1:
		return "", "it has several labels"
	}
	return "", "its label is not one of FiftyOne's"
}

// task is a photo in Label Studio's JSON or JSON-MIN export.
type task struct {
	Data        map[string]json.RawMessage `json:"data"`
	Annotations []annotation               `json:"annotations"`
	Completions []annotation               `json:"completions"` // of old versions
	Image       string                     `json:"image"`       // JSON-MIN
	Choice      json.RawMessage            `json:"choice"`      // JSON-MIN
}

type annotation struct {
	Cancelled bool `json:"was_cancelled"`
	Result    []struct {
		Type  string                     `json:"type"`
		Value map[string]json.RawMessage `json:"value"`
	} `json:"result"`
}

// labelStudio reads a JSON or JSON-MIN export of classifications (choices).
func labelStudio(data []byte) ([]entry, error) {
	var tasks []task
	if err := json.Unmarshal(data, &tasks); err != nil {
		return nil, fmt.Errorf("it is no JSON export of Label Studio: %w", err)
	}
	var out []entry
	for n, t := range tasks {
		e := entry{at: fmt.Sprintf("entry %d", n+1), path: t.image(), nameOnly: true}
		if e.path == "" {
			e.reason = "it names no image"
		} else {
			e.at = e.path
			e.nameOnly = strings.Contains(e.path, "/upload/")
			e.label, e.reason = oneChoice(t.choices())
		}
		if e.label != "" || e.reason != "" {
			out = append(out, e.checked())
		}
	}
	return out, nil
}

func (t task) image() string {
	if t.Image != "" {
		return t.Image
	}
	var p string
	for _, key := range slices.Sorted(maps.Keys(t.Data)) {
		v := ""
		if json.Unmarshal(t.Data[key], &v) != nil || key != "image" && (p != "" || !strings.Contains(v, "/")) {
			continue
		}
		p = v
	}
	return p
}

// choices are all classes that the annotations of a task name.
func (t task) choices() []string {
	out := texts(t.Choice)
	for _, a := range slices.Concat(t.Annotations, t.Completions) {
		if a.Cancelled {
			continue
		}
		for _, r := range a.Result {
			if r.Type == "choices" {
				out = append(out, texts(r.Value["choices"])...)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// texts reads a text, a list of texts, or an object with such a list as "choices".
func texts(raw json.RawMessage) []string {
	var one string
	var list []string
	var object struct{ Choices []string }
	switch {
	case len(raw) == 0 || string(raw) == "null":
	case json.Unmarshal(raw, &one) == nil:
		return []string{one}
	case json.Unmarshal(raw, &list) == nil:
		return list
	case json.Unmarshal(raw, &object) == nil:
		return object.Choices
	}
	return nil
}

func oneChoice(choices []string) (label, reason string) {
	switch len(choices) {
	case 0:
		return "", ""
	case 1:
		return choices[0], ""
	}
	return "", "it has several labels: " + strings.Join(text.Names(choices), ", ")
}
