package main

import (
	"strings"
	"testing"
)

// TestCheckSource: who names what is no folder learns how to get one.
func TestCheckSource(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"p.zip", "it's.tar.gz", "cat/1.jpg", "labels.csv", "list.txt", "real*/1.jpg"} {
		put(t, name, "x")
	}
	for _, tt := range []struct {
		name, reason string
		want         string // empty: ingest looks at it
	}{
		{"https://a.b/p.zip", "it is downloaded by others", "`curl -LO https://a.b/p.zip`, unpack it"},
		{"s3://b/p", "by its own client", "`aws s3 cp s3://b/p .`"},
		{"abfs://b/p", "by a client that we do not know", "reads abfs addresses"},
		{"file:///data/p", "as file managers copy it", "its path, /data/p"},
		{"p.zip", "the name of the folder is that of the archive", "`unzip p.zip -d p`, and name the folder"},
		{"it's.tar.gz", "a shell reads it", "tar -xf " + word("it's.tar.gz") + " -C " + word("it's")},
		{"cat/1.jpg", "a set has many", "is one photo"},
		{"-", "a set is on the disk", "no standard input"},
		{"cat/*/1.jpg", "the shell found nothing, or was told not to look", "name cat"},
		{"*", "here", "name ."},
		{"real*", "a folder with a star in its name", ""},
		{"labels.csv", "a table of labels", ""},
		{"list.txt", "tables come as text too", ""},
		{"cat", "a folder", ""},
		{"nothing", "ingest says that it is missing", ""},
	} {
		err := checkSource("ingest", tt.name)
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q: %s", tt.name, err, tt.want, tt.reason)
		}
	}
}
