package filelock

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"imagelab/lib/text"
)

// Holder is the program that has a lock. The zero Holder is an unknown one.
type Holder struct {
	Command string    `json:"command"` // as it was given
	PID     int       `json:"pid"`
	Host    string    `json:"host"`
	Since   time.Time `json:"since"`
}

// String is "`imagelab dedup data` (process 12, since 14:03:05)", on this machine or another.
func (h Holder) String() string {
	if h.PID == 0 {
		return "another program"
	}
	at, clock := "", "15:04:05"
	if host, _ := os.Hostname(); h.Host != host {
		at = " on " + text.Name(h.Host)
	}
	if time.Since(h.Since) > 12*time.Hour {
		clock = "2006-01-02 15:04"
	}
	return fmt.Sprintf("`%s` (process %d%s, since %s)", text.Clean(strings.Join(strings.Fields(h.Command), " ")),
		h.PID, at, h.Since.Local().Format(clock))
}

// HeldError says that another program has a lock.
type HeldError struct {
	Path string // of the lock file
	By   Holder
}

// Error names the folder and who writes there.
func (e *HeldError) Error() string {
	return fmt.Sprintf("%s is in use by %s", text.Name(filepath.Dir(e.Path)), e.By)
}

// most is how much of a lock file is read, bytes.
const most = 4096

// sign writes into a lock file whose it is. Where that fails, others wait for "another program".
func sign(path string) {
	host, _ := os.Hostname()
	words := []string{filepath.Base(os.Args[0])}
	for _, arg := range os.Args[1:] {
		words = append(words, text.Word(arg))
	}
	h := Holder{Command: text.Shorten(strings.Join(words, " "), 200), PID: os.Getpid(), Host: host,
		Since: time.Now().Truncate(time.Second)}
	line, err := json.Marshal(h)
	if err != nil {
		return
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_TRUNC|NoFollow, 0)
	if err != nil {
		return
	}
	defer f.Close()
	f.Write(line)
}

// holderOf reads what sign wrote. The file may be anyone's: what it does not say is unknown.
func holderOf(path string) Holder {
	f, err := os.OpenFile(path, os.O_RDONLY|NoFollow|noWait, 0)
	if err != nil {
		return Holder{}
	}
	defer f.Close()
	var h Holder
	line, err := io.ReadAll(io.LimitReader(f, most))
	if err != nil || json.Unmarshal(line, &h) != nil || h.PID <= 0 {
		return Holder{}
	}
	return h
}
