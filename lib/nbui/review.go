package nbui

import (
	"fmt"
	"html"
	"os"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"

	"imagelab/lib/dataset"
	"imagelab/lib/review/page"
)

// Review shows the page on which photos are labelled in the cell, and waits until the person
// presses Done there, or stops the cell. only names the photos that are shown first, as
// [page.Options] says. Every decision is kept as soon as it is made. Afterwards s holds what was
// decided. Where nobody is there to decide, because the notebook is executed from the command
// line, it says so and does not wait.
func Review(s *dataset.Set, only string) {
	if !gonbui.IsNotebook || os.Getenv(RunsVariable) != "" {
		show(protocol.MIMETextPlain, unattended(s), unattended(s))
		return
	}
	server := Must(page.New(s, page.Options{Only: only, Frame: true}))
	defer server.Close()
	Check(server.Serve(Context(), func(address string) {
		show(protocol.MIMETextHTML, frame(address), "review: "+address)
	}, nil))
	Check(s.TakeDecisions())
}

func unattended(s *dataset.Set) string {
	return fmt.Sprintf("Run this cell in JupyterLab to review the photos of %s here, or run `imagelab review`.", s.Name())
}

// frame is the page as an element of the cell.
func frame(address string) string {
	address = html.EscapeString(address)
	return fmt.Sprintf(`<iframe src="%s" title="Review" style="width:100%%;height:640px;border:1px solid #888"></iframe>`+
		`<p><a href="%s" target="_blank" rel="noreferrer">Open in a window of its own</a></p>`, address, address)
}
