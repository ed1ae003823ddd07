package jupyter

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"imagelab/lib/dataset"
	"imagelab/lib/internal/atomicfile"
	"imagelab/lib/internal/filelock"
	"imagelab/lib/internal/folder"
	"imagelab/lib/internal/layout"
	"imagelab/lib/photo"
)

// laidFile notes, in a folder of copies, what each copy was when it was made.
const laidFile = ".lessons.json"

// laid are the digests of the lessons that copies were made from, by the name of the copy.
type laid struct {
	Copies map[string]string `json:"copies"`
}

// Copied is what [CopyLessons] did, as names of files in the folder of copies.
type Copied struct {
	Added   []string // were not there
	Renewed []string // were as they had been copied, and the lesson has changed since
	Beside  []string // newer lessons, put beside copies that the person has changed
}

// CopyLessons brings the notebooks of the folder from into the folder to, which it makes, so that
// running them changes nothing in from. A copy that the person has changed or run is never written
// again: if its lesson has changed since, the newer lesson is put beside it, as NAME-new.ipynb. One
// that is as it was copied is brought up to date. Where both folders are the same it does nothing.
func CopyLessons(ctx context.Context, from, to string) (Copied, error) {
	lessons, err := Find(from)
	if err == nil && len(lessons) == 0 {
		err = fmt.Errorf("there are no notebooks in %s", from)
	}
	if err == nil {
		err = CheckCopies(from, to)
	}
	if err == nil {
		err = os.MkdirAll(to, 0o755)
	}
	if err != nil {
		return Copied{}, fmt.Errorf("jupyter: copy the lessons: %w", err)
	}
	if sameFolder(from, to) {
		return Copied{}, nil
	}
	lock, err := filelock.Wait(ctx, filepath.Join(to, filelock.Name), nil)
	if err != nil {
		return Copied{}, fmt.Errorf("jupyter: copy the lessons: %w", err)
	}
	defer lock.Close()
	c := copier{to: to}
	if err := dataset.ReadJSON(filepath.Join(to, laidFile), &c.laid); err != nil || c.laid.Copies == nil {
		c.laid.Copies = map[string]string{} // not there, or damaged: then every copy counts as the person's
	}
	for _, lesson := range lessons {
		if err := c.lesson(lesson); err != nil {
			return c.did, fmt.Errorf("jupyter: copy the lessons: %w", err)
		}
	}
	return c.did, c.save()
}

// CheckCopies returns an error where [CopyLessons] cannot or should not write into the folder to:
// it is a file or lies below one, it is read-only, or it holds no notebooks but what imagelab made,
// or photos in class folders. The error names another folder.
func CheckCopies(from, to string) error {
	if sameFolder(from, to) {
		return nil
	}
	there := to // what exists of it
	for {
		if _, err := os.Lstat(there); err == nil || filepath.Dir(there) == there {
			break
		}
		there = filepath.Dir(there)
	}
	if info, err := os.Stat(there); err != nil || !info.IsDir() {
		return fmt.Errorf("%s is no folder: name one for the lessons, such as %s", there, besides(there))
	}
	if err := atomicfile.Try(there); err != nil {
		return fmt.Errorf("%w: name another folder for the lessons", err)
	}
	if there != to {
		return nil
	}
	is, err := folder.Look(to)
	if err != nil {
		return err
	}
	own, err := Find(to)
	if err != nil || len(own) > 0 {
		return err
	}
	made := []folder.Kind{folder.Set, folder.Run, folder.Model, folder.Curve, folder.TradeOff, folder.Collection}
	if slices.Contains(made, is) || is == folder.Photos && hasClasses(to, 2) {
		return fmt.Errorf("%s %s, and lessons do not belong there: name another folder, such as %s", to, is, besides(to))
	}
	return nil
}

// besides is a folder for lessons beside what is in the way.
func besides(path string) string {
	dir := filepath.Join(filepath.Dir(path), "lessons")
	if dir == path {
		return filepath.Join(filepath.Dir(path), "my-lessons")
	}
	return dir
}

// hasClasses reports whether folders in dir, or below so many levels of folders, hold photos.
func hasClasses(dir string, levels int) bool {
	entries, _ := os.ReadDir(dir) // what cannot be read holds none that is known
	for _, e := range entries {
		below := filepath.Join(dir, e.Name())
		if !e.IsDir() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		files, _ := os.ReadDir(below)
		if slices.ContainsFunc(files, func(f os.DirEntry) bool { return !f.IsDir() && photo.NamedLikePhoto(f.Name()) }) ||
			levels > 1 && layout.Side(e.Name()) != "" && hasClasses(below, levels-1) {
			return true
		}
	}
	return false
}

func sameFolder(a, b string) bool {
	x, err := os.Stat(a)
	y, err2 := os.Stat(b)
	return err == nil && err2 == nil && os.SameFile(x, y)
}

// copier copies lessons into a folder.
type copier struct {
	to      string
	laid    laid
	changed bool // laid is to be written
	did     Copied
}

// lesson copies one lesson under its own name or, where that is the person's, under the next.
func (c *copier) lesson(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	base, lesson := filepath.Base(path), digest(text)
	for i := 0; ; i++ {
		name := copyName(base, i)
		have, err := os.ReadFile(filepath.Join(c.to, name))
		missing := errors.Is(err, fs.ErrNotExist)
		was := c.laid.Copies[name]
		switch {
		case err != nil && !missing:
			return err
		case missing && i > 0 && was == lesson: // which the person has deleted
			return nil
		case missing && i > 0:
			c.did.Beside = append(c.did.Beside, name)
			return c.lay(name, text, lesson)
		case missing:
			c.did.Added = append(c.did.Added, name)
			return c.lay(name, text, lesson)
		case digest(have) == lesson:
			c.note(name, lesson)
			return nil
		case digest(have) == was:
			c.did.Renewed = append(c.did.Renewed, name)
			return c.lay(name, text, lesson)
		case was == lesson: // the person's, made from this lesson
			return nil
		}
	}
}

// copyName is what the i-th copy of a lesson is called.
func copyName(base string, i int) string {
	stem := strings.TrimSuffix(base, ".ipynb")
	switch i {
	case 0:
		return base
	case 1:
		return stem + "-new.ipynb"
	}
	return fmt.Sprintf("%s-new%d.ipynb", stem, i)
}

func (c *copier) lay(name string, text []byte, lesson string) error {
	c.note(name, lesson)
	return writeFile(filepath.Join(c.to, name), text)
}

func (c *copier) note(name, lesson string) {
	c.changed = c.changed || c.laid.Copies[name] != lesson
	c.laid.Copies[name] = lesson
}

func (c *copier) save() error {
	if !c.changed {
		return nil
	}
	return dataset.WriteJSON(filepath.Join(c.to, laidFile), c.laid)
}
