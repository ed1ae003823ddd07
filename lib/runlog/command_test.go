package runlog

import "testing"

func TestCommandLine(t *testing.T) {
	if got, want := commandLine([]string{"/usr/bin/imagelab", "train", "my data"}),
		"imagelab train 'my data'"; got != want {
		t.Errorf("command line %s, want %s", got, want)
	}
}
