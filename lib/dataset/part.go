package dataset

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"imagelab/lib/internal/seal"
	"imagelab/lib/part"
	"imagelab/lib/progress"
	"imagelab/lib/text"
)

// IngestPart reads the photos of src that belong to shard, for a set in dir that [Ingest] makes
// when all parts are there: the same set, byte for byte, as without parts. Processes with other
// shards may run at the same time, on other machines too. A photo belongs to a shard by its path,
// so it does no harm if one of them does not see a file yet. When ctx ends it stops, and the next
// call for the shard continues. A part that is done is not done again.
func IngestPart(ctx context.Context, src, dir string, o IngestOptions, shard part.Shard,
	p progress.Func) (part.Done, error) {
	h, _ := readHeader(dir) // what is wrong with it, checkTarget says
	s, l, err := o.plan(ctx, src, dir, h)
	if err != nil {
		return part.Done{}, err
	}
	of, err := s.agreed(o)
	if err != nil {
		return part.Done{}, err
	}
	done, err := s.partsOf(of).Run(ctx, shard, p, func(file string) (part.Done, error) {
		return s.readPart(ctx, l, file, shard, p)
	})
	if err != nil {
		return part.Done{}, fmt.Errorf("dataset: ingest part %s: %w", shard, err)
	}
	return done, nil
}

// partsOf are the parts of an ingest into the set's folder, which agree on a digest.
func (s *Set) partsOf(digest string) part.Job {
	return part.Job{Dir: s.Dir, Name: "ingest", Of: digest, Do: "dataset.IngestPart"}
}

// agreed is a digest of what all parts must have been told. The folder of the photos is not part of
// it: machines may mount it in different places.
func (s *Set) agreed(o IngestOptions) (string, error) {
	var r Reading
	if s.reading != nil {
		r = *s.reading
	}
	sum := sha256.New()
	if r.List != "" {
		f, err := os.Open(r.List)
		if err != nil {
			return "", fmt.Errorf("dataset: list of photos: %w", err)
		}
		defer f.Close()
		if _, err := io.Copy(sum, f); err != nil {
			return "", fmt.Errorf("dataset: list of photos: %w", err)
		}
	}
	r.Photos, r.List = "", ""
	told, err := json.Marshal(r)
	if err != nil {
		return "", fmt.Errorf("dataset: %w", err)
	}
	fmt.Fprintf(sum, "%s %s %d", cacheFile, told, *s.maxPixels)
	return hex.EncodeToString(sum.Sum(nil))[:16], nil
}

// readPart reads the shard's photos and writes them to file: a line for each, in the order of the
// listing.
func (s *Set) readPart(ctx context.Context, l *listing, file string, shard part.Shard,
	p progress.Func) (part.Done, error) {
	own := &listing{root: l.root}
	for _, e := range l.entries {
		if shard.OwnsKey(e.path) {
			own.entries = append(own.entries, e)
		}
	}
	cache, err := openCache(file + ".cache")
	if err != nil {
		return part.Done{}, err
	}
	defer cache.close()
	if data, err := os.ReadFile(filepath.Join(s.Dir, cacheFile)); err == nil { // of an earlier ingest
		cache.know(data)
	}
	results, err := readAll(ctx, own, reader{root: l.root, dir: s.Dir, maxPixels: *s.maxPixels, cache: cache}, p)
	if err != nil {
		return part.Done{}, err
	}
	var images []Image
	for _, r := range results {
		if r.reason == "" {
			images = append(images, r.image)
		}
	}
	err = WriteFile(file, func(w io.Writer) error { return writeLines(w, images) })
	return part.Done{Photos: len(images), Broken: len(results) - len(images)}, err
}

// parts returns the images of the parts by their path; nil where there are no parts.
func (s *Set) parts(l *listing, o IngestOptions) (map[string]Image, error) {
	of, err := s.agreed(o)
	if err != nil {
		return nil, err
	}
	files, err := s.partsOf(of).Whole()
	if err != nil || files == nil {
		return nil, wrapped(err)
	}
	found := map[string]Image{}
	for _, file := range files {
		data, err := seal.Read(file)
		if err != nil {
			return nil, wrapped(err)
		}
		images, err := readManifest(bytes.NewReader(data))
		if err != nil {
			return nil, fmt.Errorf("dataset: %s: %w: delete it, and run dataset.IngestPart for it again", file, err)
		}
		for _, im := range images {
			found[im.Path] = im
		}
	}
	if o.AllowMissing {
		return found, nil
	}
	return found, s.unseen(l, found)
}

func wrapped(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("dataset: %w", err)
}

// unseen is an error if there are photos in parts whose files are not seen here.
func (s *Set) unseen(l *listing, found map[string]Image) error {
	left := maps.Clone(found)
	for _, e := range l.entries {
		delete(left, e.path)
	}
	var gone []string
	for path := range left {
		if _, err := os.Stat(filepath.Join(l.root, filepath.FromSlash(path))); errors.Is(err, fs.ErrNotExist) {
			gone = append(gone, path)
		}
	}
	if len(gone) == 0 {
		return nil
	}
	return fmt.Errorf("dataset: %s that parts of this ingest read cannot be seen in %s, for example %s: a shared folder "+
		"may show files late, then try again in a minute; if they were deleted, go on without them with "+
		"IngestOptions.AllowMissing", text.Count(len(gone), "photo"), text.Name(l.root), text.Name(slices.Min(gone)))
}

// readOthers returns the results of all entries: those that parts know, and the others read now.
// Parts do not know broken files: what a machine could not read another may.
func readOthers(ctx context.Context, l *listing, parts map[string]Image, r reader, p progress.Func) ([]result, error) {
	if parts == nil {
		return readAll(ctx, l, r, p)
	}
	results := make([]result, len(l.entries))
	rest := &listing{root: l.root}
	var at []int
	for i, e := range l.entries {
		im, ok := parts[e.path]
		if !ok {
			rest.entries, at = append(rest.entries, e), append(at, i)
			continue
		}
		results[i].image = e.of(im)
		if _, cached := r.cache.known[im.SHA256]; cached {
			continue
		}
		line := cacheLine{r.maxPixels, copiesVersion, entry{}.of(im)}
		r.cache.known[im.SHA256] = line
		if err := r.cache.add(line); err != nil {
			return nil, err
		}
	}
	read, err := readAll(ctx, rest, r, p)
	for k, i := range at[:len(read)] {
		results[i] = read[k]
	}
	return results, err
}
