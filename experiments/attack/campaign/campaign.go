//go:build linux

// Package campaign runs attacks and keeps what came of them.
//
// A package beside this one makes a [Campaign], which is a list of trials that a seed decides;
// [Run] does them, one after the other, and [Table] and [Rows] show the results.
package campaign

import (
	"context"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"imagelab/lib/progress"
)

// Some returns every n-th trial, for a quick run; n should have no factor in common with the ways
// that trials alternate in.
func Some(trials []Trial, n int) []Trial {
	var some []Trial
	for i := 0; i < len(trials); i += n {
		some = append(some, trials[i])
	}
	return some
}

// Campaign is a kind of attack.
type Campaign struct {
	Name   string // a word, for the command line
	What   string // is tried, and what it is to fall, for the table
	Trials []Trial
}

// Trial is one attack.
type Trial struct {
	Name string
	// Run attacks, with a generator that the seed and the trial's number decide. An error says that
	// the attack could not be made.
	Run func(ctx context.Context, r *rand.Rand) (Verdict, error)
}

// Verdict is what came of a trial.
type Verdict struct {
	Held    bool
	How     string // it held, in a word: "equal", "refused"
	Detail  string // what fell, or what was said
	Command string // that shows it again in the folder as the trial leaves it
}

// Held is the verdict on a program that did right.
func Held(how, detail string) Verdict { return Verdict{Held: true, How: how, Detail: detail} }

// Fell is the verdict on one that did not.
func Fell(detail, command string) Verdict {
	return Verdict{How: "fell", Detail: detail, Command: command}
}

// Result is a trial that was done.
type Result struct {
	Campaign string
	What     string // the campaign tries
	Seed     uint64
	Number   int // of the trial in its campaign, from 0
	Trial    string
	Verdict
}

// Rand is the generator of a trial.
func Rand(campaign string, seed uint64, number int) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(campaign)) // never fails
	return rand.New(rand.NewPCG(seed, h.Sum64()+uint64(number)))
}

// Run does the trials of a campaign; only is the number of the one to do, or -1 for all. Results
// come back with an error too.
func Run(ctx context.Context, c Campaign, seed uint64, only int, p progress.Func, each func(Result)) ([]Result, error) {
	var results []Result
	for i, trial := range c.Trials {
		if only >= 0 && i != only {
			continue
		}
		if err := ctx.Err(); err != nil {
			return results, err
		}
		v, err := trial.Run(ctx, Rand(c.Name, seed, i))
		if err == nil {
			err = ctx.Err() // what was stopped has not fallen
		}
		if err != nil {
			return results, fmt.Errorf("attack: %s, trial %d (%s): %w", c.Name, i, trial.Name, err)
		}
		r := Result{c.Name, c.What, seed, i, trial.Name, v}
		results = append(results, r)
		each(r)
		p.Report("attacking by "+c.Name, int64(i+1), int64(len(c.Trials)))
	}
	return results, nil
}

// Table has a line for each campaign: what was tried, how often, how many fell; and how many may.
func Table(results []Result) string {
	var b strings.Builder
	fmt.Fprintf(&b, "| what | tried | fell | reach |\n|---|---|---|---|\n")
	done := map[string]bool{}
	for _, r := range results {
		if done[r.Campaign] {
			continue
		}
		done[r.Campaign] = true
		of := slices.DeleteFunc(slices.Clone(results), func(o Result) bool { return o.Campaign != r.Campaign })
		fmt.Fprintf(&b, "| %s | %d | %d | 0 |\n", r.What, len(of), Fallen(of))
	}
	return b.String()
}

// Fallen counts the trials that fell.
func Fallen(results []Result) int {
	n := 0
	for _, r := range results {
		if !r.Held {
			n++
		}
	}
	return n
}

// Header and Rows are the results as a CSV file.
var Header = []string{"campaign", "seed", "trial", "name", "outcome", "detail"}

// Rows has a line for each result.
func Rows(results []Result) [][]string {
	rows := make([][]string, len(results))
	for i, r := range results {
		rows[i] = []string{r.Campaign, strconv.FormatUint(r.Seed, 10), strconv.Itoa(r.Number), r.Trial, r.How, r.Detail}
	}
	return rows
}

// Again is the command line that repeats a trial, of a quick run or of another one.
func (r Result) Again(quick bool) string {
	flags := ""
	if quick {
		flags = " -quick"
	}
	return fmt.Sprintf("go run ./experiments/attack%s -seed %d -only %s -trial %d", flags, r.Seed, r.Campaign, r.Number)
}
