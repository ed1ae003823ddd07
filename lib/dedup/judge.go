package dedup

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"

	"imagelab/lib/dataset"
	"imagelab/lib/metric"
	"imagelab/lib/text"
)

// JudgeFile is the name, in a dataset folder, of the pairs that a person may judge.
const JudgeFile = "judge.json"

// Pairs are judged for one of two reasons.
const (
	SampleRandom     = "random"     // drawn from all photos that were left out because they look like another one
	SampleBorderline = "borderline" // next to the threshold of the tier embedding, on both sides
)

// Question is a pair for a person to judge.
type Question struct {
	A       string `json:"a"` // path; of a photo that was left out
	B       string `json:"b"` // path; of the photo that was kept in its place
	Sample  string `json:"sample"`
	Dropped bool   `json:"dropped"` // they were called copies
	Copy    *bool  `json:"copy"`    // the answer: they are copies; null: not judged
	// an earlier result asked this, and today's does not: the answer is kept, and not counted
	Earlier bool `json:"earlier,omitempty"`
}

// pair is the same whichever photo was kept.
func (q Question) pair() [2]string { return [2]string{min(q.A, q.B), max(q.A, q.B)} }

// mostDrawn is the size of the random sample.
const mostDrawn = 50

// Questions are the pairs of a result that are worth judging: a random sample of what was left out
// by its looks, always the same one, and borderline pairs.
func (r Result) Questions() []Question {
	var all []Question
	for _, g := range r.Groups {
		for _, m := range g.Members {
			if m.Path != g.Kept && m.Kind != KindBytes && m.Kind != KindPixels {
				all = append(all, Question{A: m.Path, B: g.Kept, Sample: SampleRandom, Dropped: true})
			}
		}
	}
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	all = all[:min(mostDrawn, len(all))]
	called := map[[2]string]bool{}
	for _, p := range r.Near {
		called[[2]string{p.A, p.B}] = true
	}
	for _, p := range r.Borderline {
		all = append(all, Question{A: p.A, B: p.B, Sample: SampleBorderline, Dropped: called[[2]string{p.A, p.B}]})
	}
	return all
}

// SaveJudge writes the questions of r to [JudgeFile] in dir. Answers in the file stay: to the same
// pairs with these, to others behind them.
func SaveJudge(dir string, r Result) error {
	file := filepath.Join(dir, JudgeFile)
	before, err := readQuestions(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w; move it away", err)
	}
	questions := withAnswers(r.Questions(), before)
	if len(questions) == 0 && len(before) == 0 {
		return nil
	}
	data, err := json.MarshalIndent(questions, "", "  ")
	if err == nil {
		err = dataset.WriteFile(file, func(w io.Writer) error { _, err := w.Write(append(data, '\n')); return err })
	}
	if err != nil {
		return fmt.Errorf("dedup: %w", err)
	}
	return nil
}

// withAnswers are the questions with the answers of before, and behind them the other pairs of
// before that have one.
func withAnswers(questions, before []Question) []Question {
	answer, asked := map[[2]string]*bool{}, map[[2]string]bool{}
	for _, q := range before {
		if q.Copy != nil {
			answer[q.pair()] = q.Copy
		}
	}
	out := []Question{}
	for _, q := range questions {
		q.Copy, asked[q.pair()] = answer[q.pair()], true
		out = append(out, q)
	}
	for _, q := range before {
		if q.Copy != nil && !asked[q.pair()] {
			q.Earlier, asked[q.pair()] = true, true
			out = append(out, q)
		}
	}
	return out
}

// readQuestions reads a file that a person edits, so that it bears no digest.
func readQuestions(file string) ([]Question, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("dedup: %w", err)
	}
	var out []Question
	if err := json.Unmarshal(data, &out); err != nil {
		return nil, fmt.Errorf("dedup: %s: %w: write true, false or null behind each \"copy\"", text.Name(file), err)
	}
	return out, nil
}

// Judged is what a person said of a sample of pairs.
type Judged struct {
	Dropped    int             `json:"dropped"`    // judged pairs of the random sample
	Wrong      int             `json:"wrong"`      // of these, no copies
	Share      float64         `json:"share"`      // wrong, in [0,1]
	Interval   metric.Interval `json:"interval"`   // 95 % interval of the share (Wilson)
	Borderline int             `json:"borderline"` // judged borderline pairs
	// of these, called copies that are none, and copies that were not found
	BothWrong [2]int `json:"borderline_wrong"`
	Open      int    `json:"open"`    // pairs without an answer
	Earlier   int    `json:"earlier"` // pairs of earlier results, see [Question], which are not counted above
}

// LoadJudged counts the answers in a file that [SaveJudge] wrote and a person filled in. A file
// without any answer is an error.
func LoadJudged(file string) (Judged, error) {
	questions, err := readQuestions(file)
	if err != nil {
		return Judged{}, err
	}
	var j Judged
	for _, q := range questions {
		switch {
		case q.Earlier:
			j.Earlier++
		case q.Copy == nil:
			j.Open++
		case q.Sample == SampleBorderline:
			j.Borderline++
			if q.Dropped && !*q.Copy {
				j.BothWrong[0]++
			} else if !q.Dropped && *q.Copy {
				j.BothWrong[1]++
			}
		case q.Dropped:
			j.Dropped++
			if !*q.Copy {
				j.Wrong++
			}
		}
	}
	if j.Dropped+j.Borderline == 0 {
		not := ""
		if j.Earlier > 0 {
			not = ", but not of those with \"earlier\", which do not count"
		}
		return j, fmt.Errorf("dedup: no pair in %s is judged: write true or false behind \"copy\" of some%s",
			text.Name(file), not)
	}
	if j.Dropped > 0 {
		j.Share, j.Interval = float64(j.Wrong)/float64(j.Dropped), metric.Wilson(j.Wrong, j.Dropped)
	}
	return j, nil
}

// String says it in sentences.
func (j Judged) String() string {
	var out string
	if j.Dropped > 0 {
		out = fmt.Sprintf("left out wrongly: %d of %s in the random sample, %s (95 %% interval %s to %s)", j.Wrong,
			text.Count(j.Dropped, "photo"), text.Percent(j.Share, 1), text.Percent(j.Interval[0], 1),
			text.Percent(j.Interval[1], 1))
	}
	if j.Borderline > 0 {
		if out != "" {
			out += "\n"
		}
		out += fmt.Sprintf("borderline pairs: of %d, %d were called copies and are none, %d are copies that were "+
			"not found", j.Borderline, j.BothWrong[0], j.BothWrong[1])
	}
	if j.Open > 0 {
		out += fmt.Sprintf("\nnot judged yet: %s", text.Count(j.Open, "pair"))
	}
	if j.Earlier > 0 {
		out += fmt.Sprintf("\nnot counted: %s that an earlier run of dedup asked about", text.Count(j.Earlier, "pair"))
	}
	return out
}
