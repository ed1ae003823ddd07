package jupyter

import (
	"io"
	"net/http"
	"strconv"
	"testing"

	"imagelab/lib/fulltest"
)

func prepare(t *testing.T) *Kit {
	t.Helper()
	fulltest.Needs(t, "Jupyter")
	repo, err := Repo(".")
	if err != nil {
		t.Fatal(err)
	}
	k, err := Prepare(t.Context(), repo, nil)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func get(t *testing.T, address string) string {
	t.Helper()
	response, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func number(t *testing.T, digits string) int {
	t.Helper()
	n, err := strconv.Atoi(digits)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
