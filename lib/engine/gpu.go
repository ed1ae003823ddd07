package engine

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"imagelab/lib/asset"
	"imagelab/lib/child"
)

// GPU is an NVIDIA GPU as its driver describes it.
type GPU struct {
	Index      int    `json:"index"` // by which nvidia-smi names it
	Name       string `json:"name"`
	Memory     int64  `json:"memory"`      // bytes; 0: not known
	FreeMemory int64  `json:"free_memory"` // bytes; 0 where Memory is 0
	Driver     string `json:"driver"`      // version, "580.65.06"; "": not known
}

// leastFree is the free memory of a GPU below which nothing is tried on it, bytes. CUDA's own
// context and the libraries take about half of it, the rest is for the smallest training.
const leastFree = 1 << 30

// gpuFields are the columns that nvidia-smi is asked for.
const gpuFields = "index,name,memory.total,memory.free,driver_version"

// listGPUs asks nvidia-smi. The error is what it said; without the program it is exec.ErrNotFound.
func listGPUs(ctx context.Context) ([]GPU, error) {
	path, err := exec.LookPath("nvidia-smi")
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	var out, complaint child.Tail
	cmd := exec.CommandContext(ctx, path, "--query-gpu="+gpuFields, "--format=csv,noheader,nounits")
	cmd.Stdout, cmd.Stderr = &out, &complaint
	cmd.WaitDelay = time.Second
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("nvidia-smi: %w: %s", err, child.Brief(append(out.Lines(), complaint.Lines()...), 2, 2))
	}
	return parseGPUs([]byte(strings.Join(out.Lines(), "\n")))
}

// parseGPUs reads the lines of nvidia-smi, a GPU each. A number that the driver does not know, such
// as "[N/A]", is 0. A line that describes no GPU is an error that quotes it.
func parseGPUs(out []byte) ([]GPU, error) {
	r := csv.NewReader(bytes.NewReader(out))
	r.FieldsPerRecord, r.TrimLeadingSpace, r.LazyQuotes = -1, true, true
	rows, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("nvidia-smi: %w", err)
	}
	var gpus []GPU
	for _, row := range rows {
		const fields = 5
		if len(row) < fields {
			return nil, fmt.Errorf("nvidia-smi says %s", quoted(strings.Join(row, ", ")))
		}
		last := len(row) - 1 // a name may hold commas
		index, err := strconv.ParseUint(strings.TrimSpace(row[0]), 10, 16)
		if err != nil {
			return nil, fmt.Errorf("nvidia-smi says %s", quoted(strings.Join(row, ", ")))
		}
		g := GPU{Index: int(index), Name: quoted(strings.Join(row[1:last-2], ", ")),
			Memory: mebibytes(row[last-2]), FreeMemory: mebibytes(row[last-1])}
		g.FreeMemory = min(g.FreeMemory, g.Memory)
		if version := strings.TrimSpace(row[last]); driverVersion.MatchString(version) {
			g.Driver = version
		}
		gpus = append(gpus, g)
	}
	slices.SortStableFunc(gpus, func(a, b GPU) int { return a.Index - b.Index })
	return gpus, nil
}

var driverVersion = regexp.MustCompile(`^[0-9]{1,4}(\.[0-9]{1,4}){0,3}$`)

// quoted is one line of foreign text, without what a terminal would obey.
func quoted(s string) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s)
	const most = 80
	if runes := []rune(s); len(runes) > most {
		s = string(runes[:most]) + "..."
	}
	return strings.TrimSpace(s)
}

// mebibytes reads "81559" as bytes, and anything else as 0.
func mebibytes(s string) int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
	if err != nil || n < 0 || n > 1<<30 {
		return 0
	}
	return n << 20
}

// String is one line: "0: NVIDIA H200, 139.8 GiB, 139.3 GiB free, driver 580.65.06".
func (g GPU) String() string {
	line := fmt.Sprintf("%d: %s", g.Index, g.Name)
	if g.Memory > 0 {
		line += fmt.Sprintf(", %.1f GiB, %.1f GiB free", gib(g.Memory), gib(g.FreeMemory))
	}
	if g.Driver != "" {
		line += ", driver " + g.Driver
	}
	return line
}

// FreeOnGPU is the memory that the engine's GPU had free when it was opened, bytes: the least of
// all GPUs, where it is not known which of them is used. It is 0 where nothing is known, and on a
// CPU.
func (e *Engine) FreeOnGPU() int64 {
	if e.Name != XLACUDA || len(e.GPUs) == 0 {
		return 0
	}
	least := e.GPUs[0].FreeMemory
	for _, g := range e.GPUs {
		least = min(least, g.FreeMemory)
	}
	return least
}

func gib(bytes int64) float64 { return float64(bytes) / (1 << 30) }

// cudaTrouble says why the plugin cannot compute on these GPUs, and what to do; "" where nothing is
// known against it.
func (f facts) cudaTrouble() string {
	if f.cuda == "" {
		return ""
	}
	if len(f.lacks) > 0 {
		return fmt.Sprintf("the CUDA plugin %s is without its libraries (%s): run: imagelab fetch %s",
			f.cuda, strings.Join(f.lacks, ", "), cudaAsset)
	}
	if len(f.gpus) == 0 {
		return ""
	}
	first := f.gpus[0]
	major, err := strconv.Atoi(strings.SplitN(first.Driver, ".", 2)[0])
	if need := driverFor(f.cuda); err == nil && major < need {
		return fmt.Sprintf("the driver %s is too old for the plugin's CUDA, which needs %d or newer: update NVIDIA's driver",
			first.Driver, need)
	}
	if first.Memory > 0 && first.FreeMemory < leastFree {
		return fmt.Sprintf("GPU %d has %.1f of %.1f GiB free, and imagelab needs %.0f GiB: end what else uses it, or name "+
			"another GPU by GOMLX_BACKEND=xla:cuda,visible_devices=N", first.Index, gib(first.FreeMemory),
			gib(first.Memory), gib(leastFree))
	}
	return ""
}

// driverFor is the oldest major version of the driver for the CUDA that a plugin was built for, as
// far as its path and the libraries beside it tell.
func driverFor(plugin string) int {
	const cuda12 = 525 // CUDA Toolkit release notes, table 3
	found, err := filepath.Glob(filepath.Join(asset.CUDALibraries(plugin), "*", "lib", "libcudart.so.12"))
	if err == nil && len(found) > 0 {
		return cuda12
	}
	if strings.Contains(filepath.Base(plugin), "12") {
		return cuda12
	}
	return asset.CUDADriver
}

// gpuProblem is why the GPUs of a machine that has a device file could not be listed, or "".
func gpuProblem(err error) string {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, exec.ErrNotFound):
		return "nvidia-smi was not found, so nothing is known about the GPU's driver and memory; it comes with " +
			"NVIDIA's driver"
	default:
		return quoted(err.Error())
	}
}
