package asset

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"imagelab/lib/progress"
)

// downloadHTTPS downloads to a partial file that outlives an interruption, and goes on where it
// stopped when the server still has the same bytes (its strong ETag says so). The path returned is
// the whole, unverified archive.
func (r Ref) downloadHTTPS(ctx context.Context, cache, tmp string, p progress.Func) (string, error) {
	dir := filepath.Join(cache, partialDir)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	part := filepath.Join(dir, r.File)
	if err := r.resume(ctx, part, p); err != nil {
		return "", err
	}
	whole := filepath.Join(tmp, r.File) // out of partial: a wrong archive must not be resumed for ever
	if err := os.Rename(part, whole); err != nil {
		return "", err
	}
	return whole, os.RemoveAll(part + ".etag")
}

// mostSilence is how long a server may send nothing before the download is given up.
var mostSilence = time.Minute // replaced in a test

// downloads follows redirects, but never from https to http, where anybody on the way may answer.
var downloads = &http.Client{CheckRedirect: func(request *http.Request, via []*http.Request) error {
	if len(via) > 0 && via[0].URL.Scheme == "https" && request.URL.Scheme != "https" {
		return fmt.Errorf("the server leads on to %s, which is not https", request.URL.Redacted())
	}
	if len(via) >= 10 {
		return errors.New("the server leads on and on")
	}
	return nil
}}

// resume makes part whole.
func (r Ref) resume(ctx context.Context, part string, p progress.Func) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	silence := time.AfterFunc(mostSilence, func() {
		cancel(fmt.Errorf("the server sent nothing for %v; run it again to go on", mostSilence))
	})
	defer silence.Stop()
	err := r.resumeFrom(ctx, part, func(stage string, done, total int64) {
		silence.Reset(mostSilence)
		p.Report(stage, done, total)
	})
	if cause := context.Cause(ctx); err != nil && cause != nil {
		return fmt.Errorf("get %s: %w", r.URL, cause)
	}
	return err
}

// resumeFrom is [Ref.resume] by a server that sends something now and then, which p hears.
func (r Ref) resumeFrom(ctx context.Context, part string, p progress.Func) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, r.address(), nil)
	if err != nil {
		return err
	}
	if token := r.token(); token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	have := resumable(part, request)
	response, err := downloads.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	switch kind, _, _ := strings.Cut(response.Header.Get("Content-Type"), ";"); {
	case response.StatusCode == http.StatusOK && kind == "text/html":
		return fmt.Errorf("get %s: the answer is a web page, such as a login page, and not the file", request.URL)
	case response.StatusCode == http.StatusUnauthorized, response.StatusCode == http.StatusForbidden:
		return fmt.Errorf("get %s: %s%s", request.URL, response.Status, r.access())
	}
	switch response.StatusCode {
	case http.StatusPartialContent:
		if want := fmt.Sprintf("bytes %d-", have); !strings.HasPrefix(response.Header.Get("Content-Range"), want) {
			return fmt.Errorf("get %s: asked for bytes from %d, got %q", r.URL, have, response.Header.Get("Content-Range"))
		}
	case http.StatusOK:
		have = 0
		if err := rememberETag(part, response.Header.Get("ETag")); err != nil {
			return err
		}
	case http.StatusRequestedRangeNotSatisfiable:
		os.Remove(part) // complete or too long; the next try starts anew
		return fmt.Errorf("get %s: %s; run it again", r.URL, response.Status)
	default:
		return fmt.Errorf("get %s: %s", r.URL, response.Status)
	}
	return r.appendBody(part, have, response, p)
}

// access says how to be let in.
func (r Ref) access() string {
	if !strings.HasPrefix(r.URL, hub) {
		return ""
	}
	return "; a gated repository wants its terms accepted on the web, and then a token in HF_TOKEN"
}

// resumable returns how many bytes of part may be kept, and asks the server for the rest of them
// only.
func resumable(part string, request *http.Request) int64 {
	etag, err := os.ReadFile(part + ".etag")
	if err != nil || len(etag) == 0 {
		return 0
	}
	info, err := os.Stat(part)
	if err != nil || info.Size() == 0 {
		return 0
	}
	request.Header.Set("Range", fmt.Sprintf("bytes=%d-", info.Size()))
	request.Header.Set("If-Range", string(etag))
	return info.Size()
}

// rememberETag stores what identifies the bytes of part; a weak or missing tag identifies nothing
// and is not stored.
func rememberETag(part, etag string) error {
	if etag == "" || strings.HasPrefix(etag, "W/") {
		return os.RemoveAll(part + ".etag")
	}
	if err := os.RemoveAll(part); err != nil { // never the new tag beside old bytes
		return err
	}
	return os.WriteFile(part+".etag", []byte(etag), 0o644)
}

func (r Ref) appendBody(part string, have int64, response *http.Response, p progress.Func) error {
	f, err := os.OpenFile(part, os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Truncate(have); err != nil {
		return err
	}
	if _, err := f.Seek(have, io.SeekStart); err != nil {
		return err
	}
	total := r.Bytes
	if response.ContentLength >= 0 {
		total = have + response.ContentLength
	}
	counted := &countingReader{r: io.LimitReader(response.Body, maxUnpacked), done: have, total: total,
		stage: "downloading " + r.Name + ", bytes", p: p}
	if _, err := io.Copy(f, counted); err != nil {
		return fmt.Errorf("get %s: stopped after %d bytes: %w; run it again to go on", r.URL, counted.done, err)
	}
	p.Report(counted.stage, counted.done, counted.done)
	return f.Close()
}

// countingReader reports what goes through it.
type countingReader struct {
	r           io.Reader
	done, total int64
	stage       string
	p           progress.Func
}

func (c *countingReader) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.done += int64(n)
	if c.done < c.total {
		c.p.Report(c.stage, c.done, c.total)
	}
	return n, err
}
