package page

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestNoClassHasTheKeyOfACommand: a command has its key first, so a class with the same one could
// not be reached by its key, although the page shows it.
func TestNoClassHasTheKeyOfACommand(t *testing.T) {
	data, err := os.ReadFile("assets/commands.js")
	if err != nil {
		t.Fatal(err)
	}
	classes := regexp.MustCompile(`const classKeys = '(\w+)'`).FindStringSubmatch(string(data))
	commands := regexp.MustCompile(`keys: \[(.*?)\]`).FindAllStringSubmatch(string(data), -1)
	if classes == nil || len(commands) < 20 {
		t.Fatalf("found the keys %q of classes and those of %d commands", classes, len(commands))
	}
	for i, key := range classes[1] {
		if strings.Count(classes[1], string(key)) > 1 {
			t.Errorf("class %d shares its key %c with another one", i+1, key)
		}
		for _, c := range commands {
			if strings.Contains(c[1], "'"+string(key)+"'") {
				t.Errorf("class %d has the key %c of a command", i+1, key)
			}
		}
	}
}
