package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"time"

	"imagelab/lib/dedup"
	"imagelab/lib/lab"
	"imagelab/lib/photo"
)

// scale groups n made fingerprints, of which every tenth is a copy, perhaps mirrored, within the
// distance, and looks up another copy of one of them.
func scale(ctx context.Context, l *lab.Lab, n int) error {
	p, err := dedup.OpenPack(filepath.Join(l.Dir, fmt.Sprint("prints-", n)))
	if err != nil {
		return err
	}
	defer p.Close()
	distance := dedup.Default().Distance
	began := time.Now()
	for i := p.Len(); i < n; i++ {
		if err := p.Add(made(i, distance)); err != nil {
			return err
		}
		if i%10_000 == 0 {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			l.Progress.Report("making fingerprints", int64(i), int64(n))
		}
	}
	fmt.Fprintf(l.Stdout, "%d fingerprints made in %v\n", n, time.Since(began).Round(time.Second))
	began = time.Now()
	groups, err := p.Groups(ctx, distance, l.Progress)
	if err != nil {
		return err
	}
	took := time.Since(began)
	of := map[int]int{}
	for _, g := range groups {
		for _, i := range g {
			of[i] = g[0]
		}
	}
	found, planted := 0, 0
	for i := 9; i < n; i += 10 {
		planted++
		if at, ok := of[i]; ok && at == original(i) {
			found++
		}
	}
	fmt.Fprintf(l.Stdout, "grouped in %v, on %d cores: %d groups, %d of %d planted copies are in the group of their "+
		"photo\n", took.Round(time.Second/10), runtime.GOMAXPROCS(0), len(groups), found, planted)
	began = time.Now()
	near, err := p.Near(ctx, made(9, distance), distance)
	if err != nil {
		return err
	}
	fmt.Fprintf(l.Stdout, "one more photo compared with all in %v: %d near\n",
		time.Since(began).Round(time.Millisecond), len(near))
	return nil
}

// original is the number of the photo that copy i, which ends in 9, was made from.
func original(i int) int { return 10 * rand.New(rand.NewPCG(uint64(i), 2)).IntN((i+1)/10) }

// made is the fingerprint with number i.
func made(i, distance int) photo.Fingerprint {
	r := rand.New(rand.NewPCG(uint64(i), 1))
	if i%10 == 9 {
		f := made(original(i), distance)
		for range distance {
			bit := r.IntN(512)
			f.Hash[bit/64] ^= 1 << (bit % 64)
		}
		if r.IntN(2) == 0 {
			f = f.Mirrored()
		}
		return f
	}
	var f photo.Fingerprint
	for k := range f.Hash {
		f.Hash[k] = r.Uint64()
	}
	for k := range f.Cells {
		f.Cells[k] = [3]uint8{uint8(k), 120, 130}
	}
	return f
}
