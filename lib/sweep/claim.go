package sweep

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"imagelab/lib/internal/atomicfile"
	"imagelab/lib/internal/filelock"
)

// claimsFolder is the folder of the claims of workers, in the folder of a sweep.
const claimsFolder = "claims"

// States of a claim.
const (
	claimRunning = "running"
	claimDone    = "done"   // the record is written, though a shared folder may show it later
	claimFailed  = "failed" // so is the record of the failure
)

// claim is the file claims/ID.json: which worker runs the fit. Its beat rises while the worker
// lives.
type claim struct {
	Worker string `json:"worker"`
	State  string `json:"state"`
	Beat   int64  `json:"beat"`
}

// claims are how workers share the fits of a sweep without knowing of each other: each takes the
// next fit that nobody has, and takes over the fits of workers that died. A worker is dead if its
// beat does not rise for the time of patience, by the clock of who waits: clocks of machines are
// never compared.
type claims struct {
	dir      string
	worker   string
	every    time.Duration // between two beats
	patience time.Duration
	seen     map[string]sighting // of claims of others, by ID
}

// sighting is what a claim said, and when it was first seen to say so.
type sighting struct {
	claim
	since time.Time
}

func newClaims(o Options) *claims {
	every := cmp.Or(o.beat, 5*time.Second)
	return &claims{dir: filepath.Join(o.Dir, claimsFolder), worker: o.Worker, every: every, patience: 12 * every,
		seen: map[string]sighting{}}
}

func (c *claims) path(id string) string { return filepath.Join(c.dir, id+".json") }

// take claims the fit for this worker. It is false where another worker has it and may be alive.
func (c *claims) take(ctx context.Context, id string) (bool, error) {
	if err := os.MkdirAll(c.dir, 0o755); err != nil {
		return false, fmt.Errorf("sweep: %w", err)
	}
	first, err := c.create(id)
	if err != nil || first {
		return first, err
	}
	was, err := c.read(id)
	if err != nil || !c.isDead(id, was) {
		return false, err
	}
	_, lock, err := filelock.Hold(ctx, filepath.Join(c.dir, filelock.Name), nil)
	if err != nil {
		return false, fmt.Errorf("sweep: %w", err)
	}
	defer lock.Close()
	if now, err := c.read(id); err != nil || now != was {
		return false, err // another worker was faster
	}
	delete(c.seen, id)
	return true, c.write(id, claim{Worker: c.worker, State: claimRunning})
}

// create makes the claim if there is none.
func (c *claims) create(id string) (bool, error) {
	f, err := os.OpenFile(c.path(id), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("sweep: %w", err)
	}
	err = json.NewEncoder(f).Encode(claim{Worker: c.worker, State: claimRunning})
	if err = errors.Join(err, f.Close()); err != nil {
		return false, fmt.Errorf("sweep: %w", err)
	}
	return true, nil
}

// isDead reports whether the claim is to be taken over. What a fit's claim says is compared with
// what it said before; a claim that failed before this worker looked is tried again at once.
func (c *claims) isDead(id string, now claim) bool {
	was, known := c.seen[id]
	if !known || was.claim != now {
		c.seen[id] = sighting{now, time.Now()}
		return now.State == claimFailed
	}
	return time.Since(was.since) > c.patience
}

// read returns the claim, which is the zero claim where it is missing or cannot be read: a file
// that is being written, or that a full disk left empty.
func (c *claims) read(id string) (claim, error) {
	data, err := os.ReadFile(c.path(id))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return claim{}, fmt.Errorf("sweep: %w", err)
	}
	var now claim
	if json.Unmarshal(data, &now) != nil {
		return claim{}, nil
	}
	return now, nil
}

func (c *claims) write(id string, now claim) error {
	err := atomicfile.Write(c.path(id), 0, func(f *os.File) error {
		line, err := json.Marshal(now)
		if err == nil {
			_, err = io.WriteString(f, string(line)+"\n")
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("sweep: %w", err)
	}
	return nil
}

// holds reports whether the claim is still this worker's: one that slept too long lost it.
func (c *claims) holds(id string) bool {
	now, err := c.read(id)
	return err == nil && now.Worker == c.worker && now.State == claimRunning
}

// beat keeps the claim alive until stop is called.
func (c *claims) beat(id string) (stop func()) {
	quit, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(c.every)
		defer tick.Stop()
		for n := int64(1); ; n++ {
			select {
			case <-quit:
				return
			case <-tick.C:
				if c.holds(id) {
					_ = c.write(id, claim{Worker: c.worker, State: claimRunning, Beat: n}) // the next one may succeed
				}
			}
		}
	}()
	return func() { close(quit); <-ended }
}

// release says how the fit ended; an unfinished one is anybody's.
func (c *claims) release(id, state string) error {
	if !c.holds(id) {
		return nil
	}
	var err error
	if state == claimRunning {
		err = os.Remove(c.path(id))
	} else {
		err = c.write(id, claim{Worker: c.worker, State: state})
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil // another worker found the sweep complete, and cleared the claims
	}
	return err
}

// clear removes the claims of a finished sweep.
func (c *claims) clear() { _ = os.RemoveAll(c.dir) } // one that stays does no harm

// NewWorker is a name for [Options.Worker] that no other process of those that share a folder has.
func NewWorker() string {
	host, _ := os.Hostname()
	return fmt.Sprintf("%s-%d-%x", safeName(host), os.Getpid(), time.Now().UnixNano()&0xffff)
}

// safeName keeps letters, digits and dashes, at most 40.
func safeName(s string) string {
	var kept []byte
	for i := 0; i < len(s) && len(kept) < 40; i++ {
		if c := s[i]; c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' {
			kept = append(kept, c)
		}
	}
	return string(kept)
}
