package collect

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"imagelab/lib/photo"
	"imagelab/lib/progress"
	"imagelab/lib/text"
)

// mostPages is how many answers to one query are read from one provider.
const mostPages = 1000

// secrets reads the keys of the providers from the environment; a replay needs none.
func (p Plan) secrets(replay bool) (map[string]string, error) {
	out := map[string]string{}
	for _, s := range p.Providers {
		key, err := s.secret(os.Getenv)
		if err != nil && !replay {
			return nil, err
		}
		if key != "" {
			out[s.Key] = key
		}
	}
	return out, nil
}

// search asks every query.
func (r *run) search(ctx context.Context, p progress.Func) error {
	providers := make([]Provider, len(r.plan.Providers))
	for i, s := range r.plan.Providers {
		providers[i] = s.provider(r.plan.dir, len(r.queries))
	}
	var failed []error
	for i, q := range r.queries {
		p.Report("searching", int64(i), int64(len(r.queries)))
		for k, provider := range providers {
			err := r.ask(ctx, i, q, r.plan.Providers[k], provider)
			if ctx.Err() != nil {
				return fmt.Errorf("collect: %w", context.Cause(ctx))
			}
			if err != nil {
				failed = append(failed, fmt.Errorf("%s on %q: %w", provider.Name(), q.Text, err))
			}
		}
	}
	p.Report("searching", int64(len(r.queries)), int64(len(r.queries)))
	if len(failed) > 0 && len(r.found) == 0 {
		return fmt.Errorf("collect: no query was answered (%s failed), for example: %w", text.Count(len(failed), "search",
			"searches"), failed[0])
	}
	for _, provider := range providers {
		if own, is := provider.(local); is && r.replayed == nil {
			r.notePassedOver(own)
		}
	}
	if r.beyond > 0 {
		r.notes = append(r.notes, fmt.Sprintf("left out %s of your own lists and folders, since a query takes %d: write "+
			"results: %d into the plan, or more, for all of them", text.Count(r.beyond, "photo"), r.plan.Results,
			min(r.plan.Results+r.beyond, mostResults)))
	}
	if r.odd > 0 {
		r.notes = append(r.notes, fmt.Sprintf("left out %s without a web address", text.Count(r.odd, "result")))
	}
	if len(failed) > 0 {
		r.notes = append(r.notes, fmt.Sprintf("%s failed, for example %v; run the same command again to ask once more",
			text.Count(len(failed), "search", "searches"), failed[0]))
	}
	return nil
}

// notePassedOver tells of queries that a person's own list or folder has, and the plan has not.
func (r *run) notePassedOver(own local) {
	named, err := own.queries()
	if err != nil {
		return // the search for photos has said so
	}
	var others []string
	for _, name := range named {
		known := slices.ContainsFunc(r.queries, func(q Query) bool { return strings.EqualFold(q.Text, name) })
		if name != "" && !known && !slices.Contains(others, name) {
			others = append(others, name)
		}
	}
	if len(others) > 0 {
		r.notes = append(r.notes, fmt.Sprintf("the plan has no query for %s of its %s, such as %s: their photos are left out",
			text.Count(len(others), "name"), own.Name(), text.Name(others[0])))
	}
}

// ask takes pages of one provider until the query has its results, the pages end, or one brings
// nothing new.
func (r *run) ask(ctx context.Context, i int, q Query, s Source, provider Provider) error {
	have := map[string]bool{}
	for _, f := range r.found {
		if f.query == i {
			have[f.Address] = true
		}
	}
	asked := map[string]bool{}
	for cursor, page := "", 0; page < mostPages && len(have) < q.Results; page++ {
		address := provider.Address(q.Text, cursor)
		if asked[address] {
			return nil // its next page is one that was read already
		}
		asked[address] = true
		body, err := r.answer(ctx, address, s, provider)
		if err != nil {
			return err
		}
		found, next, err := provider.Read(cursor, body)
		if err != nil {
			return err
		}
		if err := r.keep(address, body); err != nil {
			return err
		}
		fresh := r.take(i, q, address, found, provider, have)
		if next == "" || !fresh && len(found) > 0 && page > 2 {
			return nil
		}
		cursor = next
	}
	return nil
}

// take adds what is new of an answer to the findings of query i.
func (r *run) take(i int, q Query, address string, found []Found, provider Provider,
	have map[string]bool) (fresh bool) {
	base, _ := url.Parse(address)
	_, isFile := provider.(folders)
	_, isLocal := provider.(local)
	for _, f := range found {
		if !isFile {
			f.Address = resolve(base, f.Address)
			f.Page = resolve(base, f.Page)
		}
		if f.Address == "" {
			r.odd++
			continue
		}
		if have[f.Address] || r.unwanted(f) {
			continue
		}
		if len(have) >= q.Results {
			if isLocal {
				r.beyond++
			}
			continue
		}
		have[f.Address], fresh = true, true
		r.found = append(r.found, finding{Found: f.short(), query: i, provider: provider})
	}
	return fresh
}

func (r *run) unwanted(f Found) bool {
	return slices.ContainsFunc(r.plan.Without, func(w string) bool { return contains(f.Title, w) })
}

// resolve is the web address that an answer names, or "" where it is none.
func resolve(base *url.URL, address string) string {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || address == "" || len(address) > 4000 {
		return ""
	}
	if base != nil && base.Host != "" {
		u = base.ResolveReference(u)
	}
	if u.Fragment, u.RawFragment = "", ""; u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	return u.String()
}

// short keeps foreign texts from filling the disk.
func (f Found) short() Found {
	for _, s := range []*string{&f.Title, &f.Author, &f.Licence, &f.LicenceAddress, &f.Page} {
		*s = strings.ToValidUTF8(strings.TrimSpace(*s), "\ufffd")
		if letters := []rune(*s); len(letters) > 1000 {
			*s = string(letters[:1000])
		}
	}
	return f
}

// answer brings what a provider says, from the records where it is there.
func (r *run) answer(ctx context.Context, address string, s Source, provider Provider) ([]byte, error) {
	if r.replayed != nil {
		if a, ok := r.replayed.answer(address); ok {
			return []byte(a.Body), nil
		}
		return nil, fmt.Errorf("the recording in %s has no answer to it: it was made with another plan", text.Name(r.Replay))
	}
	if l, is := provider.(local); is {
		return l.answer(address)
	}
	if a, ok := r.own.answer(address); ok {
		return []byte(a.Body), nil
	}
	secret := r.secrets[s.Key]
	headers := s.Headers
	if s.Kind == "openverse" && s.Key != "" {
		headers = map[string]string{"Authorization": "Bearer {key}"}
	}
	body, err := r.client.get(ctx, request{address: address, headers: headers, secret: secret})
	if secret != "" { // which services like to repeat
		text := strings.ReplaceAll(string(body), secret, "{key}")
		body = []byte(strings.ReplaceAll(text, url.QueryEscape(secret), "{key}"))
	}
	return body, err
}

// keep records an answer that could be read.
func (r *run) keep(address string, body []byte) error {
	if a, ok := r.own.answer(address); ok && a.Body == string(body) {
		return nil
	}
	if r.replayed != nil {
		if a, ok := r.replayed.answer(address); ok {
			return r.own.keep(a)
		}
	}
	return r.own.keep(answer{Address: address, Time: time.Now().UTC().Truncate(time.Second),
		Body: strings.ToValidUTF8(string(body), "\ufffd")})
}

// file is the provider of a photo that is a file.
func (r *run) file(f finding) (folders, bool) {
	l, is := f.provider.(folders)
	return l, is
}

// bring fetches a photo from wherever it is. What is wrong with the photo is in the outcome; the
// error is of the run.
func (r *run) bring(ctx context.Context, f finding) (outcome, []byte, error) {
	if r.replayed != nil {
		o, data := r.recall(f.Address)
		return o, data, nil
	}
	var data []byte
	var err error
	if l, is := r.file(f); is {
		data, err = l.photo(f.Address, r.Limits.Bytes)
	} else {
		data, err = r.client.get(ctx, request{address: f.Address, robots: true, accept: isPhoto})
	}
	if ctx.Err() != nil {
		return outcome{}, nil, context.Cause(ctx)
	}
	o := outcome{Address: f.Address, Time: time.Now().UTC().Truncate(time.Second)}
	if err == nil {
		o.Fetched, o.Bytes = true, int64(len(data))
		err = o.look(data, r.Limits.Pixels)
	}
	if err == nil {
		return o, data, nil
	}
	o.Reason, o.Detail = "cannot be read", text.Shorten(err.Error(), 300)
	var why *failure
	if errors.As(err, &why) {
		o.Reason, o.Detail, o.Later = why.kind, text.Shorten(why.err.Error(), 300), why.again || why.later
		o.Fetched = o.Fetched || why.kind == noPhoto
	}
	return o, nil, nil
}

const noPhoto = "no photo"

func isPhoto(start []byte) error {
	if _, err := photo.Sniff(start); err != nil {
		return &failure{kind: noPhoto, err: err}
	}
	return nil
}

// look decodes a photo, whose bytes say what it is.
func (o *outcome) look(data []byte, most int64) error {
	if err := isPhoto(data); err != nil {
		return err
	}
	e, err := photo.Open(data)
	if err != nil {
		return &failure{kind: "cannot be decoded", err: err}
	}
	defer e.Close()
	if pixels := int64(e.Width) * int64(e.Height); pixels > most {
		return &failure{kind: "too large", err: fmt.Errorf("%d x %d pixels", e.Width, e.Height)}
	}
	_, meta, err := e.Decode()
	if err != nil {
		return &failure{kind: "cannot be decoded", err: err}
	}
	sum := sha256.Sum256(data)
	o.SHA256, o.Format, o.Width, o.Height = hex.EncodeToString(sum[:]), meta.Format, meta.Width, meta.Height
	return nil
}

// recall is what was recorded for an address.
func (r *run) recall(address string) (outcome, []byte) {
	o, ok := r.replayed.of(address)
	if !ok {
		return outcome{Address: address, Reason: "not in the recording", Detail: "the recording was stopped before it"}, nil
	}
	if !o.good() {
		return o, nil
	}
	data, err := r.replayed.load(o, r.Limits.Bytes)
	if err != nil {
		return outcome{Address: address, Time: o.Time, Reason: "not in the recording", Detail: text.Shorten(err.Error(),
			300)}, nil
	}
	return o, data
}
