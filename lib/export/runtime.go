package export

import (
	"bufio"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"imagelab/lib/child"
	"imagelab/lib/text"
)

//go:embed runtime.py
var runtimeScript string

// Runtime is a Python that has ONNX Runtime.
type Runtime struct {
	Python  string // path of the interpreter
	Version string // of ONNX Runtime
}

// RuntimeError says that there is no ONNX Runtime to check a file with, and how to get one. Nothing
// is ever installed by this package.
type RuntimeError struct{ error }

// Unwrap returns the reason.
func (e *RuntimeError) Unwrap() error { return e.error }

// FindRuntime looks for a Python with onnxruntime and numpy: python is an interpreter or the folder
// of a virtual environment, or "" for python3 on the PATH. Without one it returns a [RuntimeError].
func FindRuntime(ctx context.Context, python string) (Runtime, error) {
	path, err := interpreter(python)
	if err != nil {
		return Runtime{}, err
	}
	s, err := start(ctx, path)
	if err != nil {
		return Runtime{}, err
	}
	return Runtime{path, s.hello.Version}, s.Close()
}

// interpreter is the Python that was asked for.
func interpreter(asked string) (string, error) {
	if asked == "" {
		for _, name := range []string{"python3", "python"} {
			if path, err := exec.LookPath(name); err == nil {
				return path, nil
			}
		}
		return "", &RuntimeError{errors.New("export: there is no Python to run ONNX Runtime; " + install("python3"))}
	}
	for _, path := range []string{filepath.Join(asked, "bin", "python"), filepath.Join(asked, "Scripts", "python.exe")} {
		if info, err := os.Stat(path); err == nil && !info.IsDir() {
			return filepath.Abs(path)
		}
	}
	path, err := exec.LookPath(asked)
	if err != nil {
		return "", fmt.Errorf("export: %s is neither a Python nor a virtual environment; name one, such as venv "+
			"or venv/bin/python", text.Name(asked))
	}
	return filepath.Abs(path)
}

// install is what to do for a Python with ONNX Runtime.
func install(python string) string {
	return fmt.Sprintf("make one with `%s -m venv onnx-env && onnx-env/bin/pip install onnxruntime`, and name it "+
		"onnx-env", text.Path(python))
}

// session is an ONNX file that is open in a Python process.
type session struct {
	python  string
	hello   reply
	cmd     *exec.Cmd
	stdin   io.WriteCloser
	replies *bufio.Reader
	stderr  child.Tail
}

// reply is a line of runtime.py.
type reply struct {
	Version       string      `json:"version"`
	Missing       string      `json:"missing"`
	Old           string      `json:"old"`
	Error         string      `json:"error"`
	Seconds       float64     `json:"seconds"`
	Probabilities [][]float64 `json:"probabilities"`
}

// open loads a file; the caller closes the session.
func (r Runtime) open(ctx context.Context, file string) (*session, error) {
	path, err := filepath.Abs(file)
	if err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	return start(ctx, r.Python, path)
}

// start runs runtime.py, away from the caller's folder, whose modules it would import. When ctx
// ends, so does the process.
func start(ctx context.Context, python string, args ...string) (*session, error) {
	cmd := exec.CommandContext(ctx, python, append([]string{"-c", runtimeScript}, args...)...)
	cmd.Dir = os.TempDir()
	child.Group(cmd, syscall.SIGKILL, 5*time.Second)
	s := &session{python: python, cmd: cmd}
	cmd.Stderr = &s.stderr
	var err error
	if s.stdin, err = cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	s.replies = bufio.NewReader(stdout)
	if err := cmd.Start(); err != nil {
		return nil, &RuntimeError{fmt.Errorf("export: run %s: %w; %s", text.Path(python), err, install("python3"))}
	}
	if s.hello, err = s.read(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	switch {
	case s.hello.Missing != "":
		err = fmt.Errorf("export: %s has no ONNX Runtime (%s): %s", text.Path(python), s.hello.Missing, install(python))
	case s.hello.Old != "":
		err = fmt.Errorf("export: %s has ONNX Runtime %s, which cannot resize photos as opset %d does: it takes "+
			"1.15 or newer (`%s -m pip install --upgrade onnxruntime`)",
			text.Path(python), s.hello.Old, Opset, text.Path(python))
	default:
		return s, nil
	}
	return nil, errors.Join(&RuntimeError{err}, s.Close())
}

// run gives the probabilities `[batch][classes]` of a batch of photos `[batch, height, width, 3]`,
// and how long the runtime took for them.
func (s *session) run(ctx context.Context, batch, height, width int,
	photos []byte) ([][]float64, time.Duration, error) {
	header := fmt.Sprintf(`{"shape":[%d,%d,%d,3]}`+"\n", batch, height, width)
	_, err := io.WriteString(s.stdin, header)
	if err == nil {
		_, err = s.stdin.Write(photos)
	}
	if err != nil {
		return nil, 0, s.failed(ctx, err)
	}
	r, err := s.read(ctx)
	if err == nil && len(r.Probabilities) != batch {
		err = fmt.Errorf("export: ONNX Runtime %s gave %d answers for %d photos", s.hello.Version,
			len(r.Probabilities), batch)
	}
	return r.Probabilities, time.Duration(r.Seconds * float64(time.Second)), err
}

// read waits for the next line.
func (s *session) read(ctx context.Context) (reply, error) {
	line, err := s.replies.ReadBytes('\n')
	if err != nil {
		return reply{}, s.failed(ctx, err)
	}
	var r reply
	if err := json.Unmarshal(line, &r); err != nil {
		return reply{}, s.failed(ctx, fmt.Errorf("it wrote %.80q", line))
	}
	if r.Error != "" {
		return reply{}, fmt.Errorf("export: ONNX Runtime %s (%s) cannot run the file: %s", r.Version,
			text.Path(s.python), r.Error)
	}
	return r, nil
}

// failed tells the end of ctx from a process that broke.
func (s *session) failed(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	child.Kill(s.cmd)
	_ = s.cmd.Wait() // it was killed; what it wrote is complete then
	return &RuntimeError{fmt.Errorf("export: %s ended early: %w: %s", text.Path(s.python), err,
		child.Brief(s.stderr.Lines(), 3, 3))}
}

// Close ends the process. It may be called after a failure.
func (s *session) Close() error {
	if s.cmd.ProcessState != nil {
		return nil
	}
	stop := time.AfterFunc(5*time.Second, func() { child.Kill(s.cmd) })
	defer stop.Stop()
	s.stdin.Close()
	var exit *exec.ExitError
	// it may have been killed
	if err := s.cmd.Wait(); err != nil && !errors.As(err, &exit) && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("export: end %s: %w", text.Path(s.python), err)
	}
	return nil
}
