// Package seal tells files that were damaged on the disk from files that are as they were written.
//
// A sealed text bears a digest of itself: a JSON object in its last field, other text in its first
// line. [Object] and [Text] seal, [Check] and [CheckText] look. What earlier versions wrote has no
// seal and is taken as it is. [Read] is how a file is read that may be anything by now.
//
// A seal is against damage, not against forgery: who can write the text can seal it.
package seal

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
)

// ErrDamaged says that a text is not as it was written: cut short, overwritten, or changed by hand.
var ErrDamaged = errors.New("changed or damaged after it was written")

// key is the last field of a sealed object. No field of another meaning and no name that a person
// gives is called so.
const key = `"seal_sha256":`

// digits of a digest: 64 bits, so that no damage goes unseen.
const digits = 16

func digest(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])[:digits]
}

// Object adds the seal to a JSON object with at least one field: to a line, or to indented text. A
// line feed is put behind it.
func Object(object []byte) []byte {
	body := bytes.TrimRight(bytes.TrimSuffix(bytes.TrimSpace(object), []byte("}")), " \n")
	space, end := "", "}\n"
	if bytes.Contains(body, []byte("\n")) {
		body = append(bytes.Clone(body), ",\n  "...)
		space, end = " ", "\n}\n"
	} else {
		body = append(bytes.Clone(body), ',')
	}
	sum := digest(body)
	return fmt.Appendf(body, `%s%s"%s"%s`, key, space, sum, end)
}

// headless is the end of an object with a seal whose name is damaged.
var headless = regexp.MustCompile(`(seal_|sha256").{0,12}"[0-9a-f]{16}"\s*\}$`)

// Check returns [ErrDamaged] for a JSON object that has a seal which is not its own. Without a seal
// it is nil.
func Check(object []byte) error {
	text := bytes.TrimRight(object, "\r\n")
	at := bytes.LastIndex(text, []byte(key))
	if at < 0 && headless.Match(text[max(0, len(text)-64):]) {
		return ErrDamaged
	}
	if at < 0 {
		return nil
	}
	sum := digest(text[:at])
	for _, end := range []string{`"` + sum + `"}`, ` "` + sum + "\"\n}"} {
		if string(text[at+len(key):]) == end {
			return nil
		}
	}
	return ErrDamaged
}

// mark begins the first line of a sealed text: what breaks off there still says that it was sealed.
const mark = "# seal "

// Text adds the seal to lines of text, in a line of its own before them.
func Text(lines []byte) []byte {
	return fmt.Appendf(nil, "%s%s\n%s", mark, digest(lines), lines)
}

// CheckText returns the lines of a text without its seal, and whether it had one. It is
// [ErrDamaged] where the seal is not its own. What is left of a text without its first line is not
// known for a sealed one: those who read it refuse what no line can be.
func CheckText(text []byte) (lines []byte, sealed bool, err error) {
	if !bytes.HasPrefix(text, []byte(mark)) {
		return text, false, nil
	}
	first, lines, _ := bytes.Cut(text, []byte("\n"))
	if string(first) != mark+digest(lines) {
		return nil, true, ErrDamaged
	}
	return lines, true, nil
}

// most is the size of the largest file that is read, bytes. A line of a manifest has about 1 kB, so
// that ten million photos have 10 GB.
const most = 16 << 30

// Read returns the bytes of a file of up to 16 GiB. A larger one, and a folder, a device or a pipe
// under its name, which may have no end, is [ErrDamaged].
func Read(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > most {
		return nil, fmt.Errorf("%s is no file that can be read whole: %w", path, ErrDamaged)
	}
	return os.ReadFile(path)
}

// ReadJSON reads the file at path, an object that may be sealed, into v. A file that is not there
// is [fs.ErrNotExist]; one that is damaged is [ErrDamaged], and v may hold parts of it.
func ReadJSON(path string, v any) error {
	text, err := Read(path)
	if err != nil {
		return err
	}
	if err := Parse(text, v); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// Parse is [ReadJSON] of a text.
func Parse(text []byte, v any) error {
	if err := Check(text); err != nil {
		return err
	}
	if err := json.Unmarshal(text, v); err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return nil
}
