package lab

import (
	"path/filepath"

	"imagelab/lib/internal/folder"
)

// FolderError says why a folder cannot be the one for a result: it holds something else, or lies
// where it would be taken for something else.
type FolderError struct{ error }

// Unwrap returns the reason.
func (e *FolderError) Unwrap() error { return e.error }

// Kind is what a folder for results holds.
type Kind = folder.Kind

// Kinds of folders.
const (
	SetFolder      = folder.Set      // a data set
	RunFolder      = folder.Run      // a trained model
	CurveFolder    = folder.Curve    // a learning curve
	TradeOffFolder = folder.TradeOff // a comparison of models

	CollectionFolder = folder.Collection // photos that collect fetched
)

// IsSet reports whether dir holds a data set.
func IsSet(dir string) bool {
	is, err := folder.Look(dir)
	return err == nil && is == folder.Set
}

// CheckFolder returns nil where a result of this kind may be written into dir: it is empty, not
// there, or holds the same kind already. Otherwise it is a [FolderError]. photos is the root of
// the photos in use, inside which no result is written, or "".
func CheckFolder(dir string, kind Kind, photos string) error {
	if err := folder.Check(dir, kind, photos); err != nil {
		return &FolderError{err}
	}
	return nil
}

// out is the folder for a result, which is asked for or lies below Dir.
func (l *Lab) out(asked string, kind Kind, name, photos string) (string, error) {
	dir := asked
	if dir == "" {
		dir = filepath.Join(l.Dir, string(kind), name)
	}
	return dir, l.check(dir, kind, photos)
}

// check is CheckFolder; the lab's own folder may hold other files too.
func (l *Lab) check(dir string, kind Kind, photos string) error {
	if l.Dir != "" && dir == l.Dir {
		return nil
	}
	return CheckFolder(dir, kind, photos)
}
