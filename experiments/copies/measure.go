package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"imagelab/lib/audit"
	"imagelab/lib/dataset"
	"imagelab/lib/dedup"
	"imagelab/lib/dedup/detail"
	"imagelab/lib/lab"
	"imagelab/lib/photo"
	"imagelab/lib/split"
	"imagelab/notebooks/lookalike"
)

// planted are photos and their copies in a folder. of tells from the name of a file which photo it
// shows, and change how it was changed; -1: not at all.
type planted struct {
	dir        string
	of, change map[string]int
	changes    []lookalike.Change
}

// background is how many photos without a copy stand among the others.
const background = 30

// plant makes copies of the photos of a set that are no copies themselves: photos of each change.
// The copies stand on the test side of a split that leaks, the photos on the training side.
func plant(ctx context.Context, l *lab.Lab, s *dataset.Set, dir string, photos int) (planted, error) {
	p := planted{dir: dir, of: map[string]int{}, change: map[string]int{}, changes: lookalike.Changes()}
	kept := s.Kept()
	n := min(len(p.changes)*photos, len(kept))
	total := min(n+background, len(kept))
	for k := range total {
		if err := ctx.Err(); err != nil {
			return p, err
		}
		im := kept[k*len(kept)/total]
		data, err := s.Read(im)
		if err != nil {
			return p, err
		}
		if err := p.write(im.Class, fmt.Sprintf("%05d%s", k, filepath.Ext(im.Path)), data, k, -1); err != nil {
			return p, err
		}
		if k >= n {
			continue
		}
		img, _, err := photo.Decode(s.File(im))
		if err != nil {
			return p, err
		}
		c := k % len(p.changes)
		if data, err = p.changes[c].File(img); err != nil {
			return p, err
		}
		if err := p.write(im.Class, fmt.Sprintf("%05d-copy%s", k, p.changes[c].Ext), data, k, c); err != nil {
			return p, err
		}
		l.Progress.Report("changing photos", int64(k+1), int64(total))
	}
	return p, nil
}

func (p *planted) write(class, name string, data []byte, of, change int) error {
	side := dataset.Train
	if change >= 0 {
		side = dataset.Test
	}
	rel := filepath.Join(side, class, name)
	file := filepath.Join(p.dir, rel)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	p.of[filepath.ToSlash(rel)], p.change[filepath.ToSlash(rel)] = of, change
	return os.WriteFile(file, data, 0o644)
}

// measure plants copies in a set and looks for them.
func (o *options) measure(ctx context.Context, l *lab.Lab, name string) ([]row, error) {
	s, err := l.Dataset(ctx, name, split.Options{Val: 0.1, Test: 0.2, Seed: 1, Redo: true})
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(l.Dir, "planted", name)
	p, err := plant(ctx, l, s, filepath.Join(dir, "photos"), o.photos)
	if err != nil {
		return nil, err
	}
	set, err := dataset.Ingest(ctx, p.dir, filepath.Join(dir, "set"), dataset.DefaultIngest(), l.Progress)
	if err != nil {
		return nil, err
	}
	e, err := l.Engine(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := p.audited(ctx, l, name, set)
	if err != nil {
		return nil, err
	}
	for _, tiers := range []string{"", "bytes,pixels,hash,embedding"} {
		options := dedup.Default()
		options.Tiers = tiers
		r, err := dedup.RunWith(ctx, set, options, detail.Finder(e, set, detail.Default(), l.Progress), l.Progress)
		if err != nil {
			return nil, err
		}
		for _, ev := range r.Evidence {
			fmt.Fprintf(l.Stdout, "%s, %s: threshold %.3f, other classes %v\n", name, ev.Tier, ev.Threshold, ev.Different)
		}
		rows = append(rows, p.count(name, options.TierNames(), pairsOf(r))...)
	}
	if o.peers == "" {
		return rows, nil
	}
	found, err := peers(ctx, o.peers, p)
	for _, tool := range found {
		rows = append(rows, p.count(name, tool.Name, tool.Pairs)...)
	}
	return rows, err
}

// audited is what the audit of the split finds before anything is done about copies: each photo
// of a leak with the first one.
func (p planted) audited(ctx context.Context, l *lab.Lab, name string, set *dataset.Set) ([]row, error) {
	e, err := l.Engine(ctx)
	if err != nil {
		return nil, err
	}
	r, err := audit.Run(ctx, e, set, audit.Default(), l.Progress)
	if err != nil {
		return nil, err
	}
	var pairs [][2]string
	for _, leak := range r.Leaks {
		for _, other := range leak.Photos[1:] {
			pairs = append(pairs, [2]string{leak.Photos[0], other})
		}
	}
	for _, f := range r.Findings {
		if f.Kind == audit.KindLeak {
			fmt.Fprintf(l.Stdout, "%s: %s\n", name, f.Text)
		}
	}
	return p.count(name, "audit of the split", pairs), nil
}

// pairsOf are each member of a group with the kept one.
func pairsOf(r dedup.Result) [][2]string {
	var out [][2]string
	for _, g := range r.Groups {
		for _, m := range g.Members {
			if m.Path != g.Kept {
				out = append(out, [2]string{g.Kept, m.Path})
			}
		}
	}
	return out
}
