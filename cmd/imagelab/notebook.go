package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"imagelab/lib/jupyter"
)

// notebookOptions are the choices of `imagelab notebook`.
type notebookOptions struct {
	execute, kernelOnly bool
	limit               time.Duration
	server              jupyter.Server
}

// newNotebookCmd is `imagelab notebook`.
func newNotebookCmd(a *app) *cobra.Command {
	var o notebookOptions
	cmd := &cobra.Command{
		Use:   "notebook [NOTEBOOK...]",
		Short: "Open the lab's notebooks in JupyterLab, with Go in the cells",
		Long: `Notebook prepares what is missing, starts JupyterLab with the Go kernel on the notebooks of this checkout, prints the
address to open, and serves until Ctrl-C. Preparing needs Python 3.11 with venv and, the first time, a network: pinned
JupyterLab packages go into the cache folder, gonb and goimports are built from pinned sources. After that it works
offline. Where this checkout is served already, it prints that address.

With --execute it runs notebooks without a page instead, all of them or those named, and writes them back as executed;
it fails when a cell fails. With --kernel-only it makes the kernel known to your own Jupyter or editor.`,
		Example: `  imagelab notebook
  imagelab notebook --execute notebooks/01_training_introduction.ipynb
  imagelab notebook --kernel-only`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 && !o.execute {
				return usageError{errors.New("notebooks are named for --execute only; JupyterLab lists them all")}
			}
			if o.execute && o.kernelOnly {
				return usageError{errors.New("--execute and --kernel-only exclude each other")}
			}
			return notebook(cmd.Context(), a, o, args)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&o.execute, "execute", false, "run notebooks without a page and write them back")
	f.BoolVar(&o.kernelOnly, "kernel-only", false, "register the kernel for your own Jupyter or editor, and start nothing")
	f.DurationVar(&o.limit, "timeout", 10*time.Minute, "what a cell may take with --execute")
	f.IntVar(&o.server.Port, "port", 8888, "`port` to serve on")
	f.StringVar(&o.server.IP, "ip", "127.0.0.1", "`address` to serve on; 0.0.0.0 lets other machines in")
	return cmd
}

func notebook(ctx context.Context, a *app, o notebookOptions, notebooks []string) error {
	repo, err := jupyter.Repo(".")
	if err != nil {
		return err
	}
	k, err := jupyter.Prepare(ctx, repo, a.progress)
	if err != nil {
		return err
	}
	if k.Notice != "" {
		fmt.Fprintln(a.stderr, "note:", k.Notice)
	}
	switch {
	case o.kernelOnly:
		return registerKernel(a, k)
	case o.execute:
		return executeNotebooks(ctx, a, k, notebooks, o.limit)
	}
	o.server.Dir = k.Notebooks()
	err = k.Serve(ctx, o.server, func(address string, already bool) {
		if already {
			fmt.Fprintln(a.stderr, "these notebooks are served already")
		} else {
			fmt.Fprintln(a.stderr, "serving", o.server.Dir, "until Ctrl-C")
		}
		fmt.Fprintln(a.stdout, "open", address)
	})
	if errors.Is(err, context.Canceled) {
		return nil // which is how serving ends
	}
	return err
}

func registerKernel(a *app, k *jupyter.Kit) error {
	path, changed, err := k.Register()
	if err != nil {
		return err
	}
	what := "was registered already"
	if changed {
		what = "is registered"
	}
	fmt.Fprintf(a.stdout, "the kernel %q %s: %s\n", jupyter.Title, what, path)
	return nil
}

// executeNotebooks runs them one after the other, all of them even if some fail.
func executeNotebooks(ctx context.Context, a *app, k *jupyter.Kit, paths []string, limit time.Duration) error {
	if len(paths) == 0 {
		var err error
		if paths, err = jupyter.Find(k.Notebooks()); err != nil {
			return err
		}
	}
	failed := 0
	for _, path := range paths {
		start := time.Now()
		n, err := k.Execute(ctx, path, limit, a.progress)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil {
			err = n.Save(path)
		}
		if err != nil {
			failed++
			fmt.Fprintf(a.stderr, "imagelab: %s\n", indented(err))
			continue
		}
		fmt.Fprintf(a.stdout, "%s: ran to its end in %.0f s\n", filepath.Base(path), time.Since(start).Seconds())
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d notebooks failed and were left as they are", failed, len(paths))
	}
	return nil
}
