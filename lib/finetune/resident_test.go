package finetune

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"

	"imagelab/lib/backbone"
	"imagelab/lib/dataset"
	"imagelab/lib/engine"
	"imagelab/lib/engine/enginetest"
	"imagelab/lib/feed"
	"imagelab/lib/internal/network"
	"imagelab/lib/recipe"
	"imagelab/lib/runlog"
)

func TestPlace(t *testing.T) {
	for _, c := range []struct {
		name, reason, engine string
		bytes                int64
		want                 placement
	}{
		{"GPU", "they fit", engine.XLACUDA, 600 << 20, kept},
		{"full", "the budget may be used up", engine.XLACUDA, residentBudget, kept},
		{"too much", "the step needs memory too", engine.XLACUDA, residentBudget + 1, streamed},
		{"CPU", "the files are in its memory already", engine.XLACPU, 600 << 20, onHost},
		{"pure Go", "as above", engine.Go, 600 << 20, onHost},
		{"another plugin", "nothing is known of it", "xla:rocm", 600 << 20, onHost},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := place(c.engine, c.bytes, residentBudget, false); got != c.want {
				t.Errorf("got %v, want %v: %s", got, c.want, c.reason)
			}
		})
	}
	if got := place(engine.XLACPU, 1<<20, 1<<20-1, true); got != streamed {
		t.Errorf("a CPU with a setting: got %v, want %v", got, streamed)
	}
}

func TestBudget(t *testing.T) {
	for _, c := range []struct {
		name, reason, setting string
		free, want            int64 // MiB; -1: an error
	}{
		{"large GPU", "no index needs more than 32 bits", "", 80 << 10, 2 << 10},
		{"small GPU", "a step needs the larger part", "", 3 << 10, 1 << 10},
		{"not known", "nvidia-smi is missing", "", 0, 2 << 10},
		{"setting", "who sets it knows", "12", 80 << 10, 12},
		{"nothing", "all is streamed", "0", 80 << 10, 0},
		{"words", "it is a number of MiB", "2GB", 80 << 10, -1},
		{"negative", "it is a number of MiB", "-1", 80 << 10, -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := budget(c.free<<20, c.setting)
			if (err != nil) != (c.want < 0) || err == nil && got != c.want<<20 {
				t.Errorf("got %d, %v: %s", got, err, c.reason)
			}
		})
	}
}

// noisySide is a side of photos of noise, which no interpolation flatters.
func noisySide(t *testing.T, n, pixels int, a feed.Augment) *side {
	t.Helper()
	store, err := feed.BuildStore(t.Context(), filepath.Join(t.TempDir(), "p.u8"), n, pixels*pixels*3, 0, "drawing",
		nil, func(i int, dst []byte) error {
			r := rand.New(rand.NewPCG(uint64(i), 7))
			for k := range dst {
				dst[k] = byte(r.IntN(256))
			}
			return nil
		})
	if err != nil {
		t.Fatal(err)
	}
	s := &side{name: "noise", images: make([]dataset.Image, n), augment: a, ways: 1,
		pixels: &feed.Pixels{Side: pixels, Store: store}}
	t.Cleanup(s.close)
	return s
}

// TestResidentPixels: the graph shows what the host shows.
func TestResidentPixels(t *testing.T) {
	e := enginetest.Open(t)
	const n, side, batch = 5, 48, 3
	for _, c := range []struct {
		name, reason string
		augment      feed.Augment
		size         int
		most         float64 // mean absolute difference, of 255; 0: the same to the bit
	}{
		{"plain", "the centre is copied", feed.Augment{}, 40, 0},
		{"whole", "all of the photo is seen", feed.Augment{}, side, 0},
		{"flips", "pixels change places", feed.Augment{Flip: true, FlipV: true}, 40, 0},
		{"turns", "pixels change places", feed.Augment{Rotate90: true}, 40, 0},
		{"all layings", "an odd number of mirrors too", feed.Augment{Rotate90: true, Flip: true}, 40, 0},
		{"erased", "a rectangle is grey", feed.Augment{Erase: 0.7, Rotate90: true, Flip: true}, 40, 0},
		{"crops", "enlarged: only rounding differs", feed.Augment{MinScale: 0.4}, 40, 0.05},
		{"small", "shrunk: the filter is widened", feed.Augment{MinScale: 0.7}, 20, 0.05},
		{"colours", "a half is rounded up or down", feed.Augment{Color: 0.4}, 40, 0.05},
		{"all colours", "the strongest", feed.Augment{Color: 1}, 40, 0.05},
		{"everything", "crops are laid and erased in the same order", feed.Augment{MinScale: 0.5, Flip: true,
			Rotate90: true, Erase: 0.5, Color: 0.3}, 32, 0.05},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := noisySide(t, n, side, c.augment)
			config := resolved{Config: recipe.Default()}
			config.Size, config.Seed = c.size, 3
			tr := &trainer{batch: batch}
			host := s.reader(config, 0)
			if err := s.keep(e.Backend, tr, c.size, true, nil); err != nil {
				t.Fatal(err)
			}
			worst := 0.0
			for epoch := range 8 {
				indices := []int{epoch % n, (epoch + 2) % n, (3 * epoch) % n}[:1+epoch%batch]
				x, err := s.source(config, 0).inputs(tr, indices, epoch)
				if err != nil {
					t.Fatal(err)
				}
				got := tensors.MustCopyFlatData[uint8](x)
				want := make([]byte, c.size*c.size*3)
				for k, i := range indices {
					if err := host(want, i, epoch); err != nil {
						t.Fatal(err)
					}
					worst = max(worst, meanDifference(got[k*len(want):(k+1)*len(want)], want))
				}
			}
			t.Logf("worst view: %.4f", worst)
			if worst > c.most {
				t.Errorf("a view differs by %.4f of 255 on average, more than %g: %s", worst, c.most, c.reason)
			}
		})
	}
}

func meanDifference(a, b []byte) float64 {
	sum := 0.0
	for i := range a {
		sum += math.Abs(float64(a[i]) - float64(b[i]))
	}
	return sum / float64(len(a))
}

// TestResidentFit: where the inputs come from changes no result, and their memory is given back.
func TestResidentFit(t *testing.T) {
	e, d, ctx := enginetest.Open(t), Data{Set: generated(t, 8)}, context.Background()
	e.Name = engine.XLACPU // so that nothing is kept on a GPU until it is asked for
	for _, row := range []struct {
		cut, reason string
		tolerance   float64 // of losses
	}{
		{"stage7", "the same activations, by view", 1e-5},
		{"all", "crops are rounded otherwise now and then", 0.01},
	} {
		t.Run(row.cut, func(t *testing.T) {
			c := quick()
			c.Cut, c.Size, c.Batch, c.Epochs, c.CachedViews, c.Seed = row.cut, 64, 4, 2, 2, 5
			if row.cut == backbone.CutAll { // of a network whose training XLA compiles in seconds
				c.Backbone, c.Weights = "squeezenet1_1", recipe.RandomWeights
			}
			p, err := Prepare(ctx, e, d, c, Observer{})
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			subset := []int{0, 1, 2, 3, 5, 6, 7, 9, 10, 11} // of two batches and a half
			_, host, err := p.Fit(ctx, c, subset, Observer{})
			if err != nil || p.train.resident != nil {
				t.Fatalf("on the host: %v, resident %v", err, p.train.resident)
			}
			t.Setenv(residentVar, "0")
			if err := p.settle(p.body, Observer{}); err != nil || p.train.resident == nil || p.train.resident.views != nil {
				t.Fatalf("streamed: %v, %+v", err, p.train.resident)
			}
			_, stream, err := p.Fit(ctx, c, subset, Observer{})
			if err != nil {
				t.Fatal(err)
			}
			t.Setenv(residentVar, "64")
			if err := p.settle(p.body, Observer{}); err != nil || len(p.train.resident.views) == 0 {
				t.Fatalf("kept: %v, %+v", err, p.train.resident)
			}
			_, device, err := p.Fit(ctx, c, subset, Observer{})
			if err != nil {
				t.Fatal(err)
			}
			for i, want := range device.Epochs {
				if got := stream.Epochs[i]; got.TrainLoss != want.TrainLoss || got.ValLoss != want.ValLoss {
					t.Errorf("%s epoch %d: losses %v and %v from a stream, %v and %v from what is kept: the rows are the same",
						want.Phase, want.Epoch, got.TrainLoss, got.ValLoss, want.TrainLoss, want.ValLoss)
				}
			}
			for i, want := range host.Epochs {
				got := device.Epochs[i]
				if math.Abs(got.TrainLoss-want.TrainLoss) > row.tolerance || math.Abs(got.ValLoss-want.ValLoss) > row.tolerance {
					t.Errorf("%s epoch %d: losses %.6f and %.6f from the device, %.6f and %.6f from the host: %s",
						want.Phase, want.Epoch, got.TrainLoss, got.ValLoss, want.TrainLoss, want.ValLoss, row.reason)
				}
			}
			var kept []*tensors.Tensor
			for _, s := range p.sides() {
				kept = append(kept, s.resident.views...)
			}
			if want := map[string]int{"stage7": 4, "all": 2}[row.cut]; len(kept) != want {
				t.Errorf("%d tensors were kept on the device, want %d", len(kept), want)
			}
			if bytes := p.residentBytes(); bytes != bytesOf(kept) {
				t.Errorf("%d bytes were expected on the device, %d are there", bytes, bytesOf(kept))
			}
			p.Close()
			for _, x := range kept {
				if x.Ok() {
					t.Errorf("%s is still on the device", x.Shape())
				}
			}
		})
	}
}

func bytesOf(all []*tensors.Tensor) (sum int64) {
	for _, x := range all {
		sum += x.ByteSize()
	}
	return sum
}

// TestStreamNotice: who has a GPU whose memory does not hold a fit's inputs is told so once,
// however many fits there are, and gets the results of a larger one.
func TestStreamNotice(t *testing.T) {
	d, ctx, device := Data{Set: generated(t, 8)}, context.Background(), enginetest.NewDevice(t)
	c := quick()
	c.Epochs, c.Batch = 1, 4
	var want runlog.Record
	for _, row := range []struct {
		name, reason string
		most         int   // images that the device keeps
		free         int64 // bytes, as its driver says; 0: not known
		says         string
	}{
		{"large", "all stays there", 1000, 0, ""},
		{"less than was thought", "another program may take the rest meanwhile", c.Batch, 0, "RESOURCE_EXHAUSTED"},
		{"known to be small", "a third of what is free", c.Batch, 30 << 10, "more than the 0 MiB"},
		{"too small", "it does not hold a step's images either", 0, 0, "RESOURCE_EXHAUSTED"},
	} {
		t.Run(row.name, func(t *testing.T) {
			device.Full = func(s shapes.Shape) bool { return s.DType == network.Float16 && s.Dimensions[0] > row.most }
			e := enginetest.Open(t)
			e.Name = engine.XLACUDA
			if row.free > 0 {
				e.GPUs = []engine.GPU{{Memory: row.free, FreeMemory: row.free}}
			}
			p, err := Prepare(ctx, e, d, c, Observer{})
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			var said []string
			var got runlog.Record
			for range 2 {
				_, got, err = p.Fit(ctx, c, nil, Observer{Note: func(s string) { said = append(said, s) }})
				if (err != nil) != (row.most == 0) || err != nil && !errors.Is(err, engine.ErrMemory) {
					t.Fatalf("got %v: %s", err, row.reason)
				}
			}
			if kept := p.train.resident.views != nil; kept != (row.says == "") {
				t.Errorf("all is on the device: %t: %s", kept, row.reason)
			}
			if all := strings.Join(said, "\n"); row.says == "" && all != "" || row.says != "" &&
				(len(said) != 1 || !strings.Contains(all, row.says) || !strings.Contains(all, "results are the same")) {
				t.Errorf("it says %q, want one note with %q", all, row.says)
			}
			if err != nil {
				return
			}
			if want.ID == "" {
				want = got
			}
			for i, epoch := range want.Epochs {
				if now := got.Epochs[i]; now.TrainLoss != epoch.TrainLoss || now.ValLoss != epoch.ValLoss {
					t.Errorf("%s epoch %d: losses %v and %v, want %v and %v", epoch.Phase, epoch.Epoch, now.TrainLoss,
						now.ValLoss, epoch.TrainLoss, epoch.ValLoss)
				}
			}
		})
	}
}
