package dedup

import (
	"cmp"
	"context"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"imagelab/lib/dhash"
	"imagelab/lib/imgset"
	"imagelab/lib/progress"
)

// union is a disjoint-set forest over image indices; the root of a set is its smallest index.
type union []int

func newUnion(n int) union {
	u := make(union, n)
	for i := range u {
		u[i] = i
	}
	return u
}

func (u union) find(i int) int {
	for u[i] != i {
		u[i] = u[u[i]]
		i = u[i]
	}
	return i
}

func (u union) join(i, j int) {
	i, j = u.find(i), u.find(j)
	u[max(i, j)] = min(i, j)
}

// sets returns the sets with more than one index, each ascending, in the order of their smallest.
func (u union) sets() [][]int {
	byRoot := map[int][]int{}
	for i := range u {
		byRoot[u.find(i)] = append(byRoot[u.find(i)], i)
	}
	var out [][]int
	for i := range u {
		if len(byRoot[i]) > 1 {
			out = append(out, byRoot[i])
		}
	}
	return out
}

// findCopies returns the groups of indices of images that are copies of each other, directly or by way of others.
func findCopies(ctx context.Context, images []imgset.Image, distance int, p progress.Func) ([][]int, error) {
	u := newUnion(len(images))
	first := map[string]int{}
	same := func(i int, key string) {
		if j, ok := first[key]; ok {
			u.join(i, j)
		} else {
			first[key] = i
		}
	}
	var distinct []hashed
	seen := map[dhash.Hash]bool{}
	for i, im := range images {
		same(i, "bytes "+im.SHA256)
		same(i, "pixels "+im.Pixels)
		if im.Has(imgset.FlagLowEntropy) {
			continue
		}
		same(i, "dhash "+im.Hash)
		h, err := dhash.Parse(im.Hash)
		if err != nil {
			return nil, err
		}
		if !seen[h] {
			seen[h] = true
			distinct = append(distinct, hashed{h, i, reach(h, distance)})
		}
	}
	if distance > 0 {
		if err := joinNear(ctx, u, distinct, p); err != nil {
			return nil, err
		}
	}
	return u.sets(), nil
}

// hashed is a hash, the first image that has it, and how far its copies may be.
type hashed struct {
	hash         dhash.Hash
	index, reach int
}

// reach is how far the hash of a copy may be, bits: at most an eighth of the changes in the hash, since featureless photos
// differ by few bits although they show different things.
func reach(h dhash.Hash, largest int) int { return min(largest, h.Changes()/8) }

// joinNear compares all pairs: 100,000 images take some twenty seconds on 2 cores, and no index structure helps much at the
// distances of interest in 256 dimensions.
func joinNear(ctx context.Context, u union, all []hashed, p progress.Func) error {
	const stage = "comparing hashes"
	var next atomic.Int64
	var mu sync.Mutex
	var workers sync.WaitGroup
	finished := int64(0)
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(all) {
					return
				}
				near := nearTo(all, i)
				mu.Lock()
				for _, j := range near {
					u.join(all[i].index, j)
				}
				finished++
				if finished%1024 == 0 || finished == int64(len(all)) {
					p.Report(stage, finished, int64(len(all)))
				}
				mu.Unlock()
			}
		})
	}
	workers.Wait()
	return ctx.Err()
}

// nearTo returns the image indices behind i whose hash is within reach of both.
func nearTo(all []hashed, i int) []int {
	var near []int
	h := all[i]
	for _, other := range all[i+1:] {
		if h.hash.Distance(other.hash) <= min(h.reach, other.reach) {
			near = append(near, other.index)
		}
	}
	return near
}

// mark writes the groups into the images and counts.
func mark(images []imgset.Image, sets [][]int, o Options) Result {
	for i := range images {
		images[i].DuplicateOf, images[i].Conflict = "", false
	}
	r := Result{Options: o, Images: len(images), Groups: []Group{}}
	for _, set := range sets {
		kept := slices.MinFunc(set, func(i, j int) int { return prefer(images, i, j, o.Keep) })
		g := Group{Kept: images[kept].Path, Conflict: conflict(images, set)}
		for _, i := range set {
			g.Members = append(g.Members, member(images[i], images[kept]))
			images[i].Conflict = g.Conflict
			if i != kept {
				images[i].DuplicateOf = images[kept].Path
			}
		}
		if g.Conflict {
			r.Conflicts++
			r.Conflicted += len(set)
		}
		r.Groups = append(r.Groups, g)
	}
	for _, im := range images {
		if im.Used() {
			r.Kept++
		}
		if im.Has(imgset.FlagLowEntropy) {
			r.LowEntropy++
		}
	}
	r.Removed = r.Images - r.Kept
	return r
}

// prefer orders indices by which image should stay: that of a given test folder, then of a validation folder; one with
// a label; then by the option.
func prefer(images []imgset.Image, i, j int, keep string) int {
	a, b := images[i], images[j]
	order := cmp.Or(cmp.Compare(side(a), side(b)), cmp.Compare(unlabelled(a), unlabelled(b)))
	if keep == KeepLargest {
		order = cmp.Or(order, cmp.Compare(b.Width*b.Height, a.Width*a.Height))
	}
	return cmp.Or(order, cmp.Compare(i, j))
}

func side(im imgset.Image) int {
	switch im.Split {
	case imgset.Test:
		return 0
	case imgset.Val:
		return 1
	}
	return 2
}

func unlabelled(im imgset.Image) int {
	if im.Class == "" {
		return 1
	}
	return 0
}

func conflict(images []imgset.Image, set []int) bool {
	label := ""
	for _, i := range set {
		if class := images[i].Class; class != "" {
			if label != "" && class != label {
				return true
			}
			label = class
		}
	}
	return false
}

func member(im, kept imgset.Image) Member {
	m := Member{Path: im.Path, Class: im.Class, Kind: KindHash}
	a, errA := dhash.Parse(im.Hash)
	b, errB := dhash.Parse(kept.Hash)
	if errA == nil && errB == nil {
		m.Distance = a.Distance(b)
	}
	switch {
	case im.SHA256 == kept.SHA256:
		m.Kind = KindBytes
	case im.Pixels == kept.Pixels:
		m.Kind = KindPixels
	}
	return m
}
