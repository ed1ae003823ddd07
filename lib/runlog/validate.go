package runlog

import (
	"errors"
	"fmt"
	"math"
	"reflect"

	"imagelab/lib/metric"
)

// validator is a line that can check its values.
type validator interface{ Validate() error }

// largest is a limit that no measured number exceeds.
const largest = 1e15

// validate returns an error for numbers that cannot have been measured, and the error of the line's
// own check.
func validate(v any) error {
	if err := plausible(reflect.ValueOf(v)); err != nil {
		return err
	}
	if v, ok := v.(validator); ok {
		return v.Validate()
	}
	return nil
}

// plausible checks every floating-point number in v.
func plausible(v reflect.Value) error {
	switch v.Kind() {
	case reflect.Float64:
		if x := v.Float(); math.IsNaN(x) || math.Abs(x) > largest {
			return fmt.Errorf("%g cannot be a measured number", x)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			return plausible(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if err := plausible(v.Field(i)); err != nil {
				return fmt.Errorf("%s: %w", v.Type().Field(i).Name, err)
			}
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			if err := plausible(v.Index(i)); err != nil {
				return err
			}
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			if err := plausible(v.MapIndex(key)); err != nil {
				return err
			}
		}
	}
	return nil
}

// Validate returns an error for values that no fit records: negative counts, invalid results, or
// predictions that do not match the photos.
func (r Record) Validate() error {
	if r.Size < 0 || r.PerClass < 0 || r.PeakMemory < 0 {
		return errors.New("a size, number of photos or amount of memory is negative")
	}
	for _, counts := range []map[string]int{r.Counts, r.Trained} {
		for name, n := range counts {
			if n < 0 || n > maxImages {
				return fmt.Errorf("%d photos are counted for %q", n, name)
			}
		}
	}
	results := []metric.Result{r.Val}
	if r.Test != nil {
		results = append(results, *r.Test)
	}
	for _, result := range results {
		if err := result.Validate(); err != nil {
			return err
		}
	}
	for _, o := range []*Outcomes{r.Outcomes, r.Validated} {
		if err := o.validate(len(r.classesOf(o))); err != nil {
			return err
		}
	}
	return nil
}

// classesOf are the classes that the labels of o are indices into; none if the record does not say.
func (r Record) classesOf(o *Outcomes) []string {
	if o != nil && o.Side == "test" && r.Test != nil {
		return r.Test.Classes
	}
	return r.Val.Classes
}

// maxImages is larger than any data set, and sums of such numbers do not overflow.
const maxImages = 1 << 40

// validate checks the outcomes for this number of classes; 0: not known.
func (o *Outcomes) validate(classes int) error {
	switch {
	case o == nil:
		return nil
	case len(o.Predicted) != len(o.Labels) || len(o.Labels) == 0:
		return fmt.Errorf("%d predictions are recorded for %d photos", len(o.Predicted), len(o.Labels))
	case o.Groups != nil && len(o.Groups) != len(o.Labels):
		return fmt.Errorf("groups of %d photos are recorded for %d", len(o.Groups), len(o.Labels))
	}
	for i := range o.Labels {
		beyond := classes > 0 && max(o.Labels[i], o.Predicted[i]) >= classes
		if beyond || min(o.Labels[i], o.Predicted[i]) < 0 || o.Groups != nil &&
			(o.Groups[i] < 0 || o.Groups[i] >= len(o.Groups)) {
			return fmt.Errorf("the prediction of photo %d has no valid class or group", i+1)
		}
	}
	return nil
}
