package backbone

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"imagelab/lib/fulltest"

	"github.com/gomlx/compute"

	"imagelab/lib/engine"
)

// TestOneDNNTakesEveryConvolution reads what XLA compiled for inference: a grouped convolution that
// it keeps to itself would be ten times slower, and no other test would notice. XLA writes that
// down for a process that asks, so this test is its own child. Its file's name keeps it to the
// platform of the pinned plugin.
func TestOneDNNTakesEveryConvolution(t *testing.T) {
	fulltest.Needs(t, "XLA")
	const child = "IMAGELAB_TEST_COMPILE"
	spec, err := Lookup("lite0")
	if err != nil {
		t.Fatal(err)
	}
	if os.Getenv(child) != "" {
		be := backend(t)
		if !engine.OneDNN(be) {
			t.Fatal("the engine was not asked for oneDNN")
		}
		stages(t, be, spec, 0, len(spec.Stages()), true).MustCall1(random(rand.New(rand.NewPCG(1, 2)), 2, spec.Size,
			spec.Size, 3))
		return
	}
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0], "-test.run", "^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), child+"=1", compute.ConfigEnvVar+"="+engine.XLACPU, "XLA_FLAGS=--xla_dump_to="+dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.cpu_after_optimizations.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("XLA wrote nothing down: %v", err)
	}
	convolutions := 0
	for name := range spec.Shapes() {
		if strings.HasSuffix(name, ".kernel") {
			convolutions++
		}
	}
	found := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found += strings.Count(string(text), `custom_call_target="__onednn$convolution"`)
		if n := strings.Count(string(text), " convolution("); n > 0 {
			t.Errorf("%d convolutions in XLA's own code", n)
		}
	}
	if found != convolutions {
		t.Errorf("oneDNN computes %d convolutions of %d", found, convolutions)
	}
}
