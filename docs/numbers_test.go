package docs_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A claim is a passage whose numbers are computed from a CSV file in the repository.
type claim struct {
	file    string // where the passage stands, from the repository's root
	passage string // with a verb of package fmt for each number
	numbers []any  // of those verbs
	from    *table // what they were computed from
}

// noRecord begins the sentence behind which, to the end of the header or section, numbers stand
// that no CSV file holds.
const noRecord = "No record was kept of "

// noResult is in the header of an experiment that has not been run.
const noResult = "There is no result yet"

// unrecorded are the files with such a sentence. The list should become shorter.
var unrecorded = []string{
	"docs/cluster.md", "docs/export.md", "docs/gpu.md", "docs/measurements.md", "docs/method.md",
	"experiments/attack/main.go", "experiments/copies/main.go",
	"experiments/forecast/main.go",
	"experiments/leakage/main.go", "experiments/nextlabels/main.go",
}

// number is any number in an experiment's header.
var number = regexp.MustCompile(`\d[\d,]*(?:\.\d+)?`)

// measured is a number in a document that somebody measured: it has a unit, or is a count out of
// another.
var measured = regexp.MustCompile(`\d[\d,.]*(?: (?:to|and) \d[\d,.]*)? ?` +
	`(?:%|points?\b|ms\b|s\b|min\b|minutes\b|seconds\b|[kMG]i?B\b|times\b|images/s)` +
	`|\d[\d,]* of \d[\d,]*`)

// given are numbers that nobody measured: parameters, which have units of their own, the levels of
// intervals, estimates, and names.
var given = regexp.MustCompile(`\d[\d,]*(?: (?:and|or|to) \d[\d,]*)*(?: of the)?[ -]` +
	`(?:px|pixels|megapixels|cores|epochs?|seeds|splits|rounds|classes|labels|augmented` +
	`|test (?:photos|images|scenes|cells)|photos a class|scenes a class|views)\b` +
	`|\d+ % intervals?|first \d+ %|commit [0-9a-f]+` +
	`|about (?:\d[\d,.]*(?: (?:to|and) )?)+ (?:min|minutes|hours)|[A-Za-z]+[-_]?\d+[A-Za-z]*|\d{4}-\d\d-\d\d`)

// unmeasured are passages of documents that look as if something had been measured.
var unmeasured = []struct{ passage, reason string }{
	{"24 GiB", "a machine"},
	{"the XLA plugin (63 MB), the weights of the default network (17 MB) and the photos (91 MB)",
		"downloads that lib/asset pins"},
	{"a set of 7 MB", "a download that lib/asset pins"},
	{"14 wheels, 2.0 GB", "downloads that lib/asset pins"},
	{"the plugin and 2.0 GB of libraries", "downloads that lib/asset pins"},
	{"gpu-check.tar.xz, at most 55 MB", "what .ci/gpu-pack takes"},
	{"less than 1 GiB free", "a limit of lib/engine"},
	{"activations of up to 2 GiB", "a limit of lib/finetune"},
	{"at most 2 GiB", "a limit of lib/engine"},
	{"the same for 90 % of the photos", "a limit of lib/export"},
	{"Wilson, 95 %", "the level of the intervals"},
	{"A test at 5 %", "the level of a test"},
	{"6 to more than 290 further photos in all (90 %)", "an example of what is printed"},
	{"94 to 98 of 100", "simulations in the tests of lib/curve and lib/metric"},
	{"37 to 93 % of simulations; this rule does so in 9 to 57 %", "simulations in the tests of lib/tradeoff"},
	{"88.42 % with VGG-19", "published by others"},
	{"quality 80, halved", "what was done to the photos"},
	{"of crops to 80 %", "what was done to the photos"},
}

// TestNumbersAreThoseOfTheRecords holds the numbers in the headers of experiments, in README.md
// and in docs against the CSV files in the repository: what a claim computes must stand in its
// file, and each measured number must belong to a claim, or stand where the file says that no
// record was kept.
func TestNumbersAreThoseOfTheRecords(t *testing.T) {
	claims := map[string][]claim{}
	for _, c := range allClaims(t) {
		claims[c.file] = append(claims[c.file], c)
	}
	var all strings.Builder
	for _, file := range texts(t) {
		source, err := os.ReadFile(filepath.Join("..", file))
		if err != nil {
			t.Fatal(err)
		}
		check := pageFaults
		if strings.HasSuffix(file, ".go") {
			check = headerFaults
		}
		for _, fault := range check(string(source), claims[file]) {
			t.Errorf("%s: %s", file, fault)
		}
		text := oneLine(strings.ReplaceAll(string(source), "//", ""))
		if strings.Contains(text, noRecord) != slices.Contains(unrecorded, file) {
			t.Errorf("%s: the list of files with numbers that no record holds is out of date", file)
		}
		delete(claims, file)
		all.WriteString(text)
	}
	for file := range claims {
		t.Errorf("there is no file %s", file)
	}
	for _, p := range unmeasured {
		if !strings.Contains(all.String(), p.passage) {
			t.Errorf("%q stands nowhere any more: remove it from the list", p.passage)
		}
	}
}

// texts are the files whose numbers are checked, from the repository's root.
func texts(t *testing.T) []string {
	t.Helper()
	out := []string{"README.md"}
	for _, pattern := range []string{"../experiments/*/main.go", "../docs/*.md"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, file := range files {
			out = append(out, strings.TrimPrefix(filepath.ToSlash(file), "../"))
		}
	}
	return out
}

// TestFaultsAreFound: what the check above has to find.
func TestFaultsAreFound(t *testing.T) {
	const origin = "// Result (2 cores of a Xeon, 2026-11-26, commit 0123abc; a.csv): "
	right := claim{passage: "%.1f %% are right", numbers: []any{90.0}, from: &table{path: "a.csv"}}
	for _, c := range []struct {
		name, text string
		check      func(string, []claim) []string
		faults     int
	}{
		{"as the file says", origin + "90.0 % are right with 5 seeds.", headerFaults, 0},
		{"another number, which no claim has then", origin + "90.1 % are right.", headerFaults, 2},
		{"one more number", origin + "90.0 % are right, at most 95 in one split.", headerFaults, 1},
		{"one more number without a record", origin + "90.0 % are right. No record was kept of the rest: 95 %.",
			headerFaults, 0},
		{"no machine, date and commit", "// Result (a.csv): 90.0 % are right.", headerFaults, 3},
		{"the second result has one more number", origin + "90.0 % are right. " + origin + "90.0 % are right in 7 cases.",
			headerFaults, 1},
		{"the CSV file is not named", strings.Replace(origin, "; a.csv", "", 1) + "90.0 % are right.", headerFaults, 1},
		{"no result", "// Command x asks.", headerFaults, 1},
		{"not run yet", "// Command x asks. There is no result yet.", headerFaults, 0},
		{"a page", "# A\n\n90.0 % are right in 7 cases.", pageFaults, 0},
		{"a page with one more number", "# A\n\n90.0 % are right after 7 s.", pageFaults, 1},
		{"the next section is checked again",
			"90.0 % are right\n\n## A\nNo record was kept of 7 s (0123abc).\n\n## B\n8 s", pageFaults, 1},
		{"no commit", "90.0 % are right\n\n## A\nNo record was kept of 7 s.", pageFaults, 1},
	} {
		if got := c.check(c.text, []claim{right}); len(got) != c.faults {
			t.Errorf("%s: %q; want %d faults", c.name, got, c.faults)
		}
	}
}

// result begins the part of a header that says what came out, and in brackets how it was measured.
var result = regexp.MustCompile(`Result \(([^()]|\([^()]*\))*\)`)

// commit is the short name of a commit.
var commit = regexp.MustCompile(`\b[0-9a-f]{7}\b`)

// origin are what the brackets have to say.
var origin = map[string]*regexp.Regexp{
	"machine": regexp.MustCompile(`\d+ (shared )?cores of (an?|the same) \S+`),
	"date":    regexp.MustCompile(`\d{4}-\d\d-\d\d`),
	"commit":  commit,
}

// headerFaults are what is wrong with the comment at the beginning of an experiment.
func headerFaults(source string, claims []claim) (faults []string) {
	source, _, _ = strings.Cut(source, "\npackage ")
	text := oneLine(strings.ReplaceAll(source, "//", ""))
	all := result.FindAllStringIndex(text, -1)
	if all == nil && strings.Contains(text, noResult) {
		return nil
	}
	if all == nil {
		return []string{"there is no result: write Result (machine, date, commit, CSV file): what came out, or " +
			noResult}
	}
	for _, at := range all {
		brackets := text[at[0]:at[1]]
		for name, form := range origin {
			if !form.MatchString(brackets) {
				faults = append(faults, "the brackets behind Result do not name the "+name)
			}
		}
		text = text[:at[0]] + blank(brackets) + text[at[1]:]
	}
	for _, c := range claims {
		if file := filepath.Base(c.from.path); !strings.Contains(source, file) {
			faults = append(faults, "the header does not name "+file+", which has its numbers")
		}
	}
	return append(faults, loose(text[all[0][1]:], claims, number)...)
}

// pageFaults are what is wrong with a document.
func pageFaults(source string, claims []claim) (faults []string) {
	sections := strings.Split(source, "\n## ")
	for _, s := range sections {
		s = oneLine(s)
		if strings.Contains(s, noRecord) && !commit.MatchString(s) {
			faults = append(faults, fmt.Sprintf("no commit is named where no record was kept: %.80s", s))
		}
	}
	return append(faults, loose(oneLine(strings.Join(sections, "\x00")), claims, measured)...)
}

// loose are the claims that the text, of sections that end with a zero byte, does not make, and its
// numbers of a form that belong to no claim and stand behind no sentence that no record was kept.
func loose(text string, claims []claim, form *regexp.Regexp) (faults []string) {
	for _, c := range claims {
		passage := oneLine(fmt.Sprintf(c.passage, c.numbers...))
		if !strings.Contains(text, passage) {
			faults = append(faults, fmt.Sprintf("by %s, this should stand there: %s", c.from.path, passage))
		}
		text = strings.ReplaceAll(text, passage, blank(passage))
	}
	for _, p := range unmeasured {
		text = strings.ReplaceAll(text, p.passage, blank(p.passage))
	}
	text = given.ReplaceAllStringFunc(text, blank)
	for section := range strings.SplitSeq(text, "\x00") {
		checked, _, _ := strings.Cut(section, noRecord)
		for _, at := range form.FindAllStringIndex(checked, -1) {
			around := checked[max(0, at[0]-60):min(len(checked), at[1]+30)]
			faults = append(faults, fmt.Sprintf("%s is in no claim: ...%s...", checked[at[0]:at[1]], around))
		}
	}
	return faults
}

// oneLine is text without line breaks and other white space than single blanks.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// blank is as long as the passage, and has no number.
func blank(passage string) string { return strings.Repeat("_", len(passage)) }
