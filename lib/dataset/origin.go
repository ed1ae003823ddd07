package dataset

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"imagelab/lib/internal/seal"
	"imagelab/lib/text"
)

// OriginFile is the file beside photos that says where each came from: an [OriginLine] a line.
// Ingest takes it into the manifest.
const OriginFile = "collected.jsonl"

// Origin says where a photo came from. Package collect writes it. All of it but the query was said
// by others: escape it wherever it is shown.
type Origin struct {
	Query    string `json:"query,omitempty"`
	Provider string `json:"provider,omitempty"` // who found it, such as "openverse"
	Page     string `json:"page,omitempty"`     // address of the page that shows the photo
	Address  string `json:"address,omitempty"`  // of the photo itself
	Author   string `json:"author,omitempty"`
	Licence  string `json:"licence,omitempty"` // short, such as "CC BY-SA 4.0"
}

// OriginLine is what is read of a line of [OriginFile]. A photo that several queries found has a
// line for each; the first one for its class counts.
type OriginLine struct {
	SHA256 string `json:"sha256"` // of the photo's bytes, 64 hex digits
	Class  string `json:"class"`
	Origin
}

// takeOrigins gives the images their origins: those of the file beside the photos, or else those
// that they had in `before`.
func (s *Set) takeOrigins(before []Image) {
	known := map[[2]string]Origin{}
	add := func(sha256, class string, o Origin) {
		for _, key := range [][2]string{{sha256, class}, {sha256, ""}} {
			if _, have := known[key]; !have {
				known[key] = o
			}
		}
	}
	lines, err := readOrigins(filepath.Join(s.Root, OriginFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.Notes = append(s.Notes, fmt.Sprintf("%s does not say all origins of the photos: %v", OriginFile, err))
	}
	for _, l := range lines {
		add(l.SHA256, l.Class, l.Origin)
	}
	for _, im := range before {
		if im.Origin != nil {
			add(im.SHA256, im.GivenClass(), *im.Origin)
		}
	}
	if len(known) == 0 {
		return
	}
	for i := range s.Images {
		im := &s.Images[i]
		o, ok := known[[2]string{im.SHA256, im.GivenClass()}]
		if !ok {
			o, ok = known[[2]string{im.SHA256, ""}]
		}
		if ok {
			im.Origin = &o
		}
	}
}

// readOrigins reads the whole lines of an origin file. The error tells of those that are damaged.
func readOrigins(path string) (lines []OriginLine, err error) {
	data, err := seal.Read(path)
	if err != nil {
		return nil, err
	}
	bad := 0
	for line := range bytes.Lines(data) {
		var l OriginLine
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if seal.Parse(line, &l) != nil || !isHex(l.SHA256, 64) {
			bad++
			continue
		}
		lines = append(lines, l)
	}
	if bad > 0 {
		return lines, fmt.Errorf("%s damaged", text.Count(bad, "line is", "lines are"))
	}
	return lines, nil
}
