package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"imagelab/lib/child"
	"imagelab/lib/cluster"
	"imagelab/lib/text"
)

// newClusterCmd is `imagelab cluster`: a sweep, or work on photos, on many machines.
func newClusterCmd(a *app) *cobra.Command {
	job := cluster.Job{Workers: 8, Cores: 2, Image: "imagelab", Volume: "imagelab"}
	var memory float64
	cmd := &cobra.Command{
		Use:   "cluster SCHEDULER [flags] -- VERB ...",
		Short: "Write the file with which a cluster runs a command",
		Long: `Cluster prints a script for Slurm (slurm), a job for Kubernetes (kubernetes) or a line for GNU parallel
(parallel) that runs the command behind -- on many machines at once. The machines must share the folder in which the
command is given, and the photos.

For curve and tradeoff, each worker takes the next fit that nobody has, so workers may be of different speed, start late
and die. Cluster first makes one fit here, to know how much memory and time a worker needs; it is recorded and not made
again. Give --memory and --time to skip it. For ingest, dedup and suspects, each worker reads a part of the photos
(--shard); one that dies continues when it is started again.

When all workers have ended, run the command once more anywhere: it puts the parts together, or writes the page.`,
		Example: `  imagelab cluster slurm --workers 32 -- ingest /share/photos --out data/mine > ingest.sh && sbatch ingest.sh
  imagelab cluster slurm --workers 16 -- curve data/mine --out runs/curve > curve.sh && sbatch curve.sh
  imagelab cluster kubernetes --image registry.local/imagelab --volume shared -- tradeoff data/mine --out runs/t > job.yaml
  imagelab cluster parallel --workers 4 -- curve data/mine --out runs/curve > curve.sh && sh curve.sh`,
		Args: cobra.MinimumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := oneOf("scheduler", args[0], cluster.Schedulers()...); err != nil {
				return usageError{errors.New(strings.TrimPrefix(err.Error(), "--"))}
			}
			if cmd.ArgsLenAtDash() != 1 {
				return usageError{errors.New(
					"give the command behind --, such as cluster slurm -- curve data/mine --out runs/curve")}
			}
			job.Args = args[1:]
			job.Memory = int64(memory * (1 << 30))
			if err := job.Check(); err != nil {
				return usageError{err}
			}
			if err := a.fillJob(cmd.Context(), &job); err != nil {
				return err
			}
			return cluster.Write(a.data, args[0], job)
		},
	}
	f := cmd.Flags()
	f.IntVar(&job.Workers, "workers", job.Workers, "number of workers at once")
	f.IntVar(&job.Cores, "cores", job.Cores, "processor cores of a worker")
	f.Float64Var(&memory, "memory", 0, "memory of a worker, GiB (0: from a trial fit; of work on photos 4)")
	f.DurationVar(&job.Time, "time", 0, "time limit of a worker, such as 2h (0: from a trial fit; of work on photos 24h)")
	f.StringVar(&job.Program, "program", "imagelab", "path of imagelab on the machines")
	f.StringVar(&job.Image, "image", job.Image, "container `image` with imagelab, for kubernetes")
	f.StringVar(&job.Volume, "volume", job.Volume, "persistent volume claim of the shared folder, for kubernetes")
	return cmd
}

// fillJob sets what the job needs, by a trial fit where it is not said.
func (a *app) fillJob(ctx context.Context, job *cluster.Job) error {
	var err error
	if job.Dir, err = os.Getwd(); err != nil {
		return err
	}
	asked := *job
	switch {
	case job.InParts():
		job.Memory, job.Time = 4<<30, 24*time.Hour
		if asked.Memory == 0 || asked.Time == 0 {
			fmt.Fprintln(a.stderr, "a worker gets 4 GiB of memory and 24 hours, unless --memory and --time say otherwise")
		}
	case job.Memory == 0 || job.Time == 0:
		fmt.Fprintln(a.stderr, "making one fit, to know what a worker needs")
		t, err := trial(ctx, a, job.Args)
		if err != nil {
			return err
		}
		if t.Fits == 0 {
			return errors.New("all fits are recorded: run the command itself once, without cluster, to write the page")
		}
		job.Needs(t)
		fmt.Fprintf(a.stderr, "%d fits were missing; one took %s from the files on, %s alone, and %s of memory\n", t.Fits,
			text.Seconds(t.Seconds), text.Seconds(t.Own), text.Bytes(t.Memory))
	}
	if asked.Memory > 0 {
		job.Memory = asked.Memory
	}
	if asked.Time > 0 {
		job.Time = max(asked.Time, time.Minute)
	}
	return nil
}

// trial makes one fit in a process of its own, whose memory is that of the fit.
func trial(ctx context.Context, a *app, args []string) (cluster.Trial, error) {
	self, err := os.Executable()
	if err != nil {
		return cluster.Trial{}, err
	}
	var out bytes.Buffer
	fit := exec.CommandContext(ctx, self, slices.Concat(args, []string{"--trial"})...)
	fit.Stdout, fit.Stderr = &out, a.stderr
	child.Group(fit, syscall.SIGINT, 10*time.Second)
	if err := fit.Run(); ctx.Err() != nil {
		return cluster.Trial{}, ctx.Err()
	} else if err != nil {
		return cluster.Trial{}, fmt.Errorf("the trial fit failed: %w; see what it said above", err)
	}
	var t cluster.Trial
	if err := json.Unmarshal(out.Bytes(), &t); err != nil {
		return cluster.Trial{}, fmt.Errorf(
			"%s is no command that workers can share: give curve, tradeoff, ingest, dedup or suspects", text.Name(args[0]))
	}
	return t, nil
}
