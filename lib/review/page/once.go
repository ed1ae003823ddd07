package page

import (
	"slices"
	"sync"
)

// mostRemembered is how many requests are remembered. A page repeats only its last one, so this is
// enough for many pages.
const mostRemembered = 1000

// once carries out each request once, as long as the server runs. A page whose answer was lost on
// the way sends its request again, with the same id.
type once struct {
	mu  sync.Mutex
	ids []string // of the requests that were carried out, oldest first
}

// do calls f, unless f succeeded before for this id. It calls one at a time, so that a repeated
// request waits for the first one. A request without an id is always carried out.
func (o *once) do(id string, f func() error) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if id != "" && slices.Contains(o.ids, id) {
		return nil
	}
	if err := f(); err != nil {
		return err
	}
	if id != "" {
		o.ids = append(o.ids, id)
		o.ids = o.ids[max(0, len(o.ids)-mostRemembered):]
	}
	return nil
}
