package audit

import (
	"fmt"
	"path/filepath"

	"imagelab/lib/dataset"
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
