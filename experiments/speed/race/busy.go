package race

import (
	"os"
	"strconv"
	"strings"
	"time"
)

// interference watches what other programs use of the cores while all sides rest.
type interference struct{ busy, all float64 } // ticks of the processor's clock

// rest waits for d and watches. Where the system does not tell, nothing is watched.
func (w *interference) rest(d time.Duration) {
	busy, all := ticks()
	time.Sleep(d)
	afterBusy, afterAll := ticks()
	w.busy, w.all = w.busy+afterBusy-busy, w.all+afterAll-all
}

// share is the part of the cores that others used, in [0,1]; 0 where nothing could be watched.
func (w *interference) share() float64 {
	if w.all == 0 {
		return 0
	}
	return w.busy / w.all
}

// ticks are those of all cores since the system's start, as Linux counts them in /proc/stat: user,
// nice, system, idle, waiting for disks, interrupts, soft interrupts, stolen.
func ticks() (busy, all float64) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, 0
	}
	line, _, _ := strings.Cut(string(text), "\n")
	for i, field := range strings.Fields(line) {
		n, err := strconv.ParseFloat(field, 64)
		if err != nil || i > 8 { // the line's name; the guests' time, which is counted in user too
			continue
		}
		all += n
		if i != 4 && i != 5 {
			busy += n
		}
	}
	return busy, all
}
