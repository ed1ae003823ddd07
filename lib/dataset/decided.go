package dataset

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"

	"imagelab/lib/review"
	"imagelab/lib/text"
)

// GivenClass is the class that the folder or the CSV file gave the image, whatever was decided
// since. It is empty if they gave none.
func (im Image) GivenClass() string {
	if im.Labelled || im.FolderClass != "" {
		return im.FolderClass
	}
	return im.Class
}

// Decisions returns the log of what people decide about the photos of the set. The set must have a
// folder.
func (s *Set) Decisions() *review.Log { return review.Open(s.Dir, s.id) }

// TakeDecisions brings the images up to date with the log of decisions: labels, names of classes,
// photos that are left out, tags, and which of several copies is kept. [Load] and [Ingest] call it,
// so only those who keep a set while others decide have to. It changes no file. If the log holds no
// decision about this set, the images stay as they are.
func (s *Set) TakeDecisions() error {
	if s.Dir == "" {
		return nil
	}
	part, err := s.Decisions().All()
	if err != nil {
		return fmt.Errorf("dataset: %w", err)
	}
	s.aside = part.Aside
	if len(part.Decisions) == 0 {
		return nil
	}
	s.Apply(review.Fold(part.Decisions))
	return nil
}

// Aside returns the lines of the log of decisions that do not count, as they were when the set was
// loaded.
func (s *Set) Aside() []review.Aside { return s.aside }

// Apply gives the images what st says about them. What earlier decisions said is forgotten.
func (s *Set) Apply(st *review.State) {
	for i := range s.Images {
		s.Images[i].decide(st)
	}
	s.shareApart()
	s.electKept()
}

func (im *Image) decide(st *review.State) {
	given := im.GivenClass()
	im.Class, im.FolderClass = st.Class(im.SHA256, given), ""
	im.Labelled, im.Excluded, im.Tags, im.Chosen, im.Apart = false, "", nil, false, nil
	if p := st.Photos[im.SHA256]; p != nil {
		im.Labelled, im.Chosen, im.Tags, im.Apart = p.Labelled, p.Keep, slices.Clone(p.Tags), slices.Clone(p.Apart)
		switch {
		case p.State == review.StateDrop && p.Why != "":
			im.Excluded = p.Why
		case p.State == review.StateDrop:
			im.Excluded = "dropped in review"
		case p.State == review.StateAmbiguous && !slices.Contains(im.Tags, review.StateAmbiguous):
			im.Tags = append(im.Tags, review.StateAmbiguous)
			slices.Sort(im.Tags)
		}
	}
	if im.Labelled || im.Class != given {
		im.FolderClass = given
	}
}

// shareApart gives photos with the same pixels what people said of one of them.
func (s *Set) shareApart() {
	said := map[string][]string{} // by pixels
	for _, im := range s.Images {
		if im.Apart != nil {
			said[im.Pixels] = append(said[im.Pixels], im.Apart...)
		}
	}
	for i, im := range s.Images {
		if apart := said[im.Pixels]; len(said) > 0 && apart != nil {
			s.Images[i].Apart = slices.Compact(slices.Sorted(slices.Values(apart)))
		}
	}
}

// Apart reports whether people said that a and b are no copies of each other, although they look
// alike. Of the same pixels nobody can say that.
func Apart(a, b Image) bool {
	return a.Pixels != b.Pixels && slices.ContainsFunc(a.Apart, func(d string) bool { return slices.Contains(b.Apart, d) })
}

// WithApart are images, each with what people said of the copies that it stands for too.
func (s *Set) WithApart(images []Image) []Image {
	said := map[string][]string{} // by path of the kept one
	for _, im := range s.Images {
		if im.DuplicateOf != "" && im.Apart != nil {
			said[im.DuplicateOf] = append(said[im.DuplicateOf], im.Apart...)
		}
	}
	if len(said) == 0 {
		return images
	}
	images = slices.Clone(images)
	for i, im := range images {
		images[i].Apart = slices.Concat(im.Apart, said[im.Path])
	}
	return images
}

// electKept gives each group of copies the photo that is kept and the mark of a conflict, as its
// members are decided now. The photo that is kept stays where one is as good.
func (s *Set) electKept() {
	at, groups := map[string]int{}, map[int][]int{}
	for i, im := range s.Images {
		at[im.Path] = i
	}
	for i, im := range s.Images {
		if kept, ok := at[im.DuplicateOf]; im.DuplicateOf != "" && ok {
			groups[kept] = append(groups[kept], i)
		}
	}
	for kept, others := range groups {
		best := kept
		for _, i := range others {
			if s.Images[i].rank() < s.Images[best].rank() {
				best = i
			}
		}
		members := append(others, kept)
		conflict := Conflicting(s.Images, members)
		for _, i := range members {
			s.Images[i].Conflict = conflict
			if best != kept {
				s.Images[i].DuplicateOf = s.Images[best].Path
			}
		}
		if best != kept {
			s.Images[best].takePlace(s.Images[kept])
		}
	}
}

// rank orders the members of a group of copies: one that people chose, one that is not excluded,
// any other.
func (im Image) rank() int {
	switch {
	case im.Excluded != "":
		return 2
	case im.Chosen:
		return 0
	}
	return 1
}

// Prefer compares two photos of a group of copies by what was decided about them: negative if a is
// to be kept.
func Prefer(a, b Image) int { return a.rank() - b.rank() }

// takePlace makes the image the one that is kept in place of was, on the same side.
func (im *Image) takePlace(was Image) {
	im.DuplicateOf = ""
	if was.Split != "" {
		im.Split = was.Split
	}
	if im.Group == "" {
		im.Group = was.Group
	}
}

// Conflicting reports whether the images of these indices, copies of one photo, have more than
// one class. Those that are excluded or have no class do not count. If people gave some of them a
// label, only these count.
func Conflicting(images []Image, members []int) bool {
	classes, labelled := map[string]bool{}, map[string]bool{}
	for _, i := range members {
		im := images[i]
		if im.Excluded != "" || im.Class == "" {
			continue
		}
		classes[im.Class] = true
		if im.Labelled {
			labelled[im.Class] = true
		}
	}
	return len(labelled) > 1 || len(labelled) == 0 && len(classes) > 1
}

// Excluded counts the images that were left out by a decision.
func Excluded(images []Image) int {
	n := 0
	for _, im := range images {
		if im.Excluded != "" {
			n++
		}
	}
	return n
}

// identify gives the set the name that its decisions bear: was, the one it had before, or that of
// the log if most photos in it are photos of the set, or else a new one. It stays the same when
// photos come and go.
func (s *Set) identify(was string, images []Image) {
	s.id = was
	if s.id != "" || s.Dir == "" {
		return
	}
	hashes, there := make([]string, 0, len(images)), map[string]bool{}
	for _, im := range images {
		hashes = append(hashes, im.SHA256)
		there[im.SHA256] = true
	}
	if part, err := review.Open(s.Dir, "").All(); err == nil {
		if s.id = review.Owner(part.Decisions, func(sha256 string) bool { return there[sha256] }); s.id != "" {
			return
		}
	}
	slices.Sort(hashes)
	sum := sha256.New()
	for _, h := range slices.Compact(hashes) {
		io.WriteString(sum, h+"\n")
	}
	s.id = hex.EncodeToString(sum.Sum(nil))[:16]
}

// takeIngested takes the decisions up after an ingest; before are the images of the ingest before.
func (s *Set) takeIngested(before []Image) error {
	if len(before) == 0 {
		before = s.Images
	}
	s.identify(s.id, before)
	if err := s.TakeDecisions(); err != nil {
		return err
	}
	s.noteDecisions()
	return nil
}

// noteDecisions says what decisions have made of the set.
func (s *Set) noteDecisions() {
	labels := 0
	for _, im := range s.Images {
		if im.Class != im.GivenClass() {
			labels++
		}
	}
	var told []string
	if labels > 0 {
		told = append(told, text.Count(labels, "photo has", "photos have")+" another class than the source says")
	}
	if n := Excluded(s.Images); n > 0 {
		told = append(told, text.Count(n, "photo is", "photos are")+" excluded")
	}
	if len(told) > 0 {
		s.Notes = append(s.Notes, "decided in review: "+strings.Join(told, ", "))
	}
	if n := len(s.aside); n > 0 {
		s.Notes = append(s.Notes, fmt.Sprintf("%s set aside, the first because %s",
			text.Count(n, "line in "+review.File+" was", "lines in "+review.File+" were"), s.aside[0].Reason))
	}
}
