//go:build linux

package kill

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"imagelab/experiments/attack/target"
)

// page is the unit in which a disk forgets, bytes.
const page = 4096

// disk tells what a power failure may take: what was written since the disk was first looked at and
// not synced since.
type disk struct {
	root   string
	copy   string // of root, as it was
	before map[string]entry
}

// entry is a file or folder.
type entry struct {
	inode uint64
	size  int64 // bytes
	time  int64 // of the last change, nanoseconds
	dir   bool
}

// step is a line of what lib/internal/atomicfile notes in a build with the tag attack.
type step struct {
	Step  string
	Path  string
	Inode uint64
	Size  int64
	Time  int64
	Names map[string]uint64
}

func newDisk(root, copied string) (*disk, error) {
	before, err := entries(root)
	return &disk{root, copied, before}, err
}

// entries are by path below root.
func entries(root string) (map[string]entry, error) {
	all := map[string]entry{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		stat := info.Sys().(*syscall.Stat_t)
		rel, err := filepath.Rel(root, path)
		all[rel] = entry{stat.Ino, info.Size(), info.ModTime().UnixNano(), info.IsDir()}
		return err
	})
	return all, err
}

// synced is what the log says to be on the disk.
type synced struct {
	files map[uint64][]entry           // by inode
	names map[uint64]map[string]uint64 // by the folder's inode, as last listed
}

func readLog(path string) (synced, error) {
	s := synced{map[uint64][]entry{}, map[uint64]map[string]uint64{}}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil // it was killed before it wrote
	}
	if err != nil {
		return s, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var l step
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			return s, fmt.Errorf("kill: %s: %w", path, err)
		}
		switch l.Step {
		case "synced":
			s.files[l.Inode] = append(s.files[l.Inode], entry{l.Inode, l.Size, l.Time, false})
		case "listed":
			s.names[l.Inode] = l.Names
		}
	}
	return s, lines.Err()
}

// fail takes from the disk what was not synced, each thing with an even chance, and tells what it
// took. A file loses pages or its end, to zeros or altogether; a name that is not on the disk yet
// is gone, or what had it before is back; what was deleted is back. A new folder is on the disk as
// soon as a name in it is.
func (d *disk) fail(log string, r *rand.Rand) (lost []string, err error) {
	now, err := entries(d.root)
	if err != nil {
		return nil, err
	}
	safe, err := readLog(log)
	if err != nil {
		return nil, err
	}
	for _, path := range slices.Sorted(maps.Keys(now)) {
		if e := now[path]; !e.dir {
			told, err := d.failFile(path, e, now[filepath.Dir(path)].inode, safe, r)
			if err != nil {
				return lost, err
			}
			if told != "" {
				lost = append(lost, told)
			}
		}
	}
	for _, path := range slices.Sorted(maps.Keys(d.before)) {
		_, there := now[path]
		folder, kept := now[filepath.Dir(path)]
		names, listed := safe.names[folder.inode]
		_, named := names[filepath.Base(path)]
		deleted := !there && kept && !d.before[path].dir
		if !deleted || listed && !named || r.IntN(2) == 0 {
			continue
		}
		if err := d.restore(path); err != nil {
			return lost, err
		}
		lost = append(lost, path+" is back")
	}
	return lost, nil
}

func (d *disk) failFile(path string, e entry, folder uint64, safe synced, r *rand.Rand) (string, error) {
	old, had := d.before[path]
	if old == e {
		return "", nil
	}
	known := had && old.inode == e.inode
	if safe.names[folder][filepath.Base(path)] != e.inode && !known && r.IntN(2) == 0 {
		if had {
			return path + " is the old one again", d.restore(path)
		}
		return path + " is gone", os.Remove(filepath.Join(d.root, path))
	}
	kept := int64(0) // so many bytes are on the disk
	if known {
		kept = min(old.size, e.size)
	}
	for _, s := range safe.files[e.inode] {
		if s.size == e.size && s.time == e.time {
			return "", nil
		}
		kept = max(kept, min(s.size, e.size))
	}
	if kept == e.size || r.IntN(2) == 0 {
		return "", nil
	}
	return tear(filepath.Join(d.root, path), path, kept, e.size, r)
}

// tear damages a file behind its first kept bytes.
func tear(file, name string, kept, size int64, r *rand.Rand) (string, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	told := ""
	switch r.IntN(3) {
	case 0:
		to := kept
		if r.IntN(2) == 0 {
			to += r.Int64N(size - kept)
		}
		data, told = data[:to], fmt.Sprintf("%s ends after %d of %d bytes", name, to, size)
	case 1:
		from := max(kept, kept+r.Int64N(size-kept)/page*page)
		clear(data[from:])
		told = fmt.Sprintf("%s is zero from byte %d on", name, from)
	default:
		for from := kept / page * page; from < size; from += page {
			if r.IntN(2) == 0 {
				clear(data[max(kept, from):min(size, from+page)])
			}
		}
		told = fmt.Sprintf("half of the pages of %s are zero", name)
	}
	return told, os.WriteFile(file, data, 0o644)
}

func (d *disk) restore(path string) error {
	to := filepath.Join(d.root, path)
	if err := os.Remove(to); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return target.Copy(filepath.Join(d.copy, path), to)
}
