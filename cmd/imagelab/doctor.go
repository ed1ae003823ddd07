package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"imagelab/lib/engine"
	"imagelab/lib/text"
)

// newDoctorCmd is `imagelab doctor`: what this machine offers and lacks.
func newDoctorCmd(app *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Show which engine is used here and why, and what is missing",
		Long: `Doctor opens the engine that training would use, and prints its name and why it was chosen. It also prints the
number of cores, the memory, NVIDIA's GPUs with memory and driver, the cache folder and how fast its disk reads, and how to
get what is missing.

Doctor takes the engine that GOMLX_BACKEND names. Without that variable it takes the first of these that works: XLA on
an NVIDIA GPU, XLA on the CPU, pure Go. The first call that needs the XLA plugin for the CPU downloads it (63 MB).
Doctor fails only if no engine opens, or not the one that is named.`,
		Example: `  imagelab doctor
  GOMLX_BACKEND=go imagelab doctor --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			d, err := engine.Describe(cmd.Context(), app.progress)
			if err != nil {
				return err
			}
			if asJSON {
				err = app.json(inFlagsOf(d))
			} else {
				printDescription(app.stdout, d)
			}
			if err == nil && d.Engine == "" {
				return fmt.Errorf("no engine opens here: %s", d.Why)
			}
			return err
		},
	}
	addJSON(cmd.Flags(), &asJSON)
	return cmd
}

// inFlagsOf is a description in the names of the command line.
func inFlagsOf(d engine.Description) engine.Description {
	d.Why, d.Notice = inFlags(d.Why), inFlags(d.Notice)
	d.Missing = slices.Clone(d.Missing)
	for i := range d.Missing {
		d.Missing[i].Get = inFlags(d.Missing[i].Get)
	}
	return d
}

func printDescription(w io.Writer, d engine.Description) {
	name := d.Engine
	if name == "" {
		name = "none"
	}
	fmt.Fprintf(w, "engine   %s\n", name)
	fmt.Fprintf(w, "why      %s\n", d.Why)
	if d.Device != "" {
		fmt.Fprintf(w, "device   %s\n", d.Device)
	}
	if d.Notice != "" {
		fmt.Fprintf(w, "notice   %s\n", d.Notice)
	}
	printGPUs(w, d)
	fmt.Fprintf(w, "machine  %s, %d cores, %s, %s\n", d.CPU, d.Cores, d.Platform, d.Go)
	fmt.Fprintf(w, "memory   %.1f GiB, %.1f GiB available\n", gib(d.Memory), gib(d.AvailableMemory))
	fmt.Fprintf(w, "cache    %s\n", d.Cache)
	fmt.Fprintf(w, "disk     %s\n", diskLine(d.Disk))
	if len(d.Missing) == 0 {
		fmt.Fprintln(w, "missing  nothing")
	}
	for _, m := range d.Missing {
		fmt.Fprintf(w, "missing  %s, needed for %s: %s\n", m.Name, m.Needed, m.Get)
	}
}

// printGPUs prints a line for each GPU, and the plugin that computes on them.
func printGPUs(w io.Writer, d engine.Description) {
	for _, g := range d.GPUs {
		fmt.Fprintf(w, "gpu      %s\n", g)
	}
	if d.GPUProblem != "" {
		fmt.Fprintf(w, "gpu      %s\n", d.GPUProblem)
	}
	if d.Plugin != "" {
		fmt.Fprintf(w, "plugin   %s\n", text.Path(d.Plugin))
	}
}

func gib(bytes int64) float64 { return float64(bytes) / (1 << 30) }

func diskLine(d engine.Disk) string {
	if d.Problem != "" {
		return "not measured: " + d.Problem
	}
	line := fmt.Sprintf("reads %.0f MB/s (%d MB read)", d.BytesPerSecond/1e6, d.Bytes>>20)
	if d.Cached {
		line += ", perhaps from memory"
	}
	return line
}
