package cluster

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
)

func job() Job {
	return Job{Args: []string{"curve", "data/my photos", "--out", "runs/curve"}, Dir: "/srv/$lab", Workers: 8, Cores: 2,
		Memory: 1536 << 20, Time: 90 * time.Minute, Image: "imagelab:1", Volume: "shared"}
}

func write(t *testing.T, scheduler string, j Job) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, scheduler, j); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWrite(t *testing.T) {
	tests := []struct {
		scheduler, reason string
		want              []string
	}{
		{"slurm", "an array whose tasks are workers; names are quoted for the shell",
			[]string{"#SBATCH --array=1-8\n", "#SBATCH --mem=1536M\n", "#SBATCH --time=01:30:00\n", "#SBATCH --requeue\n",
				"cd '/srv/$lab' || exit 1\nexec imagelab curve 'data/my photos' --out runs/curve --claim\n"}},
		{"parallel", "as many workers at once, started again if they fail",
			[]string{"seq 8 | parallel --jobs 8 --retries 3", "--timeout 5400", "--claim"}},
	}
	for _, tt := range tests {
		t.Run(tt.scheduler, func(t *testing.T) {
			file := write(t, tt.scheduler, job())
			for _, want := range tt.want {
				if !strings.Contains(file, want) {
					t.Errorf("%q is missing: %s\n%s", want, tt.reason, file)
				}
			}
			check := exec.Command("sh", "-n")
			check.Stdin = strings.NewReader(file)
			if out, err := check.CombinedOutput(); err != nil {
				t.Errorf("the shell refuses it: %s", out)
			}
		})
	}
}

// TestWriteParts: each worker of work on photos does a part of its own.
func TestWriteParts(t *testing.T) {
	j := job()
	j.Args = []string{"ingest", "my photos", "--out", "data/mine"}
	tests := []struct{ scheduler, reason, want string }{
		{"slurm", "tasks count from 1", "exec imagelab ingest 'my photos' --out data/mine --shard $SLURM_ARRAY_TASK_ID/8\n"},
		{"parallel", "the number is put in for {}", "--out data/mine --shard {}/8'"},
		{"kubernetes", "indices count from 0",
			`"exec imagelab ingest 'my photos' --out data/mine --shard $((JOB_COMPLETION_INDEX + 1))/8"`},
	}
	for _, tt := range tests {
		if file := write(t, tt.scheduler, j); !strings.Contains(file, tt.want) || strings.Contains(file, "--claim") {
			t.Errorf("%q is missing: %s\n%s", tt.want, tt.reason, file)
		}
	}
}

// TestKubernetes holds the job against the fields of batch/v1 that it uses: a misspelt one is an
// error, as for a server that validates strictly.
func TestKubernetes(t *testing.T) {
	type named struct {
		Name string
	}
	var got struct {
		APIVersion string `yaml:"apiVersion"`
		Kind       string
		Metadata   named
		Spec       struct {
			CompletionMode           string `yaml:"completionMode"`
			Completions, Parallelism int
			BackoffLimitPerIndex     int `yaml:"backoffLimitPerIndex"`
			Template                 struct {
				Spec struct {
					ActiveDeadlineSeconds int    `yaml:"activeDeadlineSeconds"`
					RestartPolicy         string `yaml:"restartPolicy"`
					Containers            []struct {
						named      `yaml:",inline"`
						Image      string
						WorkingDir string `yaml:"workingDir"`
						Command    []string
						Resources  struct{ Requests, Limits map[string]string }
						Mounts     []struct {
							named     `yaml:",inline"`
							MountPath string `yaml:"mountPath"`
						} `yaml:"volumeMounts"`
					}
					Volumes []struct {
						named `yaml:",inline"`
						Claim struct {
							Name string `yaml:"claimName"`
						} `yaml:"persistentVolumeClaim"`
					}
				}
			}
		}
	}
	d := yaml.NewDecoder(strings.NewReader(write(t, "kubernetes", job())))
	d.KnownFields(true)
	if err := d.Decode(&got); err != nil {
		t.Fatal(err)
	}
	worker := got.Spec.Template.Spec.Containers[0]
	if got.APIVersion != "batch/v1" || got.Kind != "Job" || got.Spec.CompletionMode != "Indexed" ||
		got.Spec.Completions != 8 ||
		got.Spec.Template.Spec.RestartPolicy != "Never" {
		t.Errorf("not an indexed job of 8: %+v", got)
	}
	if got.Spec.Template.Spec.ActiveDeadlineSeconds != 5400 {
		t.Errorf("a pod has the time of a worker, whenever it starts; the job has no end: %+v", got)
	}
	if got.Metadata.Name != "imagelab-curve" || worker.WorkingDir != "/srv/$lab" ||
		worker.Mounts[0].MountPath != "/srv/$lab" ||
		got.Spec.Template.Spec.Volumes[0].Claim.Name != "shared" || worker.Resources.Limits["memory"] != "1536Mi" {
		t.Errorf("the worker does not find its folder: %+v", got)
	}
	if words := strings.Join(worker.Command, "|"); words != "imagelab|curve|data/my photos|--out|runs/curve|--claim" {
		t.Error(words)
	}
}

func TestRefused(t *testing.T) {
	tests := []struct {
		name, reason string
		change       func(*Job)
	}{
		{"train", "one fit cannot be shared", func(j *Job) { j.Args[0] = "train" }},
		{"no worker", "nobody would do it", func(j *Job) { j.Workers = 0 }},
		{"a million workers", "a slip", func(j *Job) { j.Workers = 1e6 }},
		{"a line break", "what follows would be a command of its own", func(j *Job) { j.Args[1] = "data\nrm -r x" }},
		{"no memory", "the scheduler would end it at once", func(j *Job) { j.Memory = 0 }},
	}
	for _, tt := range tests {
		j := job()
		tt.change(&j)
		if err := Write(&bytes.Buffer{}, "slurm", j); err == nil {
			t.Errorf("%s is accepted: %s", tt.name, tt.reason)
		}
	}
	if err := Write(&bytes.Buffer{}, "pbs", job()); err == nil {
		t.Error("an unknown scheduler is accepted")
	}
}

func TestNeeds(t *testing.T) {
	j := job()
	j.Needs(Trial{Fits: 35, Seconds: 300, Own: 60, Memory: 1 << 30})
	if j.Memory != 1536<<20 || j.Time != 3*(300+5*60)*time.Second {
		t.Errorf("%d bytes, %v", j.Memory, j.Time)
	}
}
