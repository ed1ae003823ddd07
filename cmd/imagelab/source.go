package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"imagelab/lib/photo"
	"imagelab/lib/text"
)

// checkSource refuses names that are no folder of photos, and no table of them, before any work is
// done. The error says how to make a folder of it.
func checkSource(verb, name string) error {
	shown := text.Name(name)
	if how := howToDownload(name); how != "" {
		return fmt.Errorf("%s is an address, and %s reads folders: %s, unpack it if it is an archive, and name the folder",
			shown, verb, how)
	}
	if path, ok := pathOf(name); ok {
		return fmt.Errorf("%s is an address: name the folder by its path, %s", shown, word(path))
	}
	info, err := os.Stat(name)
	switch {
	case err != nil && name == stdinName:
		return fmt.Errorf("%s reads no standard input: name the folder of photos", verb)
	case err != nil && isPattern(name):
		return fmt.Errorf("%s is a pattern, and %s takes one folder with all in it: name %s", shown, verb,
			word(abovePattern(name)))
	case err != nil || !info.Mode().IsRegular():
		return nil
	case howToUnpack(name) != "":
		return fmt.Errorf("%s is an archive, and %s reads folders: unpack it%s, and name the folder", shown, verb,
			howToUnpack(name))
	case photo.NamedLikePhoto(name):
		return fmt.Errorf("%s is one photo, and %s reads folders: name the folder that holds the class folders, or use "+
			"`imagelab predict` to classify a photo", shown, verb)
	}
	return nil
}

// abovePattern is the folder above the first name with a star.
func abovePattern(pattern string) string {
	names := strings.Split(filepath.ToSlash(pattern), "/")
	for i, name := range names {
		if isPattern(name) {
			names = names[:i]
			break
		}
	}
	dir := strings.Join(names, "/")
	if dir == "" && strings.HasPrefix(pattern, "/") {
		return "/"
	}
	return filepath.Clean(dir)
}

// howToUnpack is how to unpack an archive; empty: the name is that of another file.
func howToUnpack(name string) string {
	lower := strings.ToLower(name)
	for _, ending := range []string{".zip", ".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz", ".tar.zst", ".7z", ".rar"} {
		if !strings.HasSuffix(lower, ending) {
			continue
		}
		dir := word(name[:len(name)-len(ending)])
		switch ending {
		case ".zip":
			return fmt.Sprintf(", for example with `unzip %s -d %s`", word(name), dir)
		case ".7z", ".rar":
			return fmt.Sprintf(" into a folder such as %s", dir)
		}
		return fmt.Sprintf(", for example with `mkdir %s && tar -xf %s -C %s`", dir, word(name), dir)
	}
	return ""
}
