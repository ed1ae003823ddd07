package asset

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"imagelab/lib/progress"
	"imagelab/lib/text"
)

// pluginFile is the name of the CUDA plugin in JAX's wheel.
const pluginFile = "xla_cuda_plugin.so"

// link is a file or folder that gets a second name in the folder of a linked asset.
type link struct {
	name   string // relative to the asset's folder
	target string // absolute
}

// fetchLinked brings an asset of several archives: each is kept in the cache by itself, so that a
// rerun after a stop goes on with the next, and the asset is a folder of links to their files. from
// is a Python environment whose files are linked in place of that, or "".
func (r Ref) fetchLinked(ctx context.Context, cache, from string, p progress.Func) (string, error) {
	if platform := runtime.GOOS + "/" + runtime.GOARCH; platform != "linux/amd64" {
		return "", fmt.Errorf("asset: %s is for linux/amd64, and this is %s, where the CPU computes", r.Name, platform)
	}
	if from != "" {
		links, err := r.linksInto(from)
		if err != nil {
			return "", fmt.Errorf("asset: fetch %s from %s: %w", r.Name, text.Path(from), err)
		}
		return r.place(ctx, cache, links, p)
	}
	var links []link
	for _, part := range r.Parts { // one already in the cache takes no time
		dir, err := part.fetch(ctx, cache, "", p)
		if err != nil {
			return "", err
		}
		more, err := r.linksTo(dir)
		if err != nil {
			return "", fmt.Errorf("asset: fetch %s: %w", r.Name, err)
		}
		links = append(links, more...)
	}
	return r.place(ctx, cache, links, p)
}

// linksTo lists a link for every file of an unpacked part.
func (r Ref) linksTo(dir string) ([]link, error) {
	var links []link
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		switch {
		case err != nil:
			return err
		case rel == pluginFile:
			links = append(links, link{r.Member, path})
		default:
			links = append(links, link{filepath.Join("nvidia", rel), path})
		}
		return nil
	})
	return links, err
}

// place makes the folder of links under the lock, and moves it to its place.
func (r Ref) place(ctx context.Context, cache string, links []link, p progress.Func) (string, error) {
	unlock, err := Lock(ctx, cache, p)
	if err != nil {
		return "", err
	}
	defer unlock()
	return r.publishFilled(ctx, cache, func(_, stage string) error {
		home := r.home(cache)
		for _, l := range links {
			path := filepath.Join(stage, l.name)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				return err
			}
			if err := os.Symlink(l.from(cache, home), path); err != nil && !errors.Is(err, fs.ErrExist) {
				return err // two wheels of one vendor may hold the same file
			}
		}
		return nil
	})
}

// from is what the link says: a path relative to it inside the cache, which a person may move, else
// the absolute one.
func (l link) from(cache, home string) string {
	inside, err := filepath.Rel(cache, l.target)
	if err != nil || !filepath.IsLocal(inside) {
		return l.target
	}
	rel, err := filepath.Rel(filepath.Dir(filepath.Join(home, l.name)), l.target)
	if err != nil {
		return l.target
	}
	return rel
}

// linksInto lists the links into a Python environment that has JAX with CUDA. The error names what
// it lacks, and the command that brings it.
func (r Ref) linksInto(environment string) ([]link, error) {
	environment, err := filepath.Abs(environment)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(environment); err != nil {
		return nil, err
	}
	roots := sitePackages(environment)
	if len(roots) == 0 {
		return nil, errors.New("it has no lib/python3.*/site-packages; give the folder of a Python environment that has JAX")
	}
	var links []link
	var wrong []string
	seen := map[string]bool{}
	for _, part := range r.Parts {
		root, problem := part.installedIn(roots)
		if problem != "" {
			wrong = append(wrong, problem)
			continue
		}
		folder := filepath.Join(root, strings.TrimSuffix(part.Member, "/"))
		if plugin := filepath.Join(folder, pluginFile); part.Package == r.Package {
			if !isFile(plugin) {
				wrong = append(wrong, text.Path(plugin)+" is missing")
			}
			links = append(links, link{r.Member, plugin})
		} else if !seen[folder] {
			seen[folder] = true
			links = append(links, foldersOf(folder)...)
		}
	}
	if len(wrong) > 0 {
		return nil, fmt.Errorf("%s; run %s -m pip install %q and try again, or fetch without this environment",
			strings.Join(wrong, "; "), text.Path(filepath.Join(environment, "bin", "python")), "jax[cuda13]=="+r.Version)
	}
	return links, nil
}

// sitePackages lists the folders of installed packages of an environment, or environment itself
// where it is such a folder.
func sitePackages(environment string) []string {
	var roots []string
	for _, pattern := range []string{"lib/python3*/site-packages", "lib64/python3*/site-packages",
		"lib/python3*/dist-packages", "lib/python3/dist-packages", "local/lib/python3*/dist-packages"} {
		names, err := fs.Glob(os.DirFS(environment), pattern)
		if err != nil {
			continue
		}
		for _, name := range names {
			roots = append(roots, filepath.Join(environment, name))
		}
	}
	if base := filepath.Base(environment); base == "site-packages" || base == "dist-packages" {
		roots = append(roots, environment)
	}
	return roots
}

// installedIn finds the part in the folders of installed packages, by the name of the folder that
// holds a package's metadata. The plugin has to be of the pinned release; libraries of the same
// major version stand in for each other.
func (r Ref) installedIn(roots []string) (root, problem string) {
	problem = fmt.Sprintf("%s %s is missing", r.Package, r.Version)
	stem := strings.ReplaceAll(r.Package, "-", "_") + "-"
	for _, root := range roots {
		entries, _ := os.ReadDir(root) // what cannot be read holds nothing for us
		for _, e := range entries {
			version, isMeta := strings.CutSuffix(e.Name(), ".dist-info")
			version, ours := strings.CutPrefix(version, stem)
			if !isMeta || !ours {
				continue
			}
			if version == r.Version || r.Member == "nvidia/" && major(version) == major(r.Version) {
				return root, ""
			}
			problem = fmt.Sprintf("%s is %s, not %s", r.Package, text.Name(version), r.Version)
		}
	}
	return "", problem
}

func major(version string) string {
	first, _, _ := strings.Cut(version, ".")
	return first
}

// foldersOf lists a link for each folder below nvidia/ of an environment.
func foldersOf(nvidia string) []link {
	entries, _ := os.ReadDir(nvidia) // an empty list is noticed by the check for libraries
	var links []link
	for _, e := range entries {
		if path := filepath.Join(nvidia, e.Name()); isFolder(path) {
			links = append(links, link{filepath.Join("nvidia", e.Name()), path})
		}
	}
	return links
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// checkLinks reports the first link of a linked asset that leads nowhere.
func checkLinks(home string) error {
	return filepath.WalkDir(home, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Type()&fs.ModeSymlink == 0 {
			return err
		}
		if _, err := os.Stat(path); err != nil {
			return fmt.Errorf("%s is gone: %w", text.Path(path), err)
		}
		return nil
	})
}

// CUDALibraries is the folder, which need not be there, in which a CUDA plugin looks for NVIDIA's
// libraries and programs.
func CUDALibraries(plugin string) string {
	return filepath.Join(filepath.Dir(filepath.Dir(plugin)), "nvidia")
}

// CUDALacks lists NVIDIA's libraries and programs that XLA needs and that are not in the folders
// beside a CUDA plugin, as patterns of their file names.
func CUDALacks(plugin string) []string {
	nvidia := CUDALibraries(plugin)
	lacks := []string{"libcublas.so.*", "libcublasLt.so.*", "libcudart.so.*", "libcudnn.so.*",
		"libcufft.so.*", "libcusolver.so.*", "libcusparse.so.*", "libnvJitLink.so.*", "bin/ptxas"}
	return slices.DeleteFunc(lacks, func(name string) bool {
		if !strings.HasPrefix(name, "bin/") {
			name = "lib/" + name
		}
		for _, folder := range []string{"", "*"} {
			found, err := fs.Glob(os.DirFS(nvidia), strings.TrimPrefix(folder+"/"+name, "/"))
			if err == nil && slices.ContainsFunc(found, func(f string) bool { return isFile(filepath.Join(nvidia, f)) }) {
				return true
			}
		}
		return false
	})
}
