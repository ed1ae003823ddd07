package main

import (
	"context"
	"fmt"

	"imagelab/lib/report"
	"imagelab/lib/text"
)

// writeRunsPage writes the page of a folder of runs, or of two runs side by side.
func writeRunsPage(ctx context.Context, a *app, flags runsFlags, folders []string) error {
	if len(folders) == 1 {
		n, torn, err := report.WriteRuns(ctx, flags.page, folders[0])
		a.noteTorn(torn)
		if err == nil && n == 0 {
			err = noRecords(folders[0])
		}
		if err != nil {
			return err
		}
		if flags.json {
			return a.json(map[string]any{"fits": n, "page": flags.page})
		}
		fmt.Fprintln(a.stdout, text.Count(n, "fit"))
		return a.lookAt(flags.page)
	}
	l := a.lab()
	defer l.Close()
	paired, err := l.Versus(ctx, folders[0], folders[1], flags.page)
	if err != nil {
		return err
	}
	if flags.json {
		return a.json(paired)
	}
	test := "McNemar's test"
	if paired.Groups > 0 {
		test = "sign-flip test over " + text.Count(paired.Groups, "group")
	}
	first, second := text.Name(folders[0]), text.Name(folders[1])
	fmt.Fprintf(a.stdout, "%s\nright on %s photos: both %d, only %s %d, only %s %d, neither %d; %s: p %s\n",
		paired.Text(first, second), paired.Side, paired.Both, first, paired.OnlyFirst, second, paired.OnlyLast,
		paired.Neither, test, pValue(paired.MidP))
	return a.lookAt(flags.page)
}
