package asset

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"imagelab/lib/child"
	"imagelab/lib/progress"
	"imagelab/lib/text"
)

// importPip fails where Python has no pip. It does not look in the folder that it runs in, which
// may be that of a stranger's photos.
const importPip = "import sys; sys.path[:] = [p for p in sys.path if p]; import pip"

// FindClient returns the command that starts a package client, "pip" or "npm", on this machine. The
// error says how to get it.
func FindClient(ctx context.Context, client string) ([]string, error) {
	switch client {
	case "pip":
		for _, python := range []string{"python3", "python"} {
			if path, err := exec.LookPath(python); err == nil && exec.CommandContext(ctx, path, "-c",
				importPip).Run() == nil {
				return []string{path, "-m", "pip"}, nil
			}
		}
		for _, pip := range []string{"pip3", "pip"} {
			if path, err := exec.LookPath(pip); err == nil {
				return []string{path}, nil
			}
		}
		return nil, errors.New("pip is not installed; install Python 3 with pip (Debian: apt install python3-pip)")
	case "npm":
		if path, err := exec.LookPath("npm"); err == nil {
			return []string{path}, nil
		}
		return nil, errors.New("npm is not installed; install Node.js with npm (Debian: apt install npm)")
	}
	return nil, fmt.Errorf("there is no package client %q", client)
}

// download brings the archive into tmp, or for https into the cache's folder of partial files, and
// returns its path.
func (r Ref) download(ctx context.Context, cache, tmp string, p progress.Func) (string, error) {
	if r.Client == "https" {
		return r.downloadHTTPS(ctx, cache, tmp, p)
	}
	client, err := FindClient(ctx, r.Client)
	if err != nil {
		return "", err
	}
	dest, scratch := filepath.Join(tmp, "download"), filepath.Join(tmp, "scratch")
	for _, dir := range []string{dest, scratch} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			return "", err
		}
	}
	args := append(client[1:], r.clientArgs(dest, scratch)...)
	if err := r.runClient(ctx, client[0], args, scratch, tmp, p); err != nil {
		return "", err
	}
	archive := filepath.Join(dest, r.File)
	if !isFile(archive) {
		return "", fmt.Errorf("%s brought another file than %s: %s", r.Client, r.File, strings.Join(names(dest), ", "))
	}
	return archive, nil
}

// clientArgs asks for exactly one archive, in no cache but ours, and runs no code of the package.
func (r Ref) clientArgs(dest, scratch string) []string {
	if r.Client == "npm" {
		return []string{"pack", r.Spec(), "--pack-destination", dest, "--cache", scratch, "--ignore-scripts",
			"--loglevel=error", "--no-update-notifier", "--fetch-retry-maxtimeout=10000"}
	}
	args := []string{"download", "--no-deps", "--only-binary", ":all:", "--no-cache-dir", "--ignore-requires-python",
		"--disable-pip-version-check", "--no-input", "--retries", "3", "--progress-bar", "off", "--quiet", "--dest", dest}
	if r.Platform != "" {
		args = append(args, "--platform", r.Platform)
	}
	return append(args, r.Spec())
}

// runClient runs the client to its end and reports how much it has written under tmp. When ctx ends
// the client and its children are killed.
func (r Ref) runClient(ctx context.Context, name string, args []string, scratch, tmp string, p progress.Func) error {
	var output child.Tail
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = scratch // away from the caller's folder, whose settings files would be obeyed
	cmd.Env = append(os.Environ(), "TMPDIR="+scratch)
	cmd.Stdout, cmd.Stderr = &output, &output
	child.Group(cmd, syscall.SIGKILL, 5*time.Second)
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	stage := "downloading " + r.Name + ", bytes"
	for {
		select {
		case err := <-ended:
			if err != nil {
				return clientError(filepath.Base(name), err, &output)
			}
			p.Report(stage, r.Bytes, r.Bytes)
			return nil
		case <-time.After(200 * time.Millisecond):
			p.Report(stage, min(Size(tmp), r.Bytes-1), r.Bytes)
		}
	}
}

// clientError is what a client that failed said, marked where it had no network.
func clientError(name string, err error, output *child.Tail) error {
	lines := output.Lines()
	err = fmt.Errorf("%s: %w: %s", name, err, child.Brief(reasons(lines), 2, 2))
	if saysNoNetwork(strings.Join(lines, "\n")) {
		return offlineError{err}
	}
	return err
}

// Size sums the plain files under dir, bytes. Files that vanish meanwhile count as nothing.
func Size(dir string) int64 {
	var total int64
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil
		}
		if info, err := d.Info(); err == nil {
			total += info.Size()
		}
		return nil
	})
	return total
}

func names(dir string) []string {
	entries, _ := os.ReadDir(dir)
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

// reasons are the lines of a client's output that can say why it failed, shortened. pip tells of
// each of its tries; only the reason of the first is kept.
func reasons(output []string) []string {
	var lines []string
	for _, line := range output {
		if strings.Contains(line, "A complete log of this run") {
			continue // npm's log is removed with the rest
		}
		if strings.Contains(line, "Retrying (Retry(") {
			if len(lines) > 0 {
				continue
			}
			line = line[max(strings.LastIndex(line, ">: "), 0):]
		}
		lines = append(lines, text.Shorten(strings.Trim(line, ">: \r"), 160))
	}
	return lines
}
