package engine

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/gomlx/compute"
)

// pluginPlatform is where the pinned plugin runs.
const pluginPlatform = "linux/amd64"

// facts holds everything that the choice of an engine depends on.
type facts struct {
	env      string // GOMLX_BACKEND
	envSet   bool
	gpu      bool   // an NVIDIA GPU answers
	cuda     string // path of a CUDA plugin, or ""
	xla      bool   // XLA is compiled in
	simd     bool   // the vector instructions of pure Go are compiled in
	platform string // "linux/amd64"
}

// cudaOptions tell go-xla that the plugin is not for a CPU. Otherwise go-xla decides by "cpu"
// anywhere in the plugin's path, and then writes to the device's memory directly.
const cudaOptions = ",noshared_buffers"

// candidate is one engine to try, with the reason for it.
type candidate struct {
	name    string
	config  string // for GoMLX; "" means the pinned plugin, to be fetched
	why     string
	notices []string
}

// choose lists the engines to try, best first. It depends on f alone.
func choose(f facts) []candidate {
	if f.envSet {
		return []candidate{{name: nameOf(f.env), config: configOfEnv(f), why: compute.ConfigEnvVar + " says so",
			notices: noticesOfEnv(f)}}
	}
	var list []candidate
	if f.xla && f.gpu && f.cuda != "" {
		list = append(list, candidate{name: XLACUDA, config: "xla:" + f.cuda + cudaOptions,
			why: "an NVIDIA GPU and the plugin " + f.cuda + " were found"})
	}
	if f.xla && f.platform == pluginPlatform {
		list = append(list, candidate{name: XLACPU, why: whyCPU(f), notices: gpuUnused(f)})
	}
	return append(list, candidate{name: Go, config: "go", why: whyGo(f), notices: append(append(gpuUnused(f),
		costOfGo(f)...), howToXLA(f))})
}

// configOfEnv is what the variable says, with names that imagelab knows better than go-xla does:
// "xla:cuda" is the plugin that was found, also where another one on go-xla's way is broken, and
// "xla:cpu" is the pinned one.
func configOfEnv(f facts) string {
	plugin, options, more := strings.Cut(f.env, ",")
	switch {
	case f.env == XLACPU && f.platform == pluginPlatform:
		return ""
	case plugin == XLACUDA && f.cuda != "":
		config := "xla:" + f.cuda + cudaOptions
		if more {
			config += "," + options
		}
		return config
	}
	return f.env
}

func noticesOfEnv(f facts) []string {
	if nameOf(f.env) == Go {
		return costOfGo(f)
	}
	return nil
}

func whyCPU(f facts) string {
	if f.gpu {
		return "no CUDA engine could be used; XLA on the CPU is the next best"
	}
	return "no NVIDIA GPU was found; XLA on the CPU is the fastest engine here"
}

func whyGo(f facts) string {
	switch {
	case !f.xla:
		return "this program was built without XLA"
	case f.platform != pluginPlatform:
		return "there is no pinned XLA plugin for " + f.platform
	default:
		return "XLA could not be opened"
	}
}

// gpuUnused says what to install so that the GPU of this machine is used.
func gpuUnused(f facts) []string {
	switch {
	case f.gpu && !f.xla:
		return []string{"an NVIDIA GPU is idle: this program was built without XLA"}
	case f.gpu && f.cuda == "":
		return []string{"an NVIDIA GPU is idle: there is no XLA plugin for it, pjrt_c_api_cuda_plugin.so, in the folders that are searched. " +
			"CudaInstall of the Go package github.com/gomlx/go-xla/installer puts it and NVIDIA's libraries into ~/.local/lib/go-xla/nvidia; " +
			"README.md shows the few lines that call it. A plugin elsewhere is found by its folder in PJRT_PLUGIN_LIBRARY_PATH"}
	}
	return nil
}

func howToXLA(f facts) string {
	switch {
	case !f.xla:
		return "to get XLA, install a C compiler (Debian: apt install gcc libc6-dev) and build with CGO_ENABLED=1 and without -tags noxla"
	case f.platform != pluginPlatform:
		return "to get XLA, set " + compute.ConfigEnvVar + "=xla:/path/to/pjrt_c_api_cpu_plugin.so to a PJRT plugin for " + f.platform
	default:
		return "to get XLA, run: imagelab fetch " + pluginAsset
	}
}

// lookAround gathers the facts of this machine.
func lookAround(ctx context.Context) facts {
	f := facts{xla: hasXLA, simd: hasSIMD, platform: runtime.GOOS + "/" + runtime.GOARCH}
	f.env, f.envSet = os.LookupEnv(compute.ConfigEnvVar)
	f.envSet = f.envSet && f.env != ""
	f.gpu = hasGPU(ctx)
	if f.gpu {
		f.cuda = findCUDAPlugin(pluginFolders(os.Getenv))
	}
	return f
}

// hasGPU looks for an NVIDIA device file. Some containers hide those, so it also asks nvidia-smi.
func hasGPU(ctx context.Context) bool {
	if _, err := os.Stat("/dev/nvidia0"); err == nil {
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, "nvidia-smi", "--list-gpus").Output()
	return err == nil && strings.Contains(string(out), "GPU 0")
}

// pluginFolders are the folders in which go-xla v0.4.5 looks for plugins, in its order, but for
// those of /etc/ld.so.conf, into which no installer of plugins writes.
func pluginFolders(getenv func(string) string) []string {
	if list := getenv("PJRT_PLUGIN_LIBRARY_PATH"); list != "" {
		return slices.DeleteFunc(filepath.SplitList(list), func(folder string) bool { return folder == "" })
	}
	var folders []string
	for _, lib := range []string{filepath.Join(getenv("HOME"), ".local", "lib"), "/usr/local/lib"} {
		folders = append(folders, filepath.Join(lib, "go-xla"), filepath.Join(lib, "go-xla", "nvidia"),
			filepath.Join(lib, "gomlx", "pjrt"))
	}
	folders = append(folders, filepath.SplitList(getenv("LD_LIBRARY_PATH"))...)
	return slices.DeleteFunc(folders, func(folder string) bool { return !filepath.IsAbs(folder) })
}

// findCUDAPlugin returns the absolute path of the first CUDA plugin in folders, or "".
func findCUDAPlugin(folders []string) string {
	for _, folder := range folders {
		for _, pattern := range []string{"pjrt_c_api_cuda*_plugin.so", "pjrt?plugin?cuda*.so"} {
			found, err := filepath.Glob(filepath.Join(folder, pattern))
			if err != nil || len(found) == 0 {
				continue
			}
			if path, err := filepath.Abs(found[0]); err == nil {
				return path
			}
		}
	}
	return ""
}
