package report

import (
	"context"
	"fmt"
	"html/template"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"imagelab/lib/runlog"
)

// runsPage lists the folders with records below a folder.
type runsPage struct {
	Style   template.CSS
	Policy  string
	Kind    pageKind
	Title   string
	N       int // fits
	Folders []runsFolder
	More    int
}

type runsFolder struct {
	Name string
	Link template.URL // to its page; empty: it has none
	Rows []recordRow
	More int
}

const (
	mostFolders = 300
	mostOfAFold = 20 // fits of a folder
)

// WriteRuns writes a page to path that lists all folders with records of fits in dir and below it,
// the latest first, with links to their pages. It returns the number of fits, without which there
// is no page, and of lines that broke off.
func WriteRuns(ctx context.Context, path, dir string) (fits, torn int, err error) {
	if err := checkTarget(path, kindRuns); err != nil {
		return 0, 0, err
	}
	css, err := style()
	if err != nil {
		return 0, 0, fmt.Errorf("report: %w", err)
	}
	folders, err := recordFolders(ctx, dir)
	if err != nil {
		return 0, 0, fmt.Errorf("report: list the runs below %s: %w", dir, err)
	}
	page := runsPage{Style: css, Policy: policy(), Kind: kindRuns, Title: "Runs in " + filepath.Base(abs(dir))}
	for _, folder := range folders {
		records, broken, err := runlog.ReadDir(folder)
		if err != nil {
			return 0, 0, fmt.Errorf("report: %w", err)
		}
		torn += broken
		if len(records) == 0 {
			continue
		}
		slices.Reverse(records)
		page.N += len(records)
		shown := runsFolder{Name: named(dir, folder), Link: pageOf(path, folder)}
		shown.Rows, shown.More = bounded(recordRows(records), mostOfAFold)
		page.Folders = append(page.Folders, shown)
	}
	if page.N == 0 {
		return 0, torn, nil
	}
	slices.SortStableFunc(page.Folders, func(a, b runsFolder) int { return b.Rows[0].Time.Compare(a.Rows[0].Time) })
	page.Folders, page.More = bounded(page.Folders, mostFolders)
	return page.N, torn, execute(path, "runs.gohtml", page)
}

// recordFolders are the folders with files of records. Folders in a folder of records belong to it.
func recordFolders(ctx context.Context, dir string) ([]string, error) {
	var out []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil || !d.IsDir():
			return err
		}
		entries, err := os.ReadDir(path)
		if err != nil || !slices.ContainsFunc(entries, isRecords) {
			return err
		}
		out = append(out, path)
		return filepath.SkipDir
	})
	return out, err
}

func isRecords(e fs.DirEntry) bool {
	ok, _ := filepath.Match("records*.jsonl", e.Name())
	return ok && !e.IsDir()
}

func abs(path string) string {
	if full, err := filepath.Abs(path); err == nil {
		return full
	}
	return path
}

func named(dir, folder string) string {
	if name, err := filepath.Rel(dir, folder); err == nil && name != "." {
		return filepath.ToSlash(name)
	}
	return filepath.Base(abs(folder))
}

// pageOf is the address of a folder's page, relative to the page at path.
func pageOf(path, folder string) template.URL {
	if _, err := os.Stat(filepath.Join(folder, "report.html")); err != nil {
		return ""
	}
	way, err := filepath.Rel(real(abs(filepath.Dir(path))), real(abs(folder)))
	if err != nil {
		return ""
	}
	return template.URL("./" + escape(filepath.ToSlash(way)) + "/report.html")
}
