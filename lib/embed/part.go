package embed

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"imagelab/lib/dataset"
	"imagelab/lib/engine"
	"imagelab/lib/feed"
	"imagelab/lib/internal/seal"
	"imagelab/lib/part"
	"imagelab/lib/progress"
)

// Part computes the features of those images of s that belong to shard, into a file of its own, and
// returns how many photos it holds. The next call of [Images] that lacks features takes them from
// the parts, and is an error while one of these is missing. Processes with other shards may run at
// the same time, on other machines too. A photo belongs to a shard by its content. When ctx ends it
// stops, and the next call for the shard continues; a part that is done is not done again.
func Part(ctx context.Context, e *engine.Engine, s *dataset.Set, images []dataset.Image, o Options, shard part.Shard,
	p progress.Func) (part.Done, error) {
	if s.Dir == "" {
		return part.Done{}, errors.New("embed: this set was read from a plain folder, which has no place for parts: " +
			"make a dataset with dataset.Ingest first")
	}
	r, err := o.resolve(s)
	if err != nil {
		return part.Done{}, err
	}
	known, err := openCache(r)
	if err != nil {
		return part.Done{}, err
	}
	return known.parts(s).Run(ctx, shard, p, func(file string) (part.Done, error) {
		own := &cache{path: file, width: known.width, rows: map[string][]byte{}}
		if err := own.open(); err != nil {
			return part.Done{}, fmt.Errorf("embed: %w", err)
		}
		defer own.close()
		var keys []string
		var lacking []dataset.Image
		for _, im := range images {
			key := feed.Key([]dataset.Image{im})
			if _, there := known.rows[key]; !there && shard.OwnsKey(im.SHA256) {
				keys, lacking = append(keys, key), append(lacking, im)
			}
		}
		err := fill(ctx, e, s, r, own, missing(lacking, keys, own), p)
		return part.Done{Photos: len(own.rows)}, err
	})
}

// parts are the parts that the features of this cache are computed in. The name of its file says
// which features they are.
func (c *cache) parts(s *dataset.Set) part.Job {
	name := strings.TrimSuffix(filepath.Base(c.path), ".f16")
	return part.Job{Dir: s.Dir, Name: "features-" + name[strings.LastIndex(name, "-")+1:], Do: "embed.Part"}
}

// takeParts adds what was computed in parts, and deletes these. The cache is locked.
func (c *cache) takeParts(s *dataset.Set) error {
	if c.path == "" || s.Dir == "" {
		return nil
	}
	files, err := c.parts(s).Whole()
	if err != nil || files == nil {
		return err
	}
	for _, file := range files {
		data, err := seal.Read(file)
		if err != nil {
			return err
		}
		var fresh []byte
		c.records(data, func(key string, record []byte) {
			if _, known := c.rows[key]; !known {
				c.rows[key] = record[keySize : len(record)-sumSize]
				fresh = append(fresh, record...)
			}
		})
		if err := c.write(fresh); err != nil {
			return err
		}
	}
	return c.parts(s).Remove()
}
