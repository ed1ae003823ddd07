package suspect

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"imagelab/lib/dataset"
	"imagelab/lib/text"
)

// File is the name of the result in the folder of a set.
const File = "suspects.json"

// Save writes the result into the dataset folder dir, with the suspects that [Result.Listed] gives
// for the whole set.
func Save(dir string, r Result) error {
	r.Suspects = r.Listed("")
	if err := dataset.WriteJSON(filepath.Join(dir, File), r); err != nil {
		return fmt.Errorf("suspect: %w", err)
	}
	return nil
}

// Load reads what [Save] wrote. Whether the set has changed since, its Digest says.
func Load(dir string) (Result, error) {
	var r Result
	err := dataset.ReadJSON(filepath.Join(dir, File), &r)
	if errors.Is(err, fs.ErrNotExist) {
		return r, fmt.Errorf("suspect: no %s in %s: run suspect.Find first: %w", File, text.Name(dir), err)
	}
	if err != nil {
		return Result{}, fmt.Errorf("suspect: %w: run suspect.Find, which makes it anew", err)
	}
	return r, nil
}
