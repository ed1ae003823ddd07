package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"imagelab/lib/lab"
	"imagelab/lib/text"
)

// printTable writes a table in the room there is, and says which columns found none and what
// shows them.
func (a *app) printTable(t text.Table, instead string) error {
	left, err := t.Write(a.stdout, a.columns)
	if err == nil && len(left) > 0 {
		err = a.printLine(fmt.Sprintf("not shown in %d columns: %s (%s)", a.columns, strings.Join(left, ", "), instead))
	}
	return err
}

// printLine prints a sentence in the room there is.
func (a *app) printLine(line string) error {
	if a.columns > 0 {
		line = text.Wrap(line, a.columns)
	}
	_, err := fmt.Fprintln(a.stdout, line)
	return err
}

// lab is the library's front for one verb, which says what it is told to say on standard error.
func (a *app) lab() *lab.Lab {
	return &lab.Lab{Progress: a.progress, Stdout: a.stdout, Stderr: a.stderr}
}

// withFlags says by which flag the folder was named that cannot be used.
func withFlags(err error) error {
	var taken *lab.FolderError
	if errors.As(err, &taken) {
		return fmt.Errorf("--out: %w", err)
	}
	return err
}

// printAnswer prints what a result says, and where its page is.
func (a *app) printAnswer(result fmt.Stringer, page string) error {
	fmt.Fprintln(a.stdout, result)
	return a.lookAt(page)
}

// lookAt says where a page is. On a terminal it is a link too, which many terminals open by a
// click.
func (a *app) lookAt(page string) error {
	_, err := fmt.Fprintf(a.stdout, "look at %s\n", text.Name(page))
	full, absErr := filepath.Abs(page)
	if err != nil || absErr != nil || a.columns == 0 {
		return err
	}
	_, err = fmt.Fprintln(a.stdout, (&url.URL{Scheme: "file", Path: filepath.ToSlash(full)}).String())
	return err
}

// json prints one JSON object on a line of its own. Lists in v that are nil become [], and maps {},
// as programs that read them expect.
func (a *app) json(v any) error {
	return json.NewEncoder(a.data).Encode(filled(reflect.ValueOf(v)).Interface())
}

// filled is v after [fillNil], which also changes what v points to.
func filled(v reflect.Value) reflect.Value {
	c := reflect.New(v.Type()).Elem()
	c.Set(v)
	fillNil(c)
	return c
}

// fillNil gives v empty lists and maps in place of nil ones, at any depth. Bytes are text in JSON,
// and stay.
func fillNil(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			fillNil(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() || f.Anonymous {
				fillNil(v.Field(i))
			}
		}
	case reflect.Slice:
		if v.IsNil() && v.CanSet() && v.Type().Elem().Kind() != reflect.Uint8 {
			v.Set(reflect.MakeSlice(v.Type(), 0, 0))
		}
		for i := range v.Len() {
			fillNil(v.Index(i))
		}
	case reflect.Map:
		if v.IsNil() && v.CanSet() {
			v.Set(reflect.MakeMap(v.Type()))
		}
		for _, key := range v.MapKeys() {
			v.SetMapIndex(key, filled(v.MapIndex(key)))
		}
	case reflect.Interface:
		if !v.IsNil() {
			v.Set(filled(v.Elem()))
		}
	}
}

// noteReachable says that other machines can reach what is served on an address, if they can. may
// is what they may do then.
func (a *app) noteReachable(host, what, may string) {
	addresses, err := net.LookupHost(host) // of an address it is the address
	far := slices.ContainsFunc(addresses, func(address string) bool {
		ip, err := netip.ParseAddr(address)
		return err != nil || !ip.IsLoopback()
	})
	if err == nil && far {
		fmt.Fprintf(a.stderr, "note: other machines can reach this %s. Who has the address with its token can %s, and the "+
			"connection is not encrypted: use a network that you trust, or ssh -L\n", what, may)
	}
}
