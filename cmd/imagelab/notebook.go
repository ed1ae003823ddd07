package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"imagelab/lib/jupyter"
	"imagelab/lib/text"
)

// notebookOptions are the choices of `imagelab notebook`.
type notebookOptions struct {
	execute, kernelOnly bool
	dir                 string
	limit               time.Duration
	server              jupyter.Server
}

// newNotebookCmd is `imagelab notebook`.
func newNotebookCmd(a *app) *cobra.Command {
	var o notebookOptions
	cmd := &cobra.Command{
		Use:   "notebook [NOTEBOOK...]",
		Short: "Open the notebooks in JupyterLab, with Go in the cells",
		Long: `Notebook installs what is missing, starts JupyterLab with the Go kernel, prints the address to open, and serves
until Ctrl-C. The first call needs Python 3.11 or newer with venv, and a network: it installs pinned JupyterLab
packages into the cache folder and builds gonb, goimports and gopls from pinned sources. After that it works offline.

You work on copies of the lessons, in the folder "lessons" below the one you are in, or the one that --dir names. What
is missing there is copied; a copy that you changed or ran is never overwritten. When its lesson has changed since, the
newer one is put beside it, and notebook says so. If the folder is served already, notebook prints that address.

--execute runs notebooks without a browser, all in your folder or those you name, and saves them with their output; it
fails if a cell fails. --kernel-only registers the kernel for your own Jupyter or editor.`,
		Example: `  imagelab notebook
  imagelab notebook --dir ~/lessons
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
	f.StringVar(&o.dir, "dir", "lessons", "`folder` for your copies of the lessons")
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
	case o.kernelOnly:
		return noEffect(flags, "with --kernel-only", "dir", "timeout", "port", "ip")
	case len(notebooks) > 0 && flags.Changed("dir"):
		return noEffect(flags, "where notebooks are named", "dir")
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
	if err := checkPlaces(ctx, o, repo, notebooks); err != nil {
		return err
	}
	k, err := jupyter.Prepare(ctx, repo, a.progress)
	if err != nil {
		return err
	}
	if k.Notice != "" {
		fmt.Fprintln(a.stderr, "note:", k.Notice)
	}
	if o.kernelOnly {
		return registerKernel(a, k)
	}
	if len(notebooks) == 0 {
		if o.server.Dir, err = copyLessons(ctx, a, k, o.dir); err != nil {
			return err
		}
	}
	if o.execute {
		return executeNotebooks(ctx, a, k, notebooks, o)
	}
	return serveNotebooks(ctx, a, k, o.server)
}

// checkPlaces returns an error where notebooks cannot lie or be served, as preparing takes a
// minute.
func checkPlaces(ctx context.Context, o notebookOptions, repo string, notebooks []string) error {
	if o.kernelOnly || len(notebooks) > 0 {
		return nil
	}
	dir, err := filepath.Abs(o.dir)
	if err != nil {
		return err
	}
	if err := jupyter.CheckCopies((&jupyter.Kit{Repo: repo}).Notebooks(), dir); err != nil {
		return fmt.Errorf("--dir: %w", err)
	}
	if o.execute {
		return nil
	}
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real // as a server that runs there says it
	}
	o.server.Dir = dir
	return jupyter.CheckServe(ctx, o.server)
}

// copyLessons returns the folder of the person's copies, absolute, and says what is new in it.
func copyLessons(ctx context.Context, a *app, k *jupyter.Kit, dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	did, err := jupyter.CopyLessons(ctx, k.Notebooks(), dir)
	if err != nil {
		return "", err
	}
	if n := len(did.Added); n > 0 {
		fmt.Fprintln(a.stderr, "copied", text.Count(n, "lesson"), "into", text.Path(dir))
	}
	if n := len(did.Renewed); n > 0 {
		fmt.Fprintln(a.stderr, "brought", text.Count(n, "lesson"), "up to date that you had not changed")
	}
	for _, name := range did.Beside {
		fmt.Fprintln(a.stderr, "note: a lesson is newer than the copy that you changed; it lies beside yours as",
			text.Name(name))
	}
	return filepath.EvalSymlinks(dir) // as a server that runs there says it
}

func serveNotebooks(ctx context.Context, a *app, k *jupyter.Kit, s jupyter.Server) error {
	a.noteReachable(s.IP, "server", "run programs here")
	err := k.Serve(ctx, s, func(address string, already bool) {
		if already {
			fmt.Fprintln(a.stderr, "these notebooks are served already")
		} else {
			fmt.Fprintln(a.stderr, "serving", text.Path(s.Dir), "until Ctrl-C")
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
func executeNotebooks(ctx context.Context, a *app, k *jupyter.Kit, paths []string, o notebookOptions) error {
	if len(paths) == 0 {
		var err error
		if paths, err = jupyter.Find(o.server.Dir); err != nil {
			return err
		}
	}
	failed := 0
	for i, path := range paths {
		start := time.Now()
		before, err := os.ReadFile(path)
		var n *jupyter.Notebook
		if err == nil {
			n, err = k.Execute(ctx, path, o.limit, a.progress)
		}
		if ctx.Err() != nil {
			return ifStopped(ctx.Err(), "%d of %s ran, and %s was left as it was; the same command runs all of them again",
				i, text.Count(len(paths), "notebook"), text.Name(filepath.Base(path)))
		}
		if err == nil {
			err = saveExecuted(n, before, path)
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

// saveExecuted puts a notebook that ran in the place of the one that was there before, unless a
// person changed that one meanwhile.
func saveExecuted(n *jupyter.Notebook, before []byte, path string) error {
	now, err := os.ReadFile(path)
	if err == nil && bytes.Equal(now, before) {
		return n.Save(path)
	}
	beside := strings.TrimSuffix(path, filepath.Ext(path)) + ".executed.ipynb"
	if err := n.Save(beside); err != nil {
		return err
	}
	return fmt.Errorf("%s was changed while it ran, and is left as it is now; what ran, with its output, is %s",
		text.Name(filepath.Base(path)), text.Name(filepath.Base(beside)))
}
