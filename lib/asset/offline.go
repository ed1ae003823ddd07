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

// saysNoNetwork looks for the messages of pip and npm about a missing network.
func saysNoNetwork(output string) bool {
	output = strings.ToLower(output)
	return slices.ContainsFunc([]string{
		"name resolution", "name or service not known", "nodename nor servname", "getaddrinfo", "no address associated",
		"network is unreachable", "no route to host", "connection refused", "newconnectionerror",
		"connecttimeouterror", "proxyerror",
		"enotfound", "eai_again", "enetunreach", "econnrefused",
	}, func(sign string) bool { return strings.Contains(output, sign) })
}
