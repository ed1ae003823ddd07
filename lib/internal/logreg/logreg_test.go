package logreg

import (
	"context"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"testing"

	"imagelab/lib/engine"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes/float16"
)

// noisy are n rows of features, of which every third leans to the label.
func noisy(n, width, classes int) (rows Features, labels []int) {
	r := rand.New(rand.NewPCG(9, 9))
	for i := range n {
		labels = append(labels, i%classes)
		row := make([]byte, 2*width)
		for j := range width {
			v := r.NormFloat64()
			if j%3 == 0 && j%classes == labels[i] {
				v += 2
			}
			binary.NativeEndian.PutUint16(row[2*j:], float16.FromFloat32(float32(v)).Bits())
		}
		rows = append(rows, row)
	}
	return rows, labels
}

// TestHeadInParts: loss and gradient do not depend on whether the images are in the device's
// memory, nor on how many go there at a time; padding weighs nothing.
func TestHeadInParts(t *testing.T) {
	const n, width, classes = 43, 12, 3
	t.Setenv(compute.ConfigEnvVar, engine.Go)
	e, err := engine.Open(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	s, err := NewSolver(e.Backend, classes)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	rows, labels := noisy(n, width, classes)
	weights := make([]float32, n)
	for i := range weights {
		weights[i] = 0.5 + float32(i%3)/2
	}
	h, err := s.Problem(rows, width, labels, weights)
	if err != nil {
		t.Fatal(err)
	}
	params, want, got := make([]float64, (width+1)*classes), make([]float64, (width+1)*classes),
		make([]float64, (width+1)*classes)
	for i := range params {
		params[i] = math.Sin(float64(i))
	}
	loss, err := h.evaluate(params, want)
	if err != nil || len(h.resident) != 1 {
		t.Fatalf("%d parts, %v", len(h.resident), err)
	}
	h.Close()
	h.resident, h.part = nil, 16 // as with more images than may stay
	parts, err := h.evaluate(params, got)
	if err != nil || math.Abs(parts-loss) > 1e-5 {
		t.Errorf("loss %.6f in parts of 16, %.6f at once, %v", parts, loss, err)
	}
	for i := range got {
		if math.Abs(got[i]-want[i]) > 1e-5 {
			t.Fatalf("gradient %d is %.6f in parts, %.6f at once", i, got[i], want[i])
		}
	}
	// A step along the gradient changes the loss by its squared length, to first order.
	length := 0.0
	for i, g := range want {
		params[i] -= 1e-3 * g
		length += g * g
	}
	if after, err := h.evaluate(params, got); err != nil || math.Abs((loss-after)/1e-3-length) > 0.05*length {
		t.Errorf("the loss fell by %g, the gradient promises %g, %v", loss-after, 1e-3*length, err)
	}
}

func TestPartOf(t *testing.T) {
	sizes := map[int]bool{}
	for n := 1; n <= 3*maxPart; n++ {
		part := partOf(n)
		parts := (n + part - 1) / part
		if part > maxPart || parts*part-n > max(8*parts, n/8+parts) {
			t.Fatalf("%d images: %d parts of %d", n, parts, part)
		}
		sizes[part] = true
	}
	if len(sizes) > 100 {
		t.Errorf("%d sizes to compile for up to %d images", len(sizes), 3*maxPart)
	}
}

func TestFeaturesMoments(t *testing.T) {
	rows, _ := noisy(200, 6, 3)
	mean, scale := rows.moments(6)
	row := make([]float32, 6)
	sum, squares := make([]float64, 6), make([]float64, 6)
	for i := range rows {
		rows.read(row, i)
		for j, v := range row {
			d := (float64(v) - mean[j]) * scale[j]
			sum[j], squares[j] = sum[j]+d, squares[j]+d*d
		}
	}
	for j := range sum {
		if math.Abs(sum[j]) > 1e-6 || math.Abs(squares[j]/200-1) > 1e-4 {
			t.Errorf("column %d has mean %g and mean square %g after standardising", j, sum[j]/200, squares[j]/200)
		}
	}
}
