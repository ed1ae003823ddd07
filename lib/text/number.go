package text

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// Count writes a number with its noun: "1 photo", "2 photos". Give the plural of a noun that takes
// more than an s.
func Count(n int, noun string, plural ...string) string {
	switch {
	case n == 1:
		return "1 " + noun
	case len(plural) > 0:
		return fmt.Sprintf("%d %s", n, plural[0])
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// Percent writes a share in [0,1] with a number of decimals: "91.5 %".
func Percent(share float64, decimals int) string { return fmt.Sprintf("%.*f %%", decimals, 100*share) }

// Duration writes a time to wait for as a person would say it: "12 s", "3 min 20 s", "14 min",
// "1 h 2 min".
func Duration(d time.Duration) string {
	s := int(d.Round(time.Second).Seconds())
	switch {
	case s < 60:
		return fmt.Sprintf("%d s", s)
	case s < 600:
		return fmt.Sprintf("%d min %d s", s/60, s%60)
	case s < 3600:
		return fmt.Sprintf("%d min", (s+30)/60)
	}
	return fmt.Sprintf("%d h %d min", s/3600, s%3600/60)
}

// Seconds writes a time that was measured, in seconds, so that a person can compare it with others:
// "0.42 s", "12.3 s", "4 min 05 s", "1 h 02 min".
func Seconds(seconds float64) string {
	switch s := int(seconds + 0.5); {
	case seconds < 1:
		return fmt.Sprintf("%.2f s", seconds)
	case seconds < 59.95:
		return fmt.Sprintf("%.1f s", seconds)
	case s < 3600:
		return fmt.Sprintf("%d min %02d s", s/60, s%60)
	default:
		return fmt.Sprintf("%d h %02d min", s/3600, s%3600/60)
	}
}

// Bytes writes a size: "512 MiB", "1.5 GiB".
func Bytes(n int64) string {
	if n < 1<<30 {
		return fmt.Sprintf("%.0f MiB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
}

// Thousands writes a number with commas: "65,535".
func Thousands(n int64) string {
	digits := strconv.FormatInt(n, 10)
	first := 0
	if n < 0 {
		first = 1
	}
	for i := len(digits) - 3; i > first; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// Round writes a positive number with two digits, for estimates that know no more, and commas:
// "7", "58", "1,300". The least is 1.
func Round(x float64) string {
	unit := 1.0
	for x/unit >= 100 {
		unit *= 10
	}
	return Thousands(int64(max(1, math.Round(x/unit)*unit)))
}

// Digest is the start of a digest, long enough to recognise it.
func Digest(digest string) string { return digest[:min(len(digest), 12)] }
