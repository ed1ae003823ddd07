package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestOptionsAreCheckedBeforeWork: a value out of range, a flag that has no effect, a word that
// is mistyped and a file that is not there are told at once, as bad usage, in every verb.
func TestOptionsAreCheckedBeforeWork(t *testing.T) {
	t.Setenv("IMAGELAB_CACHE", filepath.Join(t.TempDir(), "none")) // work would begin with a download
	t.Setenv("PATH", t.TempDir())
	for _, line := range []struct{ args, says string }{
		{"trian d", "did you mean train?"}, {"evaluate r d", "did you mean eval?"}, {"xyzzy", "no command xyzzy"},
		{"train d --out r --epoch 3", "did you mean --epochs?"}, {"runs d --jsno", "did you mean --json?"},
		{"train d --out r --cut stag6", "did you mean stage6?"}, {"train d --out r --backbone lite_0", "did you mean lite0?"},
		{"tradeoff d --out r --backbones lite0,litte1", "did you mean lite1?"}, {"tradeoff d --out r --cuts haed",
			"did you mean head?"},
		{"fetch sollar", "did you mean solar?"}, {"eval r d --split tets", "did you mean test?"},
		{"dedup d --keep larges", "did you mean largest?"},
		{"curve d --out r --regime step", "did you mean steps?"},
		{"train d --out r --epochs -1", "epochs"}, {"train d --out r --epochs 99999", "epochs"},
		{"train d --out r --epochs 1e9", `--epochs takes a whole number (digits only, of ordinary size), not "1e9"`},
		{"train d --out r --lr NaN", "lr"}, {"train d --out r --lr 0", "lr"},
		{"train d --out r --head-lr Inf", "head_lr"}, {"train d --out r --head-lr NaN", "head_lr"},
		{"train d --out r --weight-decay Inf", "weight_decay"}, {"train d --out r --weight-decay NaN",
			"weight_decay"}, {"train d --out r --balance NaN", "balance"},
		{"train d --out r --label-smoothing 1", "label_smoothing"}, {"train d --out r --crop NaN", "crop"},
		{"train d --out r --color Inf", "color"},
		{"train d --out r --erase -0.1", "erase"}, {"train d --out r --crop-fraction 2", "crop_fraction"},
		{"train d --out r --size 31", "size"},
		{"train d --out r --size 99999999999999999999", "size"}, {"train d --out r --views -1", "views"},
		{"train d --out r --batch 0", "batch"},
		{"train d --out r --steps 2000000000", "steps"}, {"train d --out r --precision half", "precision"},
		{"eval r d --precision half", "precision"}, {"predict r p.jpg --precision bfloat61", "did you mean bfloat16?"},
		{"train d --out r --random-weights=nonsense", "random-weights"},
		{"curve d --out r --weights options_test.go --random-weights", "leave out --weights"},
		{"audit d --like nowhere", "--like"}, {"audit d --backbone lite_0", "did you mean lite0?"},
		{"groups d --backbone lite_0", "did you mean lite0?"},
		{"dedup d --judge f --distance 3", "--distance has no effect"}, {"review d --guide --json", "--guide"},
		{"export r --onnx m --safetensors ./m", "same file"},
		{"cluster slurm --workers 0 -- curve d --out r", "workers"}, {"cluster slurm --cores 0 -- curve d --out r", "cores"},
		{"cluster slurm --memory -1 -- curve d --out r", "memory"}, {"cluster slurm -- curve d --shard 1/2", "--shard"},
		{"train d --out r --seed -1", `--seed takes a whole number of 0 or more, not "-1"`},
		{"train d --out r --balance much", `takes a number, not "much"`},
		{"curve d --out r --sizes 0", "0"}, {"curve d --out r --sizes 10,-1", "-1"},
		{"curve d --out r --sizes 10,abc", "abc"}, {"curve d --out r --sizes ,", "neither"},
		{"curve d --out r --sizes 10,20,10", "10 twice"}, {"curve d --out r --seeds 0", "--seeds"},
		{"curve d --out r --seeds 1000000000", "--seeds"},
		{"curve d --out r --shard 3/2", "3/2"}, {"curve d --out r --shard 0/2", "0/2"},
		{"curve d --out r --shard half", "half"}, {"tradeoff d --out r --shard 1/0", "1/0"},
		{"tradeoff d --out r --sizes 31", "31"}, {"tradeoff d --out r --sizes 128,5000", "size"},
		{"tradeoff d --out r --sizes 128,128", "128 twice"}, {"tradeoff d --out r --seeds 0", "--seeds"},
		{"tradeoff d --out r --budget NaN", "--budget"}, {"tradeoff d --out r --budget -1", "--budget"},
		{"tradeoff d --out r --backbones lite0,lite0", "twice"},
		{"tradeoff d --out r --precision float32,bfloat61", "did you mean bfloat16?"},
		{"tradeoff d --out r --precision tf32,tf32", "tf32 twice"},
		{"split d --val NaN", "val"}, {"split d --test 1", "test"}, {"split d --val -0.1", "val"},
		{"split d --group-run -2", "-2"}, {"split d --group-pattern (", "pattern"},
		{"split d --group-pattern (a) --group-run 3", "not both"}, {"dedup d --distance -1", "64"},
		{"ingest d --out s --max-pixels -1", "--max-pixels"},
		{"predict r x.jpg --top 0", "--top"}, {"predict r x.jpg --top -5", "--top"}, {"predict r x.jpg --json --csv",
			"--csv or --json"},
		{"predict r https://example.org/a.jpg", "download it first"}, {"predict r - -", "once"},
		{"notebook --timeout 0s", "--timeout"}, {"notebook --timeout -5m --execute", "--timeout"},
		{"notebook --port 0", "--port"}, {"notebook --port 70000", "--port"},
		{"notebook --ip everywhere", "--ip"}, {"notebook a.ipynb", "--execute"}, {"notebook --execute --kernel-only",
			"exclude"},
		{"notebook --kernel-only --dir a", "no effect with --kernel-only"}, {"notebook --execute --dir a b.ipynb",
			"no effect where notebooks are named"},
		{"notebook --timeout 5m", "no effect without --execute"}, {"notebook --execute --port 9999",
			"no effect with --execute"},
		{"train d --out r --cut head --epochs 3", "--epochs has no effect"},
		{"train d --out r --cut head --lr 0.1 --batch 8", "--batch, --lr have no effect"},
		{"train d --out r --cut all --views 3", "--views has no effect"}, {"train d --out r --views 0 --crop 0.5",
			"--crop has no effect"},
		{"train d --out r --views 0 --rotate90", "--rotate90 has no effect"},
		{"train d --out r --tta --flip=false", "--tta has no effect"},
		{"review d --only drop --export x.csv", "--only has no effect"},
		{"review d --stats --port 9000 --no-guesses", "--port, --no-guesses have no effect"},
		{"review d --stats --who ann", "--who has no effect"},
		{"curve d --out r --epochs 3", "--epochs has no effect"}, {"curve d --out r --regime steps",
			"--regime has no effect"}, {"curve d --out r --seed 3", "use --seeds"},
		{"curve d --out r --cut stage7 --regime steps --steps 100", "--steps has no effect"},
		{"tradeoff d --out r --epochs 3", "--epochs has no effect"},
		{"tradeoff d --out r --backbone lite1", "use --backbones"}, {"tradeoff d --out r --cut stage7", "use --cuts"},
		{"tradeoff d --out r --size 96", "use --sizes"},
		{"fetch --from x", "exactly one name"}, {"fetch solar foods --from x", "exactly one name"},
		{"demo x", "unknown command"}, {"doctor x", "unknown command"},
	} {
		args := strings.Fields(line.args)
		start := time.Now()
		stdout, stderr, code := command(t, args...)
		if code != exitUsage || !strings.Contains(stderr, line.says) || stdout != "" {
			t.Errorf("imagelab %s: exit code %d, want %d; it says %q, want %q", line.args, code, exitUsage, stderr, line.says)
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("imagelab %s: it took %s", line.args, took)
		}
	}
}

// TestMissingFilesAreNamedAtOnce: before a network is asked, an engine opened or a page written.
func TestMissingFilesAreNamedAtOnce(t *testing.T) {
	work := t.TempDir()
	t.Chdir(work)
	t.Setenv("IMAGELAB_CACHE", filepath.Join(work, "none"))
	t.Setenv("PATH", work)
	put(t, "text.ipynb", "no notebook")
	for _, line := range []string{
		"ingest nope --out s", "dedup nope", "split nope", "train nope --out r", "eval nope nope",
		"predict nope nope.jpg", "curve nope --out r", "tradeoff nope --out r", "runs nope",
		"notebook --execute nope.ipynb", "notebook --execute text.ipynb nope.ipynb", "fetch solar --from nope",
	} {
		_, stderr, code := command(t, strings.Fields(line)...)
		named := strings.Contains(stderr, "nope") || strings.Contains(stderr, "text.ipynb")
		if code != exitFailed || !named {
			t.Errorf("imagelab %s: exit code %d, want %d; it says %q", line, code, exitFailed, stderr)
		}
		for _, made := range []string{"s", "r"} {
			if _, err := os.Stat(made); err == nil {
				t.Errorf("imagelab %s: the folder %s was made", line, made)
			}
		}
	}
}
