package tradeoff

import (
	"fmt"
	"slices"
	"testing"

	"imagelab/lib/runlog"
)

// published is a speed with an accuracy that was published at 224 pixels.
func published(e runlog.Environment, backbone string, size int, millis float64) Speed {
	s := speed(e, backbone, size, millis, 40e6)
	s.Published = &Published{Top1: 70, Size: 224, Source: "its authors"}
	return s
}

func TestField(t *testing.T) {
	failed, other := published(here, "resnet34", 224, 9), published(here, "vit_tiny", 224, 9)
	failed.Error, other.Precision = "out of memory", "bfloat16"
	records := []runlog.Record{fit("lite0", 224, "head", 1, 10, 0.9), fit("lite0", 128, "head", 1, 10, 0.9)}
	speeds := []Speed{published(here, "lite0", 224, 8), published(here, "lite0", 128, 4),
		speed(here, "lite2", 260, 9, 4e7),
		published(here, "resnet18", 224, 6), published(here, "resnet18", 300, 10), published(here, "resnet18", 400, 20),
		published(there, "resnet18", 224, 1), failed, other}
	machine, field := weighed(t, records, speeds).Surveyed()
	var got []string
	for _, e := range field {
		got = append(got, fmt.Sprint(e.Speed.Backbone, " ", e.Speed.Size, " ", e.Preset, " ", e.Trained, " ", e.Comparable()))
	}
	// Others are at a size without a published accuracy, without any, failed, or of another type.
	want := []string{"resnet18 224  false true", "lite0 224  true true", "resnet18 300 fast_inference false false"}
	if machine != Machine(here) || !slices.Equal(got, want) {
		t.Errorf("on %s %q, want %q: by latency, on the machine with most of them", machine, got, want)
	}
	more := weighed(t, records, speeds[:3]).With(append(speeds[3:7:7], published(there, "resnet34", 224, 2),
		published(there, "vit_tiny", 224, 3), published(there, "lite1", 224, 4), published(here, "lite0", 224, 99)))
	if machine, field := more.Surveyed(); machine != Machine(there) || len(field) != 4 {
		t.Errorf("%d networks on %s, want the 4 of the other machine", len(field), machine)
	}
	if field := more.Field(Machine(here)); len(field) != 3 || field[1].Speed.Latency.Median != 0.008 {
		t.Errorf("got %+v, want the present speed of lite0 and not a new one", field)
	}
	if machine, field := weighed(t, records, speeds[:3]).Surveyed(); machine != "" || field != nil {
		t.Errorf("%d networks on %q, though all of them were trained", len(field), machine)
	}
}

// TestReadDirPrecisions: speeds of one network in two precisions stay apart.
func TestReadDirPrecisions(t *testing.T) {
	dir := t.TempDir()
	for _, precision := range []string{"", "bfloat16", "float32", "tf32"} { // "" is float32
		s := speed(here, "lite0", 224, 8, 14e6)
		s.Precision = precision
		if err := Append(Path(dir), s); err != nil {
			t.Fatal(err)
		}
	}
	speeds, _, err := ReadDir(dir)
	if err != nil || len(speeds) != 3 || speeds[1].Precision != "float32" {
		t.Errorf("got %d speeds: %v, want bfloat16, the later float32 and tf32", len(speeds), err)
	}
}
