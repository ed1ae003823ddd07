package atomicfile

// Steps that a file takes on its way to the disk. witness is told of each; it does nothing, except
// in a program that was built with the tag attack.
const (
	written = "written" // its bytes are in an unfinished file
	synced  = "synced"  // and on the disk
	renamed = "renamed" // it has its name
	listed  = "listed"  // the names of its folder are on the disk
)
