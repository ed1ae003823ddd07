package figure

import (
	"fmt"
	"strings"

	"imagelab/lib/metric"
	"imagelab/lib/tradeoff"
)

// What a mark of [Field] is, for the legend.
const (
	fieldTrained   = "trained here too, perhaps at another input size: see the first figure"
	fieldPublished = "not trained here: only the published accuracy is known"
)

// Field shows the accuracy on ImageNet that was published for each network against the latency that
// was measured on one machine, see [tradeoff.Result.Surveyed]. A network is filled if the
// comparison trained it too. Presets at another input size have no published accuracy and are left
// out.
func Field(t tradeoff.Result) Figure {
	machine, field := t.Surveyed()
	var marks []mark
	for _, e := range field {
		if !e.Comparable() {
			continue
		}
		y, l := e.Speed.Published.Top1/100, e.Speed.Latency
		m := mark{x: 1000 * l.Median, y: y, ySpan: metric.Interval{y, y}, cut: fieldPublished, machine: machine,
			xSpan:   latencySpan(l),
			network: Shorten(strings.Replace(e.Speed.Backbone, "efficientnet_lite", "lite", 1), 24), named: true}
		if e.Trained {
			m.cut, m.chosen = fieldTrained, true
		}
		marks = append(marks, m)
	}
	title := fmt.Sprintf("%d networks: published accuracy on ImageNet, latency on one machine", len(marks))
	below := "Accuracy: published for ImageNet, at the network's own input size; another order is possible on your " +
		"photos. Latency: median of one photo on " + Shorten(machine, 60) + "; weights do not change it. Line: Pareto front."
	p := scatter(title, below, "latency of the network for one photo, ms (log)", marks, logTicks{}, 0)
	p.Y.Max += 0.02 // room for the names at the top
	p.Y.Label.Text = "published top-1 accuracy on ImageNet"
	return Figure{p, tradeOffWidth, tradeOffHeight + 50}
}
