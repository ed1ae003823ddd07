// Package nbui shows results in the cells of a notebook: figures, tables, photos, progress. It is the only importer of
// GoNB's display calls. Outside a notebook the same calls print text, so that a cell's code runs anywhere.
//
// A cell is a program of its own: what should outlive it goes into a folder, see [Folder]. Cells get their context from
// [Context], check errors with [Check] and [Must], and give [Progress] wherever a progress.Func is asked for:
//
//	set := nbui.Must(dataset.Load(dir + "/solar"))
//	nbui.Photos(nbui.Samples(set, 5)...)
//	nbui.Show(figure.LossCurve(nbui.Records(dir)[0]))
//
// Cells that train, evaluate or time open a lab with package nblab. Cells that only draw what was recorded should import no package that computes: linking the engine takes a second.
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

// RunsVariable is an environment variable that the kernel of `imagelab notebook` sets: the parent of
// [Folder].
const RunsVariable = "IMAGELAB_NOTEBOOK_RUNS"

// Transient is the class of HTML blocks that mean nothing once the cell has ended, such as bars of progress.
const Transient = "imagelab-transient"

// Folder is where the notebook of the given name keeps data, models and records from cell to cell and from day to day:
// runs/NAME beside the notebook, or NAME in the folder that IMAGELAB_NOTEBOOK_RUNS names. A quick run has its own,
// NAME-quick, so that its records never mix with full ones. The folder need not exist yet.
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
	show(protocol.MIMETextHTML, `<div style="border-left:4px solid #0072b2;padding:6px 12px;max-width:60em;white-space:pre-line">`+html.EscapeString(text)+`</div>`, text)
}

// Backend says what computes and why: the fields of an engine.Engine.
func Backend(name, why, notice string) {
	text := "Computing on " + name + ": " + why + "."
	if notice != "" {
		text += "\nNote: " + notice + "."
	}
	Notice(text)
}

// show displays one output in its rich form, with plain text beside it for readers without pictures. It returns when the
// kernel has it, so nothing is lost when the cell ends.
func show(kind protocol.MIMEType, rich, plain string) {
	if !gonbui.IsNotebook {
		fmt.Println(strings.TrimRight(plain, "\n"))
		return
	}
	closeProgress() // a fit that stopped early leaves its bar half-way
	update("", kind, rich, plain)
}

// update is show in the block of the given id, whose earlier content it replaces; for notebooks only.
func update(id string, kind protocol.MIMEType, rich, plain string) {
	gonbui.SendData(&protocol.DisplayData{DisplayID: id, Data: map[protocol.MIMEType]any{kind: rich, protocol.MIMETextPlain: plain}})
	gonbui.Sync()
}
