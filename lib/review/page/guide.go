package page

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"

	"imagelab/lib/dataset"
	"imagelab/lib/internal/seal"
)

// guideFile says, in Markdown, what the classes are and what to do with difficult photos.
const guideFile = "guide.md"

// mostGuide is how much of a guide is shown, bytes.
const mostGuide = 1 << 20

func (s *Server) guidePath() string { return filepath.Join(s.set.Dir, guideFile) }

func (s *Server) readGuide() ([]byte, error) {
	data, err := seal.Read(s.guidePath())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return data, err
}

func (s *Server) sendGuide(w http.ResponseWriter, _ *http.Request) {
	data, err := s.readGuide()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Write(data[:min(len(data), mostGuide)]) // if it fails, nobody is there to hear of it
}

// pin adds a photo as an example of its class to the guide.
func (s *Server) pin(w http.ResponseWriter, r *http.Request) {
	q, ok := s.read(w, r)
	if !ok {
		return
	}
	if q.Photo < 0 || q.Photo >= len(s.set.Images) {
		http.Error(w, "There is no such photo.", http.StatusBadRequest)
		return
	}
	if s.board.blind != nil {
		http.Error(w, "Photos are pinned on the page of the whole set, not in a second pass.", http.StatusBadRequest)
		return
	}
	if err := s.addToGuide(s.board.since(0).Rows[q.Photo].Label, s.set.Images[q.Photo].Path); err != nil {
		http.Error(w, err.Error(), http.StatusInsufficientStorage)
		return
	}
	s.sendGuide(w, r)
}

// addToGuide puts a picture at the end of a class's section, which it begins where there is none.
func (s *Server) addToGuide(class, path string) error {
	s.pinning.Lock()
	defer s.pinning.Unlock()
	data, err := s.readGuide()
	if err != nil {
		return err
	}
	return dataset.WriteFile(s.guidePath(), func(out io.Writer) error {
		_, err := out.Write(withPicture(data, class, path))
		return err
	})
}

// withPicture is the text of a guide with one more picture.
func withPicture(guide []byte, class, path string) []byte {
	if class == "" {
		class = "without a label"
	}
	heading := "## " + oneLine(class)
	name := strings.NewReplacer("[", "(", "]", ")").Replace(oneLine(class))
	address := strings.NewReplacer("(", "%28", ")", "%29").Replace((&url.URL{Path: path}).EscapedPath())
	picture := fmt.Sprintf("![%s](%s)", name, address)
	lines := strings.Split(strings.TrimRight(string(guide), "\n"), "\n")
	end, inside := len(lines), false
	for i, line := range lines {
		if inside && strings.HasPrefix(line, "#") {
			end = i
			break
		}
		inside = inside || strings.TrimSpace(line) == heading
	}
	if !inside {
		lines = append(lines, "", heading, "", picture)
	} else {
		lines = append(lines[:end:end], append([]string{picture}, lines[end:]...)...)
	}
	return append(bytes.TrimLeft([]byte(strings.Join(lines, "\n")), "\n"), '\n')
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
