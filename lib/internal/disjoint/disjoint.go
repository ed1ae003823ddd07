// Package disjoint keeps sets of numbers that are joined bit by bit (union-find), such as photos of
// which some pairs are copies.
package disjoint

// Sets are disjoint sets of the numbers [0,n). A set is known by its smallest number.
type Sets []int

// New returns n sets of one number each.
func New(n int) Sets {
	s := make(Sets, n)
	for i := range s {
		s[i] = i
	}
	return s
}

// ByKeys returns the sets of n numbers of which those with a key in common are together.
func ByKeys[K comparable](n int, keys func(i int) []K) Sets {
	s, first := New(n), map[K]int{}
	for i := range s {
		for _, key := range keys(i) {
			if j, ok := first[key]; ok {
				s.Join(i, j)
			} else {
				first[key] = i
			}
		}
	}
	return s
}

// Find returns the smallest number of the set of i.
func (s Sets) Find(i int) int {
	for s[i] != i {
		s[i] = s[s[i]]
		i = s[i]
	}
	return i
}

// Join makes one set of those of i and j.
func (s Sets) Join(i, j int) {
	i, j = s.Find(i), s.Find(j)
	s[max(i, j)] = min(i, j)
}

// All returns the sets, each ascending, in the order of their smallest.
func (s Sets) All() [][]int {
	var out [][]int
	at := make([]int, len(s)) // of a root's set in out
	for i := range s {
		root := s.Find(i)
		if root == i {
			at[i] = len(out)
			out = append(out, nil)
		}
		out[at[root]] = append(out[at[root]], i)
	}
	return out
}
