package dhash

import (
	"context"
	"math/bits"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"imagelab/lib/progress"
)

// Components numbers fingerprints so that two that are at most distance apart, and so all that are
// connected by such steps, have the same number: that of their first. hashes are those of the
// fingerprints; cells reads the others' part, and is asked only where hashes are near, by several
// goroutines. It takes 16 bytes for each hash, or half as many again, beside the hashes, and time
// in proportion to their number if few are alike by chance: leave out those of blank pictures. A
// distance of 0 still takes fingerprints that are the same together. An error is that of cells or
// ctx.
//
// The bits of a hash are dealt to one band more than a copy may differ in, so that of two near
// hashes one band at least is the same (pigeonhole principle); each band in turn is sorted.
func Components(ctx context.Context, hashes []Hash, cells func(i int) (Cells, error), distance int,
	p progress.Func) ([]int32, error) {
	g := &grouping{hashes: hashes, cells: cells, distance: distance, parent: make([]atomic.Int32, len(hashes))}
	for i := range g.parent {
		g.parent[i].Store(int32(i))
	}
	g.entries, g.sorted = make([]entry, 2*len(hashes)), make([]entry, 2*len(hashes))
	for band := range distance + 1 {
		p.Report("comparing hashes", int64(band), int64(distance+1))
		if err := g.joinBand(ctx, band); err != nil {
			return nil, err
		}
	}
	p.Report("comparing hashes", int64(distance+1), int64(distance+1))
	out := make([]int32, len(hashes))
	for i := range out {
		out[i] = g.find(int32(i))
	}
	return out, nil
}

// entry is the key of a band, 32 bits, above twice the number of a hash, plus 1 for its mirror
// image.
type entry uint64

func (e entry) key() uint32    { return uint32(e >> 32) }
func (e entry) number() int32  { return int32(e >> 1 & 0x7fff_ffff) }
func (e entry) mirrored() bool { return e&1 != 0 }

// grouping is a disjoint-set forest of hashes, whose roots are their smallest members.
type grouping struct {
	hashes   []Hash
	cells    func(i int) (Cells, error)
	distance int
	entries  []entry
	sorted   []entry // by the first bits of the key

	parent  []atomic.Int32 // read by all, changed by who holds joining, but for shorter ways to the same root
	joining sync.Mutex
}

func (g *grouping) find(i int32) int32 {
	for {
		up := g.parent[i].Load()
		if up == i {
			return i
		}
		if top := g.parent[up].Load(); top != up {
			g.parent[i].CompareAndSwap(up, top)
		}
		i = up
	}
}

func (g *grouping) join(i, j int32) {
	g.joining.Lock()
	defer g.joining.Unlock()
	i, j = g.find(i), g.find(j)
	g.parent[max(i, j)].Store(min(i, j))
}

const (
	slotBits  = 11 // first bits of a key, by which entries are dealt to slots
	keysAlike = 1 << 12
)

// joinBand compares all hashes whose bits of a band are the same.
func (g *grouping) joinBand(ctx context.Context, band int) error {
	g.takeKeys(band)
	var starts [1<<slotBits + 1]int
	for _, e := range g.entries {
		starts[e>>(64-slotBits)+1]++
	}
	for i := range 1 << slotBits {
		starts[i+1] += starts[i]
	}
	next := starts
	for _, e := range g.entries {
		slot := e >> (64 - slotBits)
		g.sorted[next[slot]] = e
		next[slot]++
	}
	return progress.Each(ctx, 1<<slotBits, "comparing hashes", nil, func(i int) error {
		return g.joinSlot(ctx, g.sorted[starts[i]:starts[i+1]])
	})
}

// takeKeys makes the entries of a band, on all cores.
func (g *grouping) takeKeys(band int) {
	var group sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		group.Go(func() {
			for i := w * len(g.hashes) / workers; i < (w+1)*len(g.hashes)/workers; i++ {
				h := &g.hashes[i]
				m := h.Mirrored()
				g.entries[2*i] = entry(h.band(band, g.distance+1)<<32 | uint64(i)<<1)
				g.entries[2*i+1] = entry(m.band(band, g.distance+1)<<32 | uint64(i)<<1 | 1)
			}
		})
	}
	group.Wait()
}

// band is the key of one band of n, 32 bits that are spread evenly.
func (h *Hash) band(b, n int) uint64 {
	key := uint64(0)
	for i := b; i < len(shuffled); i += n {
		bit := shuffled[i]
		key = bits.RotateLeft64(key, 1) ^ h[bit/64]>>(63-bit%64)&1
	}
	key *= 0x9e37_79b9_7f4a_7c15
	key ^= key >> 29
	return key * 0xbf58_476d_1ce4_e5b9 >> 32
}

// joinSlot sorts entries and compares those with the same key.
func (g *grouping) joinSlot(ctx context.Context, entries []entry) error {
	slices.Sort(entries)
	for from := 0; from < len(entries); {
		to := from + 1
		for to < len(entries) && entries[to].key() == entries[from].key() {
			to++
		}
		if to-from > 1 {
			if err := g.joinAlike(ctx, entries[from:to]); err != nil {
				return err
			}
		}
		from = to
	}
	return nil
}

// cluster are entries of one key that are connected.
type cluster struct {
	any     int32 // number of one of them
	members []oriented
}

type oriented struct {
	hash Hash
	entry
}

// joinAlike joins those of the entries, all of one key, that are near. An entry that is connected
// with one of a group is not compared with the others, so that many copies of one photo take linear
// time.
func (g *grouping) joinAlike(ctx context.Context, entries []entry) error {
	var groups []cluster
	for n, e := range entries {
		if n%keysAlike == keysAlike-1 && ctx.Err() != nil {
			return ctx.Err()
		}
		o := oriented{g.hashes[e.number()], e}
		if e.mirrored() {
			o.hash = o.hash.Mirrored()
		}
		own := -1
		for k := range groups {
			if g.find(groups[k].any) == g.find(e.number()) {
				own = k
				continue
			}
			near, err := g.nearOne(o, groups[k].members)
			if err != nil {
				return err
			}
			if near {
				g.join(groups[k].any, e.number())
				own = k
			}
		}
		if own < 0 {
			groups = append(groups, cluster{any: e.number()})
			own = len(groups) - 1
		}
		groups[own].members = append(groups[own].members, o)
	}
	return nil
}

// nearOne reports whether one of others is near o.
func (g *grouping) nearOne(o oriented, others []oriented) (bool, error) {
	for k := range others {
		other := &others[k]
		// two mirrored ones are compared upright
		if o.mirrored() && other.mirrored() || !o.hash.Within(&other.hash, g.distance) {
			continue
		}
		a, err := g.cells(int(o.number()))
		if err != nil {
			return false, err
		}
		b, err := g.cells(int(other.number()))
		if err != nil {
			return false, err
		}
		f, q := Fingerprint{g.hashes[o.number()], a}, Fingerprint{g.hashes[other.number()], b}
		if f.Distance(q) <= g.distance {
			return true, nil
		}
	}
	return false, nil
}

// Within reports whether the distance is at most that.
func (h *Hash) Within(o *Hash, most int) bool {
	n := 0
	for i := range h {
		if n += bits.OnesCount64(h[i] ^ o[i]); n > most {
			return false
		}
	}
	return true
}
