package jupyter

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

//go:embed cells.py
var cells string

//go:embed kernel.py
var relayProgram string

// definition is a kernel.json.
type definition struct {
	Argv          []string          `json:"argv"`
	DisplayName   string            `json:"display_name"`
	Language      string            `json:"language"`
	InterruptMode string            `json:"interrupt_mode"`
	Env           map[string]string `json:"env"`
}

// noCompiler is the notice of machines without a C compiler, which XLA needs.
const noCompiler = "no C compiler was found, so cells compute in pure Go, " +
	"which takes about 15 times as long as XLA: install one (Debian: apt install gcc libc6-dev) and start again"

// kernel is the definition for this checkout: no cell needs a network, a set-up cell or "%%", and
// errors get words. Links take half the time without debug symbols.
func (k *Kit) kernel() definition {
	env := map[string]string{
		"GOPROXY": "off",
		"GOFLAGS": "-buildvcs=false -ldflags=-s",
		"PATH":    k.tools + string(filepath.ListSeparator) + os.Getenv("PATH"),
	}
	if !hasCompiler() {
		env["GOFLAGS"] += " -tags=noxla"
		env["CGO_ENABLED"] = "0"
	}
	return definition{
		Argv: []string{k.python, k.relay(), "{connection_file}", k.Repo, filepath.Join(k.tools, "gonb"),
			"-logtostderr=true", "-raw_error=true", "-go_work=" + k.Repo},
		DisplayName: Title, Language: "go", InterruptMode: "message", Env: env,
	}
}

// relay is the program that stands between Jupyter and gonb.
func (k *Kit) relay() string {
	return filepath.Join(k.cache, "kernel-"+digest([]byte(cells+relayProgram))+".py")
}

func hasCompiler() bool {
	out, err := exec.Command("go", "env", "CGO_ENABLED", "CC").Output()
	enabled, compiler, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	if err != nil || enabled != "1" || compiler == "" {
		return false
	}
	_, err = exec.LookPath(strings.Fields(compiler)[0])
	return err == nil
}

// define writes the kernel's definition for this checkout into the cache. One that a person
// registered from a checkout or a cache that has moved since is written anew too.
func (k *Kit) define() error {
	if _, err := os.Stat(k.relay()); err != nil {
		if err := writeFile(k.relay(), []byte(cells+"\n\n"+relayProgram)); err != nil {
			return err
		}
	}
	d := k.kernel()
	for _, name := range slices.Sorted(maps.Keys(d.Env)) {
		k.env = append(k.env, name+"="+d.Env[name])
	}
	if d.Env["CGO_ENABLED"] == "0" {
		k.Notice = noCompiler
	}
	text, err := json.Marshal(d)
	if err != nil {
		return err
	}
	k.kernels = filepath.Join(k.cache, "kernels-"+digest(text))
	if _, err := writeDefinition(k.kernels, d); err != nil {
		return err
	}
	user, err := userKernels()
	if err != nil || !isStale(filepath.Join(user, "kernels", Kernel, "kernel.json")) {
		return nil
	}
	_, err = writeDefinition(user, d)
	return err
}

// Register makes the kernel known to a person's own Jupyter or editor. It returns the file it wrote
// and whether that was missing or different before.
func (k *Kit) Register() (path string, changed bool, err error) {
	user, err := userKernels()
	if err != nil {
		return "", false, fmt.Errorf("jupyter: register the kernel: %w", err)
	}
	if changed, err = writeDefinition(user, k.kernel()); err != nil {
		return "", false, fmt.Errorf("jupyter: register the kernel: %w", err)
	}
	return filepath.Join(user, "kernels", Kernel, "kernel.json"), changed, nil
}

// userKernels is the folder in which Jupyter looks for a person's own kernels.
func userKernels() (string, error) {
	if dir := os.Getenv("JUPYTER_DATA_DIR"); dir != "" {
		return dir, nil
	}
	home, err := os.UserHomeDir()
	switch {
	case err != nil:
		return "", err
	case runtime.GOOS == "darwin":
		return filepath.Join(home, "Library", "Jupyter"), nil
	case os.Getenv("XDG_DATA_HOME") != "":
		return filepath.Join(os.Getenv("XDG_DATA_HOME"), "jupyter"), nil
	}
	return filepath.Join(home, ".local", "share", "jupyter"), nil
}

func writeDefinition(data string, d definition) (changed bool, err error) {
	dir := filepath.Join(data, "kernels", Kernel)
	path := filepath.Join(dir, "kernel.json")
	want, err := json.Marshal(d)
	if err != nil {
		return false, err
	}
	var got bytes.Buffer
	if text, err := os.ReadFile(path); err == nil && json.Compact(&got, text) == nil && bytes.Equal(got.Bytes(), want) {
		return false, nil
	}
	// Jupyter's own format has no place for a seal.
	return true, errors.Join(os.MkdirAll(dir, 0o755), writeFile(path, append(want, '\n')))
}

// isStale reports whether a registered kernel names a program, a file or a checkout that is not
// there any more. No kernel is not stale.
func isStale(path string) bool {
	text, err := os.ReadFile(path)
	if err != nil {
		return false
	}
	var d definition
	if json.Unmarshal(text, &d) != nil || len(d.Argv) == 0 {
		return true
	}
	for _, arg := range d.Argv {
		needed := strings.TrimPrefix(arg, "-go_work=")
		if !filepath.IsAbs(needed) {
			continue
		}
		if _, err := os.Stat(needed); err != nil {
			return true
		}
	}
	return false
}
