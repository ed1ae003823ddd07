package page

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// newToken is the secret part of a page's address: 128 bits.
func newToken() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// tokenDays is how long a token is used.
const tokenDays = 7

// keptToken is the token of the folder, so that a page that stayed open goes on when the server is
// started again. Only the person can read its file.
func keptToken(dir string) string {
	path := filepath.Join(dir, "token")
	info, err := os.Lstat(path)
	if err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o077 == 0 &&
		time.Since(info.ModTime()) < tokenDays*24*time.Hour {
		if data, err := os.ReadFile(path); err == nil && len(data) == len(newToken()) {
			return string(data)
		}
	}
	token := newToken()
	_ = errors.Join(os.MkdirAll(dir, 0o755), writePrivate(path, token)) // where it cannot be kept, it is for this time
	return token
}

// guard lets those in who know the token, which is the first folder of the address. So it needs no
// cookie, which all servers of a machine would share and which browsers keep from a page in a
// notebook; and no other page can guess an address to send something to.
type guard struct {
	token string
	host  string // that was asked for: a name or an address
	local bool   // only this machine is served
	frame bool   // pages of this machine, such as a notebook, may show the page in a frame
	next  http.Handler
}

// ServeHTTP implements http.Handler.
func (g guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	setHeaders(w.Header(), g.frame)
	token, rest, slash := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	switch {
	case !g.knows(r.Host):
		http.Error(w, "This address is not the one that is served: open the one that was printed when the review began.",
			http.StatusMisdirectedRequest)
	case subtle.ConstantTimeCompare([]byte(token), []byte(g.token)) != 1:
		http.Error(w, "The address lacks its token: open the whole address that was printed when the review began.",
			http.StatusForbidden)
	case !slash:
		http.Redirect(w, r, "/"+g.token+"/", http.StatusTemporaryRedirect)
	case r.Method != http.MethodGet && r.Method != http.MethodHead && !sameOrigin(r):
		http.Error(w, "This request comes from another page.", http.StatusForbidden)
	default:
		inner := r.Clone(r.Context())
		inner.URL.Path, inner.URL.RawPath = "/"+rest, ""
		g.next.ServeHTTP(w, inner)
	}
}

// knows reports whether a Host header is one of this server's. A page elsewhere whose name is
// made to lead here (DNS rebinding) has a name of its own there.
func (g guard) knows(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.ToLower(strings.Trim(name, "[]"))
	if ip, err := netip.ParseAddr(name); err == nil {
		return ip.IsLoopback() || !g.local
	}
	if name == "localhost" || strings.EqualFold(name, g.host) {
		return true
	}
	own, err := os.Hostname()
	return err == nil && !g.local && strings.EqualFold(name, own)
}

// sameOrigin reports whether the page that writes is this server's.
func sameOrigin(r *http.Request) bool {
	origin, err := url.Parse(r.Header.Get("Origin"))
	return err == nil && origin.Host != "" && origin.Host == r.Host && r.Header.Get("Content-Type") == "application/json"
}

// setHeaders keeps everything out of the page that is not its own.
func setHeaders(h http.Header, frame bool) {
	ancestors := "'none'"
	if frame {
		ancestors = "'self' http://localhost:* http://127.0.0.1:*"
	}
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "+
		"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors "+ancestors)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}
