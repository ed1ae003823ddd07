package collect

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
)

// head is the start of a plan that needs queries only.
const head = "contact: me@example.org\nprovider: openverse\n"

func TestPlanErrors(t *testing.T) {
	long := strings.TrimSuffix(strings.Repeat("w%d, ", 100), ", ")
	var numbers []any
	for i := range 100 {
		numbers = append(numbers, i)
	}
	hundred := "[" + fmt.Sprintf(long, numbers...) + "]"
	for _, c := range []struct{ name, plan, want string }{
		{"empty", "", "the plan is empty"},
		{"no queries", head, "templates: the plan has no queries"},
		{"an empty list", head + "templates: []", "the plan has no queries"},
		{"unknown key", head + "templates: a\nexclud: b", `line 4: a plan has no key "exclud"; did you mean exclude?`},
		{"far from every key", head + "zzz: b", "its keys are contact, provider"},
		{"key twice", head + "templates: a\ntemplates: b", "line 4"},
		{"not YAML", head + "templates: [a\nresults: 3", "line "},
		{"a list for a plan", "- a\n- b", "line 1: a plan is written as keys with values"},
		{"a word for a number", head + "templates: a\nresults: many", "line 4: expected another kind of value"},
		{"too few results", head + "templates: a\nresults: 0", "line 4: results"},
		{"no contact", "provider: openverse\ntemplates: a", "contact: it is sent with every request"},
		{"contact over lines", "contact: \"a@b\\r\\nX: y\"\nprovider: openverse\ntemplates: a", "line 1: contact"},
		{"bing", "contact: a@b\nprovider: bing\ntemplates: a", "has been closed since August 2025: use openverse or commons"},
		{"bing as a service", "contact: a@b\nprovider: {kind: service, address: " +
			"'https://api.bing.microsoft.com/v7.0/images/search?q={query}', image: a}\ntemplates: a", "closed since"},
		{"two folders", "provider: [{kind: folder, folder: a}, {kind: folder, folder: b}]\ntemplates: a",
			"two providers of the kind folder would be taken for one"},
		{"unknown provider", "contact: a@b\nprovider: openvers\ntemplates: a", "did you mean openverse?"},
		{"scraping", "contact: a@b\nprovider: google\ntemplates: a", "pages are not scraped"},
		{"unknown key of a provider", "contact: a@b\nprovider:\n  kind: service\n  adress: x\ntemplates: a",
			`line 4: a provider has no key "adress"; did you mean address?`},
		{"key without effect", "contact: a@b\nprovider: {kind: commons, file: x}\ntemplates: a",
			"file has no effect for the kind commons"},
		{"needed key", "contact: a@b\nprovider: {kind: service, address: 'http://h/{query}'}\ntemplates: a",
			"needs the key image"},
		{"unknown place in an address", "contact: a@b\nprovider: {kind: service, address: 'http://h/{qury}', " +
			"image: i}\ntemplates: a", "{qury}; did you mean query?"},
		{"key that goes nowhere", "contact: a@b\nprovider: {kind: service, address: 'http://h/{query}', image: i, " +
			"key: K}\ntemplates: a", "give both or none"},
		{"address of a file", "contact: a@b\nprovider: {kind: commons, address: 'file:///etc'}\ntemplates: a",
			"no http or https address"},
		{"unknown word list", head + "words: {colour: [red]}\ntemplates: '{color} shirt'", "did you mean colour?"},
		{"unused word list", head + "words: {colour: [red], x: [y]}\ntemplates: '{colour} shirt'",
			"line 3: words: no template names {x}"},
		{"synonym of no word", head + "words: {colour: [red]}\ntemplates: '{colour} shirt'\nsynonyms: {rad: crimson}",
			"did you mean red?"},
		{"idle exclusion", head + "templates: red shirt\nexclude: blue", `line 4: exclude: "blue" is in no query`},
		{"all excluded", head + "templates: red shirt\nexclude: shirt", "no queries left"},
		{"class of another list", head + "words: {colour: [red]}\ntemplates: ['{colour} a', b]\nclass: colour",
			`line 5: class: colour is not in the template "b"`},
		{"one query, two classes", head + "words: {a: [x, y], b: [y, x]}\ntemplates: ['{a} {b}', '{b} {a}']\nclass: a",
			"asked for the classes"},
		{"class out of the folder", head + "words: {a: ['../x']}\ntemplates: '{a}'", "cannot be a folder's name"},
		{"hidden class", head + "templates: .hidden", "cannot be a folder's name"},
		{"class that is a device", head + "templates: nul", "cannot be a folder's name"},
		{"classes alike", head + "words: {a: [Vest shirt, vest shirt]}\ntemplates: '{a}'", "classes"},
		{"a million queries", head + "words: {a: " + hundred + ", b: " + hundred + ", c: " + hundred +
			"}\ntemplates: '{a} {b} {c}'", "1,000,000 queries of 50 photos are too many"},
		{"10^20 queries", head + "words: {a: " + hundred + ", b: " + hundred + ", c: " + hundred + ", d: " + hundred +
			", e: " + hundred + ", f: " + hundred +
			", g: " + hundred + ", h: " + hundred + ", i: " + hundred + ", j: " + hundred +
			"}\ntemplates: '{a} {b} {c} {d} {e} {f} {g} {h} {i} {j}'", "are too many"},
		{"too many photos", head + "words: {a: " + hundred + "}\ntemplates: '{a}'\nresults: 10000", "are too many"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ParsePlan([]byte(c.plan), "")
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

func TestQueries(t *testing.T) {
	for _, c := range []struct {
		name, plan string
		want       []string // query=class
	}{
		{"the plan of 21", "words: {g: [blouse, vest], p: [striped, dotted]}\ntemplates: '{p} {g}'\nclass: g",
			[]string{"striped blouse=blouse", "striped vest=vest", "dotted blouse=blouse", "dotted vest=vest"}},
		{"no class", "words: {g: [vest]}\ntemplates: ['{g}', 'red {g}']", []string{"vest=vest", "red vest=red vest"}},
		{"class of two lists", "words: {g: [vest], p: [dotted]}\ntemplates: '{p} {g} photo'\nclass: [g, p]",
			[]string{"dotted vest photo=vest dotted"}},
		{"synonyms", "words: {g: [tshirt, vest]}\ntemplates: 'red {g}'\nsynonyms: {tshirt: [t-shirt, tee]}\nclass: g",
			[]string{"red tshirt=tshirt", "red t-shirt=tshirt", "red tee=tshirt", "red vest=vest"}},
		{"synonyms without a class", "words: {g: [tshirt]}\ntemplates: 'red {g}'\nsynonyms: {tshirt: tee}",
			[]string{"red tshirt=red tshirt", "red tee=red tshirt"}},
		{"exclusions", "words: {g: [blouse, vest], p: [striped, dotted]}\ntemplates: '{p} {g}'\nexclude: [vest dotted]",
			[]string{"striped blouse=striped blouse", "striped vest=striped vest", "dotted blouse=dotted blouse"}},
		{"an exclusion leaves out synonyms",
			"words: {g: [tshirt, vest]}\ntemplates: 'red {g}'\nsynonyms: {tshirt: tee}\nexclude: tshirt",
			[]string{"red vest=red vest"}},
		{"the same query twice", "templates: [a  b, 'a b']", []string{"a b=a b"}},
		{"a list twice in a template", "words: {g: [a, b]}\ntemplates: '{g} or {g}'", []string{"a or a=a or a",
			"b or b=b or b"}},
		{"numbers and words that YAML knows", "words: {g: [7, no, on]}\ntemplates: '{g}'", []string{"7=7", "no=no", "on=on"}},
		{"words in braces", "words: {g: [vest], p: [red]}\ntemplates: '{p} {g}'\nclass: g", []string{"red vest=vest"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := ParsePlan([]byte(head+c.plan), "")
			if err != nil {
				t.Fatal(err)
			}
			queries, err := p.Queries()
			var got []string
			for _, q := range queries {
				got = append(got, q.Text+"="+q.Class)
			}
			if err != nil || !slices.Equal(got, c.want) {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}

// FuzzPlan: no plan crashes the reader, and what it takes is within the limits.
func FuzzPlan(f *testing.F) {
	f.Add([]byte(head + "words: {a: [b]}\ntemplates: '{a} {a}'\nclass: a\nsynonyms: {b: c}\nexclude: []"))
	f.Add([]byte("a: &a [*a]"))
	f.Add([]byte("provider: [{kind: service}, folder]\ncontact: 3\ntemplates: {a: b}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := ParsePlan(data, "")
		if err != nil {
			return
		}
		queries, err := p.Queries()
		if err != nil || len(queries) == 0 || len(queries) > MostQueries || Budget(queries) > MostPhotos {
			t.Errorf("%d queries, %v", len(queries), err)
		}
		for _, q := range queries {
			if q.Class == "" || strings.ContainsAny(q.Class, "/\\\x00\n") || strings.HasPrefix(q.Class, ".") {
				t.Errorf("class %q", q.Class)
			}
		}
	})
}

// FuzzAnswers: no answer of a provider crashes its reader.
func FuzzAnswers(f *testing.F) {
	f.Add([]byte(`{"results": [{"url": 3}], "page_count": -1}`))
	f.Add([]byte(`{"query": {"pages": [{"imageinfo": [{"extmetadata": {"Artist": {"value": {"a": []}}}}]}]}, "continue": {"gsroffset": 1}}`))
	f.Add([]byte(`{"data": {"items": [{"urls": []}, 3, null]}, "next": "http://[::1"}`))
	s := Source{Kind: "service", Address: "http://h/{query}", Results: "data.items", Image: "urls.0", Next: "next"}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, p := range []Provider{openverse{}, commons{}, service{s}, addresses{}} {
			_, next, err := p.Read("1", data)
			if err == nil && next != "" {
				p.Address("q", next)
			}
		}
		_, _ = addresses{only: true}.find(data, "q")
	})
}

func TestInward(t *testing.T) {
	for address, want := range map[string]bool{
		"8.8.8.8": false, "2606:4700::1111": false, "::ffff:8.8.8.8": false, "1.1.1.1": false, "198.35.26.112": false,
		"127.0.0.1": true, "127.255.0.9": true, "::1": true, "::ffff:127.0.0.1": true, "::ffff:10.0.0.1": true,
		"10.1.2.3": true, "172.31.0.1": true,
		"192.168.0.1": true, "169.254.169.254": true, "100.64.0.1": true, "100.127.255.255": true, "0.0.0.0": true,
		"0.1.2.3": true, "::": true,
		"fe80::1%eth0": true, "fc00::1": true, "fd12::1": true, "fec0::1": true, "ff02::1": true, "224.0.0.1": true,
		"255.255.255.255": true,
		"240.0.0.1":       true, "198.18.0.1": true, "192.0.2.1": true, "64:ff9b::a00:1": true, "64:ff9b:1::1": true,
		"2002:a00:1::": true,
		"2001::1":      true, "::127.0.0.1": true, "2001:db8::1": true, "100::1": true,
	} {
		if got := isInward(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: inward %v", address, got)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "3": 3 * time.Second, " 7 ": 7 * time.Second, "-4": 0, "soon": 0, "Fri, 02 Jan 2026 03:05:05 GMT": time.Minute,
		"Fri, 02 Jan 2025 03:05:05 GMT": 0, "99999999999999999999": 0,
	} {
		if got := retryAfter(value, now); got != want {
			t.Errorf("%q: %s, want %s", value, got, want)
		}
	}
}

// TestColumnsOfAddresses: columns are those of the CSV, whatever their names.
func TestColumnsOfAddresses(t *testing.T) {
	for name, data := range map[string]string{
		"plain":              "address,query\nhttps://x/1.jpg,red shirt\n",
		"a column of pandas": ",address,query\n0,https://x/1.jpg,red shirt\n",
		"two words":          "photo id,Address,page,query\n7,https://x/1.jpg,https://x/,red shirt\n",
		"semicolons":         "\"query\"; address\nred shirt;https://x/1.jpg\n",
	} {
		found, err := addresses{}.find([]byte(data), "red shirt")
		if err != nil || len(found) != 1 || found[0].Address != "https://x/1.jpg" {
			t.Errorf("%s: %+v %v", name, found, err)
		}
	}
}
