package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"imagelab/lib/text"
)

// printTable writes a table in the room there is, and says which columns found none and what shows them.
func (a *app) printTable(t text.Table, instead string) error {
	left, err := t.Write(a.stdout, a.columns)
	if err == nil && len(left) > 0 {
		_, err = fmt.Fprintf(a.stdout, "not shown in %d columns: %s (%s)\n", a.columns, strings.Join(left, ", "), instead)
	}
	return err
}

// json prints one JSON object on a line of its own.
func (a *app) json(v any) error { return json.NewEncoder(a.data).Encode(v) }
