package collect

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"image/jpeg"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"imagelab/lib/collect/collecttest"
	"imagelab/lib/photo/phototest"
)

// many is how many photos TestMany collects. With 10,000 it takes some minutes:
//
//	go test ./lib/collect -run TestMany -photos 10000 -v
var many = flag.Int("photos", 300, "photos that TestMany collects")

// faults are what every tenth photo is, in turn. Those of the second list are there at another try.
var (
	faults = []string{"html", "half", "endless", "loop", "gone", "inward", "empty", "scheme", "slow", "broken"}
	passes = []string{"flaky", "moved"}
)

// manyPath is where result i of a query is: a tenth is faulty.
func manyPath(query string, i int) string {
	n, _ := strconv.Atoi(strings.Fields(query)[1])
	number := 50*n + i
	kind := "good"
	if number%10 == 7 {
		all := append(faults, passes...)
		kind = all[number/10%len(all)]
	}
	return fmt.Sprintf("/photo/%s/%d", kind, number)
}

// TestMany: of many photos, a tenth of them faulty, with searches that fail now and then and a run
// that is stopped half way, every good one is there once and none is lost.
func TestMany(t *testing.T) {
	var plain bytes.Buffer
	if err := jpeg.Encode(&plain, phototest.Noise(300, 400), nil); err != nil {
		t.Fatal(err)
	}
	s := collecttest.New(t)
	s.Path = manyPath
	s.Photo = func(path string) []byte { // the number makes it another photo of the same size
		return fmt.Append(bytes.Clone(plain.Bytes()), path[strings.LastIndex(path, "/"):])
	}
	asked := map[string]int{}
	ctx, stop := context.WithCancel(t.Context())
	halfway := fmt.Sprintf("/photo/good/%d", *many/2+1)
	s.Extra = func(w http.ResponseWriter, q *http.Request) bool {
		if q.URL.Path == halfway {
			stop()
		}
		if q.URL.Path != "/v1/images/" { // one search at a time
			return false
		}
		if asked[q.URL.RawQuery]++; asked[q.URL.RawQuery] == 1 && len(asked)%10 == 3 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return true
		}
		return false
	}
	p := parse(t, "contact: me@example.org\nprovider: {kind: openverse, address: %q}\nwords: {n: "+
		"[%s]}\ntemplates: ['number {n}']\nrate: 1000", s.URL, numbers(*many/50))
	o := options(t)
	o.Limits.Time, o.Limits.Bytes = 3*time.Second, 4<<20
	start := time.Now()
	if _, err := Run(ctx, p, o, nil); !errors.Is(err, context.Canceled) {
		t.Fatalf("the run that is stopped: %v", err)
	}
	r, err := Run(t.Context(), p, o, nil)
	if err != nil {
		t.Fatal(err)
	}
	took, most := time.Since(start).Round(time.Second), peak()
	good, repeated := 0, 0
	for i := range *many {
		path := manyPath(fmt.Sprintf("number %d", i/50), i%50)
		bad := strings.Contains(strings.Join(faults, " "), strings.Split(path, "/")[2])
		if !bad {
			good++
		}
		if strings.Contains(path, "/good/") {
			repeated += s.Hits(path) - 1
		}
	}
	if repeated > 8+*many/100 { // those under way when the run was stopped, and what was slow on a busy machine
		t.Errorf("%d photos were asked for again", repeated)
	}
	names, err := filepath.Glob(filepath.Join(o.Dir, "number *", "*.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	if r.Stages.Planned != *many || r.Stages.Found != *many || r.Stages.Unique != good || len(names) != good {
		t.Errorf("%d good photos: %+v, %d files; %+v", good, r.Stages, len(names), r.Failed)
	}
	lines := 0
	if err := eachLine(filepath.Join(o.Dir, "collected.jsonl"), func(Line) { lines++ }); err != nil || lines != good {
		t.Errorf("%d lines, %v", lines, err)
	}
	t.Logf("%d photos in %s, %d of them good, %d requests too many; peak memory %s, server and all", *many,
		took, good, repeated, most)
}

func numbers(n int) string {
	var out []string
	for i := range n {
		out = append(out, strconv.Itoa(i))
	}
	return strings.Join(out, ", ")
}

// peak is the most memory that this process had, where the system says it.
func peak() string {
	status, _ := os.ReadFile("/proc/self/status")
	if m := regexp.MustCompile(`VmHWM:\s*(\d+) kB`).FindSubmatch(status); m != nil {
		kb, _ := strconv.Atoi(string(m[1]))
		return fmt.Sprintf("%d MB", kb/1000)
	}
	return "unknown"
}
