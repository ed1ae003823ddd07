package text

import (
	"strings"
	"testing"
)

func TestName(t *testing.T) {
	for _, c := range []struct{ name, want, reason string }{
		{"cat", "cat", "plain names stay"},
		{"my cat's \"Größe\"", "my cat's \"Größe\"", "what shows stays"},
		{"猫\u3000犬", "猫\u3000犬", "the blank of East Asian scripts shows"},
		{"می\u200cخواهم", "می\u200cخواهم", "Persian is written with joiners"},
		{"👩\u200d🔬", "👩\u200d🔬", "and so are emoji"},
		{"e\u0301", "e\u0301", "combining marks show"},
		{"a\x1b[31mred", `"a\x1b[31mred"`, "a terminal would turn red"},
		{"\x1b]0;title\a", `"\x1b]0;title\a"`, "or change its title"},
		{"new\nline", `"new\nline"`, "a line could be forged"},
		{"a\rb", `"a\rb"`, "or written over"},
		{"c1\u009b31m", `"c1\u009b31m"`, "control characters of eight bits"},
		{"del\x7f", `"del\x7f"`, "delete"},
		{"cat\u202egpj", `"cat\u202egpj"`, "text that runs backwards"},
		{"\u2066a\u2069", `"\u2066a\u2069"`, "isolates"},
		{"a\u200eb\u200f", `"a\u200eb\u200f"`, "marks of direction"},
		{"a\u200bb", `"a\u200bb"`, "a blank of no width: the name looks like another"},
		{"a\u200db", `"a\u200db"`, "a joiner where nothing joins"},
		{"a\u00a0b", `"a\u00a0b"`, "a blank that looks like another"},
		{"\ufeffcat", `"\ufeffcat"`, "a byte order mark from a spreadsheet"},
		{"cat ", `"cat "`, "a blank at the end"},
		{"", `""`, "nothing"},
		{`"a"`, `"\"a\""`, "it could be taken for a quoted one"},
		{"bad\xff\xfe", `"bad\xff\xfe"`, "bytes that are not UTF-8"},
		{"\ufffd", "\ufffd", "the sign for such bytes, itself"},
	} {
		if got := Name(c.name); got != c.want {
			t.Errorf("%q is shown as %s, want %s: %s", c.name, got, c.want, c.reason)
		}
	}
}

func TestClean(t *testing.T) {
	in := "open a\x1b[2Jb\u202e: no such file\n\tcaused by \xff, \u009b, größe 猫\r"
	want := `open a\x1b[2Jb\u202e: no such file` + "\n\tcaused by " + `\xff, \u009b, größe 猫\r`
	if got := Clean(in); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestTableKeepsItsColumns(t *testing.T) {
	table := Table{Columns: []Column{{Head: "class", Least: 6}, {Head: "n", Number: true}, {Head: "when", Spare: 1}}}
	for _, name := range []string{"cat", "猫と犬", "e\u0301te\u0301", "👩\u200d🔬 lab", "a class of a long name"} {
		table.Add(name, "12", "2026-11-26")
	}
	for _, width := range []int{0, 100, 36, 22, 14} {
		var out strings.Builder
		left, err := table.Write(&out, width)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
		column := Width(lines[0][:strings.Index(lines[0], "n")]) // where the number ends
		for _, line := range lines[1:] {
			if at := strings.Index(line, "12"); at < 0 || Width(line[:at])+1 != column {
				t.Errorf("in %d columns the number of %q ends elsewhere", width, line)
			}
			if width >= 14 && Width(line) > width {
				t.Errorf("%q takes %d columns of %d", line, Width(line), width)
			}
		}
		if gone := len(left) == 1; gone != (width > 0 && width < 22) {
			t.Errorf("in %d columns %q is left out", width, left)
		}
	}
}

// TestTableOfRows: where columns do not fit, each row is a list, with all cells as they are.
func TestTableOfRows(t *testing.T) {
	table := Table{Columns: []Column{{Head: "class"}, {Head: "n", Number: true}, {Head: "what it is", Spare: 1}}}
	table.Add("a class of a long name", "12", "one that is said in some words")
	table.Add("cat", "3", "")
	var out strings.Builder
	left, err := table.Write(&out, 25)
	want := `class       a class of a
            long name
n           12
what it is  one that is
            said in some
            words

class       cat
n           3
what it is
`
	if out.String() != want || len(left) > 0 || err != nil {
		t.Errorf("%q is left out, %v; got\n%s", left, err, out.String())
	}
}

func TestShorten(t *testing.T) {
	for _, c := range []struct {
		line  string
		width int
		want  string
	}{{"short", 5, "short"}, {"a long name", 7, "a l…ame"}, {"猫犬猫犬猫犬", 7, "猫…犬"}, {"abcdef", 1, "a…f"}} {
		if got := Shorten(c.line, c.width); got != c.want || Width(got) > max(c.width, 3) {
			t.Errorf("%q in %d columns is %q, want %q", c.line, c.width, got, c.want)
		}
	}
}

func TestWrap(t *testing.T) {
	in := "A paragraph of some words that\nis filled again.\n\n  imagelab train data/mine --out runs/a    " +
		"fine-tune a network\n  a list\n" + strings.Repeat("x", 40)
	want := "A paragraph of some words that\nis filled again.\n\n  imagelab train data/mine\n  --out runs/a\n" +
		"      fine-tune a network\n  a list\n" + strings.Repeat("x", 40)
	if got := Wrap(in, 30); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := Wrap("  -a, --all    every one of them and more",
		30); got != "  -a, --all    every one of\n               them and more" {
		t.Errorf("the second column got\n%s", got)
	}
}

func TestClosest(t *testing.T) {
	verbs := []string{"ingest", "dedup", "split", "train", "eval", "predict", "runs"}
	for word, want := range map[string]string{
		"trian": "train", "evaluate": "eval", "pred": "predict", "run": "runs", "Train": "train", "splitt": "split",
		"export": "", "x": "",
	} {
		if got := Closest(word, verbs); got != want {
			t.Errorf("%q most probably means %q, want %q", word, got, want)
		}
	}
}
