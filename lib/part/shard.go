package part

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
)

// Shard is one of Count equal parts of some work, so that several processes or machines can share
// it. Index is in 1..Count. The zero Shard is the whole work. It is a flag.Value and a pflag.Value.
type Shard struct{ Index, Count int }

// ParseShard reads "I/N", part I of N, with 1 <= I <= N.
func ParseShard(text string) (Shard, error) {
	first, second, found := strings.Cut(text, "/")
	index, err1 := strconv.Atoi(first)
	count, err2 := strconv.Atoi(second)
	if !found || err1 != nil || err2 != nil || index < 1 || index > count {
		return Shard{}, fmt.Errorf("part: shard %q is not I/N with I from 1 to N, such as 1/2 for the first half", text)
	}
	return Shard{Index: index, Count: count}, nil
}

// Owns reports whether item i, counted from 0, belongs to the shard. Items are assigned in turn, so
// that every shard gets some of the long ones.
func (s Shard) Owns(i int) bool { return s.Count <= 1 || i%s.Count == s.Index-1 }

// OwnsKey reports whether the item with a key, such as a photo's path, belongs to the shard. It
// depends on the key alone, so processes that list different items never do one twice, or leave out
// one that both list.
func (s Shard) OwnsKey(key string) bool {
	if s.Count <= 1 {
		return true
	}
	sum := sha256.Sum256([]byte(key))
	return binary.BigEndian.Uint64(sum[:])%uint64(s.Count) == uint64(s.Index-1)
}

// String is "I/N", which [ParseShard] reads; the whole work is "1/1".
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
