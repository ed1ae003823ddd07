// Package enginetest opens engines for tests.
package enginetest

import (
	"os"
	"testing"

	"github.com/gomlx/compute"

	"imagelab/lib/engine"
	"imagelab/lib/fulltest"
)

// Open is the engine that a person would get, until the test ends. Short tests have it only where
// that is pure Go.
func Open(t testing.TB) *engine.Engine {
	t.Helper()
	if os.Getenv(compute.ConfigEnvVar) != engine.Go {
		fulltest.Needs(t, "XLA")
	}
	e, err := engine.Open(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e
}

// Go is pure Go, for what does not depend on the engine: on small inputs it is faster than
// compiling for XLA.
func Go(t testing.TB) *engine.Engine {
	t.Helper()
	t.Setenv(compute.ConfigEnvVar, engine.Go)
	return Open(t)
}
