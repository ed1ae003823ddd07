package collect

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"time"

	"github.com/temoto/robotstxt"
	"golang.org/x/time/rate"
)

// hosts are those that were asked, by scheme and name.
type hosts struct {
	mu    sync.Mutex
	known map[string]*host
}

// host is one server and how it may be asked.
type host struct {
	limiter *rate.Limiter
	rules   sync.Mutex
	robots  *robotstxt.Group // nil: not read yet
	closed  error            // robots.txt cannot be read in this run

	mu      sync.Mutex
	until   time.Time // it asked to be left alone so long
	refused int       // requests in a row that got no answer
}

const (
	robot       = "imagelab"
	mostRefused = 20               // requests in a row without an answer, after which a host is left alone
	mostRobots  = 512 << 10        // bytes of robots.txt
	mostDelay   = 30 * time.Second // of robots.txt; a host that asks for more is asked this seldom
)

// of is the host of an address. Where robots.txt is to be obeyed and forbids the address, that is
// the error.
func (hs *hosts) of(ctx context.Context, c *client, u *url.URL, obey bool) (*host, error) {
	key := u.Scheme + "://" + u.Host
	hs.mu.Lock()
	if hs.known == nil {
		hs.known = map[string]*host{}
	}
	h := hs.known[key]
	if h == nil {
		h = &host{limiter: rate.NewLimiter(rate.Limit(c.rate), 1)}
		hs.known[key] = h
	}
	hs.mu.Unlock()
	if !obey {
		return h, nil
	}
	return h, h.obey(ctx, c, u)
}

// obey returns an error if the host's robots.txt forbids the address.
func (h *host) obey(ctx context.Context, c *client, u *url.URL) error {
	h.rules.Lock()
	defer h.rules.Unlock()
	if h.closed != nil {
		return h.closed
	}
	if h.robots == nil {
		group, err := c.robotsOf(ctx, u)
		if err != nil {
			if ctx.Err() == nil {
				h.closed = err
			}
			return err
		}
		h.robots = group
		if d := min(group.CrawlDelay, mostDelay); d > 0 && rate.Every(d) < h.limiter.Limit() {
			h.limiter.SetLimit(rate.Every(d))
		}
	}
	if !h.robots.Test(u.RequestURI()) {
		return &failure{kind: "robots.txt forbids it", err: errors.New("the host lets no programs fetch it")}
	}
	return nil
}

// robotsOf reads robots.txt. As RFC 9309 has it, one that is not there allows everything, and one
// that a broken host keeps back allows nothing.
func (c *client) robotsOf(ctx context.Context, u *url.URL) (*robotstxt.Group, error) {
	address := url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/robots.txt"}
	body, err := c.get(ctx, request{address: address.String(), most: mostRobots})
	var f *failure
	switch {
	case err == nil:
	case ctx.Err() != nil:
		return nil, err
	case errors.As(err, &f) && f.kind == "address refused":
		return nil, f
	case errors.As(err, &f) && !f.again && !f.later:
		body = nil
	default:
		return nil, &failure{kind: "robots.txt cannot be read", err: err, later: true}
	}
	data, err := robotstxt.FromBytes(body)
	if err != nil { // most often a web page, which forbids nothing
		data, err = robotstxt.FromBytes(nil)
	}
	if err != nil {
		return nil, fmt.Errorf("collect: robots.txt: %w", err)
	}
	return data.FindGroup(robot), nil
}

// turn waits until the host may be asked again.
func (h *host) turn(ctx context.Context) error {
	for {
		h.mu.Lock()
		wait, refused := time.Until(h.until), h.refused
		h.mu.Unlock()
		switch {
		case refused >= mostRefused:
			return &failure{kind: "host does not answer", err: fmt.Errorf("it failed %d times in a row: it is asked again "+
				"when the same command runs again", refused), later: true}
		case wait > mostWait:
			return &failure{kind: "host is busy", err: errors.New("it asks to wait: run the same command again later"),
				later: true}
		case wait > 0:
			if err := pause(ctx, wait); err != nil {
				return err
			}
			continue
		}
		if err := h.limiter.Wait(ctx); err != nil {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			return err
		}
		return nil
	}
}

// note keeps what a request says about its host.
func (h *host) note(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var f *failure
	if !errors.As(err, &f) || !f.mute {
		h.refused = 0
	} else {
		h.refused++
	}
	if f == nil {
		return
	}
	if until := time.Now().Add(f.wait); until.After(h.until) {
		h.until = until
	}
}
