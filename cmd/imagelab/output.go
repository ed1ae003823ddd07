package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"imagelab/lib/folder"
	"imagelab/lib/text"
)

// printTable writes a table in the room there is, and says which columns found none and what shows them.
func (a *app) printTable(t text.Table, instead string) error {
	left, err := t.Write(a.stdout, a.columns)
	if err == nil && len(left) > 0 {
		err = a.printLine(fmt.Sprintf("not shown in %d columns: %s (%s)", a.columns, strings.Join(left, ", "), instead))
	}
	return err
}

// printLine prints a sentence in the room there is.
func (a *app) printLine(line string) error {
	if a.columns > 0 {
		line = text.Wrap(line, a.columns)
	}
	_, err := fmt.Fprintln(a.stdout, line)
	return err
}

// checkOut refuses to write what a verb makes into a folder that is something else.
func checkOut(dir string, want folder.Kind, photos string) error {
	if err := folder.Check(dir, want, photos); err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	return nil
}

// json prints one JSON object on a line of its own.
func (a *app) json(v any) error { return json.NewEncoder(a.data).Encode(v) }
