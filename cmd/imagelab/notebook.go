package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"imagelab/lib/jupyter"
	"imagelab/lib/text"
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
		Short: "Open the notebooks in JupyterLab, with Go in the cells",
		Long: `Notebook installs what is missing, starts JupyterLab with the Go kernel on the notebooks of this checkout,
prints the address to open, and serves until Ctrl-C. The first call needs Python 3.11 with venv and a network: it
installs pinned JupyterLab packages into the cache folder and builds gonb and goimports from pinned sources. After
that it works offline. If this checkout is served already, notebook prints that address.

--execute runs the notebooks without a browser, all of them or those you name, and saves them with their output; it
fails if a cell fails. --kernel-only registers the kernel for your own Jupyter or editor.`,
		Example: `  imagelab notebook
  imagelab notebook --execute notebooks/01_training_introduction.ipynb
  imagelab notebook --kernel-only`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.check(cmd.Flags(), args); err != nil {
				return usageError{err}
			}
			for _, path := range args { // preparing takes a minute the first time
				if _, err := jupyter.Load(path); err != nil {
					return err
				}
			}
			return notebook(cmd.Context(), a, o, args)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&o.execute, "execute", false, "run notebooks without a browser and save them with their output")
	f.BoolVar(&o.kernelOnly, "kernel-only", false,
		"register the kernel for your own Jupyter or editor, and start nothing")
	f.DurationVar(&o.limit, "timeout", 10*time.Minute, "time limit of a cell, with --execute")
	f.IntVar(&o.server.Port, "port", 8888, "`port` to serve on")
	f.StringVar(&o.server.IP, "ip", "127.0.0.1", "`address` to serve on; 0.0.0.0 accepts other machines")
	return cmd
}

func (o notebookOptions) check(flags *pflag.FlagSet, notebooks []string) error {
	switch {
	case len(notebooks) > 0 && !o.execute:
		return errors.New("notebooks are named for --execute only; JupyterLab lists them all")
	case o.execute && o.kernelOnly:
		return errors.New("--execute and --kernel-only exclude each other")
	case o.limit < time.Second:
		return fmt.Errorf("--timeout is at least a second, such as 10m, not %s", o.limit)
	case o.server.Port < 1 || o.server.Port > 65535:
		return fmt.Errorf("--port lies in 1..65535, and is not %d", o.server.Port)
	case o.server.IP != "localhost" && net.ParseIP(o.server.IP) == nil:
		return fmt.Errorf("--ip is an address of this machine, such as 127.0.0.1, not %s", text.Name(o.server.IP))
	case !o.execute:
		return noEffect(flags, "without --execute", "timeout")
	}
	return noEffect(flags, "with --execute", "port", "ip")
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
	if ip := net.ParseIP(o.server.IP); ip != nil && !ip.IsLoopback() {
		fmt.Fprintln(a.stderr, "note: other machines can reach this server. Who has the address with its token can run programs here,",
			"and the connection is not encrypted: use a network that you trust, or ssh -L")
	}
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
	for i, path := range paths {
		start := time.Now()
		n, err := k.Execute(ctx, path, limit, a.progress)
		if ctx.Err() != nil {
			return ifStopped(ctx.Err(), "%d of %s ran, and %s was left as it was; the same command runs all of them again",
				i, text.Count(len(paths), "notebook"), text.Name(filepath.Base(path)))
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
