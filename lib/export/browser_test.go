package export

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image/png"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"imagelab/lib/asset"
	"imagelab/lib/photo/phototest"
)

// web is onnxruntime-web, which the page of the documentation needs, of the version that its first
// lines name.
var web = asset.Ref{
	Name: "onnxruntime-web", Client: "npm", Package: "onnxruntime-web", Version: "1.23.0",
	File:   "onnxruntime-web-1.23.0.tgz",
	SHA256: "7e0074d9319fdef002bcf28ef73eb119dd6302083fa0395ec560cb4e5ca0970b", Bytes: 25_486_404,
	Payload: asset.Payload{Bytes: 111_347_855}, Member: "package/dist/", Layout: asset.LayoutTree, License: "MIT",
}

// inBrowser opens the page of the documentation in Chromium, with a file beside it, and compares
// what it says of a photo with the model's own answer.
func (c Checker) inBrowser(t *testing.T, file []byte, within float64) {
	t.Helper()
	ort, err := web.Fetch(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	img := phototest.Noise(90, 70)
	var photo bytes.Buffer
	if err := png.Encode(&photo, img); err != nil {
		t.Fatal(err)
	}
	names, err := json.Marshal(c.Model.Classes)
	if err != nil {
		t.Fatal(err)
	}
	served := func(content []byte) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(content) }
	}
	mux := http.NewServeMux()
	mux.Handle("/ort/", http.StripPrefix("/ort/", http.FileServer(http.Dir(ort))))
	mux.Handle("/", http.FileServer(http.Dir(filepath.Join("..", "..", "docs"))))
	mux.Handle("/model.onnx", served(file))
	mux.Handle("/classes.json", served(names))
	mux.Handle("/photo.png", served(photo.Bytes()))
	server := httptest.NewServer(mux)
	defer server.Close()
	said := said(t, server.URL+"/browser.html?photo=photo.png")

	own, err := c.Predictor.Image(t.Context(), img)
	if err != nil {
		t.Fatal(err)
	}
	var class string
	var probability float64
	if _, err := fmt.Sscan(said, &class, &probability); err != nil {
		t.Fatalf("the page says %q: %v", said, err)
	}
	best := top(own)
	if class != c.Model.Classes[best] || max(probability-own[best], own[best]-probability) > within {
		t.Errorf("the page says %q, and the model %s %.6f", said, c.Model.Classes[best], own[best])
	}
}

// said is what the page says in the end.
func said(t *testing.T, address string) string {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox,
		chromedp.Flag("disable-background-networking", true))
	ctx, stop := chromedp.NewExecAllocator(t.Context(), options...)
	defer stop()
	ctx, stop = chromedp.NewContext(ctx)
	defer stop()
	if err := chromedp.Do(ctx, chromedp.Navigate(address)); err != nil {
		t.Fatal(err)
	}
	const patience = 2 * time.Minute
	text := ""
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		var err error
		text, err = chromedp.Run(ctx, chromedp.Evaluate[string](`document.querySelector("[role=status]").textContent`))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(text, "…") && text != "Choose a photo." {
			return text
		}
	}
	t.Fatalf("after %v the page says %q", patience, text)
	return ""
}
