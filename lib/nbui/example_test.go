package nbui_test

import (
	"imagelab/lib/figure"
	"imagelab/lib/nbui"
)

// result is what a call of package lab returns: it has a figure.
type result struct{}

func (result) Figure() figure.Figure {
	return figure.Standard(figure.New("The smaller network is enough", "", "latency", "accuracy"))
}

// Outside a notebook, Show prints a figure's title, and other values as package fmt does.
func ExampleShow() {
	nbui.Show(result{})
	nbui.Show(result{}.Figure())
	nbui.Show("87 % of 656 photos are right")
	// Output:
	// [figure] The smaller network is enough
	// [figure] The smaller network is enough
	// 87 % of 656 photos are right
}
