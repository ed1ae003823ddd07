package part

import (
	"flag"
	"io"
	"testing"
)

func TestParseShard(t *testing.T) {
	tests := []struct {
		text   string
		reason string
		want   Shard
		ok     bool
	}{
		{"1/1", "the whole sweep", Shard{1, 1}, true},
		{"2/3", "the second third", Shard{2, 3}, true},
		{"3/3", "shards count from 1, so the last is N", Shard{3, 3}, true},
		{"0/3", "nobody would run the fits of shard 3", Shard{}, false},
		{"4/3", "it would run nothing and look finished", Shard{}, false},
		{"1/0", "no parts at all", Shard{}, false},
		{"-1/-1", "no parts at all", Shard{}, false},
		{"2", "of how many?", Shard{}, false},
		{"", "nothing", Shard{}, false},
		{"1/2/3", "one slash", Shard{}, false},
		{"a/b", "numbers", Shard{}, false},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			got, err := ParseShard(tt.text)
			if got != tt.want || (err == nil) != tt.ok {
				t.Errorf("got %v, %v: %s", got, err, tt.reason)
			}
			if again, err := ParseShard(got.String()); tt.ok && (err != nil || again != got) {
				t.Errorf("%q reads back as %v, %v", got, again, err)
			}
		})
	}
}

func TestShardOwns(t *testing.T) {
	for count := 1; count <= 7; count++ {
		for i := range 50 {
			owners := 0
			for index := 1; index <= count; index++ {
				if (Shard{index, count}).Owns(i) {
					owners++
				}
			}
			if owners != 1 {
				t.Errorf("fit %d belongs to %d of %d shards, want one", i, owners, count)
			}
		}
	}
	if !(Shard{}).Owns(3) || (Shard{}).String() != "1/1" {
		t.Error("without --shard a process runs every fit")
	}
}

func TestShardFlag(t *testing.T) {
	var s Shard
	f := flag.NewFlagSet("", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.Var(&s, "shard", "part I of N")
	if err := f.Parse([]string{"-shard", "2/4"}); err != nil || s != (Shard{2, 4}) {
		t.Errorf("got %v, %v", s, err)
	}
	if err := f.Parse([]string{"-shard", "5/4"}); err == nil || s != (Shard{2, 4}) {
		t.Errorf("a refused value must leave the old one, got %v, %v", s, err)
	}
}
