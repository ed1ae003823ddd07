package detail

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"path/filepath"

	"imagelab/lib/dataset"
	"imagelab/lib/feed"
)

// agreementsVersion is that of package align. Raise it when the same two photos agree otherwise.
const agreementsVersion = 2

// agreements keeps how well pairs of photos agree, by their contents: to lay one photo on another
// takes longer than all else that is done again for a set that did not change.
type agreements struct {
	file  string // empty: in memory only
	known map[string]float64
	added bool
}

// agreementsFile is the content of the file.
type agreementsFile struct {
	Version int                `json:"version"`
	Pairs   map[string]float64 `json:"pairs"` // agreement by pairKey
}

// openAgreements reads what is kept in the folder cache ("": nothing). A file that is missing,
// damaged, or of another version counts as empty.
func openAgreements(cache string) *agreements {
	a := &agreements{known: map[string]float64{}}
	if cache == "" {
		return a
	}
	a.file = filepath.Join(cache, "agreements.json")
	var f agreementsFile
	if dataset.ReadJSON(a.file, &f) == nil && f.Version == agreementsVersion && f.Pairs != nil {
		a.known = f.Pairs
	}
	return a
}

// save keeps what was added. A cache that cannot be written costs time at the next call, and
// nothing else.
func (a *agreements) save() {
	if a.added && a.file != "" {
		_ = dataset.WriteJSON(a.file, agreementsFile{agreementsVersion, a.known})
	}
}

// pairKey names a pair, of which the first photo is turned.
func pairKey(a, b dataset.Image, turn int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %s %d", feed.Key([]dataset.Image{a}), feed.Key([]dataset.Image{b}), turn))
	return base64.RawStdEncoding.EncodeToString(sum[:12])
}
