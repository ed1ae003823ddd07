package enginetest

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"

	"imagelab/lib/engine"
)

// Device stands for a device that is not there: pure Go computes, the graphs that are compiled are
// counted, and the memory can be small.
type Device struct {
	compiled atomic.Int64
	// Full says that data of a shape do not fit; nil: all does. Set it before the engine is opened.
	Full func(shapes.Shape) bool
}

// deviceName is GOMLX_BACKEND of a Device.
const deviceName = "enginetest"

// present is the Device that engines open.
var present atomic.Pointer[Device]

func init() {
	compute.Register(deviceName, func(string) (compute.Backend, error) {
		b, err := compute.NewWithConfig(engine.Go)
		return &deviceBackend{b, present.Load()}, err
	})
}

// NewDevice has all engines that are opened until the test ends compute on a Device.
func NewDevice(t testing.TB) *Device {
	t.Helper()
	t.Setenv(compute.ConfigEnvVar, deviceName)
	d := &Device{}
	present.Store(d)
	return d
}

// constants are the graphs that package backbone runs once while it builds one for pure Go; no
// other engine has them, and they are not counted.
const constants = "backbone.planes."

// Compiled is how many graphs were compiled since its last call.
func (d *Device) Compiled() int { return int(d.compiled.Swap(0)) }

type deviceBackend struct {
	compute.Backend
	*Device
}

func (b *deviceBackend) Builder(name string) compute.Builder {
	return deviceBuilder{b.Backend.Builder(name), b, !strings.Contains(name, constants)}
}

func (b *deviceBackend) BufferFromFlatData(on compute.DeviceNum, flat any, s shapes.Shape) (compute.Buffer, error) {
	if err := b.room(s); err != nil {
		return nil, err
	}
	buffer, err := b.Backend.BufferFromFlatData(on, flat, s)
	return deviceBuffer{buffer, b}, err
}

func (b *deviceBackend) NewSharedBuffer(on compute.DeviceNum, s shapes.Shape) (compute.Buffer, any, error) {
	if err := b.room(s); err != nil {
		return nil, nil, err
	}
	buffer, flat, err := b.Backend.NewSharedBuffer(on, s)
	return deviceBuffer{buffer, b}, flat, err
}

// room is XLA's error where data of a shape do not fit.
func (b *deviceBackend) room(s shapes.Shape) error {
	if b.Full != nil && b.Full(s) {
		return fmt.Errorf("RESOURCE_EXHAUSTED: Out of memory while trying to allocate %d bytes", s.ByteSize())
	}
	return nil
}

// deviceBuffer is a buffer that says it is the device's.
type deviceBuffer struct {
	compute.Buffer
	of *deviceBackend
}

func (b deviceBuffer) Backend() compute.Backend { return b.of }

type deviceBuilder struct {
	compute.Builder
	of      *deviceBackend
	counted bool
}

func (b deviceBuilder) Compile() (compute.Executable, error) {
	if b.counted {
		b.of.compiled.Add(1)
	}
	program, err := b.Builder.Compile()
	return deviceProgram{program, b.of}, err
}

type deviceProgram struct {
	compute.Executable
	of *deviceBackend
}

func (p deviceProgram) Execute(inputs []compute.Buffer, donate []bool, on compute.DeviceNum) ([]compute.Buffer, error) {
	plain := make([]compute.Buffer, len(inputs))
	for i, b := range inputs {
		plain[i] = b
		if of, ok := b.(deviceBuffer); ok {
			plain[i] = of.Buffer
		}
	}
	outputs, err := p.Executable.Execute(plain, donate, on)
	for i, b := range outputs {
		outputs[i] = deviceBuffer{b, p.of}
	}
	return outputs, err
}
