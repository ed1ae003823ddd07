package runlog

import (
	"os"
	"path/filepath"
	"testing"
)

func TestWriteEpochs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "results.csv")
	if err := WriteEpochs(path, []Epoch{{Phase: PhaseHead, Epoch: 1, LR: 0.1, TrainLoss: 0.5, ValLoss: 0.25,
		ValTop1: 0.75, Seconds: 2}}); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	want := "phase,epoch,lr,train_loss,val_loss,val_top1,seconds\nhead,1,0.1,0.5,0.25,0.75,2\n"
	if err != nil || string(got) != want {
		t.Errorf("%q, error %v, want %q", got, err, want)
	}
}
