package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"imagelab/lib/audit"
	"imagelab/lib/engine"
	"imagelab/lib/lab"
	"imagelab/lib/report"
	"imagelab/lib/text"
)

// auditFlags are the flags of `imagelab audit`.
type auditFlags struct {
	audit.Options
	runs         []string
	json, strict bool
}

// newAuditCmd is `imagelab audit`: is the test set good?
func newAuditCmd(a *app) *cobra.Command {
	o := auditFlags{Options: audit.Default()}
	cmd := &cobra.Command{
		Use:   "audit DIR",
		Short: "Say whether the test set is good: leaks, labels, size, slices",
		Long: `Audit looks at a set and its split, whoever made it, and says what is wrong with tests on it:

  leaks         photos, copies of them and groups on two sides, whoever made the split: same bytes, same pixels, look
                alike, or same details (cropped, turned, framed, written on); and what they do to accuracy
  size          the interval that a result has, and the test photos it takes to tell two models 2 points apart
  balance       classes of unlike sizes, and classes that a side lacks or has another share of
  labels        labels that are probably wrong, see imagelab suspects
  slices        accuracy on dark, blurred, small, early ... photos, on each class and source, and on photos that look
                alike; a slice is named only if it is worse by more than chance
  object size   the share of the picture that decides (class activation)
  likeness      with --like: how unlike a folder of photos as they will come (a classifier two-sample test)

Without --run, a classifier on the features of a pretrained network is judged, by cross-validation of all labelled
photos. With --run, the model of a run is judged on the test photos that it did not learn from; give --run twice to
measure how often only one of two models is right, which says how many photos it takes to compare them.

DIR may also be a plain folder of photos with train, val and test inside. Nothing about the set is changed.
DIR/audit.html shows the photos of each finding, and DIR/audit.json holds the list for other programs: each leak is an
entry of "leaks", with its photos. Findings are errors (results on the test side are wrong), warnings or notes. With
--strict the exit code is 1 if there is an error or a warning, for use in CI; notes never count.`,
		Example: `  imagelab audit data/mine
  imagelab audit data/mine --like deployment/ --run runs/a
  imagelab audit data/mine --json --strict | jq -r '.findings[] | select(.kind == "leak") | .photos[]'`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.Validate(); err != nil {
				return usageError{err}
			}
			if err := checkFeatures(o.Embed); err != nil {
				return usageError{err}
			}
			if o.Like != "" {
				if info, err := os.Stat(o.Like); err != nil {
					return usageError{fmt.Errorf("--like: %w; name a folder of photos", err)}
				} else if !info.IsDir() {
					return usageError{fmt.Errorf("--like: %s is no folder; name a folder of photos", text.Name(o.Like))}
				}
			}
			if len(o.runs) > 2 {
				return usageError{fmt.Errorf("--run was given %d times: give one run, or two to compare", len(o.runs))}
			}
			return auditSet(cmd.Context(), a, args[0], o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.Like, "like", "", "`folder` of photos as they will come, to compare the test photos with")
	f.StringArrayVar(&o.runs, "run", nil, "`folder` of a run whose model is judged on the test photos; up to two")
	addFeatures(f, &o.Embed)
	addJSON(f, &o.json)
	f.BoolVar(&o.strict, "strict", false, "exit with code 1 if there is an error or a warning")
	return cmd
}

// findingsError says that a strict audit found something.
type findingsError struct{ errors, warnings int }

func (e findingsError) Error() string {
	return fmt.Sprintf("audit --strict: %s and %s", text.Count(e.errors, "error"), text.Count(e.warnings, "warning"))
}

func auditSet(ctx context.Context, a *app, dir string, o auditFlags) error {
	l := a.lab()
	defer l.Close()
	s, err := openSet(ctx, a, dir)
	if err != nil {
		return err
	}
	for _, name := range o.runs {
		run, err := lab.OpenRun(name)
		if err != nil {
			return err
		}
		o.Models = append(o.Models, run.Model)
	}
	r, err := lab.Compute(ctx, l, func(e *engine.Engine) (audit.Result, error) {
		return audit.Run(ctx, e, s, o.Options, a.progress)
	})
	if err != nil {
		return err
	}
	page := ""
	if s.Dir != "" {
		if err := audit.Save(s.Dir, r); err != nil {
			return err
		}
		page = filepath.Join(s.Dir, "audit.html")
		if err := report.WriteAudit(ctx, page, s, r, a.progress); err != nil {
			return err
		}
	}
	if o.json {
		err = a.json(r)
	} else {
		err = printAudit(a, r, page)
	}
	if errors, warnings := r.Count(audit.Error), r.Count(audit.Warning); err == nil && o.strict && errors+warnings > 0 {
		return findingsError{errors, warnings}
	}
	return err
}

// remedies are the commands that help against errors and warnings of a kind.
var remedies = map[string]string{
	audit.KindLeak:   "`imagelab dedup`, then `imagelab split`, with --redo where the folders gave the sides",
	audit.KindSplit:  "`imagelab split`",
	audit.KindGroups: "`imagelab groups`",
	audit.KindLabel:  "`imagelab suspects`, then `imagelab review`",
}

func printAudit(a *app, r audit.Result, page string) error {
	for _, f := range r.Findings {
		next := ""
		if verbs := remedies[f.Kind]; verbs != "" && f.Severity != audit.Note {
			next = " Next: " + verbs
		}
		if err := a.printLine(fmt.Sprintf("%s (%s): %s%s", f.Severity, f.Kind, f.Text, next)); err != nil {
			return err
		}
	}
	look := "ingest the folder to get a page"
	if page != "" {
		look = "look at " + text.Name(page)
	}
	_, err := fmt.Fprintf(a.stdout, "%s, %s, %s; nothing was changed; %s\n", text.Count(r.Count(audit.Error), "error"),
		text.Count(r.Count(audit.Warning), "warning"), text.Count(r.Count(audit.Note), "note"), look)
	return err
}
