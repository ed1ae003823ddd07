package child

import (
	"strings"
	"testing"
)

func TestTail(t *testing.T) {
	var tail Tail
	all := strings.Repeat("0123456789", 5000)
	for part := range strings.SplitSeq(all, "5") {
		if n, err := tail.Write([]byte(part)); n != len(part) || err != nil {
			t.Fatal(n, err)
		}
	}
	all = strings.ReplaceAll(all, "5", "")
	if got := tail.Lines(); len(got) != 1 || got[0] != all[len(all)-TailBytes:] {
		t.Errorf("%d bytes were kept, and they are not the last", len(got[0]))
	}
}

func TestBrief(t *testing.T) {
	tests := []struct{ name, output, want string }{
		{"short", "a\nb\nc\nd\n", "a | b | c | d"},
		{"long", "a\nb\nc\nd\ne\nf", "a | b | c | ... | f"},
		{"nothing", "", ""},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			var tail Tail
			tail.Write([]byte(c.output))
			if got := Brief(tail.Lines(), 3, 1); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}
