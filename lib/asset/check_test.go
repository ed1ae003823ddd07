package asset

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"imagelab/lib/child"
)

// TestCheckTellsDamage: a folder with the right name is not enough.
func TestCheckTellsDamage(t *testing.T) {
	for _, c := range []struct {
		name, reason, content string
	}{
		{"empty", "after a power failure", ""},
		{"cut", "after a power failure", payload[:len(payload)-1]},
		{"zeros", "after a power failure, of the same size", strings.Repeat("\x00", len(payload))},
		{"one letter", "a bad disk", "X" + payload[1:]},
	} {
		t.Run(c.name, func(t *testing.T) {
			ref, _ := fake(t, "good")
			cache := t.TempDir()
			if err := ref.check(t.Context(), cache); !errors.Is(err, ErrNotCached) {
				t.Errorf("before it was fetched: %v", err)
			}
			path, err := ref.fetch(t.Context(), cache, "", nil)
			if err != nil {
				t.Fatal(err)
			}
			sum, err := fileSHA256(path)
			if err != nil {
				t.Fatal(err)
			}
			ref.Payload = Payload{int64(len(payload)), sum}
			if err := ref.check(t.Context(), cache); err != nil {
				t.Errorf("as it was fetched: %v", err)
			}
			write(t, path, c.content)
			if _, ok := ref.cachedIn(cache); ok {
				t.Errorf("it is taken for cached: %s", c.reason)
			}
			if err := ref.check(t.Context(), cache); err == nil {
				t.Errorf("%s: not noticed: %s", c.name, c.reason)
			}
			if _, err := ref.fetch(t.Context(), cache, "", nil); err != nil || ref.check(t.Context(), cache) != nil {
				t.Errorf("fetched again: %v, and then %v", err, ref.check(t.Context(), cache))
			}
		})
	}
}

// TestPayloadsOfTheCatalogue: what this cache holds is what is pinned, and every file is.
func TestPayloadsOfTheCatalogue(t *testing.T) {
	for _, ref := range Catalogue() {
		if err := Check(t.Context(), ref.Name); err != nil && !errors.Is(err, ErrNotCached) {
			t.Errorf("%s: %v", ref.Name, err)
		}
		if ref.Layout == LayoutFile && !ref.Unseen && (ref.Payload.Bytes < 1 || len(ref.Payload.SHA256) != 64) {
			t.Errorf("%s: the file in the cache is not pinned", ref.Name)
		}
	}
}

// TestOfflineErrorsLeadWithWhatToDo: the person is told first, the client's words come after, and
// are short.
func TestOfflineErrorsLeadWithWhatToDo(t *testing.T) {
	retry := "WARNING: Retrying (Retry(total=4, connect=None, read=None, redirect=None, status=None)) after " +
		"connection broken by " +
		"'NewConnectionError('<pip._vendor.urllib3.connection.HTTPSConnection object at 0x7f00a59b25d0>: Failed " +
		"to establish a new connection: " +
		"[Errno -3] Temporary failure in name resolution')': /simple/net/\n"
	said := &child.Tail{}
	said.Write([]byte(strings.Repeat(retry, 5) +
		"ERROR: Could not find a version that satisfies the requirement net==1.0 (from versions: none)\nERROR: No " +
		"matching distribution found for net==1.0\n"))
	ref, _ := fake(t, "good")
	err := ref.explain(t.Context(), "", clientError("python3", errors.New("exit status 1"), said)).Error()
	lead := "asset: fetch net: no network: get " + ref.File + " elsewhere"
	if !strings.HasPrefix(err, lead) || !strings.Contains(err,
		"asset.FetchFrom(net, FILE) (python3: exit status 1: Failed to establish") || len(err) > 700 {
		t.Errorf("%d letters: %s", len(err), err)
	}
	if reason, found := NoNetwork(said.Lines()); !found || !strings.HasPrefix(reason, "Failed to establish") {
		t.Errorf("pip's reason is %q, %v", reason, found)
	}
	if _, found := NoNetwork([]string{"no space left on device"}); found {
		t.Error("a full disk is taken for a missing network")
	}
	npm, full := &child.Tail{}, &child.Tail{}
	npm.Write([]byte("npm error code EAI_AGAIN\nnpm error request failed\n"))
	full.Write([]byte("no space left on device"))
	if !noNetwork(clientError("npm", errors.New("exit status 1"), npm)) ||
		noNetwork(clientError("pip", errors.New("exit status 1"), full)) {
		t.Error("npm's words are not known, or a full disk is taken for them")
	}
}

// TestFetchLeavesForeignFilesAlone: somebody named a folder of their own as the cache.
func TestFetchLeavesForeignFilesAlone(t *testing.T) {
	ref, _ := fake(t, "good")
	cache := t.TempDir()
	mine, dead := filepath.Join(cache, "tmp", "thesis.txt"), filepath.Join(cache, "tmp", "fetch-123", "x")
	write(t, mine, "mine")
	write(t, dead, "of a process that died")
	if _, err := ref.fetch(t.Context(), cache, "", nil); err != nil {
		t.Fatal(err)
	}
	mustHold(t, mine, "mine")
	if _, err := os.Stat(dead); err == nil {
		t.Error("what a dead process left is still there")
	}
}

// TestLargePayloadsAreHashedOnce: the plugin of 200 MB would cost every start most of a second.
func TestLargePayloadsAreHashedOnce(t *testing.T) {
	home := t.TempDir()
	path := filepath.Join(home, "plugin.so")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.Truncate(mostHashed+1), f.Close()); err != nil {
		t.Fatal(err)
	}
	sum, err := fileSHA256(path)
	if err != nil {
		t.Fatal(err)
	}
	ref := Ref{Layout: LayoutFile, Payload: Payload{mostHashed + 1, sum}}
	intact := func() bool {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return ref.intact(home, path, info)
	}
	if _, err := os.Stat(filepath.Join(home, checkedName)); !intact() || err == nil {
		t.Fatal("an undamaged file was refused, or taken for checked before it was")
	}
	if _, err := os.Stat(filepath.Join(home, checkedName)); err != nil {
		t.Errorf("that it was hashed is not kept: %v", err)
	}
	if f, err = os.OpenFile(path, os.O_WRONLY, 0); err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteAt([]byte("X"), 100)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	if intact() {
		t.Error("it was changed, and is believed")
	}
}
