package nbui

// Either is a parameter of a notebook that has two forms: the first value in the quick one, the second in the full one.
func Either[T any](quick bool, inQuick, inFull T) T {
	if quick {
		return inQuick
	}
	return inFull
}
