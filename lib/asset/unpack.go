package asset

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"imagelab/lib/progress"
)

// maxUnpacked bounds what one archive may write, bytes, so that a bomb ends early. A larger archive
// may write unpackedFactor times its size.
const (
	maxUnpacked    = 600 << 20
	unpackedFactor = 6
)

// maxFiles bounds the number of files that one archive may write.
const maxFiles = 100_000

// visit is told of every entry of an archive that is not a folder: its name with forward slashes,
// whether it is a plain file, and its bytes, which are valid during the call.
type visit func(name string, regular bool, r io.Reader) error

// unpack writes the members of the archive that r keeps into stage.
func (r Ref) unpack(ctx context.Context, archive, stage string, p progress.Func) error {
	budget, files := max(maxUnpacked, unpackedFactor*r.Bytes), int64(0)
	if err := os.MkdirAll(stage, 0o755); err != nil {
		return err
	}
	err := walkArchive(archive, func(name string, regular bool, content io.Reader) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if !safeName(name) {
			return fmt.Errorf("unpack: refused the unsafe name %q", name)
		}
		rel, keep := r.keeps(name)
		if !keep {
			return nil
		}
		if !regular {
			return fmt.Errorf("unpack: refused %q: not a plain file", name)
		}
		files++
		if files > maxFiles {
			return fmt.Errorf("unpack: more than %d files", maxFiles)
		}
		n, err := writeFile(filepath.Join(stage, rel), content, budget, r.modeOf(rel))
		budget -= n
		p.Report("unpacking "+r.Name+", files", files, 0)
		return err
	})
	if err != nil {
		return err
	}
	if files == 0 {
		return fmt.Errorf("unpack: no %s in the archive", r.Member)
	}
	p.Report("unpacking "+r.Name+", files", files, files)
	return nil
}

// safeName reports whether a name stays inside wherever it is put, also once Member is cut off its
// front: no "..", not absolute, nothing that another system reads as a separator.
func safeName(name string) bool {
	return filepath.IsLocal(name) && path.Clean(name) == name && !strings.Contains(name, "\\")
}

// keeps maps an entry's name to its place under stage, and says whether it is wanted at all.
func (r Ref) keeps(name string) (string, bool) {
	if r.Layout == LayoutFile {
		return filepath.Base(r.Member), name == r.Member
	}
	rel, ok := strings.CutPrefix(name, r.Member)
	if !ok || (len(r.Folders) > 0 && !r.wants(rel)) {
		return "", false
	}
	return filepath.Join("data", filepath.FromSlash(rel)), true
}

// modeOf is the mode of a file of the asset: libraries bring programs that XLA starts.
func (r Ref) modeOf(rel string) os.FileMode {
	if r.Layout == LayoutTree && filepath.Base(filepath.Dir(rel)) == "bin" {
		return 0o755
	}
	return 0o644
}

// writeFile writes at most budget bytes to a new file, and returns how many it wrote.
func writeFile(path string, content io.Reader, budget int64, mode os.FileMode) (int64, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return 0, err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return 0, fmt.Errorf("unpack: %w", err)
	}
	n, err := io.Copy(f, io.LimitReader(content, budget+1))
	if err := errors.Join(err, f.Close()); err != nil {
		return n, fmt.Errorf("unpack %s: %w", filepath.Base(path), err)
	}
	if n > budget {
		return n, fmt.Errorf("unpack: the archive holds more than it may, %d bytes too many", n-budget)
	}
	return n, nil
}

// walkArchive goes through a wheel (zip) or a gzipped tar, told apart by its first bytes.
func walkArchive(archive string, each visit) error {
	f, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer f.Close()
	var magic [2]byte
	if _, err := io.ReadFull(f, magic[:]); err != nil {
		return fmt.Errorf("unpack %s: %w", filepath.Base(archive), err)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	switch string(magic[:]) {
	case "PK":
		return walkZip(f, each)
	case "\x1f\x8b":
		return walkTar(f, each)
	}
	return fmt.Errorf("unpack %s: neither zip nor gzip", filepath.Base(archive))
}

func walkZip(f *os.File, each visit) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	z, err := zip.NewReader(f, info.Size())
	if err != nil {
		return fmt.Errorf("unpack: %w", err)
	}
	for _, entry := range z.File {
		if entry.FileInfo().IsDir() {
			continue
		}
		if err := visitZip(entry, each); err != nil {
			return err
		}
	}
	return nil
}

func visitZip(entry *zip.File, each visit) error {
	r, err := entry.Open()
	if err != nil {
		return fmt.Errorf("unpack %q: %w", entry.Name, err)
	}
	defer r.Close()
	return each(entry.Name, entry.Mode().IsRegular(), r)
}

func walkTar(f *os.File, each visit) error {
	gz, err := gzip.NewReader(f)
	if err != nil {
		return fmt.Errorf("unpack: %w", err)
	}
	defer gz.Close()
	for t := tar.NewReader(gz); ; {
		h, err := t.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("unpack: %w", err)
		}
		if h.Typeflag == tar.TypeDir || h.Typeflag == tar.TypeXGlobalHeader {
			continue
		}
		if err := each(h.Name, h.Typeflag == tar.TypeReg, t); err != nil {
			return err
		}
	}
}
