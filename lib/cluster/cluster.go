// Package cluster writes the files with which a scheduler runs one command on many machines that
// share a folder: a Slurm array, a Kubernetes job or a line for GNU parallel.
//
// Of a sweep, every worker runs the same command with --claim: it takes the next fit that nobody
// has, so workers may be unequal, start late, and die. Of work on photos, each worker does a part
// of its own, with --shard, and continues it where it died.
package cluster

import (
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"text/template"
	"time"

	"imagelab/lib/text"
)

// Schedulers are those that [Write] knows.
func Schedulers() []string { return []string{"slurm", "kubernetes", "parallel"} }

// Job is one command for many workers.
type Job struct {
	Program string        // path of imagelab on the machines
	Args    []string      // of the command, such as curve data/mine --out runs/curve
	Dir     string        // folder in which Args are paths, the same on all machines
	Workers int           // 1 or more
	Cores   int           // of a worker, 1 or more
	Memory  int64         // of a worker, bytes
	Time    time.Duration // after which the scheduler ends a worker
	Image   string        // container image with imagelab, for Kubernetes
	Volume  string        // persistent volume claim that holds Dir, for Kubernetes
}

// Trial is what one fit of a sweep took, from which the needs of its workers are estimated.
type Trial struct {
	Fits    int     `json:"fits"`    // of the whole sweep that are not recorded yet
	Seconds float64 `json:"seconds"` // from the photos' files on, with what all fits share
	Own     float64 `json:"own"`     // seconds of the fit alone
	Memory  int64   `json:"memory"`  // peak, bytes
}

// Needs sets memory and time for each worker: half as much memory again as the trial took, and
// three times as long as its share of the fits takes on machines like this one. The trial's fit may
// be a small one, so that both are only a first guess.
func (j *Job) Needs(t Trial) {
	const step = 256 << 20
	j.Memory = (t.Memory*3/2 + step - 1) / step * step
	share := math.Ceil(float64(t.Fits) / float64(max(j.Workers, 1)))
	seconds := 3 * (t.Seconds + share*t.Own)
	j.Time = max(10*time.Minute, time.Duration(seconds*float64(time.Second)).Round(time.Minute))
}

//go:embed *.tmpl
var templates embed.FS

var files = template.Must(template.New("").Funcs(template.FuncMap{
	"megabytes": func(n int64) int64 { return (n + 1<<20 - 1) >> 20 },
	"clock": func(d time.Duration) string {
		s := int64(d.Seconds())
		return fmt.Sprintf("%02d:%02d:%02d", s/3600, s/60%60, s%60)
	},
	"seconds": func(d time.Duration) int64 { return int64(d.Seconds()) },
	"word":    text.Path,
	"yaml":    quoted,
}).ParseFS(templates, "*.tmpl"))

// Write writes the file for a scheduler of [Schedulers].
func Write(w io.Writer, scheduler string, j Job) error {
	if !slices.Contains(Schedulers(), scheduler) {
		return fmt.Errorf("cluster: there is no scheduler %s: choose %s", text.Name(scheduler),
			strings.Join(Schedulers(), ", "))
	}
	if err := j.Check(); err != nil {
		return err
	}
	if j.Memory == 0 || j.Time == 0 {
		return errors.New("cluster: a worker needs memory and time")
	}
	return files.ExecuteTemplate(w, scheduler+".tmpl", j)
}

// Check returns an error for a job that no scheduler can run. Memory and time may be 0 still: not
// known yet.
func (j Job) Check() error {
	for _, word := range append([]string{j.Program, j.Dir, j.Image, j.Volume}, j.Args...) {
		if strings.ContainsAny(word, "\n\r\x00") {
			return fmt.Errorf("cluster: %q holds a line break, which no scheduler's file can", word)
		}
	}
	switch {
	case len(j.Args) == 0 || !slices.Contains(sweeps, j.Args[0]) && !j.InParts():
		return fmt.Errorf("cluster: workers can share %s", strings.Join(slices.Concat(sweeps, inParts), ", "))
	case j.Workers < 1 || j.Workers > 10000:
		return fmt.Errorf("cluster: %d workers: choose 1 to 10000", j.Workers)
	case j.Cores < 1:
		return fmt.Errorf("cluster: %d cores: a worker needs 1 or more", j.Cores)
	case j.Memory < 0 || j.Time < 0:
		return errors.New("cluster: memory and time of a worker cannot be negative")
	}
	for _, arg := range j.Args[1:] {
		if name, _, _ := strings.Cut(arg, "="); name == "--shard" || name == "--claim" || name == "--trial" {
			return fmt.Errorf("cluster: leave out %s: each worker gets its own part of the work", name)
		}
	}
	return nil
}

// sweeps are the commands with fits that workers take one by one, inParts those on photos, of which
// each worker does a part.
var (
	sweeps  = []string{"curve", "tradeoff"}
	inParts = []string{"ingest", "dedup", "suspects"}
)

// InParts reports whether each worker does a part of its own.
func (j Job) InParts() bool { return len(j.Args) > 0 && slices.Contains(inParts, j.Args[0]) }

// Command is the worker's command as words of a shell; index is the shell's word for the worker's
// number, from 1.
func (j Job) Command(index string) string {
	words := []string{text.Path(cmp.Or(j.Program, "imagelab"))}
	for _, arg := range j.Args {
		words = append(words, text.Word(arg))
	}
	if j.InParts() {
		return fmt.Sprintf("%s --shard %s/%d", strings.Join(words, " "), index, j.Workers)
	}
	return strings.Join(append(words, "--claim"), " ")
}

// Words are the words of the worker's command for Kubernetes, which counts workers from 0.
func (j Job) Words() []string {
	if j.InParts() {
		return []string{"sh", "-c", "exec " + j.Command("$((JOB_COMPLETION_INDEX + 1))")}
	}
	return slices.Concat([]string{cmp.Or(j.Program, "imagelab")}, j.Args, []string{"--claim"})
}

// Name is the job's name: letters, digits and dashes, as Kubernetes wants them.
func (j Job) Name() string {
	name := "imagelab-" + j.Args[0]
	for i, arg := range j.Args {
		if arg == "--out" && i+1 < len(j.Args) {
			name = "imagelab-" + filepath.Base(j.Args[i+1])
		}
	}
	kept := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, strings.ToLower(name))
	return strings.Trim(kept[:min(len(kept), 50)], "-")
}

// quoted is a YAML string in double quotes.
func quoted(s string) string { return fmt.Sprintf("%q", s) }
