package finetune

import "imagelab/lib/imgset"

// JudgedFiles are the files of the images that Judge scores fits on: the test images, or the validation images of a set
// without them.
func (d Data) JudgedFiles() []string {
	images := d.Set.InSplit(imgset.Test)
	if len(images) == 0 {
		images = d.Set.InSplit(imgset.Val)
	}
	return files(d.Set, images)
}
