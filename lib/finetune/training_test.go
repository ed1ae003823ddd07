package finetune

import (
	"strings"
	"testing"

	"imagelab/lib/dataset"
)

// TestTrainingSideLacksClasses: folders that came with sides may lack a class on the training side,
// which the model then never says.
func TestTrainingSideLacksClasses(t *testing.T) {
	of := func(train string) *dataset.Set {
		s := &dataset.Set{}
		for i, class := range strings.Split("a b c "+train, " ") {
			side := dataset.Train
			if i < 3 {
				side = dataset.Val
			}
			s.Images = append(s.Images, dataset.Image{Path: string(rune('0' + i)), Class: class, Split: side})
		}
		return s
	}
	for _, c := range []struct{ train, note, err string }{
		{"a b c", "", ""}, {"a b", "no training image is of c", ""}, {"a", "", "are of one class"},
	} {
		s, said := of(c.train), ""
		p := &Prepared{data: Data{Set: s}, classes: s.Classes()}
		err := p.checkTraining(Observer{Note: func(text string) { said += text }})
		wrong := (err != nil) != (c.err != "") || err != nil && !strings.Contains(err.Error(), c.err)
		if wrong || (said != "") != (c.note != "") || !strings.Contains(said, c.note) {
			t.Errorf("training photos of %s: %v, %q; want %q, %q", c.train, err, said, c.err, c.note)
		}
	}
}
