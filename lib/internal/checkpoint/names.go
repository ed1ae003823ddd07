package checkpoint

import (
	"errors"
	"fmt"
	"strings"
)

// storage is a reference to a run of numbers.
type storage struct {
	key  string
	kind string // class of the storage, such as "FloatStorage"
	n    int64  // numbers
}

// tensor is a view of a storage.
type tensor struct {
	storage       storage
	offset        int64
	shape, stride []int64
}

// name runs the opcodes that look up a name, call it, or set a state.
func (m *machine) name(op byte) error {
	switch op {
	case 'c':
		return m.global()
	case 0x93: // STACK_GLOBAL
		names, err := m.popN(2)
		if err != nil {
			return err
		}
		module, a := names[0].(string)
		name, b := names[1].(string)
		if !a || !b {
			return errDamaged
		}
		return m.known(global{module, name})
	case 'Q': // BINPERSID
		id, err := m.pop()
		of, ok := id.(tuple)
		if err != nil || !ok || m.refs == nil {
			return errDamaged
		}
		v, err := m.refs(of)
		if err != nil {
			return err
		}
		return m.push(v)
	case 'b': // BUILD: attributes of a dictionary, such as its version, which nobody needs
		if _, err := m.pop(); err != nil || len(m.stack) == 0 {
			return errDamaged
		}
		if _, ok := m.stack[len(m.stack)-1].(*dict); !ok {
			return errors.New("its pickle asks for more than tensors (the state of an object)")
		}
		return nil
	}
	return m.call()
}

// global reads a name, two lines of text.
func (m *machine) global() error {
	var parts [2]string
	for i := range parts {
		line, err := m.r.ReadSlice('\n')
		if err != nil || len(line) > 256 {
			return errDamaged
		}
		parts[i] = strings.TrimSuffix(string(line), "\n")
	}
	return m.known(global{parts[0], parts[1]})
}

// namespace is a program's command line, which timm puts beside the state dict. It is read as an
// empty dictionary.
var namespace = global{"argparse", "Namespace"}

// known refuses every name but those of tensors and dictionaries.
func (m *machine) known(g global) error {
	_, isStorage := sizes[g.name]
	switch {
	case g == global{"collections", "OrderedDict"}, g == namespace, g.module == "torch" && isStorage,
		g.module == "torch._utils" && (g.name == "_rebuild_tensor_v2" || g.name == "_rebuild_parameter"):
		return m.push(g)
	}
	return fmt.Errorf("its pickle asks for %.60q, and only tensors are read: save the state dict alone, or as "+
		"safetensors", g.module+"."+g.name)
}

// call runs REDUCE or NEWOBJ: a name with its arguments.
func (m *machine) call() error {
	pair, err := m.popN(2)
	if err != nil {
		return err
	}
	g, isName := pair[0].(global)
	args, isTuple := pair[1].(tuple)
	switch {
	case !isName || !isTuple:
		return errDamaged
	case g.name == "OrderedDict", g == namespace:
		return m.push(&dict{})
	case g.name == "_rebuild_parameter" && len(args) > 0:
		return m.push(args[0])
	case g.name == "_rebuild_tensor_v2" && len(args) >= 4:
		return m.rebuild(args)
	}
	return errDamaged
}

// rebuild makes a tensor of a storage, an offset, a shape and strides.
func (m *machine) rebuild(args tuple) error {
	s, isStorage := args[0].(storage)
	offset, isNumber := args[1].(int64)
	shape, a := numbers(args[2])
	stride, b := numbers(args[3])
	if !isStorage || !isNumber || !a || !b || len(shape) != len(stride) || len(shape) > 8 {
		return errDamaged
	}
	return m.push(&tensor{s, offset, shape, stride})
}

func numbers(v any) ([]int64, bool) {
	values, ok := v.(tuple)
	out := make([]int64, len(values))
	for i, x := range values {
		n, isNumber := x.(int64)
		ok = ok && isNumber
		out[i] = n
	}
	return out, ok
}

// reference reads a storage's persistent ID: "storage", class, key, device, length.
func reference(id tuple) (storage, error) {
	if len(id) < 5 || id[0] != "storage" {
		return storage{}, errDamaged
	}
	class, a := id[1].(global)
	key, b := id[2].(string)
	n, c := id[4].(int64)
	if _, known := sizes[class.name]; !a || !b || !c || !known || n < 0 || n > maxNumbers {
		return storage{}, errDamaged
	}
	if len(id) > 5 && id[5] != nil {
		return storage{}, errors.New("its storages are views of others, which PyTorch no longer writes: save it anew")
	}
	return storage{key, class.name, n}, nil
}
