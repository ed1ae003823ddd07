// Package progress is how the library tells a front end (terminal, notebook, test) how far a long
// stage has come. The library never prints; it calls a Func.
package progress

// Func is told that done of total units of a stage are finished. The stage is a short present
// participle with its unit, "decoding photos" or "downloading solar, bytes". total is 0 when it is
// not known. A stage has ended when done equals total. Funcs are called from one goroutine at a
// time.
type Func func(stage string, done, total int64)

// Report calls f, which may be nil.
func (f Func) Report(stage string, done, total int64) {
	if f != nil {
		f(stage, done, total)
	}
}
