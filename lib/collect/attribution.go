package collect

import (
	"cmp"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"imagelab/lib/dataset"
	"imagelab/lib/internal/seal"
)

func writeSealed(w io.Writer, lines []Line) error {
	for _, l := range lines {
		line, err := json.Marshal(l)
		if err != nil {
			return err
		}
		if _, err := w.Write(seal.Object(line)); err != nil {
			return err
		}
	}
	return nil
}

// writeAttribution writes ATTRIBUTION.md and ATTRIBUTION.csv: each photo once.
func writeAttribution(dir string, lines []Line) error {
	var once []Line
	seen := map[string]bool{}
	for _, l := range lines {
		if !seen[l.File] {
			seen[l.File] = true
			once = append(once, l)
		}
	}
	err := dataset.WriteFile(filepath.Join(dir, "ATTRIBUTION.md"), func(w io.Writer) error {
		return writeMarkdown(w, once)
	})
	if err == nil {
		err = dataset.WriteFile(filepath.Join(dir, "ATTRIBUTION.csv"), func(w io.Writer) error { return writeCSV(w, once) })
	}
	if err != nil {
		return fmt.Errorf("collect: %w", err)
	}
	return nil
}

func writeMarkdown(w io.Writer, lines []Line) error {
	_, err := io.WriteString(w, "# Where these photos come from\n\n"+
		"The licences are what the providers say; check them before you publish a photo.\n\n")
	for _, l := range lines {
		if err == nil {
			_, err = fmt.Fprintf(w, "- `%s`: %s by %s, %s\n", strings.ReplaceAll(l.File, "`", ""),
				link(cmp.Or(l.Title, "untitled"), l.Page),
				marked(cmp.Or(l.Author, "an unknown author")), link(cmp.Or(l.Licence, "licence unknown"), l.LicenceAddress))
		}
	}
	return err
}

// marked is a foreign text that Markdown and HTML show as it is.
func marked(s string) string {
	var b strings.Builder
	for _, r := range tidy(s) {
		switch {
		case r < ' ' || r == 0x7f:
			b.WriteRune('\ufffd')
		case strings.ContainsRune("&<>", r):
			fmt.Fprintf(&b, "&#%d;", r)
		case strings.ContainsRune("\\`*_{}[]()#+!|~", r):
			b.WriteRune('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// link leads to a web address alone.
func link(s, address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || strings.ContainsAny(address, "<> \n\t") {
		return marked(s)
	}
	return fmt.Sprintf("[%s](<%s>)", marked(s), u.String())
}

func writeCSV(w io.Writer, lines []Line) error {
	c := csv.NewWriter(w)
	rows := [][]string{{"file", "title", "author", "licence", "licence_address", "page", "address", "provider", "query",
		"time"}}
	for _, l := range lines {
		rows = append(rows, []string{l.File, l.Title, l.Author, l.Licence, l.LicenceAddress, l.Page, l.Address, l.Provider,
			l.Query,
			l.Time.Format(time.RFC3339)})
	}
	for _, row := range rows {
		for i := range row {
			row[i] = harmless(row[i])
		}
	}
	return c.WriteAll(rows)
}

// harmless is a cell that no spreadsheet takes for a formula.
func harmless(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}
