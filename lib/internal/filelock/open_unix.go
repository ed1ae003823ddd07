//go:build unix

package filelock

import "syscall"

// NoFollow is the flag of os.OpenFile with which the last element of a path must not be a link.
const NoFollow = syscall.O_NOFOLLOW

// noWait is the flag with which opening a pipe does not wait for its other end.
const noWait = syscall.O_NONBLOCK
