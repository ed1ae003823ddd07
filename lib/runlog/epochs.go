package runlog

import (
	"encoding/csv"
	"fmt"
	"os"
	"strconv"
	"strings"

	"imagelab/lib/internal/atomicfile"
)

// WriteEpochs writes the epochs of a fit as CSV, a line for each, with the names of their fields in
// records. It replaces the file at once or not at all.
func WriteEpochs(path string, epochs []Epoch) error {
	var text strings.Builder
	out := csv.NewWriter(&text)
	lines := [][]string{{"phase", "epoch", "lr", "train_loss", "val_loss", "val_top1", "seconds"}}
	for _, e := range epochs {
		line := []string{e.Phase, strconv.Itoa(e.Epoch)}
		for _, v := range []float64{e.LR, e.TrainLoss, e.ValLoss, e.ValTop1, e.Seconds} {
			line = append(line, strconv.FormatFloat(v, 'g', -1, 64))
		}
		lines = append(lines, line)
	}
	if err := out.WriteAll(lines); err != nil {
		return fmt.Errorf("runlog: %w", err)
	}
	err := atomicfile.Write(path, int64(text.Len()), func(f *os.File) error {
		_, err := f.WriteString(text.String())
		return err
	})
	if err != nil {
		return fmt.Errorf("runlog: %w", err)
	}
	return nil
}
