package review

import (
	"fmt"
	"path/filepath"
	"strings"

	"imagelab/lib/text"
)

// GuidePath is the path of the guide of the set in dir: Markdown that says what a class is and what
// to do with photos in doubt.
func GuidePath(dir string) string { return filepath.Join(dir, "guide.md") }

// GuideTemplate is the guide of a set with these classes, to be filled in.
func GuideTemplate(name string, classes []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `# How to label %s

Label what the photo shows, not what its folder or file is called. Look at the whole photo first.

## In doubt

- **ambiguous**: you cannot tell the class, or two classes fit equally well. Choose the more likely class
  and mark the photo.
- **occluded**: something hides a part of what is to be classified. Label it if you can still tell the class.
- **truncated**: a part of it lies outside the photo. Label it if you can still tell the class.
- **drop**: the photo shows none of the classes, or is broken, or must not be used. Say why.

## Classes
`, text.Name(name))
	for _, class := range classes {
		fmt.Fprintf(&b, "\n### %s\n\nIt is:\n\nIt is not:\n\nExamples:\n", text.Name(class))
	}
	return b.String()
}
