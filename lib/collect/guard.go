package collect

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"
)

// inward are the networks that are not the open internet, beside those that package netip knows: a
// photo's address must not reach the machine itself, its neighbours or its cloud's services.
var inward = prefixes(
	"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24",
	"203.0.113.0/24", "240.0.0.0/4",
	"::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16",
	"3fff::/20", "5f00::/16",
	"fec0::/10",
)

func prefixes(list ...string) []netip.Prefix {
	var out []netip.Prefix
	for _, s := range list {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}

// isInward reports whether an address is none of the open internet. IPv4 addresses inside IPv6 ones
// are looked at as IPv4; forms that a gateway would turn into IPv4 are refused altogether.
func isInward(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	if !a.IsGlobalUnicast() || a.IsPrivate() {
		return true
	}
	for _, p := range inward {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// refuseInward is a net.Dialer's Control: it sees the address after names were resolved, right
// before the connection, so that no name can mean another machine by then.
func refuseInward(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return &failure{kind: "address refused", err: fmt.Errorf("%s is no address of the internet", address)}
	}
	if isInward(at.Addr()) {
		return &failure{kind: "address refused", err: fmt.Errorf("%s is not on the open internet "+
			"(Options.AllowPrivate allows this machine and private networks)", at.Addr())}
	}
	return nil
}

// transport connects to the open internet alone, unless private is set, which also allows proxies:
// what a proxy connects to cannot be looked at.
func transport(private bool) *http.Transport {
	d := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	t := &http.Transport{DialContext: d.DialContext, TLSHandshakeTimeout: 10 * time.Second, ForceAttemptHTTP2: true,
		MaxIdleConnsPerHost: 4, MaxIdleConns: 32, IdleConnTimeout: 30 * time.Second, MaxResponseHeaderBytes: 64 << 10}
	if private {
		t.Proxy = http.ProxyFromEnvironment
	} else {
		d.Control = refuseInward
	}
	return t
}

// checkURL refuses what is no plain web address.
func checkURL(u *url.URL) error {
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return &failure{kind: "address refused", err: fmt.Errorf("%s is no http or https address", shown(u.String()))}
	case u.Hostname() == "" || u.User != nil || u.Opaque != "":
		return &failure{kind: "address refused", err: fmt.Errorf("%s names no host, or a user", shown(u.Redacted()))}
	}
	return nil
}
