package asset

import (
	"errors"
	"net"
	"slices"
	"strings"
	"syscall"
)

// offlineError marks an error of a package client that had no network.
type offlineError struct{ error }

func (e offlineError) Unwrap() error { return e.error }

// noNetwork reports whether err means that there was no network.
func noNetwork(err error) bool {
	var client offlineError
	var dns *net.DNSError
	return errors.As(err, &client) || errors.As(err, &dns) ||
		slices.ContainsFunc([]error{syscall.ENETUNREACH, syscall.EHOSTUNREACH, syscall.ECONNREFUSED},
			func(e error) bool { return errors.Is(err, e) })
}

// NoNetwork reports whether a program's output says that there is no network, and returns the line
// that says it, shortened. The programs are pip, npm and go.
func NoNetwork(output []string) (reason string, found bool) {
	for _, line := range reasons(output) {
		if saysNoNetwork(line) {
			return line, true
		}
	}
	return "", false
}

// saysNoNetwork looks for the messages of pip, npm and go about a missing network.
func saysNoNetwork(output string) bool {
	output = strings.ToLower(output)
	return slices.ContainsFunc([]string{
		"name resolution", "name or service not known", "nodename nor servname", "getaddrinfo", "no address associated",
		"no such host",
		"network is unreachable", "no route to host", "connection refused", "newconnectionerror",
		"connecttimeouterror", "proxyerror",
		"enotfound", "eai_again", "enetunreach", "econnrefused",
	}, func(sign string) bool { return strings.Contains(output, sign) })
}
