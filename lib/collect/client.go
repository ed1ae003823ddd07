package collect

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"imagelab/lib/runlog"
	"imagelab/lib/text"
)

// failure says why an answer or a photo is not there.
type failure struct {
	kind  string        // such as "not found", for counting
	err   error         // more of it
	again bool          // it may be there in a moment
	later bool          // it may be there when the same command runs again
	wait  time.Duration // that the host asks for; 0: it did not say
	mute  bool          // the host said nothing at all
}

// mute is an error before the first word of an answer.
type mute struct{ error }

func (m mute) Unwrap() error { return m.error }

func (f *failure) Error() string { return fmt.Sprintf("%s: %v", f.kind, f.err) }

func (f *failure) Unwrap() error { return f.err }

var errTooLarge = &failure{kind: "too large", err: errors.New("it is over the limit of bytes")}

const (
	mostRedirects = 5
	mostTries     = 4
	mostWait      = 2 * time.Minute // longer ones are left to the next run
)

// client asks hosts politely.
type client struct {
	http    *http.Client
	agent   string
	limits  Limits
	rate    float64 // requests a second to one host
	backoff time.Duration
	hosts   hosts
}

func newClient(p Plan, o Options) *client {
	c := &client{agent: userAgent(p.Contact), limits: o.Limits, rate: p.Rate, backoff: o.backoff}
	if c.backoff == 0 {
		c.backoff = time.Second
	}
	c.http = &http.Client{Transport: transport(o.AllowPrivate),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return c
}

// userAgent says the truth: who asks, and where to complain.
func userAgent(contact string) string {
	version := runlog.Release()
	if version == "" {
		version = "0"
	}
	return fmt.Sprintf("imagelab/%s (photo collection for research; %s)", strings.ReplaceAll(version, " ", "-"), contact)
}

// request is what is asked of a host.
type request struct {
	address string
	headers map[string]string
	robots  bool                     // robots.txt is obeyed
	accept  func(start []byte) error // looks at the first 512 bytes; nil: all are welcome
	secret  string                   // stands for {key}
	most    int64                    // bytes; 0: those of the limits
}

// get brings the body of an answer. It repeats what may pass: busy hosts, broken connections.
func (c *client) get(ctx context.Context, r request) ([]byte, error) {
	for try := 1; ; try++ {
		body, err := c.follow(ctx, r)
		var f *failure
		if err == nil || ctx.Err() != nil || !errors.As(err, &f) || !f.again || try == mostTries || f.wait > mostWait {
			return body, err
		}
		if f.wait == 0 {
			if err := pause(ctx, c.backoff<<(try-1)); err != nil {
				return nil, err
			}
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}

// follow sends a request and follows its redirects, each of which is looked at like the first.
func (c *client) follow(ctx context.Context, r request) ([]byte, error) {
	u, err := url.Parse(strings.ReplaceAll(r.address, "{key}", url.QueryEscape(r.secret)))
	if err != nil {
		return nil, &failure{kind: "address refused", err: fmt.Errorf("%s is no address", shown(r.address))}
	}
	seen, first := map[string]bool{}, u.Host
	for range mostRedirects + 1 {
		u.Fragment = ""
		if err := checkURL(u); err != nil {
			return nil, err
		}
		if seen[u.String()] {
			return nil, &failure{kind: "redirects", err: errors.New("they lead back to where they began")}
		}
		seen[u.String()] = true
		if u.Host != first {
			r.headers, r.secret = nil, "" // a key is for the host that it was meant for
		}
		body, to, err := c.once(ctx, u, r)
		if err != nil || to == nil {
			return body, err
		}
		u = to
	}
	return nil, &failure{kind: "redirects", err: fmt.Errorf("more than %d", mostRedirects)}
}

// once sends one request when its host's turn has come. `to` is where a redirect leads.
func (c *client) once(ctx context.Context, u *url.URL, r request) (body []byte, to *url.URL, err error) {
	h, err := c.hosts.of(ctx, c, u, r.robots)
	if err != nil {
		return nil, nil, err
	}
	if err := h.turn(ctx); err != nil {
		return nil, nil, err
	}
	limited, stop := context.WithTimeout(ctx, c.limits.Time)
	defer stop()
	body, to, err = c.send(limited, u, r)
	err = explain(ctx, err, c.limits.Time)
	h.note(err)
	return body, to, err
}

func (c *client) send(ctx context.Context, u *url.URL, r request) (body []byte, to *url.URL, err error) {
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, nil, &failure{kind: "address refused", err: err}
	}
	q.Header.Set("User-Agent", c.agent)
	for name, value := range r.headers {
		q.Header.Set(name, strings.ReplaceAll(value, "{key}", r.secret))
	}
	answer, err := c.http.Do(q)
	if err != nil {
		return nil, nil, mute{err}
	}
	defer answer.Body.Close()
	switch s := answer.StatusCode; {
	case s == http.StatusOK && slices.Contains([]string{"maxlag", "ratelimited"},
		answer.Header.Get("MediaWiki-API-Error")):
		answer.StatusCode = http.StatusServiceUnavailable // Wikimedia says "later" so
		return nil, nil, status(answer)
	case s == http.StatusOK:
		body, err = c.read(answer, r)
		return body, nil, err
	case s >= 300 && s < 400 && s != http.StatusNotModified && answer.Header.Get("Location") != "":
		to, err := answer.Location()
		if err != nil {
			return nil, nil, &failure{kind: "redirects", err: errors.New("one leads to no address")}
		}
		return nil, to, nil
	default:
		return nil, nil, status(answer)
	}
}

// status is the failure that a status stands for.
func status(answer *http.Response) error {
	s := answer.StatusCode
	f := &failure{kind: strings.ToLower(http.StatusText(s)), err: fmt.Errorf("status %d", s)}
	switch {
	case s == http.StatusTooManyRequests, s == http.StatusServiceUnavailable,
		s == http.StatusRequestTimeout, s == http.StatusTooEarly:
		f.again, f.wait = true, retryAfter(answer.Header.Get("Retry-After"), time.Now())
		if f.wait > mostWait {
			f.err = fmt.Errorf("status %d, and the host asks to wait for %s: run the same command again then", s,
				text.Duration(f.wait))
		}
	case s >= 500:
		f.again = true
	case f.kind == "":
		f.kind = fmt.Sprintf("status %d", s)
	}
	return f
}

// retryAfter reads the header of that name: seconds, or a date.
func retryAfter(value string, now time.Time) time.Duration {
	if seconds, err := strconv.Atoi(strings.TrimSpace(value)); err == nil && seconds > 0 {
		return time.Duration(min(seconds, 1<<31)) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(at.Sub(now), 0)
	}
	return 0
}

// read takes the body within the limits. What is not wanted by its first bytes is not read on.
func (c *client) read(answer *http.Response, r request) ([]byte, error) {
	most := cmp.Or(r.most, c.limits.Bytes)
	if answer.ContentLength > most {
		return nil, errTooLarge
	}
	in := io.LimitReader(answer.Body, most+1)
	var body bytes.Buffer
	if answer.ContentLength > 0 {
		body.Grow(int(min(answer.ContentLength, 1<<20)))
	}
	_, err := io.CopyN(&body, in, 512)
	if err != nil && err != io.EOF {
		return nil, err
	}
	if r.accept != nil {
		if err := r.accept(body.Bytes()); err != nil {
			return nil, err
		}
	}
	if _, err := io.Copy(&body, in); err != nil {
		return nil, err
	}
	if int64(body.Len()) > most {
		return nil, errTooLarge
	}
	return body.Bytes(), nil
}

// explain makes a failure of a connection's error. The end of ctx stays what it is.
func explain(ctx context.Context, err error, limit time.Duration) error {
	var f *failure
	silent := errors.As(err, new(mute))
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.As(err, &f):
		return f
	case errors.Is(err, context.DeadlineExceeded):
		return &failure{kind: "slow", err: fmt.Errorf("it took longer than %s", text.Duration(limit)), later: true,
			mute: silent}
	case errors.Is(err, io.ErrUnexpectedEOF):
		return &failure{kind: "cut short", err: errors.New("the connection ended before the last byte"), again: true}
	}
	var at *url.Error
	if errors.As(err, &at) {
		err = at.Err // without the address, which may hold a key
	}
	return &failure{kind: "no connection", err: err, again: true, mute: silent}
}
