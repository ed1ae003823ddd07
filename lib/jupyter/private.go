package jupyter

import (
	"crypto/rand"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

//go:embed follow.py
var follow string

//go:embed serve.py
var server string

// kept are the variables of Jupyter that pass from a person's environment: where kernels and the
// looks of JupyterLab are.
var kept = []string{"JUPYTER_PATH", "JUPYTER_DATA_DIR", "JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR"}

// environ is the environment of programs that start kernels. Of the variables that configure
// Jupyter only those pass that open nothing.
func (k *Kit) environ() []string {
	var env []string
	for _, v := range os.Environ() {
		name, _, _ := strings.Cut(v, "=")
		if !strings.HasPrefix(name, "JUPYTER") && !strings.HasPrefix(name, "JPY_") || slices.Contains(kept, name) {
			env = append(env, v)
		}
	}
	path := k.kernels
	if more := os.Getenv("JUPYTER_PATH"); more != "" {
		path += string(filepath.ListSeparator) + more
	}
	return append(env, "JUPYTER_PATH="+path, "JUPYTER_RUNTIME_DIR="+k.runtime(), "PYDEVD_DISABLE_FILE_VALIDATION=1",
		"PYTHONNOUSERSITE=1")
}

// private is the environment of a server that has a token of its own and obeys no configuration but
// its own, in the empty folder config. A person's settings of JupyterLab, which are looks, stay
// theirs.
func (k *Kit) private(config string) []string {
	own := os.Getenv("JUPYTER_CONFIG_DIR")
	if home, err := os.UserHomeDir(); own == "" && err == nil {
		own = filepath.Join(home, ".jupyter")
	}
	env := k.environ()
	for name, folder := range map[string]string{"JUPYTERLAB_SETTINGS_DIR": "user-settings",
		"JUPYTERLAB_WORKSPACES_DIR": "workspaces"} {
		if os.Getenv(name) == "" && own != "" {
			env = append(env, name+"="+filepath.Join(own, "lab", folder))
		}
	}
	token := make([]byte, 24)
	rand.Read(token) // which never fails
	return append(env, "JUPYTER_CONFIG_DIR="+config, fmt.Sprintf("JUPYTER_TOKEN=%x", token))
}

// tie makes a program that begins with follow end with this one, even where this one is killed. The
// program must be started soon: the pipe is closed once it has ended.
func tie(cmd *exec.Cmd) error {
	group(cmd)
	_, err := cmd.StdinPipe() // closed by the end of this process, or by cmd.Wait
	return err
}
