// Package collect brings photos for a plan of queries into a folder per class, politely, and keeps
// where each came from.
//
// [ReadPlan] reads the plan, [Plan.Queries] shows what it asks, and [Run] does it. A folder of a
// collection holds:
//
//	CLASS/HASH.jpg      photos, named by their content
//	collected.jsonl     a [Line] for each query that found a photo
//	ATTRIBUTION.md      author, licence and page of every photo; ATTRIBUTION.csv is the same as a table
//	.collect/           what the providers answered and what became of each address, for [Options.Replay]
package collect

import (
	"time"

	"imagelab/lib/dataset"
)

// Found is a photo in the answer of a provider. All of it was said by others.
type Found struct {
	Address        string // of the photo
	Page           string // of the page that shows it
	Title          string
	Author         string
	Licence        string // short, such as "CC BY-SA 4.0"
	LicenceAddress string
}

// Line is a line of collected.jsonl: a photo that a query found.
type Line struct {
	SHA256 string `json:"sha256"` // of the photo's bytes, 64 hex digits
	File   string `json:"file"`   // slash path in the folder of the collection
	Class  string `json:"class"`
	dataset.Origin
	Title          string    `json:"title,omitempty"`
	LicenceAddress string    `json:"licence_address,omitempty"`
	Width          int       `json:"width"`  // pixels, after orientation
	Height         int       `json:"height"` // pixels, after orientation
	Bytes          int64     `json:"bytes"`
	Time           time.Time `json:"time"` // when it was fetched
}

// Limits bound what one photo may take.
type Limits struct {
	Time   time.Duration // for one answer or photo, from the request to its last byte
	Bytes  int64         // of one answer or photo
	Pixels int64         // of one photo
}

// Options are the options of [Run].
type Options struct {
	Dir          string // the folder of the collection
	Replay       string // folder of a collection whose recorded answers and photos are used in place of the network
	AllowPrivate bool   // photos may come from this machine and from private networks, and through a proxy
	Limits       Limits // zero: [DefaultLimits]
	Workers      int    // photos that are fetched at the same time; 0: 8

	backoff time.Duration // before the first repetition; 0: a second
}

// DefaultLimits allows a minute, 30 MB and 60 megapixels.
func DefaultLimits() Limits {
	return Limits{Time: time.Minute, Bytes: 30 << 20, Pixels: 60_000_000}
}
