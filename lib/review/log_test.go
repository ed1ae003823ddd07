package review

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var kills = flag.Int("kills", 20, "how often TestKill kills the program that decides")

// TestMain lets the test binary be another program that decides until it is killed, or the disk is
// full.
func TestMain(m *testing.M) {
	if dir := os.Getenv("REVIEW_APPEND"); dir != "" {
		decideForEver(dir, os.Getenv("REVIEW_WHO"))
	}
	if dir := os.Getenv("REVIEW_FULL"); dir != "" {
		fillDisk(dir)
		return
	}
	os.Exit(m.Run())
}

// decideForEver prints the id of every decision that Append acknowledged.
func decideForEver(dir, who string) {
	log := Open(dir, "set")
	for i := 0; ; i++ {
		batch := make([]Decision, 1+i%3)
		for j := range batch {
			batch[j] = label(hash("1"), "a", "b")
			batch[j].Who, batch[j].Why = who, strings.Repeat("why ", i%500)
		}
		written, err := log.Append(context.Background(), batch...)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		for _, d := range written {
			fmt.Println(d.ID)
		}
	}
}

func label(sha, before, after string) Decision {
	return Decision{Who: "ann", SHA256: sha, Kind: KindLabel, Before: before, After: after}
}

func add(t *testing.T, log *Log, decisions ...Decision) []Decision {
	t.Helper()
	written, err := log.Append(t.Context(), decisions...)
	if err != nil {
		t.Fatal(err)
	}
	return written
}

func all(t *testing.T, log *Log) Part {
	t.Helper()
	p, err := log.All()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAppendSince(t *testing.T) {
	dir := t.TempDir()
	ann, bob := Open(dir, "set"), Open(dir, "set")
	if p := all(t, ann); len(p.Decisions)+len(p.Aside) > 0 {
		t.Fatalf("a log that was never written: %+v", p)
	}
	add(t, ann, label(hash("1"), "a", "b\n<script>"), label(hash("2"), "", "b"))
	p, err := bob.Since(0)
	if err != nil || len(p.Decisions) != 2 || p.Decisions[0].After != "b\n<script>" ||
		p.Decisions[0].Batch != p.Decisions[1].Batch {
		t.Fatalf("%+v, %v", p, err)
	}
	written := add(t, bob, label(hash("1"), "b", "c"))
	p, err = ann.Since(p.Next)
	if err != nil || len(p.Decisions) != 1 || p.Decisions[0] != written[0] || p.Decisions[0].Batch != "" {
		t.Fatalf("what the other one decided: %+v, %v, written %+v", p, err, written)
	}
	if rest, err := ann.Since(p.Next); err != nil || len(rest.Decisions) != 0 || rest.Next != p.Next {
		t.Errorf("nothing new: %+v, %v", rest, err)
	}
	if _, err := ann.Since(p.Next + 1); !errors.Is(err, ErrReplaced) {
		t.Errorf("a shorter log: %v", err)
	}
}

func TestAppendRefuses(t *testing.T) {
	tests := []struct {
		name, reason string
		d            Decision
	}{
		{"nobody", "a log says who", Decision{SHA256: hash("1"), Kind: KindLabel, After: "b"}},
		{"no photo", "a label is a photo's", Decision{Who: "ann", Kind: KindLabel, After: "b"}},
		{"bad hash", "identity is content", Decision{Who: "ann", SHA256: "xyz", Kind: KindSeen}},
		{"unknown kind", "no reader knows it", Decision{Who: "ann", SHA256: hash("1"), Kind: "delete"}},
		{"unknown state", "no reader knows it", Decision{Who: "ann", SHA256: hash("1"), Kind: KindState, After: "gone"}},
		{"rename to itself", "says nothing", Decision{Who: "ann", Kind: KindRename, Before: "a", After: "a"}},
		{"undo of nothing", "says nothing", Decision{Who: "ann", Kind: KindUndo}},
		{"not UTF-8", "JSON would change it", Decision{Who: "ann", SHA256: hash("1"), Kind: KindLabel, After: "\xff"}},
		{"endless", "a line has an end", Decision{Who: "ann", SHA256: hash("1"), Kind: KindLabel,
			After: strings.Repeat("a", 1e6)}},
	}
	for _, tt := range tests {
		log := Open(t.TempDir(), "set")
		if _, err := log.Append(t.Context(), label(hash("1"), "a", "b"), tt.d); err == nil {
			t.Errorf("%s: %s", tt.name, tt.reason)
		}
		if p := all(t, log); len(p.Decisions) > 0 {
			t.Errorf("%s: half of a batch was written", tt.name)
		}
	}
	if _, err := Open(filepath.Join(t.TempDir(), "none"), "set").Append(t.Context(),
		label(hash("1"), "a", "b")); err == nil {
		t.Error("no folder, no log")
	}
}

// TestBadLines: what happens to logs costs the lines it happened to, and no other.
func TestBadLines(t *testing.T) {
	tests := []struct {
		name, reason string
		bad          func(good []byte) []byte // the second of three lines
	}{
		{"torn", brokenOff, func(good []byte) []byte { return good[:30] }},
		{"torn at its end", brokenOff, func(good []byte) []byte { return good[:len(good)-2] }},
		{"changed by hand", damaged, func(good []byte) []byte {
			return bytes.Replace(good, []byte(`"b"`), []byte(`"c"`), 1)
		}},
		{"zeroes", brokenOff, func(good []byte) []byte { return append(make([]byte, 100), '\n') }},
		{"of another set", ofOtherSet, func([]byte) []byte {
			_, line, _ := Open("", "other").lines([]Decision{label(hash("1"), "a", "b")})
			return line
		}},
		{"without a seal", unsealed, func(good []byte) []byte {
			return append(good[:bytes.Index(good, []byte(`,"seal`))], "}\n"...)
		}},
		{"two torn into one", brokenOff, func(good []byte) []byte { return append(bytes.Clone(good[:30]), good...) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			log := Open(t.TempDir(), "set")
			add(t, log, label(hash("1"), "a", "b"))
			good, _ := os.ReadFile(log.Path())
			os.WriteFile(log.Path(), append(bytes.Clone(good), tt.bad(bytes.Clone(good))...), 0o644)
			add(t, log, label(hash("2"), "a", "b"))
			p := all(t, log)
			if len(p.Decisions) != 2 || len(p.Aside) != 1 || p.Aside[0].Line != 2 || p.Aside[0].Reason != tt.reason {
				t.Errorf("%d decisions, aside %+v, want %q", len(p.Decisions), p.Aside, tt.reason)
			}
			data, _ := os.ReadFile(log.Path())
			if !bytes.HasPrefix(data, good) || p.Next != int64(len(data)) {
				t.Error("the log was not only added to")
			}
		})
	}
}

func TestTornEnd(t *testing.T) {
	log := Open(t.TempDir(), "set")
	add(t, log, label(hash("1"), "a", "b"))
	good, _ := os.ReadFile(log.Path())
	os.WriteFile(log.Path(), append(bytes.Clone(good), good[:50]...), 0o644)
	if p, err := log.Since(0); err != nil || len(p.Aside) != 0 || p.Next != int64(len(good)) {
		t.Errorf("another program may be writing it: %+v, %v", p, err)
	}
	if p := all(t, log); len(p.Decisions) != 1 || len(p.Aside) != 1 || p.Aside[0].Reason != brokenOff {
		t.Errorf("%+v", p)
	}
}

func TestNotAFile(t *testing.T) {
	log := Open(t.TempDir(), "set")
	if err := os.Mkdir(log.Path(), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := log.Since(0); err == nil {
		t.Error("a folder was read as a log")
	}
	if _, err := log.Append(t.Context(), label(hash("1"), "a", "b")); err == nil {
		t.Error("a folder was written as a log")
	}
}

// TestKill kills two programs that decide at once, at random moments. What was acknowledged is
// there, once.
func TestKill(t *testing.T) {
	dir := t.TempDir()
	rng := rand.New(rand.NewPCG(5, 6))
	acknowledged, torn := map[string]bool{}, 0
	for range *kills {
		ctx, cancel := context.WithCancel(t.Context())
		ann, bob := decider(t, ctx, dir, "ann"), decider(t, ctx, dir, "bob")
		time.Sleep(time.Duration(rng.IntN(60)) * time.Millisecond)
		cancel() // SIGKILL
		for _, p := range []*program{ann, bob} {
			for _, id := range p.wait(t) {
				acknowledged[id] = true
			}
		}
	}
	p := all(t, Open(dir, "set"))
	torn, times := len(p.Aside), map[string]int{}
	for _, d := range p.Decisions {
		times[d.ID]++
	}
	lost := 0
	for id := range acknowledged {
		if times[id] != 1 {
			lost++
		}
	}
	t.Logf("%d kills of two programs: %d acknowledged, %d lost, %d lines torn", *kills, len(acknowledged), lost, torn)
	if lost > 0 || len(acknowledged) < *kills {
		t.Errorf("%d of %d acknowledged decisions are lost or doubled", lost, len(acknowledged))
	}
}

type program struct {
	cmd *exec.Cmd
	out io.Reader
	ids []string
}

// decider starts a program that decides, and returns when it has decided once.
func decider(t *testing.T, ctx context.Context, dir, who string) *program {
	t.Helper()
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), "REVIEW_APPEND="+dir, "REVIEW_WHO="+who)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	p := &program{cmd: cmd, out: bufio.NewReader(out)}
	first, err := p.out.(*bufio.Reader).ReadString('\n')
	if err != nil {
		t.Fatalf("%s decided nothing: %v", who, err)
	}
	p.ids = []string{strings.TrimSpace(first)}
	return p
}

// wait returns the whole lines that the program printed.
func (p *program) wait(t *testing.T) []string {
	t.Helper()
	rest, err := io.ReadAll(p.out)
	if err != nil {
		t.Fatal(err)
	}
	p.cmd.Wait()
	for line := range strings.Lines(string(rest)) {
		if strings.HasSuffix(line, "\n") {
			p.ids = append(p.ids, strings.TrimSpace(line))
		}
	}
	return p.ids
}

// FuzzLog: any bytes are read, every whole line is a decision, set aside or empty, and what is read
// can be folded.
func FuzzLog(f *testing.F) {
	_, good, _ := Open("", "set").lines([]Decision{label(hash("1"), "a", "b"), {Who: "ann", Kind: KindRename,
		Before: "a", After: "b"}})
	f.Add(good, 10)
	f.Add(append(good[:40], good...), 60)
	f.Add([]byte("{}\n\n\r\n{\"seal_sha256\":\"0123456789abcdef\"}\nnull\n[]\n"), 3)
	f.Fuzz(func(t *testing.T, data []byte, cut int) {
		p := parse(data, 0, "set")
		if lines := bytes.Count(data, []byte("\n")); len(p.Decisions)+len(p.Aside) > lines || p.Next > int64(len(data)) {
			t.Errorf("%d lines, %d decisions, %d aside", lines, len(p.Decisions), len(p.Aside))
		}
		Fold(p.Decisions)
		if cut < 0 || cut > len(data) {
			return
		}
		head := parse(data[:cut], 0, "set") // as somebody who reads while it grows
		tail := parse(data[head.Next:], head.Next, "set")
		if len(head.Decisions)+len(tail.Decisions) != len(p.Decisions) || tail.Next != p.Next {
			t.Error("read in two parts, the log says something else")
		}
	})
}
