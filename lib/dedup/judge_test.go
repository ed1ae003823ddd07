package dedup

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// looksLike is a result in which each photo of pairs was left out for its looks.
func looksLike(pairs ...[2]string) Result {
	var r Result
	for _, p := range pairs {
		r.Groups = append(r.Groups, Group{Kept: p[1], Members: []Member{{Path: p[1]}, {Path: p[0], Kind: KindHash}}})
	}
	return r
}

// judge does what a person does: it writes an answer behind each pair with the photo a.
func judge(t *testing.T, dir string, answers map[string]bool) {
	t.Helper()
	file := filepath.Join(dir, JudgeFile)
	questions, err := readQuestions(file)
	if err != nil {
		t.Fatal(err)
	}
	for i, q := range questions {
		if answer, ok := answers[q.A]; ok {
			questions[i].Copy = &answer
		}
	}
	text, err := json.Marshal(questions)
	if err == nil {
		err = os.WriteFile(file, text, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestAnswersStay: answers are a person's work. Another distance asks about other pairs, and the
// answers are there again when their pairs come back; until then they are not counted.
func TestAnswersStay(t *testing.T) {
	dir := t.TempDir()
	ab, cd := [2]string{"a", "b"}, [2]string{"c", "d"}
	save := func(r Result) {
		t.Helper()
		if err := SaveJudge(dir, r); err != nil {
			t.Fatal(err)
		}
	}
	save(looksLike(ab, cd, [2]string{"open", "x"}))
	judge(t, dir, map[string]bool{"a": false, "c": true})

	inBoth := looksLike(ab)
	inBoth.Near = []NamedPair{{A: "a", B: "b"}}
	inBoth.Borderline = inBoth.Near
	tests := []struct {
		name, reason string
		result       Result
		want         Judged // counts only
	}{
		{"the same", "nothing is different", looksLike(ab, cd, [2]string{"open", "x"}),
			Judged{Dropped: 2, Wrong: 1, Open: 1}},
		{"one pair less", "an answer about a pair that is no copy any more is not of this sample",
			looksLike(cd, [2]string{"new", "y"}), Judged{Dropped: 1, Open: 1, Earlier: 1}},
		{"no pair", "distance 0 calls none a copy by its looks", Result{}, Judged{Earlier: 2}},
		{"the other is kept", "the question is the same", looksLike([2]string{"b", "a"}, cd), Judged{Dropped: 2, Wrong: 1}},
		{"in both samples", "one answer is that of the pair", inBoth,
			Judged{Dropped: 1, Wrong: 1, Borderline: 1, BothWrong: [2]int{1, 0}, Earlier: 1}},
		{"no pair again", "a pair of both samples is one earlier pair", Result{}, Judged{Earlier: 2}},
		{"all again", "what was earlier is of today", looksLike(ab, cd), Judged{Dropped: 2, Wrong: 1}},
	}
	for _, tt := range tests {
		save(tt.result)
		got, err := LoadJudged(filepath.Join(dir, JudgeFile))
		if (err != nil) != (tt.want.Dropped == 0) || err != nil && !strings.Contains(err.Error(), "earlier") {
			t.Errorf("%s: %v", tt.name, err)
		}
		if (got.Earlier > 0) != strings.Contains(got.String(), "earlier") {
			t.Errorf("%s: says %q", tt.name, got)
		}
		got.Share, got.Interval = 0, tt.want.Interval
		if !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: %+v, want %+v: %s", tt.name, got, tt.want, tt.reason)
		}
	}
}
