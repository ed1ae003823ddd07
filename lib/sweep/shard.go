package sweep

import (
	"fmt"
	"strconv"
	"strings"
)

// Shard is one of Count equal parts of a sweep, so that several processes or machines can share its
// fits. Index is in 1..Count. The zero Shard is the whole sweep. It is a flag.Value and a
// pflag.Value.
type Shard struct{ Index, Count int }

// ParseShard reads "I/N", part I of N, with 1 <= I <= N.
func ParseShard(text string) (Shard, error) {
	first, second, found := strings.Cut(text, "/")
	index, err1 := strconv.Atoi(first)
	count, err2 := strconv.Atoi(second)
	if !found || err1 != nil || err2 != nil || index < 1 || index > count {
		return Shard{}, fmt.Errorf("sweep: shard %q is not I/N with I from 1 to N, such as 1/2 for the first half", text)
	}
	return Shard{Index: index, Count: count}, nil
}

// Owns reports whether fit i, counted from 0 in the order of the sweep, belongs to the shard. Fits
// are assigned in turn, so that every shard gets some of the long ones.
func (s Shard) Owns(i int) bool { return s.Count <= 1 || i%s.Count == s.Index-1 }

// String is "I/N", which [ParseShard] reads; the whole sweep is "1/1".
func (s Shard) String() string {
	if s.Count <= 1 {
		return "1/1"
	}
	return fmt.Sprintf("%d/%d", s.Index, s.Count)
}

// Set is [ParseShard] for flags.
func (s *Shard) Set(text string) error {
	parsed, err := ParseShard(text)
	if err == nil {
		*s = parsed
	}
	return err
}

// Type is the name of the value in the help of flags.
func (s *Shard) Type() string { return "I/N" }

// refused adds to an error about a locked shard what to do.
func (s Shard) refused(err error) error {
	if s.Count > 1 {
		return fmt.Errorf("sweep: part %s: %w; processes that share a folder must use the same number of parts, each part once", s, err)
	}
	return fmt.Errorf("sweep: %w; or start all processes with Options.Shard to share the work", err)
}
