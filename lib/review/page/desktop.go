package page

import (
	"errors"
	"fmt"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// HasDesktop reports whether a browser can be opened: on Linux, whether a display is known.
func HasDesktop() bool {
	switch runtime.GOOS {
	case "darwin", "windows":
		return true
	}
	return os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != ""
}

// Open opens the address in the person's browser, and does not wait for it.
func (s *Server) Open(address string) error {
	name := s.opener(address)
	command, args := "xdg-open", []string{name}
	switch runtime.GOOS {
	case "darwin":
		command = "open"
	case "windows":
		command, args = "rundll32", []string{"url.dll,FileProtocolHandler", name}
	}
	cmd := exec.Command(command, args...)
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("page: %w", err)
	}
	go cmd.Wait() // the browser may stay open longer than this program
	return nil
}

// opener writes a file that leads a browser to the address, and returns its path: the command
// line of a program that is told the address itself would show the token to all users of the
// machine. Where the file cannot be written, it is the address.
func (s *Server) opener(address string) string {
	path, err := filepath.Abs(filepath.Join(s.set.Dir, folder, "open.html"))
	if err != nil {
		return address
	}
	text := fmt.Sprintf("<!doctype html><title>imagelab review</title>"+
		"<meta http-equiv=\"refresh\" content=\"0;url=%[1]s\"><a href=\"%[1]s\">open</a>\n", html.EscapeString(address))
	if err := writePrivate(path, text); err != nil {
		return address
	}
	return path
}

// writePrivate writes a file that only the person can read.
func writePrivate(path, content string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(content)
	return errors.Join(err, f.Close())
}
