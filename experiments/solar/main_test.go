package main

import (
	"context"
	"testing"
)

func TestQuick(t *testing.T) {
	if err := run(context.Background(), t.TempDir(), true); err != nil {
		t.Fatal(err)
	}
}
