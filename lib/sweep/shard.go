package sweep

import (
	"fmt"

	"imagelab/lib/part"
)

// refused adds to an error about a locked shard what to do.
func refused(s part.Shard, err error) error {
	if s.Count > 1 {
		return fmt.Errorf("sweep: part %s: %w; processes that share a folder must use the same number of parts, "+
			"each part once", s, err)
	}
	return fmt.Errorf("sweep: %w; or start all processes with Options.Shard to share the work", err)
}
