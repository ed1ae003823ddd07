package text

import (
	"os/exec"
	"testing"
	"unicode/utf8"
)

func TestWordsSurviveTheShell(t *testing.T) {
	for _, c := range []struct{ word, want, reason string }{
		{"data/mine", "data/mine", "plain words stay readable"},
		{"--lr=1e-3", "--lr=1e-3", "the same for flags"},
		{"my photos", "'my photos'", "a blank takes words apart"},
		{"it's", `'it'\''s'`, "the quote itself"},
		{"$HOME", "'$HOME'", "a shell would put in another word"},
		{"a!b\\c", `'a!b\c'`, "nor history, nor escapes"},
		{"~", "'~'", "it would be the home folder"},
		{"=ls", "'=ls'", "zsh would put in a path"},
		{"[ab]{c,d}#", "'[ab]{c,d}#'", "patterns, braces and comments"},
		{"größe", "'größe'", "letters that an old shell may not know"},
		{"", "''", "an empty word would be lost"},
		{"two\nlines", `$'two\012lines'`, "line breaks end commands where they are pasted"},
		{"a\x1b[31m'b\\", `$'a\033[31m\'b\\'`, "a terminal obeys escapes"},
		{"1\u202fPM", `$'1\342\200\257PM'`, "a blank that is none"},
		{"\xff", `$'\377'`, "a byte that is no letter"},
	} {
		if got := Word(c.word); got != c.want {
			t.Errorf("%q is written %s, want %s: %s", c.word, got, c.want, c.reason)
		}
		if out, err := exec.Command("bash", "-c", "printf %s "+Word(c.word)).Output(); err != nil || string(out) != c.word {
			t.Errorf("the shell reads %s as %q, %v", Word(c.word), out, err)
		}
	}
	if got := Path("-a b"); got != "'./-a b'" {
		t.Errorf("a folder that begins with a dash is written %s", got)
	}
}

func FuzzWord(f *testing.F) {
	for _, word := range []string{"a b", "'", "\\", "\x1b]0;x\a", "e\u0301", "\u202e", "\xff\n", "-x", "=", "👩\u200d🔬"} {
		f.Add(word)
	}
	f.Fuzz(func(t *testing.T, word string) {
		for what, shown := range map[string]string{"Word": Word(word), "Name": Name(word)} {
			if !utf8.ValidString(shown) || Clean(shown) != shown || len(shown) == 0 {
				t.Errorf("%s of %q is %q", what, word, shown)
			}
		}
		if len(word) > 1000 || containsNUL(word) {
			return // no shell takes these
		}
		if out, err := exec.Command("bash", "-c", "printf %s "+Word(word)).Output(); err != nil || string(out) != word {
			t.Errorf("the shell reads %s as %q, not %q: %v", Word(word), out, word, err)
		}
	})
}

func containsNUL(s string) bool {
	for i := range len(s) {
		if s[i] == 0 {
			return true
		}
	}
	return false
}
