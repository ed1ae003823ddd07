package audit

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"imagelab/lib/dataset"
	"imagelab/lib/text"
)

// File is the name of the result in the folder of a set.
const File = "audit.json"

// Save writes the result into the dataset folder dir.
func Save(dir string, r Result) error {
	if err := dataset.WriteJSON(filepath.Join(dir, File), r); err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	return nil
}

// Load reads what [Save] wrote. Whether the set has changed since, its Digest says.
func Load(dir string) (Result, error) {
	var r Result
	err := dataset.ReadJSON(filepath.Join(dir, File), &r)
	if errors.Is(err, fs.ErrNotExist) {
		return r, fmt.Errorf("audit: no %s in %s: run audit.Run first: %w", File, text.Name(dir), err)
	}
	if err != nil {
		return Result{}, fmt.Errorf("audit: %w: run audit.Run, which makes it anew", err)
	}
	return r, nil
}
