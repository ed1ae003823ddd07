// Package photo reads photos: decoding of every common format within limits, orientation, colours,
// resizing, and the hash of what a photo looks like.
//
// [Decode] gives the pixels of a file as 8-bit RGB as they are to be seen, [DecodeScaled] a smaller
// version of them in a fraction of the time, for a [Resize] that follows. [FingerprintFile] takes
// the hash by which copies are found. The format of a file is judged by its content, never by its
// name.
package photo

// Flags say what was unusual about a file.
const (
	FlagCMYK       = "cmyk"         // was CMYK or YCCK
	FlagRotated    = "exif-rotated" // EXIF orientation 2 to 8 was applied
	FlagAlpha      = "alpha"        // had transparent pixels, now on white
	FlagGrey       = "grey"         // has one channel only
	FlagDeep       = "16-bit"       // had 16 bits a channel, now 8
	FlagAnimated   = "animated"     // the first frame is used
	FlagLowEntropy = "low-entropy"  // blank or nearly so: its difference hash means nothing
)

// DecodeVersion changes whenever photos decode to other pixels than before, or other photos are
// refused. The names of cached files contain it, so results of an older decoder are never used.
const DecodeVersion = "11"
