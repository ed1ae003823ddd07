package layout

import (
	"fmt"
	"path"
	"strings"
)

// systemFolders are what network drives, operating systems and tools leave among photos:
// thumbnails, bins, caches. Lower case.
var systemFolders = map[string]bool{
	"@eadir": true, "#recycle": true, "@recycle": true, "@recently-snapshot": true, "#snapshot": true, "~snapshot": true,
	"@tmp": true, "@synoresource": true, "@__thumb": true, "@appstore": true, "@sharebin": true, "@snapshot": true,
	"$recycle.bin": true, "recycler": true, "recycled": true, "$extend": true, "system volume information": true,
	"found.000": true,
	"__macosx":  true, "lost+found": true, "network trash folder": true, "temporary items": true,
	"appledouble": true, "ipod photo cache": true, "__pycache__": true, "node_modules": true, "_vti_cnf": true,
	"dfsrprivate": true,
}

// bundles are the endings of folders that photo programs keep their own copies in.
var bundles = map[string]bool{".lrdata": true, ".photoslibrary": true, ".photolibrary": true, ".aplibrary": true}

// LeaveOut returns why files of this name, or all files in a folder of this name, are no photos of
// the set, or nothing.
func LeaveOut(name string, folder bool) string {
	lower := strings.ToLower(name)
	switch {
	case folder && (systemFolders[lower] || strings.HasPrefix(lower, "$windows.~") || bundles[path.Ext(lower)]):
		return fmt.Sprintf("in folders called %q, which systems and tools leave", name)
	case folder && strings.HasPrefix(name, "."):
		return "in hidden folders"
	case strings.HasPrefix(name, "."):
		return "hidden"
	}
	return ""
}
