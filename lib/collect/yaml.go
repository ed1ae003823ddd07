package collect

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"

	"imagelab/lib/text"
)

// planYAML is a plan as it is written.
type planYAML struct {
	Contact   string          `yaml:"contact"`
	Provider  sources         `yaml:"provider"`
	Words     map[string]list `yaml:"words"`
	Templates list            `yaml:"templates"`
	Class     list            `yaml:"class"`
	Synonyms  map[string]list `yaml:"synonyms"`
	Exclude   list            `yaml:"exclude"`
	Without   list            `yaml:"without"`
	Results   int             `yaml:"results"`
	Rate      float64         `yaml:"rate"`

	lines map[string]int
}

// UnmarshalYAML refuses unknown keys.
func (y *planYAML) UnmarshalYAML(n *yaml.Node) error {
	type bare planYAML
	var err error
	if y.lines, err = strict(n, "a plan", bare{}); err != nil {
		return err
	}
	return n.Decode((*bare)(y))
}

// UnmarshalYAML takes a kind alone too, and refuses unknown keys.
func (s *Source) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		s.Kind = n.Value
		return nil
	}
	type bare Source
	if _, err := strict(n, "a provider", bare{}); err != nil {
		return err
	}
	if err := n.Decode((*bare)(s)); err != nil {
		return err
	}
	if s.Kind == "" {
		return fmt.Errorf("line %d: a provider needs its kind: one of %s", n.Line, strings.Join(kinds(), ", "))
	}
	return nil
}

// strict returns the lines of a mapping's keys, or an error for one that is no field of like.
func strict(n *yaml.Node, what string, like any) (map[string]int, error) {
	var known []string
	for field := range reflect.TypeOf(like).Fields() {
		if tag := field.Tag.Get("yaml"); tag != "" {
			known = append(known, tag)
		}
	}
	if n.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("line %d: %s is written as keys with values: its keys are %s", n.Line, what,
			strings.Join(known, ", "))
	}
	lines := map[string]int{}
	for i := 0; i < len(n.Content); i += 2 {
		key := n.Content[i]
		hint := text.DidYouMean(key.Value, known)
		if hint == "" {
			hint = "; its keys are " + strings.Join(known, ", ")
		}
		has := false
		for _, k := range known {
			has = has || k == key.Value
		}
		if !has {
			return nil, fmt.Errorf("line %d: %s has no key %q%s", key.Line, what, key.Value, hint)
		}
		lines[key.Value] = key.Line
	}
	return lines, nil
}

// list takes one value for a list of one.
type list []string

// UnmarshalYAML implements yaml.Unmarshaler.
func (l *list) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode && n.Tag != "!!null" {
		*l = list{n.Value}
		return nil
	}
	for _, item := range n.Content {
		if n.Kind == yaml.SequenceNode && item.Kind != yaml.ScalarNode {
			return fmt.Errorf("line %d: expected a word here", item.Line)
		}
	}
	return n.Decode((*[]string)(l))
}

// sources takes one provider for a list of one.
type sources []Source

// UnmarshalYAML implements yaml.Unmarshaler.
func (s *sources) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.SequenceNode {
		return n.Decode((*[]Source)(s))
	}
	*s = make(sources, 1)
	return n.Decode(&(*s)[0])
}

// plain is a YAML error in the words of those who write plans.
func plain(err error) error {
	message := strings.TrimPrefix(strings.TrimPrefix(err.Error(), "yaml: "), "unmarshal errors:\n  ")
	for go_, words := range map[string]string{"cannot unmarshal !!": "expected another kind of value, not ",
		"into int":     "(a whole number)",
		"into float64": "(a number)", "into string": "(a text)", "into []string": "(a list)",
		"into map[string]collect.list": "(names with lists of words)"} {
		message = strings.ReplaceAll(message, go_, words)
	}
	return errors.New(message)
}
