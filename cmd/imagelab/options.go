package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"imagelab/lib/backbone"
	"imagelab/lib/embed"
	"imagelab/lib/recipe"
	"imagelab/lib/text"
)

// noEffect refuses flags that were given although they change nothing. why is such as "without
// --execute".
func noEffect(flags *pflag.FlagSet, why string, names ...string) error {
	var idle []string
	for _, name := range names {
		if f := flags.Lookup(name); f != nil && f.Changed {
			idle = append(idle, "--"+name)
		}
	}
	if len(idle) == 0 {
		return nil
	}
	have := "has"
	if len(idle) > 1 {
		have = "have"
	}
	return fmt.Errorf("%s %s no effect %s: leave out one or the other", strings.Join(idle, ", "), have, why)
}

// bodyFlags are the settings of training above the cut.
var bodyFlags = []string{"epochs", "steps", "batch", "lr", "head-lr", "weight-decay", "label-smoothing"}

// checkEffects refuses settings of a fit at these cuts that change nothing.
func checkEffects(flags *pflag.FlagSet, c recipe.Config, cuts ...string) error {
	if c.Weights == recipe.RandomWeights && c.WeightsFile != "" {
		return errors.New("--random-weights starts from no file: leave out --weights, or --random-weights")
	}
	head, all := true, true
	for _, cut := range cuts {
		head = head && cut == backbone.CutHead
		all = all && cut == backbone.CutAll
	}
	if a := c.Augment.FlipsAndRotations(); c.TTA && a.Orientations() < 2 {
		return errors.New("--tta has no effect where photos are neither flipped nor turned: leave it out, or --flip=false")
	}
	switch {
	case head:
		if err := noEffect(flags, "where the head alone is fitted (cut head)", bodyFlags...); err != nil {
			return err
		}
	case all && c.CachedViews > 0:
		return noEffect(flags, "where every stage is trained (cut all): views are of frozen stages", "views")
	case all:
		return nil
	}
	if c.CachedViews > 0 || slices.Contains(cuts, backbone.CutAll) {
		return nil
	}
	var names []string
	for _, f := range []struct {
		name string
		used bool
	}{{"crop", c.Augment.MinScale > 0}, {"color", c.Augment.Color > 0}, {"erase", c.Augment.Erase > 0},
		{"flip", c.Augment.Flip && !c.TTA}, {"flip-v", c.Augment.FlipV && !c.TTA},
		{"rotate90", c.Augment.Rotate90 && !c.TTA}} {
		if f.used {
			names = append(names, f.name)
		}
	}
	return noEffect(flags, "with --views 0: frozen stages see the plain photo alone", names...)
}

// insteadOf refuses flags in whose place a verb has others.
func insteadOf(flags *pflag.FlagSet, others map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(others)) {
		if flags.Changed(name) {
			return fmt.Errorf("--%s has no effect here: use --%s", name, others[name])
		}
	}
	return nil
}

// oneOf refuses what is not among the values of a flag, and names the closest.
func oneOf(flag, value string, values ...string) error {
	for _, v := range values {
		if v == value {
			return nil
		}
	}
	return fmt.Errorf("--%s is %s, not %s%s", flag, strings.Join(values, " or "), text.Name(value),
		text.DidYouMean(value, values))
}

// mostSeeds is how many seeds a command takes: more is a slip, and would fill the memory.
const mostSeeds = 1000

func checkSeeds(n int) error {
	if n < 1 || n > mostSeeds {
		return fmt.Errorf("--seeds lies in 1..%d, and is not %d", mostSeeds, n)
	}
	return nil
}

// checkTwice refuses a list that names a value twice.
func checkTwice[T comparable](flag string, values []T, name func(T) string) error {
	seen := map[T]bool{}
	for _, v := range values {
		if seen[v] {
			return fmt.Errorf("--%s names %s twice", flag, text.Name(name(v)))
		}
		seen[v] = true
	}
	return nil
}

// explainFlag adds to an error of a flag which one was probably meant.
func explainFlag(cmd *cobra.Command, err error) error {
	var number *strconv.NumError
	var value *pflag.InvalidValueError
	if errors.As(err, &number) && errors.As(err, &value) {
		kind := "a number"
		switch t := value.GetFlag().Value.Type(); {
		case strings.HasPrefix(t, "uint"):
			kind = "a whole number of 0 or more"
		case strings.HasPrefix(t, "int"):
			kind = "a whole number (digits only, of ordinary size)"
		}
		return usageError{fmt.Errorf("--%s takes %s, not %q", value.GetFlag().Name, kind, value.GetValue())}
	}
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return usageError{err}
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			names = append(names, "--"+f.Name)
		}
	})
	word := unknown.GetSpecifiedName()
	return usageError{fmt.Errorf("%s%s", strings.ReplaceAll(err.Error(), word, text.Name(word)),
		text.DidYouMean("--"+word, names))}
}

// noVerb is the root's check of its arguments: what is no verb, with the one that was probably
// meant.
func noVerb(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, verb := range cmd.Commands() {
		if !verb.Hidden {
			names = append(names, verb.Name())
		}
	}
	return fmt.Errorf("there is no command %s%s", text.Name(args[0]), text.DidYouMean(args[0], names))
}

// fitHelp breaks the lines of all help texts to a width; where there is no limit, 80 columns are
// read best.
func fitHelp(cmd *cobra.Command, columns int) {
	if columns == 0 {
		columns = 80
	}
	columns = max(columns, 40)
	cmd.Long = text.Wrap(cmd.Long, columns)
	groupFlags(cmd, columns)
	const verb, apart = "{{rpad .Name .NamePadding }} {{.Short}}", "{{rpad .Name .NamePadding }}  {{.Short}}"
	cmd.SetUsageTemplate(strings.NewReplacer(verb, apart, ".FlagUsages",
		fmt.Sprintf(".FlagUsagesWrapped %d", columns)).Replace(cmd.UsageTemplate()))
	for _, sub := range cmd.Commands() {
		sub.Long = text.Wrap(sub.Long, columns)
	}
	show := cmd.HelpFunc()
	cmd.SetHelpFunc(func(c *cobra.Command, args []string) {
		var page strings.Builder
		to := c.OutOrStdout()
		c.SetOut(&page)
		show(c, args)
		c.SetOut(to)
		fmt.Fprint(to, fitLines(page.String(), columns))
	})
}

// fitLines breaks the lines that are still too wide, but for commands, which people copy.
func fitLines(page string, columns int) string {
	lines := strings.Split(page, "\n")
	for i, line := range lines {
		if !strings.HasPrefix(strings.TrimLeft(line, " "), "imagelab ") {
			lines[i] = text.Wrap(line, columns)
		}
	}
	return strings.Join(lines, "\n")
}

// addPrecision offers the precision of a model's predictions.
func addPrecision(f *pflag.FlagSet, precision *string) {
	f.StringVar(precision, "precision", "",
		"number `type` of products and convolutions: float32, tf32 (GPUs only) or bfloat16; default: that of training")
}

// checkPrecision refuses other values than those of [recipe.Precisions] and "".
func checkPrecision(p string) error {
	if p == "" {
		return nil
	}
	return oneOf("precision", p, recipe.Precisions()...)
}

// addFeatures offers the network whose features a verb compares.
func addFeatures(f *pflag.FlagSet, o *embed.Options) {
	f.StringVar(&o.Backbone, "backbone", o.Backbone,
		"pretrained `network` whose features are used (default: the one that train uses)")
}

// checkFeatures refuses a network that is not known, before an engine is opened.
func checkFeatures(o embed.Options) error {
	if o.Backbone == "" {
		return nil
	}
	if _, err := backbone.Lookup(o.Backbone); err != nil {
		return fmt.Errorf("--backbone: %w", err)
	}
	return nil
}

// numbers is a flag for a list of numbers, such as 10,20,all.
type numbers struct {
	list  *[]int
	zero  string // the word for 0
	least int    // of the others
	are   string // "a number of ..."
	kind  string // for the help
}

func (n *numbers) String() string {
	if n.list == nil {
		return "" // of the zero value, which package pflag asks
	}
	var words []string
	for _, x := range *n.list {
		if words = append(words, strconv.Itoa(x)); x == 0 {
			words[len(words)-1] = n.zero
		}
	}
	return strings.Join(words, ",")
}

// Set implements pflag.Value.
func (n *numbers) Set(list string) error {
	var all []int
	for word := range strings.SplitSeq(list, ",") {
		x := 0
		if word = strings.TrimSpace(word); word != n.zero {
			var err error
			if x, err = strconv.Atoi(word); err != nil || x < n.least {
				return fmt.Errorf("%q is neither %s nor %s", word, n.are, n.zero)
			}
		}
		all = append(all, x)
	}
	*n.list = all
	return nil
}

// Type implements pflag.Value.
func (n *numbers) Type() string { return n.kind }
