package runlog

import (
	"os/exec"
	"testing"
)

func TestQuotedWordsSurviveTheShell(t *testing.T) {
	for _, c := range []struct{ word, want, reason string }{
		{"data/mine", "data/mine", "plain words stay readable"},
		{"--lr=1e-3", "--lr=1e-3", "the same for flags"},
		{"my photos", "'my photos'", "a blank takes words apart"},
		{"it's", `'it'\''s'`, "the quote itself"},
		{"$HOME", "'$HOME'", "a shell would put in another word"},
		{"a!b\\c", `'a!b\c'`, "nor history, nor escapes"},
		{"~", "'~'", "it would be the home folder"},
		{"[ab]{c,d}#", "'[ab]{c,d}#'", "patterns, braces and comments"},
		{"two\nlines", "'two\nlines'", "line breaks end commands"},
		{"größe", "'größe'", "letters that an old shell may not know"},
		{"", "''", "an empty word would be lost"},
	} {
		if got := Quote(c.word); got != c.want {
			t.Errorf("%q is written %s, want %s: %s", c.word, got, c.want, c.reason)
		}
		if out, err := exec.Command("sh", "-c", "printf %s "+Quote(c.word)).Output(); err != nil || string(out) != c.word {
			t.Errorf("the shell reads %s as %q, %v", Quote(c.word), out, err)
		}
	}
	if got, want := commandLine([]string{"/usr/bin/imagelab", "train", "my data"}), "imagelab train 'my data'"; got != want {
		t.Errorf("command line %s, want %s", got, want)
	}
}
