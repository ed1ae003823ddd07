package dedup

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"imagelab/lib/dataset"
	"imagelab/lib/internal/dhash"
	"imagelab/lib/internal/disjoint"
	"imagelab/lib/photo"
	"imagelab/lib/progress"
)

// findCopies returns the groups of indices of images that are copies of one of them, which is the
// first of its group in the order of preference. The other members need not be near each other, so
// a chain of photos that each differ a little from the last is not one group. Units whose hash is
// near no other unit's are not compared any further.
//
// The groups, those of one image included, and their members are in order of preference.
func findCopies(ctx context.Context, images []dataset.Image, o Options, p progress.Func) ([][]int, error) {
	units := sameContent(images, o)
	if !o.Has(TierHash) {
		return units, nil
	}
	numbers, err := alike(ctx, images, units, o.Distance, p)
	if err != nil {
		return nil, err
	}
	size := make([]int, len(units)) // of a component, at its first unit
	for _, of := range numbers {
		if of >= 0 {
			size[of]++
		}
	}
	g := newGrouper(images, o.Distance)
	for n, unit := range units {
		if n%1000 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if of := numbers[n]; of < 0 || size[of] == 1 {
			g.groups = append(g.groups, unit)
		} else if err := g.place(unit, images[unit[0]].Hash); err != nil {
			return nil, fmt.Errorf("%s: %w", images[unit[0]].Path, err)
		}
	}
	return g.groups, nil
}

// alike numbers units, each by its first image, so that those connected by steps of at most
// distance have the same number: that of their first. Blank ones have -1. An image without a hash
// is an error.
func alike(ctx context.Context, images []dataset.Image, units [][]int, distance int, p progress.Func) ([]int, error) {
	numbers := make([]int, len(units))
	var of []int // units, by the number of their hash
	var hashes []dhash.Hash
	for n, unit := range units {
		numbers[n] = -1
		im := images[unit[0]]
		if im.Has(photo.FlagLowEntropy) {
			continue
		}
		f, err := dhash.Parse(im.Hash)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", im.Path, err)
		}
		of, hashes = append(of, n), append(hashes, f.Hash)
	}
	found, err := dhash.Components(ctx, hashes, func(i int) (dhash.Cells, error) {
		f, err := dhash.Parse(images[units[of[i]][0]].Hash)
		return f.Cells, err
	}, distance, p)
	for i, first := range found {
		numbers[of[i]] = of[first]
	}
	return numbers, err
}

// sameContent returns images whose bytes or pixels are the same together, each unit and all units
// in order of preference.
func sameContent(images []dataset.Image, o Options) [][]int {
	pixels := o.Has(TierPixels)
	units := disjoint.ByKeys(len(images), func(i int) []string {
		keys := []string{"bytes " + images[i].SHA256}
		if pixels {
			keys = append(keys, "pixels "+images[i].Pixels)
		}
		return keys
	}).All()
	order := func(i, j int) int { return prefer(images, i, j, o.Keep) }
	for _, unit := range units {
		slices.SortFunc(unit, order)
	}
	slices.SortFunc(units, func(a, b []int) int { return order(a[0], b[0]) })
	return units
}

// several returns the groups of more than one image, in manifest order of their earliest.
func several(groups [][]int) [][]int {
	groups = slices.DeleteFunc(groups, func(g []int) bool { return len(g) < 2 })
	slices.SortFunc(groups, func(a, b []int) int { return cmp.Compare(slices.Min(a), slices.Min(b)) })
	return groups
}

// mark sets the marks of the images in each group, whose first is kept, and counts them. links are
// of those that were joined by features.
func mark(images []dataset.Image, sets [][]int, o Options, links map[int]link) Result {
	for i := range images {
		images[i].DuplicateOf, images[i].Conflict = "", false
	}
	r := Result{Version: resultVersion, Options: o, Images: len(images), Groups: []Group{}}
	for _, set := range sets {
		kept := set[0]
		slices.Sort(set)
		g := Group{Kept: images[kept].Path, Conflict: dataset.Conflicting(images, set)}
		for _, i := range set {
			g.Members = append(g.Members, member(images, i, kept, o, links))
			images[i].Conflict = g.Conflict
			if i != kept {
				images[i].DuplicateOf = images[kept].Path
			}
		}
		g.weigh(images, set, o)
		if g.Conflict {
			r.Conflicts++
			r.Conflicted += len(set)
		}
		r.Groups = append(r.Groups, g)
	}
	for _, im := range images {
		im.Buffer = false // which split decides, and is no copy
		if im.Used() {
			r.Kept++
		}
		if im.Has(photo.FlagLowEntropy) {
			r.LowEntropy++
		}
	}
	r.Removed, r.Excluded = r.Images-r.Kept, dataset.Excluded(images)
	r.Doubt = doubt(images, r)
	return r
}

const (
	// size from which a group with several labels is probably not one photo with a wrong label
	largeGroup = 5
	// groups with several labels from which they are no accident, with over a tenth of the photos
	manyConflicts = 3
)

// doubt returns a warning when so many photos look alike that they are probably not copies.
func doubt(images []dataset.Image, r Result) string {
	var mixed []Group // groups with several labels, of photos that only look alike
	alike, inLarge, inAll := 0, 0, 0
	for _, g := range r.Groups {
		n := 0
		for _, m := range g.Members {
			if m.Kind == KindHash {
				n++
			}
		}
		alike += n
		if !g.Conflict || n == 0 {
			continue
		}
		mixed, inAll = append(mixed, g), inAll+len(g.Members)
		if len(g.Members) >= largeGroup {
			inLarge += len(g.Members)
		}
	}
	photos, where := inLarge, "in large groups"
	if len(mixed) >= manyConflicts && 10*inAll > r.Images {
		photos, where = inAll, fmt.Sprintf("in %d groups", len(mixed))
	}
	switch {
	case photos > 0 && onlyMirrored(images, mixed, r.Options.Distance):
		return fmt.Sprintf("%d photos of different classes look alike when they are mirrored, %s. The comparison takes "+
			"a mirrored photo for a copy, which is wrong where left and right tell the classes apart.", photos, where)
	case photos > 0:
		return fmt.Sprintf("%d photos of different classes look alike, %s. That is a sign that the comparison does "+
			"not see what tells the classes apart, as with a fixed camera, where a lamp or a number is all that changes.",
			photos, where)
	case 2*alike > r.Images:
		return fmt.Sprintf("%d of %d photos were left out because each looks like another one, as the photos of a fixed "+
			"camera do.", alike, r.Images)
	}
	return ""
}

// onlyMirrored reports whether most members that look like a kept photo of another class do so only
// when they are mirrored.
func onlyMirrored(images []dataset.Image, groups []Group, distance int) bool {
	hashes := map[string]string{}
	for _, im := range images {
		hashes[im.Path] = im.Hash
	}
	mirrored, others := 0, 0
	for _, g := range groups {
		kept := g.Members[slices.IndexFunc(g.Members, func(m Member) bool { return m.Path == g.Kept })]
		a, errA := dhash.Parse(hashes[kept.Path])
		for _, m := range g.Members {
			b, errB := dhash.Parse(hashes[m.Path])
			switch {
			case errA != nil || errB != nil || m.Kind != KindHash || m.Class == kept.Class:
			case a.Hash.Distance(b.Hash) > distance:
				mirrored++
			default:
				others++
			}
		}
	}
	return mirrored > others
}

// prefer orders indices by which image to keep: first what people decided, then one in a given
// test folder, then one in a validation folder, then one with a label, then by `keep`.
func prefer(images []dataset.Image, i, j int, keep string) int {
	a, b := images[i], images[j]
	order := cmp.Or(dataset.Prefer(a, b), cmp.Compare(side(a), side(b)), cmp.Compare(unlabelled(a), unlabelled(b)))
	if keep == KeepLargest {
		order = cmp.Or(order, cmp.Compare(b.Width*b.Height, a.Width*a.Height))
	}
	return cmp.Or(order, cmp.Compare(i, j))
}

func side(im dataset.Image) int {
	switch im.Split {
	case dataset.Test:
		return 0
	case dataset.Val:
		return 1
	}
	return 2
}

func unlabelled(im dataset.Image) int {
	if im.Class == "" {
		return 1
	}
	return 0
}

func member(images []dataset.Image, i, keptAt int, o Options, links map[int]link) Member {
	im, kept := images[i], images[keptAt]
	m := Member{Path: im.Path, Class: im.Class, Kind: KindHash}
	a, errA := dhash.Parse(im.Hash)
	b, errB := dhash.Parse(kept.Hash)
	if errA == nil && errB == nil {
		m.Distance = a.Distance(b)
	}
	l, linked := links[i]
	switch {
	case im.SHA256 == kept.SHA256:
		m.Kind = KindBytes
	case im.Pixels == kept.Pixels:
		m.Kind = KindPixels
	case linked:
		m.Kind, m.Agreement = KindEmbedding, l.agreement
	case m.Distance > o.hashDistance():
		m.Kind = KindLinked
	}
	return m
}
