package asset

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"imagelab/lib/internal/atomicfile"
	"imagelab/lib/progress"
)

// install makes the asset in a temporary folder of the cache and moves it to its place, all under
// the lock.
func (r Ref) install(ctx context.Context, cache, from string, p progress.Func) (string, error) {
	unlock, err := Lock(ctx, cache, p)
	if err != nil {
		return "", err
	}
	defer unlock()
	if path, ok := r.cachedIn(cache); ok && from == "" {
		return path, nil // another process fetched it while this one waited
	}
	return r.publishFilled(ctx, cache, func(tmp, stage string) error { return r.fill(ctx, cache, tmp, stage, from, p) })
}

// publishFilled has fill make the asset in the folder stage, and moves that to its place. The lock
// is held.
func (r Ref) publishFilled(ctx context.Context, cache string, fill func(tmp, stage string) error) (string, error) {
	tmp, err := freshTemp(cache)
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(tmp)
	stage := filepath.Join(tmp, "stage")
	if err := fill(tmp, stage); err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(stage, markerName), []byte(r.marker()), 0o644); err != nil {
		return "", err
	}
	if err := r.sync(stage); err != nil {
		return "", err
	}
	if err := ctx.Err(); err != nil {
		return "", err
	}
	home := r.home(cache)
	if err := publish(stage, home, filepath.Join(tmp, "old")); err != nil {
		return "", err
	}
	return r.payload(home), nil
}

// fill brings the checked payload into stage, from a folder, a local archive or a download.
func (r Ref) fill(ctx context.Context, cache, tmp, stage, from string, p progress.Func) error {
	folder, archive, err := r.source(from)
	if err != nil {
		return err
	}
	if folder != "" {
		return r.copyFolders(ctx, folder, r.payload(stage), p)
	}
	if archive == "" {
		if archive, err = r.download(ctx, cache, tmp, p); err != nil {
			return err
		}
	}
	if err := r.verifyArchive(archive); err != nil {
		return err
	}
	if r.Member == "" {
		return atomicfile.Copy(archive, r.payload(stage))
	}
	if err := r.unpack(ctx, archive, stage, p); err != nil {
		return err
	}
	return r.finish(ctx, stage)
}

// source tells a folder to copy from an archive to unpack; both are empty when from is, which
// means: download.
func (r Ref) source(from string) (folder, archive string, err error) {
	if from == "" {
		return "", "", nil
	}
	info, err := os.Stat(from)
	if err != nil {
		return "", "", err
	}
	inside, published := filepath.Join(from, r.File), filepath.Join(from, path.Base(r.URL)) // as on the hub
	switch {
	case info.Mode().IsRegular():
		return "", from, nil
	case !info.IsDir():
		return "", "", fmt.Errorf("%s is neither a file nor a folder", from)
	case isFile(inside):
		return "", inside, nil
	case r.URL != "" && isFile(published):
		return "", published, nil
	case len(r.Folders) > 0:
		return from, "", nil
	default:
		return "", "", fmt.Errorf("the folder has no %s; give the archive file itself", r.File)
	}
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// tempPrefix begins the names of folders under cache/tmp.
const tempPrefix = "fetch-"

// freshTemp makes an empty folder under cache/tmp. The lock is held, so earlier ones were left by
// processes that died, and are removed. Other files stay: a person may have named a folder of their
// own as the cache.
func freshTemp(cache string) (string, error) {
	root := filepath.Join(cache, tempDir)
	if err := os.MkdirAll(root, 0o755); err != nil {
		return "", err
	}
	entries, err := os.ReadDir(root)
	if err != nil {
		return "", err
	}
	for _, e := range entries {
		if e.IsDir() && strings.HasPrefix(e.Name(), tempPrefix) {
			if err := os.RemoveAll(filepath.Join(root, e.Name())); err != nil {
				return "", err
			}
		}
	}
	return os.MkdirTemp(root, tempPrefix)
}

// publish moves stage to home; an older home is moved aside first, because a folder cannot be
// renamed over a full one.
func publish(stage, home, old string) error {
	if err := os.MkdirAll(filepath.Dir(home), 0o755); err != nil {
		return err
	}
	if err := os.Rename(home, old); err != nil && !os.IsNotExist(err) {
		return err
	}
	if err := os.Rename(stage, home); err != nil {
		return err
	}
	return atomicfile.SyncFolder(filepath.Dir(home))
}

// sync waits until what is in stage is on the disk, before it gets the name under which it is
// believed.
func (r Ref) sync(stage string) error {
	files, folders, err := r.unsynced(stage)
	if err != nil {
		return err
	}
	for _, path := range files {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		if err := errors.Join(atomicfile.Sync(f), f.Close()); err != nil {
			return err
		}
	}
	for _, dir := range folders {
		if err := atomicfile.SyncFolder(dir); err != nil {
			return err
		}
	}
	return nil
}

// unsynced lists the files of stage that must be on the disk, and all its folders. The photos of a
// data set are not waited for: each is checked when it is read. The list of their labels is not.
func (r Ref) unsynced(stage string) (files, folders []string, err error) {
	all := r.Layout == LayoutFile || r.Layout == LayoutTree
	believed := []string{markerName, CSVName, solarScores}
	err = filepath.WalkDir(stage, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			folders = append(folders, path)
		case d.Type().IsRegular() && (all || slices.Contains(believed, d.Name())):
			files = append(files, path)
		}
		return nil
	})
	return files, folders, err
}

// verifyArchive compares the archive's hash with the pin. Archives pinned by content are checked
// once unpacked.
func (r Ref) verifyArchive(archive string) error {
	if len(r.Folders) > 0 {
		return nil
	}
	got, err := fileSHA256(archive)
	if err != nil {
		return err
	}
	if !r.matches(got) {
		return fmt.Errorf("wrong file: %s has sha256 %s", filepath.Base(archive), got)
	}
	return nil
}

func fileSHA256(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
