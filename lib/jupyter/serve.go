package jupyter

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"

	"imagelab/lib/asset"
	"imagelab/lib/child"
	"imagelab/lib/internal/filelock"
)

// Server says how to serve.
type Server struct {
	Dir  string // folder of notebooks, absolute
	IP   string // address to listen on, "127.0.0.1"; "0.0.0.0" for a container
	Port int
}

// running is what a server writes of itself into the runtime folder.
type running struct {
	Host  string `json:"hostname"`
	Port  int    `json:"port"`
	Token string `json:"token"`
	Root  string `json:"root_dir"`
	PID   int    `json:"pid"`
}

// address is what a person opens: of a server that listens on all addresses, the one of this
// machine.
func (r running) address() string { return r.base() + "lab?token=" + r.Token }

func (r running) base() string {
	host := r.Host
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, strconv.Itoa(r.Port)) + "/"
}

// Notebooks is the folder of the checkout's notebooks.
func (k *Kit) Notebooks() string { return filepath.Join(k.Repo, "notebooks") }

// Serve runs JupyterLab on a folder of notebooks until ctx ends, and calls ready with the address
// to open once it answers. When the folder is served already, ready gets that server's address, and
// Serve returns at once.
func (k *Kit) Serve(ctx context.Context, s Server, ready func(address string, already bool)) error {
	if _, err := os.Stat(s.Dir); err != nil {
		return fmt.Errorf("jupyter: serve: %w", err)
	}
	served, turn, err := k.await(ctx, s.Dir)
	if err != nil {
		return err
	}
	defer turn.Close()
	if served != nil {
		ready(served.address(), true)
		return nil
	}
	if err := k.free(ctx, s); err != nil {
		return err
	}
	if err := k.trust(ctx, s.Dir); err != nil {
		return err
	}
	config := filepath.Join(k.cache, "config-"+digest([]byte(s.Dir)))
	if err := fresh(config); err != nil { // a password that was set there would hold for the next server
		return fmt.Errorf("jupyter: %w", err)
	}
	cmd := exec.CommandContext(ctx, k.python, "-c", follow+server, "--no-browser", "--allow-root", "--ServerApp.ip="+s.IP,
		"--ServerApp.port="+strconv.Itoa(s.Port), "--ServerApp.port_retries=0", "--ServerApp.root_dir="+s.Dir,
		"--MultiKernelManager.default_kernel_name="+Kernel, "--LabApp.extension_manager=readonly")
	cmd.Dir = s.Dir
	cmd.Env = k.private(config)
	if err := tie(cmd); err != nil {
		return fmt.Errorf("jupyter: %w", err)
	}
	var said child.Tail
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("jupyter: start JupyterLab: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	ask := time.NewTicker(200 * time.Millisecond)
	defer ask.Stop()
	for {
		select {
		case err := <-ended:
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return fmt.Errorf("jupyter: JupyterLab ended: %w: %s",
				errors.Join(err, errors.New("it stopped by itself")), brief(said.Lines()))
		case <-ask.C:
			if r, ok := k.find(ctx, func(r running) bool { return r.PID == cmd.Process.Pid }); ok {
				ask.Stop()
				ready(r.address(), false)
			}
		}
	}
}

// await returns the server of a folder where there is one, or the turn to start it, which is to be
// closed in either case.
func (k *Kit) await(ctx context.Context, dir string) (*running, *filelock.Lock, error) {
	if err := os.MkdirAll(k.runtime(), 0o700); err != nil {
		return nil, nil, fmt.Errorf("jupyter: %w", err)
	}
	for {
		if r, ok := k.find(ctx, func(r running) bool { return r.Root == dir }); ok {
			return &r, nil, nil
		}
		turn, err := filelock.Try(k.turn(dir))
		var held *filelock.HeldError
		if !errors.As(err, &held) { // another process that has the turn is about to answer
			return nil, turn, err
		}
		select {
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// turn is the file that a process locks while it starts or runs the server of a folder.
func (k *Kit) turn(dir string) string {
	return filepath.Join(k.runtime(), "serve-"+digest([]byte(dir))+".lock")
}

// CheckServe returns an error where [Kit.Serve] could not listen, before anything is prepared: IP
// is no address of this machine, or Port is taken. It is nil where the folder is served already, or
// is about to be.
func CheckServe(ctx context.Context, s Server) error {
	cache, err := asset.CacheDir()
	if err != nil {
		return err
	}
	k := &Kit{cache: filepath.Join(cache, asset.JupyterDir)}
	if _, ok := k.find(ctx, func(r running) bool { return r.Root == s.Dir }); ok {
		return nil
	}
	if _, err := os.Stat(k.runtime()); err != nil {
		return k.free(ctx, s)
	}
	turn, err := filelock.Try(k.turn(s.Dir))
	if err != nil { // Serve waits, or says what is wrong
		return nil
	}
	defer turn.Close()
	return k.free(ctx, s)
}

// trust tells Jupyter that the notebooks in dir came from a known place, as their code does: pages
// show the figures of other notebooks only once their cells have run again.
func (k *Kit) trust(ctx context.Context, dir string) error {
	notebooks, err := Find(dir)
	if err != nil || len(notebooks) == 0 {
		return err
	}
	if err := command(ctx, dir, nil, k.python, append([]string{"-m", "nbformat.sign"}, notebooks...)...); err != nil {
		return fmt.Errorf("jupyter: trust the notebooks: %w", err)
	}
	return nil
}

// find returns the first server of this cache that answers and is wanted.
func (k *Kit) find(ctx context.Context, want func(running) bool) (running, bool) {
	files, _ := filepath.Glob(filepath.Join(k.runtime(), "jpserver-*.json"))
	slices.Sort(files)
	for _, file := range files {
		var r running
		text, err := os.ReadFile(file)
		if err != nil || json.Unmarshal(text, &r) != nil || !want(r) {
			continue
		}
		if answers(ctx, r.base()+"api/status?token="+r.Token) {
			return r, true
		}
	}
	return running{}, false
}

func answers(ctx context.Context, address string) bool {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return false
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	defer response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// free returns an error when the port is taken, and by whom as far as can be told.
func (k *Kit) free(ctx context.Context, s Server) error {
	listener, err := net.Listen("tcp", net.JoinHostPort(s.IP, strconv.Itoa(s.Port)))
	if err == nil {
		return listener.Close()
	}
	switch {
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return fmt.Errorf("jupyter: %s is no address of this machine: choose one with --ip, such as 127.0.0.1 (%w)",
			s.IP, err)
	case errors.Is(err, os.ErrPermission):
		return fmt.Errorf("jupyter: port %d is not for every user: choose one above 1023 with --port (%w)", s.Port, err)
	}
	if r, ok := k.find(ctx, func(r running) bool { return r.Port == s.Port }); ok {
		return fmt.Errorf("jupyter: port %d serves another folder, %s, at %s: stop that one, or choose another "+
			"port with --port", s.Port, r.Root, r.address())
	}
	who := "another program"
	if answers(ctx, running{Host: s.IP, Port: s.Port}.base()+"api") {
		who = "a Jupyter that imagelab did not start"
	}
	return fmt.Errorf("jupyter: port %d is taken by %s: choose another with --port (%w)", s.Port, who, err)
}
