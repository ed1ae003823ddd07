package runlog

import (
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
)

// Release is the module version of the running program, such as "v1.2.0", or, of a commit that no
// version was given, "v0.0.0-20260301120000-abcdef012345". It is empty where the program was built
// without it.
func Release() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "(devel)" {
		return ""
	}
	return info.Main.Version
}

// Commit names the commit that the running program was built from, followed by "+changes" where
// files differed from it. Programs built without it, as by `go run`, ask git about the folder of
// their source. It is empty where neither knows.
var Commit = sync.OnceValue(func() string {
	var revision, changes string
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			switch {
			case s.Key == "vcs.revision":
				revision = s.Value
			case s.Key == "vcs.modified" && s.Value == "true":
				changes = "+changes"
			}
		}
	}
	if revision != "" {
		return revision + changes
	}
	_, file, _, ok := runtime.Caller(0)
	if !ok || !filepath.IsAbs(file) { // built with -trimpath: the source may be anywhere
		return ""
	}
	return sourceCommit(filepath.Dir(file))
})

// sourceCommit asks git for the commit of a folder.
func sourceCommit(dir string) string {
	revision, err := exec.Command("git", "-C", dir, "rev-parse", "HEAD").Output()
	if err != nil {
		return ""
	}
	// Only Go source and what pins its dependencies decide what a program does.
	changed, err := exec.Command("git", "-C", dir, "status", "--porcelain", "--untracked-files=no", "--", ":/*.go",
		":/go.mod", ":/go.sum").Output()
	if err != nil {
		return ""
	}
	commit := strings.TrimSpace(string(revision))
	if len(changed) > 0 {
		commit += "+changes"
	}
	return commit
}
