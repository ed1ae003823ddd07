//go:build attack

package atomicfile

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
)

// Environment of a program that is attacked.
const (
	envSynced = "IMAGELAB_ATTACK_SYNCED" // file that gets a [Step] a line
	envKill   = "IMAGELAB_ATTACK_KILL"   // number of the step, from 1, after which the process is killed
)

// Step is a line of the file that IMAGELAB_ATTACK_SYNCED names: what a power failure cannot take
// any more.
type Step struct {
	Step  string            `json:"step"`
	Path  string            `json:"path"`
	Inode uint64            `json:"inode"`
	Size  int64             `json:"size"`            // of a file, bytes
	Time  int64             `json:"time"`            // of a file's last change, nanoseconds
	Names map[string]uint64 `json:"names,omitempty"` // of a folder: inodes by name
}

var taken struct {
	sync.Mutex
	steps int
}

// witness notes a step and ends the process after the one that it was told.
func witness(step, path string) {
	taken.Lock()
	defer taken.Unlock()
	if log := os.Getenv(envSynced); log != "" {
		note(log, step, path)
	}
	taken.steps++
	if last, err := strconv.Atoi(os.Getenv(envKill)); err == nil && taken.steps == last {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {} // until it arrives
	}
}

func note(log, step, path string) {
	info, err := os.Stat(path)
	if err != nil {
		return // what is not noted counts as not on the disk
	}
	s := Step{Step: step, Path: path, Inode: inode(info), Size: info.Size(), Time: info.ModTime().UnixNano()}
	if step == listed {
		s.Names = map[string]uint64{}
		entries, _ := os.ReadDir(path)
		for _, e := range entries {
			if info, err := os.Lstat(filepath.Join(path, e.Name())); err == nil {
				s.Names[e.Name()] = inode(info)
			}
		}
	}
	line, err := json.Marshal(s)
	if err != nil {
		return
	}
	f, err := os.OpenFile(log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return
	}
	defer f.Close()
	_, _ = f.Write(append(line, '\n'))
}

func inode(info os.FileInfo) uint64 { return info.Sys().(*syscall.Stat_t).Ino }
