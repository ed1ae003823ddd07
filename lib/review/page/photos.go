package page

import (
	"bytes"
	"errors"
	"image/jpeg"
	"io/fs"
	"net/http"
	"strconv"
	"strings"

	"imagelab/lib/dataset"
)

// shownSide is the longer side of a photo as one view shows it, pixels; zoomed in, it has all of
// its own up to zoomedSide.
const (
	shownSide  = 1400
	zoomedSide = 6000
)

// image finds the photo that a request names by its number in the set and the start of its hash,
// which makes an address good for ever.
func (s *Server) image(r *http.Request) (dataset.Image, bool) {
	i, err := strconv.Atoi(r.PathValue("photo"))
	if err != nil || i < 0 || i >= len(s.set.Images) {
		return dataset.Image{}, false
	}
	im := s.set.Images[i]
	hash := r.PathValue("hash")
	return im, len(hash) >= 8 && strings.HasPrefix(im.SHA256, hash)
}

func (s *Server) sendThumb(w http.ResponseWriter, r *http.Request) {
	im, ok := s.image(r)
	if !ok {
		http.Error(w, "This photo is not in the set any more: load the page again.", http.StatusNotFound)
		return
	}
	data, err := s.thumbs.get(r.Context(), im)
	sendPicture(w, data, err)
}

// sendPhoto sends a photo as imagelab sees it: turned upright, 16 bits through the set's window.
func (s *Server) sendPhoto(w http.ResponseWriter, r *http.Request) {
	im, ok := s.image(r)
	if !ok {
		http.Error(w, "This photo is not in the set any more: load the page again.", http.StatusNotFound)
		return
	}
	side := shownSide
	if r.URL.Query().Has("full") {
		side = zoomedSide
	}
	if err := s.thumbs.turns.take(r.Context(), true); err != nil {
		return
	}
	defer s.thumbs.turns.give()
	img, err := drawn(s.set, im, side)
	var data bytes.Buffer
	if err == nil {
		err = jpeg.Encode(&data, img, &jpeg.Options{Quality: 90})
	}
	sendPicture(w, data.Bytes(), err)
}

// sendPicture sends a JPEG, or says in words why there is none.
func sendPicture(w http.ResponseWriter, data []byte, err error) {
	if err != nil {
		http.Error(w, reasonOf(err), http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "image/jpeg")
	w.Header().Set("Cache-Control", "private, max-age=86400, immutable")
	w.Write(data) // if it fails, nobody is there to hear of it
}

// reasonOf says on a tile why a photo is not drawn.
func reasonOf(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "The file is not there any more."
	case errors.Is(err, fs.ErrPermission):
		return "The file may not be read."
	case errors.Is(err, dataset.ErrChanged):
		return "The file was changed since it was ingested."
	}
	return "It cannot be drawn: " + err.Error()
}
