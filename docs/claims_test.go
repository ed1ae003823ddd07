package docs_test

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"imagelab/lib/metric"
	"imagelab/lib/runlog"
	"imagelab/lib/text"
)

// allClaims are the passages whose numbers come from CSV files, by file.
func allClaims(t *testing.T) []claim {
	return slices.Concat(attack(t), checkpoints(t), strengths(t), cluster(t), complexity(t), copies(t), cuts(t), decode(t),
		field(t), forecasts(t), formats(t), heads(t), int8s(t), leakage(t), learningCurves(t),
		learningRates(t), memory(t), nextLabels(t), objectSizes(t), review(t), speeds(t), suspects(t), tradeOff(t),
		wholeWays(t))
}

const measurements, method, readme = "docs/measurements.md", "docs/method.md", "README.md"

func attack(t *testing.T) []claim {
	const header = "experiments/attack/main.go"
	trials := read(t, "experiments/attack/attack.csv")
	kills, first := trials.where("campaign", "kill"), trials.where("campaign", "kill").where("seed", "1")
	failed := func(b *table) int { return b.count("outcome", "failed") }
	line := func(name, campaign string) claim {
		b := trials.where("campaign", campaign)
		return claim{header, name + " %d %d", []any{len(b.rows), failed(b)}, trials}
	}
	met := first.which("detail", func(d string) bool { return strings.Contains(d, "killed after") })
	return []claim{
		line("pairs of programs on one folder", "pair"),
		line("damaged photos and bombs, by ingest or predict", "mutant"),
		line("full disk, read-only, few files, little memory, one core", "limit"),
		{header, "kills and power failures (%d kills met a living process) %d %d",
			[]any{len(met.rows), len(first.rows), failed(first)}, trials},
		{header, "the same with seed 2, commit 6d577fa %d %d",
			[]any{len(kills.where("seed", "2").rows), failed(kills.where("seed", "2"))}, trials},
		{measurements, "none of %d attacks succeeded, on drawn photos in pure Go: %d kills and power failures, %d pairs, " +
			"%d mutants and bombs, %d shortages", []any{len(trials.rows), len(kills.rows), trials.count("campaign", "pair"),
			trials.count("campaign", "mutant"), trials.count("campaign", "limit")}, trials},
	}
}

// splits is the mean over splits of 65 % training, 15 % validation and 20 % test photos, and its
// interval, in percent.
func splits(values []float64) []any { return splitsOf(values, 15, 20) }

// splitsOf is splits with these percentages of validation and test photos.
func splitsOf(values []float64, val, test int) []any {
	records := make([]runlog.Record, len(values))
	for i := range records {
		records[i] = runlog.Record{Split: fmt.Sprint(i), Test: &metric.Result{},
			Counts: map[string]int{"train": 100 - val - test, "val": val, "test": test}}
	}
	mean, interval := runlog.SplitsInterval(records, values)
	return []any{100 * mean, 100 * interval[0], 100 * interval[1]}
}

// worse is by how much each value is less than the one at the same place in best.
func worse(values, best []float64) []float64 {
	out := make([]float64, len(values))
	for i, v := range values {
		out[i] = best[i] - v
	}
	return out
}

func checkpoints(t *testing.T) []claim {
	const header = "experiments/checkpoints/main.go"
	const means = "mean of the last "
	var out []claim
	last := map[string]*table{}
	for set, passages := range map[string][2]string{
		"clothing": {means[:len(means)-1] + " quarter %.1f %%, of the last half %.1f %%, of three quarters %.1f %%",
			"the least validation loss is worse by %.1f points (%.1f to %.1f) and the means by %.1f to %.1f"},
		"solar": {"means of epochs %.1f %%, %.1f %% and %.1f %%",
			"the least validation loss is worse by %.1f points (%.1f to %.1f), the means by %.1f to %.1f"},
	} {
		all := read(t, "experiments/checkpoints/"+set+".csv")
		top1 := func(rule string) []float64 { return all.where("rule", rule).values("test_top1") }
		for _, rule := range []string{"head alone", "least validation loss", "last epoch"} {
			out = append(out, claim{header, rule + " %.1f %% (%.1f to %.1f), worst %.1f",
				append(splits(top1(rule)), 100*slices.Min(top1(rule))), all})
		}
		averaged := [][]float64{top1(means + "quarter"), top1(means + "half"), top1(means + "three quarters")}
		out = append(out, claim{header, passages[0], []any{percent(averaged[0]), percent(averaged[1]),
			percent(averaged[2])}, all})
		var by []float64
		for _, values := range averaged {
			by = append(by, percent(worse(values, top1("last epoch"))))
		}
		out = append(out, claim{header, passages[1], append(splits(worse(top1("least validation loss"), top1("last epoch"))),
			slices.Min(by), slices.Max(by)), all})
		last[set] = all
	}
	at := func(set, rule string) []float64 { return last[set].where("rule", rule).values("test_top1") }
	c, s := last["clothing"], last["solar"]
	return append(out, claim{measurements,
		"the last: %.1f %% on clothing (worst split %.1f) and %.1f %% on solar (%d splits); " +
			"least validation loss: %.1f %% (%.1f) and %.1f %%", []any{percent(at("clothing", "last epoch")),
			100 * slices.Min(at("clothing", "last epoch")), percent(at("solar", "last epoch")), len(s.distinct("split")),
			percent(at("clothing", "least validation loss")), 100 * slices.Min(at("clothing", "least validation loss")),
			percent(at("solar", "least validation loss"))}, c},
		claim{measurements, "test top-1 %.1f %% (%.1f to %.1f), worst split %.1f %%",
			append(splits(at("clothing", "last epoch")), 100*slices.Min(at("clothing", "last epoch"))), c})
}

// strengths compares rules for the strengths of regularisation, by data set and share of validation
// photos.
func strengths(t *testing.T) []claim {
	all := read(t, "experiments/checkpoints/heads.csv")
	var out []claim
	for _, set := range all.distinct("dataset") {
		for _, share := range all.distinct("validation_percent") {
			part := all.where("dataset", set).where("validation_percent", share)
			top1 := func(rule string) []float64 { return part.where("rule", rule).values("test_top1") }
			val, err := strconv.Atoi(share)
			if err != nil {
				t.Fatal(err)
			}
			numbers := append([]any{percent(top1("chosen"))},
				splitsOf(worse(top1("chosen"), top1("mean probability")), val, 30)...)
			for _, rule := range []string{"mean weights", "mean by likelihood"} {
				numbers = append(numbers, percent(worse(top1("chosen"), top1(rule))))
			}
			out = append(out, claim{"experiments/checkpoints/main.go", set + ", " + share +
				" %%: chosen %.1f %%; mean probability %+.1f (%+.1f to %+.1f), mean weights %+.1f, by likelihood %+.1f",
				numbers, all})
		}
	}
	return out
}

func cluster(t *testing.T) []claim {
	const header = "experiments/cluster/main.go"
	all := read(t, "experiments/cluster/found.csv")
	others := all.where("change", "other photos called copies")
	clips := read(t, "experiments/cluster/clips.csv").which("proposal", func(p string) bool { return p != "runs" })
	none := func(change string) bool { return change != "other photos called copies" }
	copies := all.which("change", none)
	large := read(t, "experiments/cluster/found_100000.csv")
	hundred, used := large.which("change", none), read(t, "experiments/cluster/used_100000.csv")
	whole := func(command string) *table { return used.where("command", command).where("shard", "") }
	parts := func(command string) *table {
		return used.where("command", command).which("shard", func(s string) bool { return s != "" })
	}
	minutes := func(b *table) float64 { return sum(b.values("cpu_seconds")) / 60 }
	memory := func(command string) float64 { return whole(command).values("memory_mib")[0] / 1024 }
	// Of the curves, the last one was made by one process. Workers made fits, or found none left.
	curves := used.where("command", "curve").where("exit", "0").values("cpu_seconds")
	var lived, idle []float64
	for _, seconds := range curves[:len(curves)-1] {
		if seconds > 300 {
			lived = append(lived, seconds)
		} else {
			idle = append(idle, seconds)
		}
	}
	largeClips := read(t, "experiments/cluster/clips_100000.csv")
	named, alike := largeClips.where("proposal", "first-number"), largeClips.where("proposal", "alikes")
	total := func(t *table, column string) string { return text.Thousands(int64(sum(t.values(column)))) }
	clipNumbers := []any{total(named, "whole"), total(named, "clips"), total(named, "with other photos"),
		total(alike, "whole"), total(alike, "with other photos")}
	return []claim{
		{header, "dedup found %.0f of %.0f planted copies, and dedup or audit %.0f", []any{sum(copies.values("dedup")),
			sum(copies.values("planted")), sum(copies.values("dedup or audit"))}, all},
		{header, "either keeps %.0f of %.0f clips whole, %.0f with other photos", []any{slices.Min(clips.values("whole")),
			slices.Max(clips.values("clips")), sum(clips.values("with other photos"))}, clips},
		{measurements, "%.0f of %.0f planted copies found by dedup or audit, %.0f of %.0f clips kept whole",
			[]any{sum(copies.values("dedup or audit")), sum(copies.values("planted")), slices.Min(clips.values("whole")),
				slices.Max(clips.values("clips"))}, all},
		{header, "Pairs of others called copies: %.0f", []any{sum(others.values("dedup"))}, all},
		{header, "dedup found %.0f %% of the planted copies, nearly all of those that it is for, and dedup or audit %.0f %%",
			[]any{100 * sum(hundred.values("dedup")) / sum(hundred.values("planted")),
				100 * sum(hundred.values("dedup or audit")) / sum(hundred.values("planted"))}, hundred},
		{header, "most of the strongest crops, and called %.0f pairs of others copies",
			[]any{sum(large.where("change", others.rows[0][0]).values("dedup or audit"))}, large},
		{header, "groups keeps %s of %s clips whole by their names, %s of them with other photos, and %s by what photos " +
			"show, %s with others", clipNumbers, largeClips},
		{header, "killed %d times", []any{used.count("exit", "-9")}, used},
		{header, "reading took %.1f in one process and %.1f in parts, dedup %.1f, features %.0f in parts, " +
			"suspects %.0f (%.1f GiB), groups %.0f with known features (%.1f GiB), a curve %.0f in one process and %.0f by " +
			"the %d workers that lived",
			[]any{slices.Max(whole("ingest").values("cpu_seconds")) / 60, minutes(parts("ingest")),
				minutes(whole("dedup")), minutes(parts("suspects")), minutes(whole("suspects")), memory("suspects"),
				minutes(whole("groups")), memory("groups"), curves[len(curves)-1] / 60, sum(lived) / 60, len(lived)}, used},
		{header, "and the audit %.0f (%.1f GiB)", []any{minutes(whole("audit")), memory("audit")}, used},
		{header, "nothing left to fit took %.0f seconds each", []any{mean(idle)}, used},
		{"docs/cluster.md", "killed %d times", []any{used.count("exit", "-9")}, used},
		{"docs/cluster.md", "of %s planted copies dedup or audit found %s, and groups kept all %s planted clips whole, " +
			"%s of them with", []any{total(hundred, "planted"), total(hundred, "dedup or audit"), clipNumbers[0],
			clipNumbers[2]}, hundred},
		{"docs/cluster.md", "features took %.0f, reading %.1f and dedup %.1f; in one process, suspects took %.0f " +
			"(%.1f GiB of memory), groups %.0f, a curve of the head alone at 64 pixels %.0f, and an audit %.0f (%.1f GiB)",
			[]any{minutes(parts("suspects")), minutes(parts("ingest")), minutes(whole("dedup")), minutes(whole("suspects")),
				memory("suspects"), minutes(whole("groups")), curves[len(curves)-1] / 60, minutes(whole("audit")),
				memory("audit")}, used},
	}
}

func copies(t *testing.T) []claim {
	const header = "experiments/copies/main.go"
	all := read(t, "experiments/copies/copies.csv")
	tools := all.distinct("tool")
	var out []claim
	for kind, name := range map[string]string{"JPEG": "JPEG", "format": "formats", "resize": "resized", "crop": "crops",
		"flip": "flips", "quarter turn": "quarter turns", "rotation": "rotations", "brightness": "gamma", "grey": "grey",
		"overlay": "caption", "border": "border", "screenshot": "screenshot"} {
		of := all.where("kind", kind)
		numbers := []any{sum(of.where("tool", tools[0]).values("photos"))}
		for _, tool := range tools {
			numbers = append(numbers, sum(of.where("tool", tool).values("found")))
		}
		out = append(out, claim{header, name + strings.Repeat(" %.0f", len(numbers)), numbers, all})
	}
	var pairs []any
	for _, tool := range tools {
		pairs = append(pairs, sum(all.where("tool", tool).values("false pairs")))
	}
	out = append(out, claim{header, "false pairs" + strings.Repeat(" %.0f", len(pairs)), pairs, all})

	likelyOf := func(t *table) *table {
		return t.where("tool", tools[1]).which("change", func(change string) bool {
			return !slices.Contains([]string{"crop to 95 %", "crop to 90 %", "crop to 70 %", "crop to 60 %"}, change)
		}).which("kind", func(kind string) bool {
			return slices.Contains([]string{"crop", "flip", "quarter turn", "rotation"}, kind)
		})
	}
	likely := likelyOf(all)
	solar := read(t, "experiments/copies/copies-solar.csv")
	cells := likelyOf(solar)
	cellsFound := []any{sum(cells.values("found")), sum(cells.values("photos"))}
	if wrong := sum(solar.where("tool", tools[1]).values("false pairs")); wrong > 0 {
		t.Errorf("%.0f false pairs on solar, and docs say none", wrong)
	}
	out = append(out, claim{header, "it is %.0f of %.0f, mirrored", cellsFound, solar},
		claim{method, "it finds %.0f of %.0f, without a false pair", cellsFound, solar})
	var shares []any
	for _, set := range []string{"foods", "clothing"} {
		b := likely.where("set", set)
		f, n := sum(b.values("found")), sum(b.values("photos"))
		shares = append(shares, 100*f/n, f, n)
	}
	wrong := func(set string) float64 {
		return sum(all.where("tool", tools[1]).where("set", set).values("false pairs"))
	}
	for _, n := range []string{"100000", "1000000"} {
		near := read(t, "experiments/copies/features-"+n+".csv")
		alone := near.where("looked up", "others")
		index := []any{sum(alone.values("found")), sum(alone.values("features")),
			sum(near.values("found")) - sum(alone.values("found")),
			sum(near.values("features")) - sum(alone.values("features"))}
		const found = "for %.0f of %.0f photos without a copy and for %.0f of %.0f copies"
		out = append(out, claim{header, found, index, near})
		if n == "1000000" {
			out = append(out, claim{method, found, index, near})
		}
	}
	return append(out,
		claim{header, "%.0f %% on foods (%.0f of %.0f) and %.0f %% on clothing (%.0f of %.0f)", shares, all},
		claim{method, "it finds %.0f %% on foods and %.0f %% on clothing, with %.0f and %.0f false pairs",
			[]any{shares[0], shares[3], wrong("foods"), wrong("clothing")}, all})
}

func field(t *testing.T) []claim {
	const header = "experiments/field/main.go"
	all := read(t, "experiments/field/field.csv")
	var out []claim
	var table []any // of docs/measurements.md
	for batch, passage := range map[string]string{"1": "one photo", "8": "eight photos"} {
		numbers := []any{}
		for _, column := range []string{"ratio", "cpu_ratio"} {
			ratios := all.where("batch", batch).values(column)
			fast := 0
			for _, r := range ratios {
				if r >= 1 {
					fast++
				}
			}
			numbers = append(numbers, fast, len(ratios), slices.Min(ratios), metric.Median(ratios), slices.Max(ratios))
		}
		out = append(out, claim{header, passage + " %d of %d %.1f %.1f %.1f %d of %d %.1f %.1f %.1f", numbers, all})
		if batch == "8" {
			table = []any{numbers[0], numbers[1], numbers[3], numbers[5], numbers[6]}
		}
	}
	return append(out, claim{measurements, "in batches of 8, imagelab is at least as fast as PyTorch for %d of %d " +
		"networks, %.1f times by the median; in CPU seconds for %d of %d", table, all})
}

// bySize is the mean test accuracy of the fits of a curve on each number of photos a class, and of
// those on all photos, percent.
func bySize(fits *table, name string, sizes ...int) []any {
	var out []any
	for _, n := range sizes {
		out = append(out, percent(fits.where("arm", fmt.Sprintf("%s, %d a class", name, n)).values("test_top1")))
	}
	return append(out, percent(fits.where("arm", name).values("test_top1")))
}

func complexity(t *testing.T) []claim {
	const header = "experiments/complexity/main.go"
	fits := read(t, "experiments/complexity/complexity.csv")
	var out []claim
	means := map[string][]any{}
	for _, name := range fits.distinct("dataset") {
		means[name] = bySize(fits, name, 5, 10, 20, 50, 100)
		out = append(out,
			claim{header, name + strings.Repeat(" %.1f", len(means[name])) + " %%", means[name], fits})
	}
	fixed, varied := means["fixed"], means["varied view"]
	return append(out, claim{measurements, "yes: with 5 photos a class %.1f %% where the view is fixed, %.1f %% where " +
		"it varies; with 200, %.1f and %.1f %%; varied light does not",
		[]any{fixed[0], varied[0], fixed[len(fixed)-1], varied[len(varied)-1]}, fits})
}

func cuts(t *testing.T) []claim {
	const header = "experiments/cut/main.go"
	all := read(t, "experiments/cut/cut.csv")
	of := func(name string) []any {
		fits := all.where("arm", "cut "+name+", 50 a class")
		return []any{percent(fits.values("test_top1")), mean(fits.values("own_seconds"))}
	}
	var out []claim
	for _, name := range []string{"head", "stage5", "stage4", "all"} {
		out = append(out, claim{header, name + " %.1f %% %.0f s", of(name), all})
	}
	for _, name := range []string{"stage7", "stage6"} {
		out = append(out, claim{header, name + " %.1f %% %.0f s plain photo only %.1f %% %.0f s",
			append(of(name), of(name+", plain view")...), all})
	}
	return append(out, claim{measurements, "head %.1f %%, two stages %.1f %%, all layers %.1f %% (two seeds), at %.0f, " +
		"%.0f and %.0f s a fit", []any{of("head")[0], of("stage6")[0], of("all")[0], of("head")[1], of("stage6")[1],
		of("all")[1]}, all})
}

func decode(t *testing.T) []claim {
	const header = "experiments/decode/main.go"
	all := read(t, "experiments/decode/decode.csv")
	var out []claim
	for _, form := range []string{"original files", "downsized by ingest", "small files"} {
		out = append(out, claim{header, form + strings.Repeat(" %.1f", 4), anys(all.where("form", form).values("seconds")),
			all})
	}
	of := func(form string) float64 { return all.where("form", form).values("seconds")[0] }
	training, forward := of("training above stage6"), of("the forward pass")
	original := all.where("form", "original files")
	whence := []any{crossing(original, training), crossing(original, forward)}
	return append(out,
		claim{header, "Packed pixels take %.3f. Training from stage6 on takes %.1f and the forward pass %.1f",
			[]any{of("packed pixels"), training, forward}, all},
		claim{header, "from %.2f megapixels on for training, and from %.2f on", whence, all},
		claim{measurements, "from %.2f megapixels on for training from stage6 on, %.2f for the forward pass", whence, all})
}

// crossing is the size in megapixels at which reading takes so many seconds, on the line between
// two measured sizes where both axes are logarithmic.
func crossing(b *table, seconds float64) float64 {
	x, y := b.values("megapixels"), b.values("seconds")
	i := 1
	for i < len(y)-1 && y[i] < seconds {
		i++
	}
	share := math.Log(seconds/y[i-1]) / math.Log(y[i]/y[i-1])
	return x[i-1] * math.Pow(x[i]/x[i-1], share)
}

func anys(values []float64) []any {
	out := make([]any, len(values))
	for i, v := range values {
		out[i] = v
	}
	return out
}

func memory(t *testing.T) []claim {
	const header = "experiments/memory/main.go"
	all := read(t, "experiments/memory/memory.csv")
	var out []claim
	var perPhoto, peaks []float64
	for _, step := range all.distinct("step") {
		peak := all.where("step", step).values("peak_bytes")
		perPhoto = append(perPhoto, (peak[2]-peak[0])/99_000/1024)
		peaks = append(peaks, peak[2]/(1<<20))
		out = append(out, claim{header, step + strings.Repeat(" %.0f", 3),
			[]any{peak[0] / (1 << 20), peak[1] / (1 << 20), peak[2] / (1 << 20)}, all})
	}
	minutes := 0.0
	for _, s := range all.where("photos", "100000").values("seconds") {
		minutes += s / 60
	}
	grows := []any{slices.Min(perPhoto), slices.Max(perPhoto)}
	return append(out, claim{header, "a photo takes %.0f to %.0f kB", grows, all},
		claim{header, "All steps with 100,000 photos took %.0f minutes", []any{minutes}, all},
		claim{measurements, "by %.0f to %.0f kB a photo, depending on the step; at most %.0f MB with 100,000 photos",
			append(grows, slices.Max(peaks)), all})
}

func objectSizes(t *testing.T) []claim {
	const header = "experiments/objectsize/main.go"
	all := read(t, "experiments/objectsize/objectsize.csv")
	of := func(series string) (means []any) {
		for _, share := range []int{5, 10, 20, 30, 50, 80} {
			fits := all.where("arm", fmt.Sprintf("%s at %d %%, 50 a class", series, share))
			means = append(means, percent(fits.values("test_top1")))
		}
		return means
	}
	padded := of("padded clothing")
	return []claim{
		{header, "scenes" + strings.Repeat(" %.1f", 6) + " %%", of("scenes"), all},
		{header, "padded clothing" + strings.Repeat(" %.1f", 6) + " %%", padded, all},
		{measurements, "%.1f %% accuracy at a fifth of the width, %.1f %% at a half, %.1f %% at four fifths",
			[]any{padded[2], padded[4], padded[5]}, all},
	}
}

func learningCurves(t *testing.T) []claim {
	const header = "experiments/learningcurve/main.go"
	fits := read(t, "experiments/learningcurve/learningcurve.csv")
	long := []int{5, 10, 20, 50, 100, 200}
	var out []claim
	for _, name := range []string{"clothing, cut head", "clothing, cut stage7", "solar, cut head"} {
		numbers := bySize(fits, name, long...)
		out = append(out, claim{header, name + strings.Repeat(" %.1f", len(numbers)) + " %%", numbers, fits})
	}
	head, stage7 := bySize(fits, "clothing, cut head", long...), bySize(fits, "clothing, cut stage7", long...)
	return append(out,
		claim{header, "foods, cut head %.1f %.1f %.1f and %.1f %% of all", bySize(fits, "foods, cut head", 5, 10, 20), fits},
		claim{measurements, "on clothing, %.1f %% with 5 photos a class, %.1f %% with 50 and %.1f %% with all (head " +
			"alone), %.1f, %.1f and %.1f %% trained from stage7 on",
			[]any{head[0], head[3], head[6], stage7[0], stage7[3], stage7[6]}, fits})
}

func learningRates(t *testing.T) []claim {
	const header = "experiments/learningrate/main.go"
	fits := read(t, "experiments/learningrate/learningrate.csv")
	var out []claim
	means := map[int][]any{}
	for _, epochs := range []int{3, 15} {
		for _, rate := range []float64{1e-6, 1e-5, 1e-4, 1e-3, 1e-2} {
			setting := fits.where("arm", fmt.Sprintf("rate %g, %d epochs, 50 a class", rate, epochs))
			means[epochs] = append(means[epochs], percent(setting.values("test_top1")))
		}
		out = append(out, claim{header, fmt.Sprintf("%d epochs", epochs) + strings.Repeat(" %.1f", 5) + " %%",
			means[epochs], fits})
	}
	return append(out, claim{measurements, "two seeds cannot tell rates apart: at 1e-3 %.1f %% over 3 epochs and " +
		"%.1f %% over 15; at the lowest and the highest rate %.1f %%, which is the head alone",
		[]any{means[3][3], means[15][3], means[15][0]}, fits})
}

func tradeOff(t *testing.T) []claim {
	const header = "experiments/tradeoff/main.go"
	all := read(t, "experiments/tradeoff/models.csv")
	heads, stage7 := all.where("cut", "head"), all.where("cut", "stage7")
	var out []claim
	var trained, gains, ranges []float64
	for i := range all.rows {
		median, low, high := all.values("median_ms")[i], all.values("fastest_round_ms")[i], all.values("slowest_round_ms")[i]
		ranges = append(ranges, 100*(high-low)/median)
	}
	for _, name := range []string{"lite0", "lite1", "lite2"} {
		of := func(b *table, size string) (accuracy, ms float64) {
			one := b.where("size", size).which("model", func(v string) bool { return strings.Contains(v, name) })
			return percent(one.values("test_top1")), mean(one.values("median_ms"))
		}
		var numbers []any
		for _, size := range []string{"128", "192", "260"} {
			accuracy, ms := of(heads, size)
			numbers = append(numbers, accuracy, ms)
		}
		out = append(out, claim{header, name + strings.Repeat(" %.1f %% %.1f ms", 3), numbers, all})
		accuracy, _ := of(stage7, "192")
		trained, gains = append(trained, accuracy), append(gains, accuracy-numbers[2].(float64))
	}
	best := stage7.which("model", func(v string) bool { return strings.Contains(v, "lite0") })
	return append(out,
		claim{header, "medians of the rounds differ by up to %.0f %%", []any{slices.Max(ranges)}, all},
		claim{header, "lite0 %.1f %%, lite1 %.1f %%, lite2 %.1f %%", anys(trained), all},
		claim{header, "%.1f to %.1f points better", []any{slices.Min(gains), slices.Max(gains)}, all},
		claim{readme, "trained from stage7 on, reached %.1f %% (%.1f to %.1f) in %.1f ms", []any{trained[0],
			percent(best.values("test_low")), percent(best.values("test_high")), mean(best.values("median_ms"))}, all},
		claim{measurements, "lite0 from stage7 on at 192 pixels %.1f %% in %.1f ms (median); a budget of 20 ms, " +
			"which is for the 90th percentile, allows no larger network or input",
			[]any{trained[0], mean(best.values("median_ms"))}, all})
}

func forecasts(t *testing.T) []claim {
	const header = "experiments/forecast/main.go"
	all := read(t, "experiments/forecast/forecast.csv")
	right := []any{all.count("held", "true"), len(all.rows)}
	each := right
	for _, set := range []string{"foods", "clothing", "solar"} {
		b := all.which("curve", func(name string) bool { return strings.HasPrefix(name, set) })
		each = append(each, b.count("held", "true"), len(b.rows))
	}
	return []claim{
		{header, "%d of %d forecasts were right: %d of %d on foods, %d of %d on clothing, %d of %d on solar", each, all},
		{readme, "in %d of %d curves", right, all},
		{method, "in %d of %d curves", right, all},
		{measurements, "%d of %d (nominal: %.0f)", append(right, 0.9*float64(len(all.rows))), all},
	}
}

func formats(t *testing.T) []claim {
	const header, off = "experiments/formats/main.go", "mean difference of 255, or the reason"
	all := read(t, "experiments/formats/formats.csv")
	reads := all.which(off, func(v string) bool { return !strings.HasPrefix(v, "is ") })
	within := func(most float64) (n int) {
		for _, v := range reads.values(off) {
			if v <= most {
				n++
			}
		}
		return n
	}
	refused, most := len(all.rows)-len(reads.rows), slices.Max(reads.values(off))
	return []claim{
		{header, "%d of %d files within 1 of 255, %d of them within 0.1. %d are refused",
			[]any{within(1), len(all.rows), within(0.1), refused}, all},
		{header, "is off by %.1f", []any{most}, all},
		{measurements, "%d of %d of rare kinds, within 1 of 255; %d are refused by name, %d is off by %.1f",
			[]any{within(1), len(all.rows), refused, len(reads.rows) - within(1), most}, all},
	}
}

func heads(t *testing.T) []claim {
	all := read(t, "docs/measurements.csv").where("cut", "head")
	return []claim{{measurements, "validation top-1 %.1f %% (%.1f to %.1f)",
		[]any{percent(all.values("val_top1")), percent(all.values("val_low")), percent(all.values("val_high"))}, all}}
}

func int8s(t *testing.T) []claim {
	const header, page = "experiments/int8/main.go", "docs/export.md"
	all := read(t, "experiments/int8/int8.csv")
	var out []claim
	for _, name := range all.distinct("network") {
		b := all.where("network", name)
		of := func(column string) float64 { return b.values(column)[0] }
		row := []any{100 * of("top1"), 100 * of("int8_top1_lost"), 100 * of("low"), 100 * of("high"),
			100 * of("int8_same_class"), of("float32_bytes") / of("int8_bytes")}
		speed, inCells := " refused", " refused | |"
		if b.count("accepted", "true") == 1 {
			row = append(row, of("float32_ms")/of("int8_ms"), of("float32_ms_of_8")/of("int8_ms_of_8"))
			speed, inCells = " %.1f %.1f", " %.1f | %.1f |"
		}
		form := name + " %.1f %% %.1f (%.1f to %.1f) %.1f %% %.1f" + speed
		cells := "| " + name + " | %.1f %% | %.1f (%.1f to %.1f) | %.1f %% | %.1f |" + inCells
		out = append(out, claim{header, form, row, all}, claim{page, cells, row, all})
	}
	same, bytes := slices.Max(all.values("float32_same_pixels")), slices.Max(all.values("float32_difference"))
	ofSame := func(name string) any { return all.where("network", name).values("float32_same_pixels")[0] }
	return append(out, claim{header, "by more than %.1e on the same pixels", []any{same}, all},
		claim{page, "by more than %.1e on the same pixels and %.4f for the same bytes", []any{same, bytes}, all},
		claim{page, "differences are %.1e and %.1e there",
			[]any{ofSame("mobilenet_v3_small"), ofSame("efficientnet_b0")}, all},
		claim{measurements, "all but %.0f of %.0f networks keep their accuracy within the intervals; ResNet-18 is %.1f " +
			"times as fast for eight photos, the others %.1f to %.1f times", summary(all), all})
}

// summary is how many int8 files were refused, of how many, how many times as fast as in float32
// ResNet-18 is, and the least and the most of the others.
func summary(all *table) []any {
	done := all.where("accepted", "true")
	ratio := func(b *table) []float64 {
		out, small := b.values("float32_ms_of_8"), b.values("int8_ms_of_8")
		for i := range out {
			out[i] /= small[i]
		}
		return out
	}
	others := ratio(done.which("network", func(v string) bool { return v != "resnet18" }))
	return []any{float64(all.count("accepted", "false")), float64(len(all.rows)),
		ratio(done.where("network", "resnet18"))[0], slices.Min(others), slices.Max(others)}
}

func nextLabels(t *testing.T) []claim {
	const header = "experiments/nextlabels/main.go"
	all := read(t, "experiments/nextlabels/nextlabels.csv")
	at := func(labels string) []any {
		b := all.where("labelled", labels)
		random, chosen := percent(b.where("photos", "random").values("accuracy")),
			percent(b.where("photos", "chosen (--next)").values("accuracy"))
		return []any{random, chosen, chosen - random}
	}
	out := []claim{{measurements, "with 400 labels on clothing %.1f %% instead of %.1f %%",
		[]any{at("400")[1], at("400")[0]}, all}}
	for _, labels := range []string{"100", "200", "300", "400"} {
		out = append(out, claim{header, labels + " labels: random %.1f %%, chosen %.1f %%, gain %.1f points",
			at(labels), all})
	}
	return out
}

func review(t *testing.T) []claim {
	const header = "experiments/review/main.go"
	all := read(t, "experiments/review/review.csv")
	ms := func(what, decisions string) float64 {
		return all.where("what", what).where("decisions_before", decisions).values("median_ms")[0]
	}
	p90 := func(what string) float64 {
		return all.where("what", what).where("decisions_before", "0").values("p90_ms")[0]
	}
	many := func(suffix, column string) (least, most float64) {
		v := all.which("what", func(w string) bool { return strings.HasSuffix(w, suffix) }).values(column)
		return slices.Min(v), slices.Max(v)
	}
	strokes := func(what string) float64 { return all.where("what", what).values("strokes")[0] }
	first, full, bare := ms("open the page", "0"), ms("open the page", "50000"),
		ms("open the page, thumbnails not made", "0")
	saved, slow := many("label, saved", "median_ms")
	saved90, slow90 := many("label, saved", "p90_ms")
	undo, slowUndo := many("undo, saved", "median_ms")
	clean, guessed, single := strokes("clean labels of which 90 % are right"), strokes("label from nothing, with guesses"),
		strokes("label from nothing, one at a time")
	return []claim{
		{header, "the first screen is drawn %.2f s after the page is opened, %.2f s with 50,000 decisions in the " +
			"log, %.1f s (once) where no thumbnail was made",
			[]any{first / 1000, full / 1000, bare / 1000}, all},
		{header, "The next photo is shown after %.0f ms in the grid and %.0f ms alone (p90 %.0f and %.0f)",
			[]any{ms("grid: next photo, shown", "0"), ms("one photo: next photo, shown", "0"),
				p90("grid: next photo, shown"), p90("one photo: next photo, shown")}, all},
		{header, "A label is on the disk after %.0f to %.0f ms (p90 %.0f to %.0f), an undo after %.0f to %.0f",
			[]any{saved, slow, saved90, slow90, undo, slowUndo}, all},
		{header, "Cleaning 341 labels takes %.0f strokes", []any{clean}, all},
		{header, "1,000 labels from nothing take %.0f with guesses, and %.0f one at a time", []any{guessed, single}, all},
		{measurements, "first screen after %.1f s (%.1f s with 50,000 decisions, or without thumbnails), a label " +
			"saved after %.0f to %.0f ms; %.0f strokes for 341 labels of which 90 %% are right, %.0f for 1,000 " +
			"from nothing",
			[]any{first / 1000, full / 1000, saved, slow, clean, guessed}, all},
	}
}

func suspects(t *testing.T) []claim {
	const header = "experiments/suspects/main.go"
	all := read(t, "experiments/suspects/suspects.csv")
	var out []claim
	noises := map[string]int{"clothing": 2, "solar": 1} // solar has two classes, so that both are the same
	for _, set := range all.distinct("set") {
		for _, noise := range all.where("set", set).distinct("noise")[:noises[set]] {
			for _, planted := range all.distinct("planted") {
				b := all.where("set", set).where("noise", noise).where("planted", planted)
				var numbers []any
				for _, column := range []string{"precision_first_5", "recall_first_10",
					"find_label_issues_precision", "find_label_issues_recall",
					"self_confidence_precision", "self_confidence_recall"} {
					numbers = append(numbers, mean(b.values(column)))
				}
				for _, column := range []string{"accuracy_wrong_labels", "accuracy_relabelled", "accuracy_true_labels"} {
					numbers = append(numbers, percent(b.values(column)))
				}
				rate := 100 * b.values("planted")[0]
				out = append(out, claim{header,
					set + " " + noise + " %.0f %% %.2f / %.2f %.2f / %.2f %.2f / %.2f %.1f %.1f %.1f %%",
					append([]any{rate}, numbers...), all})
			}
		}
	}
	five := func(noise, column string) float64 {
		return percent(all.where("set", "clothing").where("noise", noise).where("planted", "0.05").values(column))
	}
	return append(out, claim{measurements,
		"of 5 %% planted in clothing, %.0f %% (random class) and %.0f %% (confused class) are in its first tenth; " +
			"cleanlab %.0f and %.0f %%",
		[]any{five("uniform", "recall_first_10"), five("confused", "recall_first_10"),
			five("uniform", "find_label_issues_recall"), five("confused", "find_label_issues_recall")}, all})
}

func wholeWays(t *testing.T) []claim {
	const header = "experiments/speed/main.go"
	all := read(t, "experiments/speed/whole.csv")
	of := func(side, recipe string) []float64 {
		return all.where("side", side).where("recipe", recipe).values("val_top1")
	}
	head, top, whole := of("ours", "cut head"), of("ours", "cut stage7"), of("ours", "default recipe")
	fastai, scikit := of("fastai", ""), of("scikit-learn", "")
	spread := func(values []float64) []any {
		return []any{percent(values), 100 * slices.Min(values), 100 * slices.Max(values)}
	}
	means := []any{percent(whole), percent(head), percent(fastai), percent(scikit)}
	return []claim{
		{header, "imagelab, default recipe %.1f %% (%.1f to %.1f)", spread(whole), all},
		{header, "imagelab, cut stage7 %.1f %% (%.1f to %.1f)", spread(top), all},
		{header, "imagelab, cut head %.1f %%", []any{percent(head)}, all},
		{header, "fastai, best epoch %.1f %% (%.1f to %.1f)", spread(fastai), all},
		{header, "scikit-learn on frozen features %.1f %%", []any{percent(scikit)}, all},
		{measurements, "default %.1f %%, head %.1f %%, fastai %.1f %%, scikit-learn %.1f %%", means, all},
		{readme, "right on %.1f %%, the head alone on %.1f %%, scikit-learn on features of the same network on %.1f %%, " +
			"and fastai on %.1f %%", []any{means[0], means[1], means[3], means[2]}, all},
	}
}

// leakage compares careless with careful splits.
func leakage(t *testing.T) []claim {
	const header = "experiments/leakage/main.go"
	all := read(t, "experiments/leakage/leakage.csv")
	top1 := func(name string) []float64 { return all.where("arm", name).values("test_top1") }
	random, runs := top1("solar, dealt at random"), top1("solar, runs of 60 together")
	copies, dedup := top1("foods, copies left in"), top1("foods, deduplicated")
	of := func(values []float64) []any { return splitsOf(values, 10, 25) }
	solar, foods := percent(random)-percent(runs), percent(copies)-percent(dedup)
	return []claim{
		{header, "solar at random %.1f %% (%.1f to %.1f)", of(random), all},
		{header, "runs of 60 together %.1f %% (%.1f to %.1f)", of(runs), all},
		{header, "foods with copies %.1f %% (%.1f to %.1f)", of(copies), all},
		{header, "deduplicated %.1f %% (%.1f to %.1f)", of(dedup), all},
		{header, "by %.1f points on solar, and by %.1f on foods", []any{solar, foods}, all},
		{measurements, "%.1f points on solar (5 splits; less on others, see its header); %.1f on foods",
			[]any{solar, foods}, all},
		{measurements, "commit 70396f2 | `go run ./experiments/leakage` | test top-1 %.1f %% (%.1f to %.1f) |", of(random),
			all},
		{measurements, "on one side | `go run ./experiments/leakage` | test top-1 %.1f %% (%.1f to %.1f)", of(runs), all},
		{readme, "was %.1f %% (%.1f to %.1f) instead of %.1f %% (%.1f to %.1f), means over five splits",
			append(of(random), of(runs)...), all},
	}
}

// speeds are how many times faster imagelab is than each peer: the median of the rounds' ratios.
func speeds(t *testing.T) []claim {
	all := read(t, "experiments/speed/speed.csv")
	ratio := func(work, peer string) float64 {
		of := all.where("work", work)
		ours, theirs := of.where("side", "ours").values("value"), of.where("side", peer).values("value")
		ratios := make([]float64, len(ours))
		for i := range ratios {
			ratios[i] = ours[i] / theirs[i]
		}
		return metric.Median(ratios)
	}
	var pytorch, onnx, both []any
	for _, batch := range []string{"batch 1", "batch 8", "batch 32", "best batch"} {
		p, o := ratio("forward, "+batch, "PyTorch"), ratio("forward, "+batch, "ONNX Runtime")
		pytorch, onnx, both = append(pytorch, p), append(onnx, o), append(both, p, o)
	}
	var steps, ours []any
	for _, cut := range []string{"all", "stage5", "stage6", "stage7"} {
		steps = append(steps, ratio("step, cut "+cut, "PyTorch"))
		if cut != "all" {
			ours = append(ours, ratio("step, "+cut+" against all", "ours, cut all"))
		}
	}
	decode, hash := ratio("decode and resize", "Pillow with draft"), ratio("difference hash", "imagehash")
	draft := ratio("difference hash", "imagehash with draft")
	const header = "experiments/speed/main.go"
	return []claim{
		{header, "decode and resize %.1f Pillow with draft hash %.2f imagehash, %.2f with draft",
			[]any{decode, hash, draft}, all},
		{header, "batch 1: %.1f PyTorch, %.2f ONNX Runtime 8: %.1f, %.2f 32: %.1f, %.2f best: %.1f, %.2f", both, all},
		{header, "PyTorch, all layers %.1f, from stage5 on %.1f, stage6 %.1f, stage7 %.1f", steps, all},
		{header, "our step on all layers: stage5 %.1f, stage6 %.1f, stage7 %.0f", ours, all},
		{measurements, "all layers / from stage5 / stage6 / stage7 on | PyTorch | %.1f / %.1f / %.1f / %.1f |", steps, all},
		{measurements, "batch 1 / 8 / 32 / each at its best | PyTorch | %.1f / %.1f / %.1f / %.1f |", pytorch, all},
		{measurements, "| the same | ONNX Runtime | %.2f / %.2f / %.2f / %.2f |", onnx, all},
		{measurements, "| decode and resize | Pillow with draft | %.1f |", []any{decode}, all},
		{measurements, "| hash | imagehash | %.2f (with draft: %.2f)", []any{hash, draft}, all},
	}
}
