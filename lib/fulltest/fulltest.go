// Package fulltest marks the tests that `go test -short` leaves out, and keeps the results of those
// that take hours.
package fulltest

import "testing"

// Needs skips a test in short form and says what the test needs, such as "the weights of a
// backbone". Short tests run without network, XLA, a browser, pip or npm, and within seconds.
// Without -short no test is skipped: one whose needs are not met fails.
func Needs(t testing.TB, what string) {
	t.Helper()
	if testing.Short() {
		t.Skip("left out by -short: it needs " + what)
	}
}
