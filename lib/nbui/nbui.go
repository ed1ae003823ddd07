// Package nbui shows results in the cells of a notebook: figures, tables, photos, progress. It is
// the only package that imports GoNB's display calls. Outside a notebook the same calls print text,
// so the code of a cell runs anywhere.
//
// A cell is a program of its own: it saves what the next cells need in a folder, see [Folder].
// Cells get their context from [Context], check errors with [Check] and [Must], and pass [Progress]
// as progress.Func:
//
//	set := nbui.Must(dataset.Load(dir + "/solar"))
//	nbui.Photos(nbui.Samples(set, 5)...)
//	nbui.Show(figure.LossCurve(nbui.Records(dir)[0]))
//
// Cells that train, evaluate or measure times open a lab with package nblab. Cells that only draw
// records should not import packages that link the engine, since linking takes a second or two.
package nbui

import (
	"fmt"
	"html"
	"os"
	"path/filepath"
	"strings"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"
)

// RunsVariable is an environment variable that the kernel of `imagelab notebook` sets: the parent
// of [Folder].
const RunsVariable = "IMAGELAB_NOTEBOOK_RUNS"

// Transient is the class of HTML blocks that are only useful while the cell runs, such as progress
// bars.
const Transient = "imagelab-transient"

// Folder is the folder in which the notebook of the given name keeps data, models and records
// between cells and sessions: runs/NAME beside the notebook, or NAME in the folder that
// IMAGELAB_NOTEBOOK_RUNS names. A quick run has a separate folder, NAME-quick, so that its records
// never mix with full ones. The folder need not exist yet.
func Folder(name string, quick bool) string {
	if quick {
		name += "-quick"
	}
	if runs := os.Getenv(RunsVariable); runs != "" {
		return filepath.Join(runs, name)
	}
	return filepath.Join("runs", name)
}

// Notice shows a remark in a box.
func Notice(text string) {
	const box = `<div style="border-left:4px solid #0072b2;padding:6px 12px;max-width:60em;white-space:pre-line">`
	show(protocol.MIMETextHTML, box+html.EscapeString(text)+`</div>`, text)
}

// Backend shows which engine is used and why; the arguments are fields of an engine.Engine.
func Backend(name, why, notice string) {
	text := "Computing on " + name + ": " + why + "."
	if notice != "" {
		text += "\nNote: " + notice + "."
	}
	Notice(text)
}

// show displays one output in its rich form and as plain text. It returns when the kernel has
// received it, so nothing is lost when the cell ends.
func show(kind protocol.MIMEType, rich, plain string) {
	if !gonbui.IsNotebook {
		fmt.Println(strings.TrimRight(plain, "\n"))
		return
	}
	closeProgress() // a fit that stopped early leaves its bar
	update("", kind, rich, plain)
}

// update is show that replaces the content of the block with this id; for notebooks only.
func update(id string, kind protocol.MIMEType, rich, plain string) {
	gonbui.SendData(&protocol.DisplayData{DisplayID: id,
		Data: map[protocol.MIMEType]any{kind: rich, protocol.MIMETextPlain: plain}})
	gonbui.Sync()
}
