package lab

import (
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"imagelab/lib/asset"
	"imagelab/lib/dataset"
	"imagelab/lib/dedup"
	"imagelab/lib/internal/filelock"
	"imagelab/lib/internal/seal"
	"imagelab/lib/split"
)

// splitFile is written into a data set's folder last: it says that the set is ready, and by which
// options.
const splitFile = "split.json"

// prepared is the content of splitFile.
type prepared struct {
	Photos  Photos        `json:"photos"`
	Options split.Options `json:"options"`
	Summary split.Summary `json:"summary"`
}

// Photos names the images of an experiment.
type Photos struct {
	Name   string `json:"name"`   // of the data set; one of the catalogue's where Source is empty
	Source string `json:"source"` // folder or CSV file of photos, as [dataset.Ingest] takes it
	Copies bool   `json:"copies"` // leave duplicates in: only to measure what they do
	// classes with fewer photos are left out, and Stderr says so; duplicates do not count
	MinPerClass int `json:"min_per_class"`
}

// fewest is the number of photos of a class below which [Lab.Dataset] leaves it out: two to learn
// from, one for each of the other sides. Two classes of foods are that small.
const fewest = 4

// Dataset is [Lab.Prepare] of a data set of the catalogue, such as "clothing", without classes of
// fewer than 4 photos. A quick run takes 20 photos of each class.
func (l *Lab) Dataset(ctx context.Context, name string, o split.Options) (*dataset.Set, error) {
	return l.Prepare(ctx, Photos{Name: name, MinPerClass: fewest}, o)
}

// Prepare returns a set that is fetched, ingested, deduplicated and split, in the folder
// Dir/data/SPLIT/ph.Name, where SPLIT tells the split. What is ready is loaded, so calls may be
// repeated, and shards may call at the same time. The split depends on the photos and the options
// only. Sides that came with the photos' folders are kept, unless o.Redo is set.
func (l *Lab) Prepare(ctx context.Context, ph Photos, o split.Options) (*dataset.Set, error) {
	if ph.Source == "" {
		ref, err := asset.Dataset(ph.Name)
		if err != nil {
			return nil, err
		}
		if license := ref.Name + ": " + ref.License; !slices.Contains(l.licenses, license) {
			l.licenses = append(l.licenses, license)
		}
	}
	if err := o.Validate(); err != nil {
		return nil, err
	}
	unlock, err := l.lockData(ctx)
	if err != nil {
		return nil, fmt.Errorf("lab: prepare %s: %w", ph.Name, err)
	}
	defer unlock()
	dir := filepath.Join(l.Dir, "data", splitName(ph, o), ph.Name)
	s, err := dataset.Load(dir)
	if err != nil || !isReady(s, ph, o) {
		if s, err = l.make(ctx, ph, o, dir); err != nil {
			return nil, err
		}
	}
	l.sayAll(s.Notes) // of a set that was ready, too: a notebook is read by others
	return s, nil
}

func (l *Lab) make(ctx context.Context, ph Photos, o split.Options, dir string) (*dataset.Set, error) {
	source, err := ph.Source, error(nil)
	if source == "" {
		if source, err = asset.Fetch(ctx, ph.Name, l.Progress); err != nil {
			return nil, err
		}
		if l.Quick {
			if source, err = thin(source, filepath.Join(l.Dir, "data", "quick", ph.Name)); err != nil {
				return nil, fmt.Errorf("lab: take a few photos of %s: %w", ph.Name, err)
			}
		}
	}
	s, err := dataset.Ingest(ctx, source, dir, dataset.DefaultIngest(), l.Progress)
	if err != nil {
		return nil, err
	}
	if !ph.Copies {
		if _, err := dedup.Run(ctx, s, dedup.Default(), l.Progress); err != nil {
			return nil, err
		}
	}
	if leaveOutSmall(s, ph.MinPerClass) && !ph.Copies {
		if _, err := dedup.Run(ctx, s, dedup.Default(), l.Progress); err != nil { // its result is about the set as it is now
			return nil, err
		}
	}
	summary, err := split.Run(s, o)
	if err != nil {
		return nil, err
	}
	return s, dataset.WriteJSON(filepath.Join(dir, splitFile), prepared{ph, o, summary})
}

// leaveOutSmall removes the classes with fewer than least photos from the set, with a note, and
// reports whether there are any; split saves it.
func leaveOutSmall(s *dataset.Set, least int) bool {
	before := len(s.Images)
	n := map[string]int{}
	for _, im := range s.Kept() {
		n[im.Class]++
	}
	for _, class := range slices.Sorted(maps.Keys(n)) {
		if n[class] >= least {
			continue
		}
		s.Notes = append(s.Notes, fmt.Sprintf("class %q of %s is left out: it has %d of at least %d photos",
			class, filepath.Base(s.Dir), n[class], least))
		s.Images = slices.DeleteFunc(s.Images, func(im dataset.Image) bool { return im.Class == class })
	}
	return len(s.Images) < before
}

// splitName is "run60-seed3-1f2e3d": what people tell splits apart by, and a digest of all that
// decides them. The set's own folder below it bears the set's name alone, since that is what
// records call it by.
func splitName(ph Photos, o split.Options) string {
	name := ""
	if ph.Copies {
		name += "copies-"
	}
	if o.GroupRun > 1 {
		name += fmt.Sprintf("run%d-", o.GroupRun)
	}
	digest := sha256.Sum256(fmt.Appendf(nil, "%+v %d", o, ph.MinPerClass))
	return fmt.Sprintf("%sseed%d-%x", name, o.Seed, digest[:3])
}

// isReady reports whether the set was made of these photos and split by these options, to the
// end, and not changed since.
func isReady(s *dataset.Set, ph Photos, o split.Options) bool {
	var p prepared
	if err := seal.ReadJSON(filepath.Join(s.Dir, splitFile), &p); err != nil {
		return false // and made again
	}
	return p.Photos == ph && p.Options == o && p.Summary.Digest == s.SplitDigest()
}

// lockData waits until this process alone may write below Dir/data.
func (l *Lab) lockData(ctx context.Context) (unlock func(), err error) {
	dir := filepath.Join(l.Dir, "data")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	lock, err := filelock.Wait(ctx, filepath.Join(dir, "lock"), l.Progress)
	return func() { lock.Close() }, err
}
