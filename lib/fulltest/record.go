package fulltest

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"testing"
)

// Record adds the row that try returns, which ends a line, to a CSV file, which it begins with the
// header where there is none. It tries nothing where the file has a row that begins with key.
// Processes that try things side by side may share the file: each adds its rows and rewrites
// nobody's.
func Record(t testing.TB, file, header, key string, try func() string) {
	t.Helper()
	before, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	if bytes.Contains(before, []byte("\n"+key+",")) {
		t.Logf("the row of %s is in %s already", key, file)
		return
	}
	row := try()
	if len(before) == 0 {
		row = header + "\n" + row
	}
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(row); err != nil {
		t.Fatal(err)
	}
}
