package engine

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/gomlx/compute"

	"imagelab/lib/asset"
)

// pluginPlatform is where the pinned plugin runs.
const pluginPlatform = "linux/amd64"

// facts holds everything that the choice of an engine depends on.
type facts struct {
	env      string // GOMLX_BACKEND
	envSet   bool
	gpu      bool     // an NVIDIA GPU is there
	gpus     []GPU    // as far as its driver lists them
	problem  string   // why they could not be listed
	cuda     string   // path of a CUDA plugin, or ""
	lacks    []string // libraries that the plugin needs and that are not beside it
	told     bool     // the caller says by itself how to get what is missing
	full     bool     // a GPU was used before, and its memory did not suffice
	xla      bool     // XLA is compiled in
	simd     bool     // the vector instructions of pure Go are compiled in
	platform string   // "linux/amd64"
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
	cuda    string // the plugin whose flags are set, or ""
	driver  string // NVIDIA's, of cuda
}

// choose lists the engines to try, best first. It depends on f alone.
func choose(f facts) []candidate {
	if f.envSet {
		c := candidate{name: nameOf(f.env), config: configOfEnv(f), why: compute.ConfigEnvVar + " says so",
			notices: noticesOfEnv(f)}
		if c.name == XLACUDA {
			c.cuda, c.driver = f.cuda, f.driver()
		}
		return []candidate{c}
	}
	var list []candidate
	if f.xla && f.gpu && f.cuda != "" && f.cudaTrouble() == "" {
		list = append(list, candidate{name: XLACUDA, config: "xla:" + f.cuda + cudaOptions, cuda: f.cuda, driver: f.driver(),
			why: "an NVIDIA GPU and the plugin " + f.cuda + " were found"})
	}
	if f.xla && f.platform == pluginPlatform {
		list = append(list, candidate{name: XLACPU, why: whyCPU(f), notices: gpuUnused(f)})
	}
	return append(list, candidate{name: Go, config: "go", why: whyGo(f), notices: append(append(gpuUnused(f),
		costOfGo(f)...), howToXLA(f))})
}

// driver is the version of NVIDIA's driver, as far as it is known.
func (f facts) driver() string {
	if len(f.gpus) == 0 {
		return ""
	}
	return f.gpus[0].Driver
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
	switch nameOf(f.env) {
	case Go:
		return costOfGo(f)
	case XLACUDA:
		if trouble := f.cudaTrouble(); trouble != "" {
			return []string{trouble}
		}
	}
	return nil
}

func whyCPU(f facts) string {
	switch {
	case f.full:
		return "the GPU's memory does not suffice; XLA on the CPU is the next best"
	case f.gpu:
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

// gpuUnused says what to do so that the GPU of this machine is used.
func gpuUnused(f facts) []string {
	switch {
	case !f.gpu:
		return nil
	case !f.xla:
		return []string{"an NVIDIA GPU is idle: this program was built without XLA"}
	case f.cudaTrouble() != "":
		return []string{"an NVIDIA GPU is idle: " + f.cudaTrouble()}
	case f.cuda == "" && f.platform != pluginPlatform:
		return []string{"an NVIDIA GPU is idle: there is no pinned XLA plugin for it on " + f.platform +
			"; name the folder of another pjrt_c_api_cuda_plugin.so in PJRT_PLUGIN_LIBRARY_PATH"}
	case f.cuda == "" && !f.told:
		return []string{"an NVIDIA GPU is idle; to use it, run: " + howToCUDA()}
	}
	return nil
}

// howToCUDA is the command that brings XLA for GPUs.
func howToCUDA() string {
	return "imagelab fetch " + cudaAsset +
		" (2 GB; or with --from VENV those of a Python environment that has jax[cuda13])"
}

func howToXLA(f facts) string {
	switch {
	case !f.xla:
		return "to get XLA, install a C compiler (Debian: apt install gcc libc6-dev) and build with CGO_ENABLED=1 " +
			"and without -tags noxla"
	case f.platform != pluginPlatform:
		return "to get XLA, set " + compute.ConfigEnvVar +
			"=xla:/path/to/pjrt_c_api_cpu_plugin.so to a PJRT plugin for " + f.platform
	default:
		return "to get XLA, run: imagelab fetch " + pluginAsset
	}
}

// lookAround gathers the facts of this machine.
func lookAround(ctx context.Context) facts {
	f := facts{xla: hasXLA, simd: hasSIMD, platform: runtime.GOOS + "/" + runtime.GOARCH}
	f.env, f.envSet = os.LookupEnv(compute.ConfigEnvVar)
	f.envSet = f.envSet && f.env != ""
	f.gpu, f.gpus, f.problem = findGPUs(ctx)
	f.gpu, f.gpus = visible(f.gpu, f.gpus, f.env, os.LookupEnv)
	switch plugin := pluginOf(f.env); {
	case nameOf(f.env) == XLACUDA && filepath.IsAbs(plugin):
		f.cuda = plugin
	case f.gpu || nameOf(f.env) == XLACUDA:
		f.cuda = findPlugin(os.Getenv)
	}
	if f.cuda != "" {
		f.lacks = asset.CUDALacks(f.cuda)
	}
	return f
}

// pluginOf is the plugin that a configuration such as "xla:/path/of/plugin.so,option" names.
func pluginOf(config string) string {
	_, plugin, _ := strings.Cut(config, ":")
	plugin, _, _ = strings.Cut(plugin, ",")
	return plugin
}

// visible are the GPUs that CUDA lets this process see, and of these the one that the engine's
// configuration names. Where it names them otherwise than by their numbers, nothing is known of
// their memory.
func visible(found bool, gpus []GPU, config string, lookup func(string) (string, bool)) (bool, []GPU) {
	if order, _ := lookup("CUDA_DEVICE_ORDER"); order != "PCI_BUS_ID" && differ(gpus) {
		gpus = numbered(gpus, nil) // CUDA counts the fastest first
	}
	list, set := lookup("CUDA_VISIBLE_DEVICES")
	if list = strings.TrimSpace(list); set && (list == "" || list == "-1") {
		return false, nil
	}
	if set {
		gpus = numbered(gpus, strings.Split(list, ","))
	}
	for option := range strings.SplitSeq(config, ",") {
		if list, named := strings.CutPrefix(strings.TrimSpace(option), "visible_devices="); named {
			gpus = numbered(gpus, strings.FieldsFunc(list, func(r rune) bool { return r < '0' || r > '9' }))
		}
	}
	return found, gpus
}

// differ reports whether not all GPUs are of one kind.
func differ(gpus []GPU) bool {
	return slices.ContainsFunc(gpus, func(g GPU) bool { return g.Name != gpus[0].Name })
}

// numbered are the GPUs at these places, in the order of gpus. Where places name none, all of them,
// of whose memory nothing is known.
func numbered(gpus []GPU, places []string) []GPU {
	var out []GPU
	for _, place := range places {
		i, err := strconv.Atoi(strings.TrimSpace(place))
		if err != nil || i < 0 || i >= len(gpus) {
			break // CUDA passes over the rest of a list too
		}
		out = append(out, gpus[i])
	}
	if len(out) > 0 {
		return out
	}
	out = slices.Clone(gpus)
	for i := range out {
		out[i].Memory, out[i].FreeMemory = 0, 0
	}
	return out
}

// findGPUs looks for an NVIDIA device file, and asks the driver. Some containers hide those files;
// some have no nvidia-smi.
func findGPUs(ctx context.Context) (found bool, gpus []GPU, problem string) {
	devices, _ := filepath.Glob("/dev/nvidia[0-9]*") // the pattern is well formed
	gpus, err := listGPUs(ctx)
	if len(devices) > 0 {
		return true, gpus, gpuProblem(err)
	}
	return len(gpus) > 0, gpus, ""
}

// findPlugin returns the CUDA plugin to use, or "": that of the folders which the user names, else
// the pinned one, else one where go-xla's installer puts it.
func findPlugin(getenv func(string) string) string {
	const variable = "PJRT_PLUGIN_LIBRARY_PATH"
	if getenv(variable) != "" {
		if path := findCUDAPlugin(pluginFolders(getenv)); path != "" {
			return path
		}
	}
	if path, ok := asset.Cached(cudaAsset); ok {
		return path
	}
	return findCUDAPlugin(pluginFolders(func(name string) string {
		if name == variable {
			return ""
		}
		return getenv(name)
	}))
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
