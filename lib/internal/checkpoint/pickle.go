package checkpoint

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// Values that a pickle may hold here: int64, float64, bool, string, nil, tuple, *list, *dict,
// global, storage and *tensor.
type (
	tuple  []any
	list   struct{ items []any }
	dict   struct{ keys, values []any }
	global struct{ module, name string }
)

// mark is what opcode MARK leaves on the stack.
type mark struct{}

// machine is the part of Python's pickle machine (pickletools.py) that state dicts need. It calls
// nothing: the few names that it knows stand for tensors and dictionaries, and every other name
// is refused. Each step takes a byte of input at least, so it ends where its input does.
type machine struct {
	r     *bufio.Reader
	stack []any
	memo  map[uint32]any
	refs  func(id tuple) (any, error) // of a persistent ID; nil: there are none
}

var errDamaged = errors.New("its pickle is damaged")

// load runs one pickle to its end.
func (m *machine) load() (any, error) {
	m.memo = map[uint32]any{}
	for {
		op, err := m.r.ReadByte()
		if err != nil {
			return nil, fmt.Errorf("%w: it is cut off", errDamaged)
		}
		if op == '.' {
			return m.pop()
		}
		if err := m.step(op); err != nil {
			return nil, err
		}
	}
}

func (m *machine) push(v any) error {
	m.stack = append(m.stack, v)
	return nil
}

func (m *machine) pop() (any, error) {
	if len(m.stack) == 0 {
		return nil, errDamaged
	}
	v := m.stack[len(m.stack)-1]
	m.stack = m.stack[:len(m.stack)-1]
	return v, nil
}

// popN takes the last n values.
func (m *machine) popN(n int) (tuple, error) {
	if len(m.stack) < n {
		return nil, errDamaged
	}
	values := append(tuple{}, m.stack[len(m.stack)-n:]...)
	m.stack = m.stack[:len(m.stack)-n]
	return values, nil
}

// popMark takes the values after the last mark, and the mark.
func (m *machine) popMark() (tuple, error) {
	for i := len(m.stack) - 1; i >= 0; i-- {
		if m.stack[i] == (mark{}) {
			values := append(tuple{}, m.stack[i+1:]...)
			m.stack = m.stack[:i]
			return values, nil
		}
	}
	return nil, errDamaged
}

// number reads n bytes, little endian.
func (m *machine) number(n int) (uint64, error) {
	var b [8]byte
	if _, err := io.ReadFull(m.r, b[:n]); err != nil {
		return 0, errDamaged
	}
	return binary.LittleEndian.Uint64(b[:]), nil
}

// text reads as many bytes as a length of size bytes says. Memory is taken for what is there.
func (m *machine) text(size int) (string, error) {
	n, err := m.number(size)
	if err != nil || n > maxPickle {
		return "", errDamaged
	}
	data, err := io.ReadAll(io.LimitReader(m.r, int64(n)))
	if err != nil || uint64(len(data)) != n {
		return "", errDamaged
	}
	return string(data), nil
}

// step runs one opcode.
func (m *machine) step(op byte) error {
	switch op {
	case 0x80: // PROTO
		_, err := m.number(1)
		return err
	case 0x95: // FRAME
		_, err := m.number(8)
		return err
	case '(':
		return m.push(mark{})
	case 'N':
		return m.push(nil)
	case 0x88, 0x89:
		return m.push(op == 0x88)
	case '}':
		return m.push(&dict{})
	case ']':
		return m.push(&list{})
	case '0':
		_, err := m.pop()
		return err
	case 'K', 'M', 'J', 'G', 0x8a:
		return m.pushNumber(op)
	case 'X', 0x8c, 'U', 'T':
		size := map[byte]int{'X': 4, 0x8c: 1, 'U': 1, 'T': 4}[op]
		text, err := m.text(size)
		return errors.Join(err, m.push(text))
	case 'q', 'r', 'h', 'j', 0x94:
		return m.remember(op)
	case ')', 't', 0x85, 0x86, 0x87:
		return m.pushTuple(op)
	case 'c', 0x93, 'R', 0x81, 'Q', 'b':
		return m.name(op)
	case 's', 'u', 'a', 'e':
		return m.fill(op)
	}
	return fmt.Errorf("its pickle asks for more than tensors (opcode 0x%02x)", op)
}

func (m *machine) pushNumber(op byte) error {
	switch op {
	case 'K', 'M':
		n, err := m.number(map[byte]int{'K': 1, 'M': 2}[op])
		return errors.Join(err, m.push(int64(n)))
	case 'J':
		n, err := m.number(4)
		return errors.Join(err, m.push(int64(int32(n))))
	case 'G':
		var b [8]byte
		_, err := io.ReadFull(m.r, b[:])
		return errors.Join(err, m.push(math.Float64frombits(binary.BigEndian.Uint64(b[:]))))
	}
	text, err := m.text(1) // LONG1
	if err != nil {
		return err
	}
	if len(text) > 8 {
		return m.push(text) // PyTorch's magic number
	}
	var b [8]byte
	copy(b[:], text)
	n := int64(binary.LittleEndian.Uint64(b[:]))
	if shift := 64 - 8*len(text); shift < 64 {
		n = n << shift >> shift // the sign
	}
	return m.push(n)
}

// remember puts the last value into the memo, or a value of the memo on the stack.
func (m *machine) remember(op byte) error {
	if op == 0x94 {
		if len(m.stack) == 0 {
			return errDamaged
		}
		m.memo[uint32(len(m.memo))] = m.stack[len(m.stack)-1]
		return nil
	}
	n, err := m.number(map[byte]int{'q': 1, 'r': 4, 'h': 1, 'j': 4}[op])
	if err != nil {
		return err
	}
	if op == 'h' || op == 'j' {
		v, ok := m.memo[uint32(n)]
		if !ok {
			return errDamaged
		}
		return m.push(v)
	}
	if len(m.stack) == 0 {
		return errDamaged
	}
	m.memo[uint32(n)] = m.stack[len(m.stack)-1]
	return nil
}

func (m *machine) pushTuple(op byte) error {
	var values tuple
	var err error
	switch op {
	case 't':
		values, err = m.popMark()
	case 0x85, 0x86, 0x87:
		values, err = m.popN(int(op) - 0x84)
	}
	return errors.Join(err, m.push(values))
}

// fill adds to a dictionary or a list that lies below.
func (m *machine) fill(op byte) error {
	var values tuple
	var err error
	switch op {
	case 's':
		values, err = m.popN(2)
	case 'a':
		values, err = m.popN(1)
	default:
		values, err = m.popMark()
	}
	if err != nil || len(m.stack) == 0 {
		return errDamaged
	}
	switch to := m.stack[len(m.stack)-1].(type) {
	case *list:
		to.items = append(to.items, values...)
	case *dict:
		if len(values)%2 != 0 {
			return errDamaged
		}
		for i := 0; i < len(values); i += 2 {
			to.keys, to.values = append(to.keys, values[i]), append(to.values, values[i+1])
		}
	default:
		return errDamaged
	}
	return nil
}
