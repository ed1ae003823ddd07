package lab

import (
	"context"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"imagelab/lib/backbone"
	"imagelab/lib/dataset"
	"imagelab/lib/engine"
	"imagelab/lib/figure"
	"imagelab/lib/finetune"
	"imagelab/lib/latency"
	"imagelab/lib/report"
	"imagelab/lib/runlog"
	"imagelab/lib/sweep"
	"imagelab/lib/tradeoff"
)

// Models says which models [Lab.TradeOff] compares, and how. The zero value is every backbone whose
// weights are at hand ([backbone.Ready]) at 128 pixels and at its own size, a classifier on frozen
// features (cut "head").
type Models struct {
	Recipe  Recipe           // what the models have in common; the grid says backbone, size, cut and seed
	Grid    sweep.Grid       // each backbone at each size and cut; what is empty is as in the zero value
	Planned []sweep.Fit      // in place of Recipe and Grid: these fits
	Budget  time.Duration    // that 90 % of a network's calls may take, a photo each; 0: no limit
	Timing  tradeoff.Options // the zero value is [tradeoff.Default]

	// networks to time too, which are not trained, such as those of [latency.Field]; the page draws
	// them apart, with the accuracy that is published for them
	Field []tradeoff.Network
}

// grid fills in what is not given.
func (m Models) grid() sweep.Grid {
	g := m.Grid
	if len(g.Backbones) == 0 {
		g.Backbones = backbone.Ready()
	}
	if len(g.Sizes) == 0 {
		g.Sizes = []int{128, 0}
	}
	if len(g.Cuts) == 0 {
		g.Cuts = []string{backbone.CutHead}
	}
	if g.Seeds == 0 {
		g.Seeds = 3
	}
	return g
}

// Fits lists the fits of the comparison on d.
func (m Models) Fits(d finetune.Data) ([]sweep.Fit, error) {
	if m.Planned != nil {
		return m.Planned, nil
	}
	c, err := m.Recipe.Settings()
	if err != nil {
		return nil, err
	}
	c.Size, c.CenterCropFraction = 0, m.Recipe.Config.CenterCropFraction // each backbone's own
	return m.grid().Fits(d, c)
}

// TradeOff is accuracy against speed.
type TradeOff struct {
	Dir string // folder with records.jsonl, speed.jsonl, tradeoff.svg and report.html
	tradeoff.Result
	Missing int // fits that failed or that another process has still to do
}

// Page is the path of the page.
func (t TradeOff) Page() string { return filepath.Join(t.Dir, pageFile) }

// String says which model to take, on each machine.
func (t TradeOff) String() string {
	var lines []string
	for _, choice := range t.Choices {
		lines = append(lines, choice.Text)
	}
	return strings.Join(lines, "\n")
}

// Figure draws accuracy by latency.
func (t TradeOff) Figure() figure.Figure { return figure.TradeOff(t.Result) }

// Sweep is the page's content: figures, and tables of all models and speeds.
func (t TradeOff) Sweep() report.Sweep {
	return report.TradeOff("Which model is fast enough?", t.Result, t.Speeds, t.Records)
}

// TradeOff fits each model, judges all on the same test photos (the validation photos of a set
// without them), and times each network on this machine. It says which model to take: the fastest
// that validation cannot tell from the best. What was fitted and timed before is not done again.
// Nothing else should run on the machine while it times.
func (l *Lab) TradeOff(ctx context.Context, s *dataset.Set, m Models) (TradeOff, error) {
	d := l.data(s, m.Recipe.AllowLeak)
	fits, err := m.Fits(d)
	if err != nil {
		return TradeOff{}, err
	}
	if without := m.grid().Without(); m.Planned == nil && len(without) > 0 {
		var list []string
		for _, pair := range without {
			list = append(list, pair[0]+" at "+pair[1])
		}
		l.note("left out, since these networks have no stages of these names: %s", strings.Join(list, ", "))
	}
	out, err := l.out(m.Recipe.Out, TradeOffFolder, s.Name(), s.Root)
	if err != nil {
		return TradeOff{}, err
	}
	l.noteDedup(s)
	judged, err := d.JudgedFiles(ctx, l.Progress)
	if err != nil {
		return TradeOff{}, err
	}
	t := TradeOff{Dir: out}
	err = l.sweepInto(ctx, out, TradeOffFolder, fits, true, func(ctx context.Context, r sweep.Result) error {
		t.Missing = r.Missing
		return l.weigh(ctx, &t, s, r.Records, judged, m)
	})
	return t, err
}

// weigh times the networks of the fits and writes the comparison's figure and page.
func (l *Lab) weigh(ctx context.Context, t *TradeOff, s *dataset.Set, records []runlog.Record, judged []string,
	m Models) error {
	finished := func(r runlog.Record) bool { return r.State() == runlog.StateDone }
	if t.Missing > 0 && !slices.ContainsFunc(records, finished) {
		return nil // a shard without a fit, before the others have recorded one
	}
	speeds, err := l.time(ctx, t.Dir, tradeoff.Networks(records), judged, m)
	if err != nil {
		return err
	}
	if t.Result, err = tradeoff.Compare(records, speeds, m.Budget); err != nil {
		return err
	}
	if err := t.Figure().Save(filepath.Join(t.Dir, "tradeoff.svg")); err != nil {
		return err
	}
	page := t.Sweep()
	page.License = license(s)
	return l.writePage(t.Page(), page)
}

// time times the networks of the fits, and then the field.
func (l *Lab) time(ctx context.Context, dir string, networks []tradeoff.Network, photos []string,
	m Models) ([]tradeoff.Speed, error) {
	timing := m.Timing
	if reflect.ValueOf(timing).IsZero() {
		timing = tradeoff.Default()
	}
	return Compute(ctx, l, func(e *engine.Engine) ([]tradeoff.Speed, error) {
		speeds, err := latency.Complete(ctx, e, dir, networks, photos, timing, l.Progress)
		if err != nil || len(m.Field) == 0 || len(networks) == 0 {
			return speeds, err
		}
		return latency.Complete(ctx, e, dir, ofClasses(m.Field, networks[0].Classes), photos, latency.Briefly(timing),
			l.Progress)
	})
}

// ofClasses are networks with a classifier of so many classes.
func ofClasses(field []tradeoff.Network, classes int) []tradeoff.Network {
	list := slices.Clone(field)
	for i := range list {
		list[i].Classes = classes
	}
	return list
}
