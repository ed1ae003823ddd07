// Package field has speeds of all networks for notebook 02, whose quick form has no time to measure
// them.
package field

import (
	_ "embed"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"imagelab/lib/tradeoff"
)

// lines are those that `imagelab tradeoff` wrote with --field.
//
//go:embed speed.jsonl
var lines string

// Speeds are those of every network of imagelab at its own size and of the presets, on the machine
// that each names.
func Speeds() ([]tradeoff.Speed, error) {
	var speeds []tradeoff.Speed
	d := json.NewDecoder(strings.NewReader(lines))
	for {
		var s tradeoff.Speed
		if err := d.Decode(&s); errors.Is(err, io.EOF) {
			return speeds, nil
		} else if err != nil {
			return nil, err
		}
		speeds = append(speeds, s)
	}
}
