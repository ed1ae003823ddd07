package dataset

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"imagelab/lib/internal/seal"
	"imagelab/lib/part"
	"imagelab/lib/photo"
	"imagelab/lib/progress"
)

// hashed is a line of a part of [HashPart].
type hashed struct {
	SHA256 string `json:"sha256"`
	Hash   string `json:"hash"`
	Blank  bool   `json:"blank,omitempty"`
}

// HashPart takes the hashes of those images of s that have none and belong to shard, into a file of
// its own; the next [TakeHashes] takes them from the parts. Images that this version ingested have
// hashes, so the part of a set of such holds none. See [IngestPart] for what parts are.
func HashPart(ctx context.Context, s *Set, images []Image, shard part.Shard, p progress.Func) (part.Done, error) {
	return s.hashParts().Run(ctx, shard, p, func(file string) (part.Done, error) {
		var own []Image
		for _, im := range images {
			if im.Hash == "" && shard.OwnsKey(im.SHA256) {
				own = append(own, im)
			}
		}
		lines := make([]hashed, len(own))
		err := progress.Each(ctx, len(own), "hashing photos", p, func(i int) error {
			im := own[i]
			err := takeHash(s, &im)
			lines[i] = hashed{im.SHA256, im.Hash, im.Has(photo.FlagLowEntropy)}
			return err
		})
		if err != nil {
			return part.Done{}, err
		}
		return part.Done{Photos: len(own)}, WriteFile(file, func(w io.Writer) error { return writeLines(w, lines) })
	})
}

func (s *Set) hashParts() part.Job {
	return part.Job{Dir: s.Dir, Name: "hashes", Of: cacheFile, Do: "dataset.HashPart"}
}

// takeHashParts gives images the hashes that were taken in parts.
func (s *Set) takeHashParts() error {
	files, err := s.hashParts().Whole()
	if err != nil || files == nil {
		return wrapped(err)
	}
	found := map[string]hashed{}
	for _, file := range files {
		data, err := seal.Read(file)
		if err != nil {
			return wrapped(err)
		}
		err = readLines(bytes.NewReader(data), func(n int, line []byte) error {
			var h hashed
			if err := seal.Parse(line, &h); err != nil || !isFingerprint(h.Hash) {
				return fmt.Errorf("%s: line %d is no hash: delete the file, and run dataset.HashPart for it again", file, n)
			}
			found[h.SHA256] = h
			return nil
		})
		if err != nil {
			return wrapped(err)
		}
	}
	for i := range s.Images {
		if h, ok := found[s.Images[i].SHA256]; ok && s.Images[i].Hash == "" {
			s.Images[i].takeHash(h.Hash, h.Blank)
		}
	}
	return nil
}
