package nbui

// Either is a parameter of a notebook with two values: `quick` for the quick form and `full` for
// the full form.
func Either[T any](quick bool, inQuick, inFull T) T {
	if quick {
		return inQuick
	}
	return inFull
}
