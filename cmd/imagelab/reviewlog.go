package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/user"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"imagelab/lib/dataset"
	"imagelab/lib/lab"
	"imagelab/lib/review"
	"imagelab/lib/review/exchange"
	"imagelab/lib/text"
)

// reviewFlags are the choices of `imagelab review`.
type reviewFlags struct {
	export, imported string
	stats, json      bool
	agreement, guide bool
	who, pass        string
	secondPass       int
}

// aboutReviewLog is the part of the help that is about files.
const aboutReviewLog = `A photo is known by its content, so a decision stays with it when it is moved or ingested again. A label in the log
wins over the folder's; a dropped photo is left out of split, train and eval. Test photos stay test photos.

--export FILE writes path,label,state,sha256,tags for other programs. --import FILE reads such a table, the labels.json
of FiftyOne (FiftyOneImageClassificationDataset), a JSON export of Label Studio (choices), or the review.jsonl of
another set. An empty cell says nothing; state "none" takes a state away. What names no photo of the set for certain
is listed, and not taken. All that one import changes is undone at once.

--second-pass N draws N photos that are labelled again by somebody who does not see their labels: --pass NAME shows
them alone, as "photo 1" and so on, with the labels of your own second pass only. (Or export them with --pass NAME
--export, fill in the labels, and read them with --pass NAME --import.) They are kept apart and change nothing in the
set. --agreement then says how often both labels are the same (95 % Wilson interval), Cohen's kappa of each two people
who labelled the same photos, and which photos they do not agree about.`

// add adds the flags.
func (f *reviewFlags) add(set *pflag.FlagSet) {
	set.StringVar(&f.export, "export", "", "write path,label,state,sha256,tags to `FILE` (-: standard output)")
	set.StringVar(&f.imported, "import", "", "take the labels, states and tags of `FILE`")
	set.BoolVar(&f.stats, "stats", false, "count photos by class, state and tag, and decisions by person")
	set.BoolVar(&f.agreement, "agreement", false, "say how well labels agree: of a second pass, and of two people")
	set.IntVar(&f.secondPass, "second-pass", 0, "draw `N` photos to be labelled again without their labels shown")
	set.StringVar(&f.pass, "pass", "", "`name` of the second pass (default: second)")
	set.BoolVar(&f.guide, "guide", false, "write DIR/guide.md, a guide for labelling to be filled in, if there is none")
	set.BoolVar(&f.json, "json", false, "print one JSON object: of --stats alone, where nothing else is asked for")
}

// what counts the things to do that were asked for.
func (f reviewFlags) what() int {
	n := 0
	for _, asked := range []bool{f.export != "", f.imported != "", f.stats || f.json && f.only(), f.agreement,
		f.guide, f.secondPass != 0} {
		if asked {
			n++
		}
	}
	return n
}

// only reports whether nothing but --json was asked for.
func (f reviewFlags) only() bool {
	return f.export == "" && f.imported == "" && !f.agreement && !f.guide && f.secondPass == 0
}

func (f *reviewFlags) check(cmd *cobra.Command) error {
	switch {
	case f.what() > 1:
		return errors.New("choose one of --export FILE, --import FILE, --stats, --agreement, --second-pass N and --guide")
	case cmd.Flags().Changed("second-pass") && f.secondPass < 1:
		return fmt.Errorf("--second-pass is a number of photos, not %d", f.secondPass)
	case f.pass != "" && !review.IsPassName(f.pass):
		return fmt.Errorf("--pass %s: use letters, digits, dots and dashes", text.Word(f.pass))
	case f.pass != "" && (f.stats || f.agreement || f.guide || f.json && f.only()):
		return errors.New("--pass goes with the page, --second-pass, --export or --import")
	case f.json && f.guide:
		return errors.New("--guide writes a text: leave --json away")
	case f.json && f.export != "":
		return errors.New("--export writes a CSV file: leave --json away")
	}
	if f.what() > 0 {
		err := noEffect(cmd.Flags(), "where no page is served", "only", "host", "port", "no-browser", "no-guesses")
		if err == nil && (f.export != "" || f.stats || f.agreement || f.guide) {
			err = noEffect(cmd.Flags(), "where nothing is decided", "who")
		}
		if err != nil {
			return err
		}
	}
	f.who = cmp.Or(f.who, userName())
	return nil
}

// userName is what the system calls the person at the keyboard.
func userName() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return cmp.Or(os.Getenv("USER"), os.Getenv("USERNAME"), "somebody")
}

func (f reviewFlags) run(ctx context.Context, a *app, dir string) error {
	s, err := dataset.LoadQuiet(ctx, dir, a.progress)
	if err != nil {
		return err
	}
	part, err := s.Decisions().All()
	if err != nil {
		return err
	}
	r := reviewed{a, s, part, review.Fold(part.Decisions)}
	switch {
	case f.export != "":
		return r.export(f)
	case f.imported != "":
		return r.importFile(ctx, f)
	case f.secondPass > 0:
		return r.drawPass(f)
	case f.agreement:
		return r.agreement(f)
	case f.guide:
		return r.guide()
	}
	return r.stats(f)
}

// reviewed is a set with its decisions.
type reviewed struct {
	*app
	set   *dataset.Set
	part  review.Part
	state *review.State
}

func (r reviewed) export(f reviewFlags) error {
	write := func(w io.Writer) error { return exchange.Export(w, r.set, r.state) }
	if f.pass != "" {
		var sample review.PassSample
		if err := dataset.ReadJSON(review.PassFile(r.set.Dir, f.pass), &sample); err != nil {
			return fmt.Errorf("%w: draw it with `imagelab review %s --second-pass 100 --pass %s`", err,
				word(r.set.Dir), f.pass)
		}
		write = func(w io.Writer) error { return exchange.ExportPass(w, r.set, sample) }
	}
	if f.export == stdinName {
		return write(r.data)
	}
	if err := outsideSets(f.export); err != nil {
		return usageError{err}
	}
	if err := exchange.CheckTarget(f.export); err != nil {
		return err
	}
	if err := dataset.WriteFile(f.export, write); err != nil {
		return err
	}
	_, err := fmt.Fprintf(r.stdout, "wrote %s\n", text.Name(f.export))
	return err
}

// outsideSets refuses a file inside a data set: it could take the place of one that imagelab reads
// there, such as the log of decisions, which is missing before the first one.
func outsideSets(file string) error {
	full, err := filepath.Abs(file)
	if err != nil {
		return err
	}
	for dir := filepath.Dir(full); ; dir = filepath.Dir(dir) {
		if lab.IsSet(dir) {
			return fmt.Errorf("--export: %s lies in the data set %s, which holds files of imagelab alone: name a file "+
				"in another folder", text.Name(file), text.Name(dir))
		}
		if dir == filepath.Dir(dir) {
			return nil
		}
	}
}

func (r reviewed) importFile(ctx context.Context, f reviewFlags) error {
	got, err := exchange.Read(f.imported, r.set, r.state, exchange.Options{Who: f.who, Pass: f.pass})
	if err != nil {
		return err
	}
	if _, err := r.set.Decisions().Append(ctx, got.Decisions...); err != nil {
		return err
	}
	if f.json {
		err = r.json(got)
	} else {
		err = r.printImported(f.imported, got)
	}
	if err == nil && got.Changed+got.Unchanged == 0 {
		err = fmt.Errorf("nothing of %s was taken: its photos are not those of %s, or it says nothing about them",
			text.Path(f.imported), text.Path(r.set.Dir))
	}
	return err
}

// printImported says what was taken of a file.
func (r reviewed) printImported(file string, got exchange.Result) error {
	fmt.Fprintf(r.stdout, "read %s (%s): %s, %d changed, %d as before, %d not taken\n", text.Name(file), got.Format,
		text.Count(got.Entries, "entry", "entries"), got.Changed, got.Unchanged, len(got.Unknown))
	if got.ByName > 0 {
		fmt.Fprintf(r.stdout, "found by the name of the file alone, which one photo bears: %d\n", got.ByName)
	}
	for _, class := range got.NewClasses {
		fmt.Fprintf(r.stdout, "new class: %s\n", text.Name(class))
	}
	for i, u := range got.Unknown {
		if i == 10 {
			fmt.Fprintf(r.stdout, "  and %d more: --json lists all\n", len(got.Unknown)-i)
			break
		}
		fmt.Fprintf(r.stdout, "not taken: %s: %s\n", text.Name(u.Path), text.Clean(u.Reason))
	}
	return nil
}

func (r reviewed) stats(f reviewFlags) error {
	c := exchange.Count(r.set, r.part)
	if f.json {
		return r.json(c)
	}
	fmt.Fprintf(r.stdout, "images %d, used %d, excluded %d, without a class %d, label decided %d, seen %d\n",
		c.Images, c.Used, c.Excluded, c.Unlabeled, c.Labelled, c.Seen)
	for _, kind := range []struct {
		title  string
		counts map[string]int
	}{{"class", c.Classes}, {"state", c.States}, {"tag", c.Tags}, {"decisions by", c.Who}, {"second pass", c.Passes}} {
		for _, name := range slices.Sorted(maps.Keys(kind.counts)) {
			fmt.Fprintf(r.stdout, "  %5d  %s %s\n", kind.counts[name], kind.title, text.Name(name))
		}
	}
	for _, note := range []struct {
		n    int
		says string
	}{
		{c.Conflicts, "decisions that were made without knowing of another one (the last counts): %d\n"},
		{c.Elsewhere, "decisions about photos that the set does not have now: %d\n"},
		{c.Gone, "photos whose file is gone from the disk: %d\n"},
	} {
		if note.n > 0 {
			fmt.Fprintf(r.stdout, note.says, note.n)
		}
	}
	for _, aside := range c.Aside {
		fmt.Fprintf(r.stdout, "set aside, line %d of %s: %s\n", aside.Line, review.File, aside.Reason)
	}
	return nil
}

func (r reviewed) guide() error {
	path := review.GuidePath(r.set.Dir)
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		_, err := fmt.Fprintf(r.stdout, "%s is there already\n", text.Name(path))
		return err
	}
	err := dataset.WriteFile(path, func(w io.Writer) error {
		_, err := io.WriteString(w, review.GuideTemplate(r.set.Name(), r.set.Classes()))
		return err
	})
	if err == nil {
		_, err = fmt.Fprintf(r.stdout, "wrote %s: say in it what each class is\n", text.Name(path))
	}
	return err
}
