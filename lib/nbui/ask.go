package nbui

import (
	"context"
	"fmt"
	"html"
	"strings"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/comms"
	"github.com/janpfeifer/gonb/gonbui/dom"
	"github.com/janpfeifer/gonb/gonbui/protocol"
)

// Ask shows a question with a button for each answer and waits for a click, in a live page only: elsewhere nobody could
// click, so it shows the question and its answers, and returns preview at once. answer is an index into answers. The
// error is that of ctx, when the cell was stopped meanwhile.
func Ask(ctx context.Context, question string, answers []string, preview int) (answer int, err error) {
	if !Live() {
		show(protocol.MIMETextHTML, buttons("", question, answers, true), question+" ["+strings.Join(answers, " | ")+"]")
		return preview, nil
	}
	id := "ask_" + gonbui.UniqueId()
	clicks := comms.Listen[int]("/" + id)
	defer clicks.Close()
	comms.Start()
	gonbui.UpdateHTML(id, buttons(id, question, answers, false))
	dom.TransientJavascript(fmt.Sprintf(`document.querySelectorAll("[data-ask='%s']").forEach((b, i) => b.addEventListener("click", () => globalThis.gonb_comm?.send("/%s", i)))`, id, id))
	for {
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case i := <-clicks.C:
			if i < 0 || i >= len(answers) {
				continue
			}
			gonbui.UpdateHTML(id, `<div>`+html.EscapeString(question+" "+answers[i])+`</div>`)
			gonbui.Sync()
			return i, nil
		}
	}
}

func buttons(id, question string, answers []string, disabled bool) string {
	var page strings.Builder
	page.WriteString(`<div>` + html.EscapeString(question) + ` `)
	off := ""
	if disabled {
		off = " disabled"
	}
	for _, a := range answers {
		fmt.Fprintf(&page, `<button type="button" data-ask="%s"%s>%s</button> `, id, off, html.EscapeString(a))
	}
	return page.String() + `</div>`
}
