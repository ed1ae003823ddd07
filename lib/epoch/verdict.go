package epoch

import (
	"fmt"
	"math"
	"strings"
	"text/tabwriter"
)

// Of returns the costs of one form by rising size.
func (r Report) Of(form string) []Cost {
	var out []Cost
	for _, c := range r.Costs {
		if c.Form == form {
			out = append(out, c)
		}
	}
	return out
}

// Crossing is the size, megapixels, from which on reading photos of a form takes longer than the floor: between the
// measured sizes along a power law. It is 0 when reading takes longer at every size, and +Inf when it does at none.
func (r Report) Crossing(form string, f Floor) float64 {
	costs := r.Of(form)
	for i := len(costs) - 1; i >= 0; i-- {
		if costs[i].Seconds > f.Seconds {
			continue
		}
		if i == len(costs)-1 {
			return math.Inf(1)
		}
		a, b := costs[i], costs[i+1]
		share := math.Log(f.Seconds/a.Seconds) / math.Log(b.Seconds/a.Seconds)
		return a.Megapixels * math.Pow(b.Megapixels/a.Megapixels, share)
	}
	return 0
}

// Verdict says in a sentence or two from which size on decoding dominates, and what to do about it. It is for a report
// with floors and the costs of all forms.
func (r Report) Verdict() string {
	var parts []string
	for _, f := range r.Floors {
		parts = append(parts, fmt.Sprintf("%s takes longer than %s %s", lowerFirst(Original), f.Name, whence(r.Crossing(Original, f), r.largest())))
	}
	packed := r.Of(Packed)
	most, floor := packed[len(packed)-1], r.Floors[0]
	times := r.Of(Original)[len(r.Of(Original))-1].Seconds / most.Seconds
	return fmt.Sprintf("Reading %s. Packed pixels take %s of %s at any size, %s times less than original files of %.0f megapixels.",
		strings.Join(parts, ", and "), share(most.Seconds/floor.Seconds), floor.Name, round(times), most.Megapixels)
}

// Table writes a line for each form and a column for each size, and the floors below, seconds for 1,000 photos.
func (r Report) Table() string {
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(w, "seconds for 1,000 photos\t")
	for _, c := range r.Of(Original) {
		fmt.Fprintf(w, "%.2g MP\t", c.Megapixels)
	}
	fmt.Fprintln(w)
	for _, form := range Forms() {
		fmt.Fprintf(w, "%s\t", form)
		for _, c := range r.Of(form) {
			fmt.Fprintf(w, "%.3g\t", c.Seconds)
		}
		fmt.Fprintln(w)
	}
	fmt.Fprint(w, "kB an original file\t")
	for _, c := range r.Of(Original) {
		fmt.Fprintf(w, "%d\t", c.Bytes/1000)
	}
	fmt.Fprintln(w)
	for _, f := range r.Floors {
		fmt.Fprintf(w, "%s\t%.3g\t\n", f.Name, f.Seconds)
	}
	w.Flush()
	return text.String()
}

func (r Report) largest() float64 {
	largest := 0.0
	for _, c := range r.Costs {
		largest = max(largest, c.Megapixels)
	}
	return largest
}

func lowerFirst(s string) string { return strings.ToLower(s[:1]) + s[1:] }

func whence(crossing, largest float64) string {
	switch {
	case crossing == 0:
		return "at every size"
	case math.IsInf(crossing, 1):
		return fmt.Sprintf("at no size up to %.0f megapixels", largest)
	}
	return fmt.Sprintf("from %.2g megapixels on", crossing)
}

func share(x float64) string {
	if x < 0.1 {
		return fmt.Sprintf("%.1f %%", 100*x)
	}
	return fmt.Sprintf("%.0f %%", 100*x)
}

// round keeps two digits: more would promise too much of a ratio of times.
func round(x float64) string {
	unit := math.Pow(10, math.Floor(math.Log10(x))-1)
	return fmt.Sprintf("%.0f", math.Round(x/unit)*unit)
}
