package collect

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"time"

	"imagelab/lib/dataset"
	"imagelab/lib/photo"
	"imagelab/lib/progress"
)

// Rehearse writes into dir a recording for [Options.Replay] that answers a plan for Openverse
// with photos of a set, so that a lesson needs no network: queries find photos of their class, or
// any where the set has no such class. One result in 12 is gone from its site, one in 15 is a web
// page, and one in 10 is a photo that the next query of the class finds too. The same input gives
// the same recording. licence is that of the photos.
func Rehearse(ctx context.Context, plan Plan, s *dataset.Set, licence, dir string, p progress.Func) error {
	queries, err := plan.Queries()
	if err != nil {
		return fmt.Errorf("collect: %w", err)
	}
	if len(plan.Providers) != 1 || plan.Providers[0].Kind != "openverse" {
		return errors.New("collect: only a plan with the one provider openverse can be rehearsed")
	}
	r, err := openRecords(dir, true)
	if err != nil {
		return err
	}
	defer r.close()
	h := rehearsal{records: r, set: s, licence: licence, ask: openverse{plan.Providers[0]}, next: map[string]int{}}
	for i, q := range queries {
		p.Report("recording queries", int64(i), int64(len(queries)))
		if ctx.Err() != nil {
			return fmt.Errorf("collect: %w", context.Cause(ctx))
		}
		if err := h.record(q); err != nil {
			return fmt.Errorf("collect: record %q: %w", q.Text, err)
		}
	}
	p.Report("recording queries", int64(len(queries)), int64(len(queries)))
	return nil
}

// rehearsal deals the photos of a set to queries.
type rehearsal struct {
	*records
	set     *dataset.Set
	licence string
	ask     openverse
	next    map[string]int // photo of a class that is dealt next
}

// rehearsed is a result as Openverse writes it.
type rehearsed struct {
	Title   string `json:"title"`
	URL     string `json:"url"`
	Page    string `json:"foreign_landing_url"`
	Creator string `json:"creator"`
	License string `json:"license"`
}

// record writes the answers to a query and what becomes of its photos.
func (h *rehearsal) record(q Query) error {
	var results []rehearsed
	for i, im := range h.deal(q) {
		o := outcome{Address: "https://photos.example/" + im.SHA256[:16], Time: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
		switch {
		case i%12 == 5:
			o = outcome{Address: o.Address + "/gone", Time: o.Time, Reason: "gone", Detail: "status 410"}
		case i%15 == 7:
			o = outcome{Address: o.Address + "/page", Time: o.Time, Reason: noPhoto, Detail: "is a web page (HTML)",
				Fetched: true}
		default:
			if err := h.keepPhoto(&o, im); err != nil {
				return err
			}
		}
		if err := h.add(o); err != nil {
			return err
		}
		results = append(results, rehearsed{Title: fmt.Sprintf("%s %d", q.Text, i+1), URL: o.Address,
			Page:    o.Address + ".html",
			Creator: "photographer " + im.SHA256[:4], License: h.licence})
	}
	return h.answers(q, results)
}

// answers writes the pages of results.
func (h *rehearsal) answers(q Query, results []rehearsed) error {
	const size = 20
	pages := slices.Collect(slices.Chunk(results, size))
	for i := range max(len(pages), 1) {
		page := []rehearsed{}
		if i < len(pages) {
			page = pages[i]
		}
		body, err := json.Marshal(map[string]any{"result_count": len(results), "page_count": len(pages), "page_size": size,
			"page": i + 1, "results": page})
		if err != nil {
			return err
		}
		cursor := fmt.Sprint(i + 1)
		if err := h.keep(answer{Address: h.ask.Address(q.Text, cursor), Body: string(body)}); err != nil {
			return err
		}
	}
	return nil
}

// deal are the photos that a query finds.
func (h *rehearsal) deal(q Query) []dataset.Image {
	all := slices.DeleteFunc(h.set.Kept(), func(im dataset.Image) bool { return im.Class != q.Class })
	key := q.Class
	if len(all) == 0 {
		all, key = h.set.Kept(), ""
	}
	first := h.next[key]
	n := min(q.Results, len(all)-first)
	if n <= 0 {
		return nil
	}
	h.next[key] = first + n - n/10
	return all[first : first+n]
}

// keepPhoto copies a photo of the set into the recording.
func (h *rehearsal) keepPhoto(o *outcome, im dataset.Image) error {
	data, err := photo.ReadFile(h.set.File(im))
	if err != nil {
		return fmt.Errorf("%s: %w", im.Path, err)
	}
	if err := o.look(data, DefaultLimits().Pixels); err != nil {
		return fmt.Errorf("%s: %w", im.Path, err)
	}
	o.Fetched, o.Bytes, o.File = true, int64(len(data)), path.Join("recorded", path.Base(name("x", o.SHA256, o.Format)))
	return h.put(o.File, data)
}
