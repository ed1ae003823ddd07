package engine

// What pure Go costs: EfficientNet-Lite0 at 224 pixels, batches of 8, both engines in turn in one
// process, 2 cores of an AMD EPYC with AVX2, 2026-11-25. XLA computed 85 to 110 images/s and the
// gradients of 19 to 22. Pure Go computed 6.0 and 1.3, and with vector instructions 9.5 and 1.7.
const (
	slower = "pure Go takes about 15 times as long as XLA: enough to predict and to train a head, slow for training more"
	vector = "built with GOEXPERIMENT=simd it would take 10 to 12 times as long"
	slow   = "pure Go, built with GOEXPERIMENT=simd as here, takes 10 to 12 times as long as XLA: enough to " +
		"predict and to train a head, slow for training more"
)

// costOfGo says how slow the pure Go engine is and what to install instead.
func costOfGo(f facts) []string {
	switch {
	case f.simd:
		return []string{slow}
	case f.platform == pluginPlatform:
		return []string{slower, vector}
	default:
		return []string{slower}
	}
}
