package review_test

import (
	"context"
	"fmt"
	"os"
	"strings"

	"imagelab/lib/review"
)

// Two people decide about one photo. Each reads what the other one wrote since.
func Example() {
	dir, err := os.MkdirTemp("", "set")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	ctx, photo := context.Background(), strings.Repeat("0", 64)
	ann, bob := review.Open(dir, "set"), review.Open(dir, "set")
	ann.Append(ctx, review.Decision{Who: "ann", SHA256: photo, Kind: review.KindLabel, Before: "shirt", After: "blouse"})
	first, _ := bob.Since(0)
	bob.Append(ctx, review.Decision{Who: "bob", SHA256: photo, Kind: review.KindState, After: review.StateDrop,
		Why: "blurred"})
	rest, err := ann.Since(first.Next)

	decisions := append(first.Decisions, rest.Decisions...)
	state := review.Fold(decisions)
	fmt.Println(state.Class(photo, "shirt"), state.Photos[photo].State, state.Photos[photo].Why, err)

	last, _ := state.Undoable("ann")
	undone, _ := ann.Append(ctx, review.Undo(last, "ann"))
	fmt.Println(review.Fold(append(decisions, undone...)).Class(photo, "shirt"))
	// Output:
	// blouse drop blurred <nil>
	// shirt
}
