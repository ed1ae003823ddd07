// Package page is the page in the browser on which people look at the photos of a set, label them
// and leave them out.
//
// [New] makes a [Server] for a set, and [Server.Serve] serves it to this machine until its context
// ends. Every decision is on the disk before the page hears that it is saved; what other pages and
// programs write into the log shows up on the page within a second or two.
//
// The page is plain HTML, CSS and JavaScript in the folder assets. It asks nothing of other
// servers.
package page

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"imagelab/lib/dataset"
	"imagelab/lib/progress"
)

//go:embed assets
var assets embed.FS

// folder below the set's own where thumbnails are kept. It can be deleted at any time.
const folder = "review"

// UsualPort is what a page is served on where nothing else is said: a page that stayed open in the
// browser then goes on when the server is started again.
const UsualPort = 8765

// Options say how to serve a page. The zero value serves this machine on a free port.
type Options struct {
	Host    string  // name or address to listen on; empty: 127.0.0.1
	Port    int     // 0: UsualPort, or a free one where it is taken
	Who     string  // name of the person in the log; the page can be told another; empty: "somebody"
	Only    string  // what the page shows first, see [Filters]; empty: all photos
	Pass    string  // blind second pass, see review.PassSample: its photos alone, without their labels; empty: none
	Frame   bool    // pages of this machine, such as a notebook, may show the page in a frame, with a button to end it
	Guesser Guesser // nil: nothing is guessed but what the suspects say
	Token   string  // secret part of the address; empty: that of the last days, or a new one
}

// Server serves the page of one set.
type Server struct {
	set    *dataset.Set
	o      Options
	thumbs *thumbs
	board  *board
	guess  guessing
	once   once

	finish   sync.Once
	finished chan struct{} // closed when the person ends the page

	columns  func() []byte // JSON of photos, made once
	contents string        // digest of the photos and their order
	pinning  sync.Mutex    // held while the guide is written
}

// New prepares the page of set s, which must be in a folder; decisions go into the set's log. The
// caller closes it.
func New(s *dataset.Set, o Options) (*Server, error) {
	if s.Dir == "" {
		return nil, errors.New("page: this set was read from a plain folder: make a dataset with dataset.Ingest first")
	}
	if o.Host == "" {
		o.Host = "127.0.0.1"
	}
	if o.Who == "" {
		o.Who = "somebody"
	}
	if o.Token == "" {
		o.Token = keptToken(filepath.Join(s.Dir, folder))
	}
	var hidden *blind
	if o.Pass != "" {
		var err error
		if s, hidden, err = openBlind(s, o.Pass, o.Who); err != nil {
			return nil, err
		}
		o.Guesser = nil
	}
	b, err := newBoard(s, hidden)
	if err != nil {
		return nil, err
	}
	if err := checkOnly(o.Only, b); err != nil {
		return nil, err
	}
	server := &Server{set: s, o: o, board: b, contents: dataset.Contents(s.Images), finished: make(chan struct{}),
		thumbs: openThumbs(s, filepath.Join(s.Dir, folder))}
	server.columns = sync.OnceValue(func() []byte { return listPhotos(s, hidden != nil) })
	b.tell = server.guess.wake
	return server, nil
}

// Close releases the files of the page.
func (s *Server) Close() { s.thumbs.Close() }

// Serve serves the page until ctx ends, and returns the context's error then, or until the person
// ends it. ready gets the address with its token. Thumbnails that are missing are made meanwhile,
// which is reported to p.
func (s *Server) Serve(ctx context.Context, ready func(address string), p progress.Func) error {
	listener, err := listen(s.o.Host, s.o.Port)
	if err != nil {
		return fmt.Errorf("page: %w (another program may use the port: choose another one)", err)
	}
	ctx, stop := context.WithCancel(ctx)
	var work sync.WaitGroup
	defer work.Wait()
	defer stop()
	server := &http.Server{Handler: s.Handler(), ReadHeaderTimeout: 10 * time.Second,
		BaseContext: func(net.Listener) context.Context { return ctx }}
	ended := make(chan error, 1)
	work.Go(func() { ended <- server.Serve(listener) })
	work.Go(func() { _ = s.thumbs.ahead(ctx, s.set.Images, p) }) // ends with ctx alone
	work.Go(func() { s.guessAlways(ctx) })
	s.columns()
	ready(s.address(listener.Addr()))
	select {
	case err := <-ended:
		return fmt.Errorf("page: %w", err)
	case <-s.finished:
	case <-ctx.Done():
	}
	stopped := ctx.Err()
	closing, done := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer done()
	if server.Shutdown(closing) != nil { // a decision that is being written is waited for
		server.Close()
	}
	return stopped
}

// listen listens on a port; 0 is the usual one, or else a free one.
func listen(host string, port int) (net.Listener, error) {
	if port == 0 {
		if l, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(UsualPort))); err == nil {
			return l, nil
		}
	}
	return net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port)))
}

// address is where the page is, with its token.
func (s *Server) address(at net.Addr) string {
	host, port, _ := net.SplitHostPort(at.String())
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port) + "/" + s.o.Token + "/"
}

// Handler answers the page's requests, below the folder of the token.
func (s *Server) Handler() http.Handler {
	static, err := fs.Sub(assets, "assets")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	mux := http.NewServeMux()
	mux.Handle("GET /", http.FileServerFS(static))
	mux.HandleFunc("GET /api/set", s.sendSet)
	mux.HandleFunc("GET /api/brightness", s.sendBrightness)
	mux.HandleFunc("GET /api/state", s.sendState)
	mux.HandleFunc("POST /api/decide", s.decide)
	mux.HandleFunc("POST /api/undo", s.undo)
	mux.HandleFunc("POST /api/done", s.done)
	mux.HandleFunc("GET /api/guide", s.sendGuide)
	mux.HandleFunc("POST /api/pin", s.pin)
	mux.HandleFunc("GET /api/groups", s.sendGroups)
	mux.HandleFunc("POST /api/groups", s.acceptGroups)
	mux.HandleFunc("GET /thumb/{photo}/{hash}", s.sendThumb)
	mux.HandleFunc("GET /photo/{photo}/{hash}", s.sendPhoto)
	ip := net.ParseIP(s.o.Host)
	local := s.o.Host == "localhost" || ip != nil && ip.IsLoopback()
	return guard{token: s.o.Token, host: s.o.Host, local: local, frame: s.o.Frame, next: mux}
}
