// Package classifier is a trained model: a bundle on disk, and predictions with it. It serves
// people who never train.
//
// Start with [Load] for what a fit left, or [Pretrained] for a published network, and
// [Model.Predictor]. Package finetune trains models.
package classifier

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"imagelab/lib/backbone"
	"imagelab/lib/dataset"
	"imagelab/lib/engine"
	"imagelab/lib/feed"
	"imagelab/lib/internal/network"
	"imagelab/lib/internal/safetensors"
	"imagelab/lib/photo"
	"imagelab/lib/text"
)

// BundleVersion is the version of the bundle's layout; bundles of a newer one are refused. From 2
// on digests are needed.
const BundleVersion = 2

// Model is a trained classifier. It holds everything that prediction needs and where it came from.
type Model struct {
	Version  int             `json:"version"`
	Spec     backbone.Spec   `json:"spec"` // with the preprocessing: sizes, crop, mean, deviation
	Size     int             `json:"size"` // input side, pixels
	Classes  []string        `json:"classes"`
	Config   json.RawMessage `json:"config"`          // that it was trained with, as in the record; see [Model.views]
	Record   string          `json:"record"`          // ID of the fit's record
	Manifest string          `json:"manifest"`        // digest of the training data
	Split    string          `json:"split"`           // digest
	Window   photo.Window    `json:"window,omitzero"` // what photos with 16 bits a sample are seen through

	// Precision of predictions, see [backbone.Spec]; "" is float32, as in older models.
	Precision string `json:"precision,omitempty"`

	LearnedSHA256 string `json:"learned_sha256,omitempty"` // of the list of photos in the bundle; older models have none
	WeightsSHA256 string `json:"weights_sha256,omitempty"` // see [safetensors.Digest]; older models have none
	// of model.json with zeros in this place; older models have none
	FileSHA256 string `json:"file_sha256,omitempty"`

	Weights backbone.Weights `json:"-"`
	learned *Learned         // nil until it is asked for
	dir     string           // the bundle it was loaded from
}

// Learned is the list of photos that the model was trained on and chosen by, or nil for a model of
// an older version, which does not say.
func (m *Model) Learned() (*Learned, error) {
	if m.learned != nil || m.LearnedSHA256 == "" {
		return m.learned, nil
	}
	var err error
	m.learned, err = loadLearned(m.dir, m.LearnedSHA256)
	return m.learned, err
}

// Save writes the bundle: dir/model.json, dir/weights.safetensors and the list of photos that it
// learned from.
func (m *Model) Save(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("classifier: save model: %w; choose a folder that can be written to", err)
	}
	if err := safetensors.Write(filepath.Join(dir, "weights.safetensors"),
		safetensors.File{Tensors: m.Weights}); err != nil {
		return fmt.Errorf("classifier: save model: %w", err)
	}
	learned, err := m.Learned()
	if err != nil {
		return err
	}
	if learned != nil {
		if m.LearnedSHA256, err = learned.save(dir); err != nil {
			return fmt.Errorf("classifier: save model: %w", err)
		}
	}
	m.WeightsSHA256 = safetensors.Digest(m.Weights)
	text, err := m.sealed()
	if err == nil {
		err = dataset.WriteFile(filepath.Join(dir, "model.json"),
			func(w io.Writer) error { _, err := w.Write(text); return err })
	}
	if err != nil {
		return fmt.Errorf("classifier: save model: %w", err)
	}
	return nil
}

// blank stands in place of model.json's own digest where that is computed.
var blank = strings.Repeat("0", 2*sha256.Size)

// sealed is the text of model.json, with its own digest in it.
func (m *Model) sealed() ([]byte, error) {
	m.FileSHA256 = blank
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return nil, err
	}
	text = append(text, '\n')
	m.FileSHA256 = hexSHA256(text)
	return bytes.Replace(text, []byte(blank), []byte(m.FileSHA256), 1), nil
}

// unbroken compares the text of model.json with the digest in it.
func (m *Model) unbroken(text []byte) error {
	if m.FileSHA256 == "" && m.Version < 2 {
		return nil
	}
	if hexSHA256(bytes.Replace(text, []byte(m.FileSHA256), []byte(blank), 1)) != m.FileSHA256 {
		return errors.New("model.json was changed or damaged after it was written; copy the model again, or train it again")
	}
	return nil
}

func hexSHA256(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// Load opens the bundle of a run folder (runs/a) or the bundle itself (runs/a/model). A folder that
// is not a bundle, a bundle of a newer version, and missing, extra or misshapen tensors are errors.
func Load(dir string) (*Model, error) {
	text, err := readText(filepath.Join(dir, "model", "model.json"))
	if err == nil {
		dir = filepath.Join(dir, "model")
	} else if text, err = readText(filepath.Join(dir, "model.json")); err != nil {
		return nil, fmt.Errorf("classifier: %s holds no model: there is no model.json in it; name the folder of a run", dir)
	}
	m, err := parseModel(text)
	if err != nil {
		return nil, fmt.Errorf("classifier: %s: %w", dir, err)
	}
	f, err := safetensors.Read(filepath.Join(dir, "weights.safetensors"))
	if err != nil {
		return nil, fmt.Errorf("classifier: %w; copy the model again, or train it again", err)
	}
	m.Weights, m.dir = f.Tensors, dir
	if (m.WeightsSHA256 != "" || m.Version >= 2) && safetensors.Digest(m.Weights) != m.WeightsSHA256 {
		return nil, fmt.Errorf("classifier: %s: weights.safetensors is not the file that belongs to this "+
			"model.json; copy the model again, or train it again", dir)
	}
	if err := m.checkTensors(); err != nil {
		return nil, fmt.Errorf("classifier: %s: %w", dir, err)
	}
	return m, nil
}

// readText reads a file of at most 64 MB; a device or a pipe in its place would never end.
func readText(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err == nil && (!info.Mode().IsRegular() || info.Size() > 64<<20) {
		err = fmt.Errorf("%s is no file of a model", path)
	}
	if err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

// parseModel reads model.json.
func parseModel(text []byte) (*Model, error) {
	var head struct{ Version int }
	// before the rest, whose layout may have changed
	if err := json.Unmarshal(text, &head); err == nil && head.Version > BundleVersion {
		return nil, fmt.Errorf("it is a model of version %d; this imagelab reads up to %d: update it", head.Version,
			BundleVersion)
	}
	m := &Model{}
	if err := json.Unmarshal(text, m); err != nil {
		return nil, fmt.Errorf("model.json is damaged: %w; copy the model again, or train it again", err)
	}
	if err := m.unbroken(text); err != nil {
		return nil, err
	}
	m.Config, _ = json.Marshal(m.Config) // without white space; it was just read, so it is valid
	return m, m.check()
}

// check validates what model.json says against the backbones that this program knows.
func (m *Model) check() error {
	known, err := backbone.Lookup(m.Spec.Name)
	if err != nil {
		return err
	}
	if !slices.Equal(known.Groups, m.Spec.Groups) || known.Features != m.Spec.Features ||
		known.StemWidth != m.Spec.StemWidth || known.Family != m.Spec.Family {
		return fmt.Errorf("model.json describes another %s than this program knows: use the version that wrote it, or "+
			"train again", m.Spec.Name)
	}
	if m.Version < 1 || len(m.Classes) < 2 || m.Size < 32 || m.Size > 1024 || m.Spec.CenterCropFraction < 0.5 ||
		m.Spec.CenterCropFraction > 1 {
		return errors.New("model.json is incomplete: it needs version, size, crop_fraction and at least two classes")
	}
	if sorted := slices.Sorted(slices.Values(m.Classes)); len(slices.Compact(sorted)) < len(m.Classes) {
		return errors.New("model.json names a class twice: it was changed or is damaged; train again")
	}
	if m.Spec.Epsilon <= 0 || slices.Min(m.Spec.Std[:]) <= 0 {
		return errors.New("model.json has an epsilon or std that is not positive, which would make every " +
			"prediction meaningless")
	}
	if m.Precision != "" && !slices.Contains(engine.Precisions(), m.Precision) {
		return fmt.Errorf("model.json names the precision %s, which this program does not know: use the version that "+
			"wrote it", text.Name(m.Precision))
	}
	if _, _, err := m.views(); err != nil {
		return err
	}
	return m.Window.Validate()
}

// views are what predictions are the mean of: n ways to flip and rotate a photo, of those that a
// allows. It is all of the configuration that prediction needs. Models without one, such as
// [Pretrained], look at photos as they are.
func (m *Model) views() (a feed.Augment, n int, err error) {
	var c struct {
		Augment feed.Augment `json:"augment"`
		TTA     bool         `json:"tta"`
	}
	if len(m.Config) > 0 {
		if err := json.Unmarshal(m.Config, &c); err != nil {
			return a, 0, fmt.Errorf("model.json has a config that cannot be read: %w", err)
		}
	}
	if !c.TTA {
		return c.Augment, 1, nil
	}
	return c.Augment, c.Augment.Orientations(), nil
}

// Views are the flips and rotations of a photo over which the model averages its predictions, the
// photo as it is first; it alone for most models.
func (m *Model) Views() ([]feed.Dihedral, error) {
	a, n, err := m.views()
	if err != nil {
		return nil, fmt.Errorf("classifier: %w", err)
	}
	return a.Views()[:n], nil
}

// checkTensors compares names and shapes with what the spec needs.
func (m *Model) checkTensors() error {
	want := m.Spec.Shapes()
	want[network.HeadKernel] = []int{m.Spec.Features, len(m.Classes)}
	want[network.HeadBias] = []int{len(m.Classes)}
	var wrong []string
	for _, name := range slices.Sorted(maps.Keys(want)) {
		t, ok := m.Weights[name]
		switch {
		case !ok:
			wrong = append(wrong, name+" is missing")
		case !slices.Equal(t.Shape, want[name]):
			wrong = append(wrong, fmt.Sprintf("%s has shape %v, not %v", name, t.Shape, want[name]))
		case !t.Finite():
			wrong = append(wrong, name+" holds values that are no numbers")
		case strings.HasSuffix(name, ".variance") && len(t.Data) > 0 && slices.Min(t.Data) < 0:
			wrong = append(wrong, name+" is negative")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(m.Weights)) {
		if _, ok := want[name]; !ok {
			wrong = append(wrong, name+" does not belong to the network")
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	shown := wrong[:min(5, len(wrong))]
	return fmt.Errorf("weights.safetensors does not fit the model (%d tensors; train again, or bring both files from one "+
		"copy): %s", len(wrong), strings.Join(shown, "; "))
}
