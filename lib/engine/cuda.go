package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"unicode/utf8"

	"imagelab/lib/asset"
	"imagelab/lib/internal/atomicfile"
)

// cudaAsset is the pinned asset that holds XLA for NVIDIA GPUs.
const cudaAsset = "xla-cuda"

// autotuneLevel has XLA time the algorithms for a convolution or product without checking their
// results against each other, which is most of what the default level 4 costs.
const autotuneLevel = "--xla_gpu_autotune_level=1"

// autotuneCache names the folder in which XLA keeps what it chose for each fusion.
const autotuneCache = "--xla_gpu_per_fusion_autotune_cache_dir="

// cudaData names the folder of NVIDIA's compiler and libraries.
const cudaData = "--xla_gpu_cuda_data_dir="

// flagBreakers are what XLA_FLAGS cannot hold in a path.
const flagBreakers = " \t\n\"'"

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// askForCUDA sets the flags for the CUDA plugin in XLA_FLAGS, before XLA is opened. Flags that the
// user has set stay, and win. The notice says what is given up where no choices can be kept.
func askForCUDA(plugin string) (notice string, err error) {
	own := os.Getenv(flagsVar)
	var add []string
	if !strings.Contains(own, "xla_gpu_autotune_level") {
		add = append(add, autotuneLevel)
	}
	if !strings.Contains(own, "autotune_cache_dir") && !strings.Contains(own, "autotune_results") {
		dir, err := autotuneFolder(plugin)
		if err != nil {
			notice = "XLA's choices for this GPU are not kept, so that every start compiles anew: " + err.Error()
		} else {
			add = append(add, autotuneCache+dir)
		}
	}
	if nvidia := asset.CUDALibraries(plugin); isFolder(nvidia) && !strings.Contains(own, cudaData) &&
		!strings.ContainsAny(nvidia, flagBreakers) {
		add = append(add, cudaData+nvidia)
	}
	if len(add) == 0 {
		return notice, nil
	}
	return notice, os.Setenv(flagsVar, strings.TrimSpace(strings.Join(add, " ")+" "+own))
}

// autotuneFolder makes the folder for one plugin's choices ready. What cannot be a choice of XLA's
// is removed there, so that XLA makes it anew: it ends the process at a file that it cannot read.
func autotuneFolder(plugin string) (string, error) {
	cache, err := asset.CacheDir()
	if err != nil {
		return "", err
	}
	if strings.ContainsAny(cache, flagBreakers) {
		return "", fmt.Errorf("the cache folder %q has a space or a quote in its path, which XLA_FLAGS cannot "+
			"hold; set IMAGELAB_CACHE", cache)
	}
	version := "0"
	if info, err := os.Stat(plugin); err == nil {
		version = fmt.Sprint(info.Size(), info.ModTime().UnixNano())
	}
	sum := sha256.Sum256([]byte(plugin + version))
	dir := filepath.Join(cache, asset.AutotuneDir, hex.EncodeToString(sum[:8]))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	return dir, errors.Join(atomicfile.Try(dir), sweepAutotune(dir))
}

// mostAutotune is the size of a file of XLA's choices beyond which it is none, bytes: they take
// some hundred.
const mostAutotune = 1 << 20

// sweepAutotune removes the files of choices from dir that XLA cannot have written: it gives them
// their name once they are whole. All else in dir is left alone, such as what another process is
// writing now. That process may sweep, too: what is gone is none of ours.
func sweepAutotune(dir string) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && filepath.Ext(path) == ".textproto" {
			err = sweepFile(path)
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
}

// sweepFile removes a file that can be none of XLA's choices.
func sweepFile(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if info.Size() <= mostAutotune {
		content, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) || err == nil && isAutotune(string(content)) {
			return err
		}
	}
	return os.Remove(path)
}

// isAutotune says that text can be a protocol buffer in text form: it has a field, and its braces
// and quotes are closed.
func isAutotune(text string) bool {
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) || !autotuneField.MatchString(text) {
		return false
	}
	depth, quoted, escaped := 0, false, false
	for _, r := range text {
		switch {
		case escaped:
			escaped = false
		case quoted && r == '\\':
			escaped = true
		case r == '"':
			quoted = !quoted
		case quoted:
		case r == '{':
			depth++
		case r == '}':
			depth--
		}
		if depth < 0 {
			return false
		}
	}
	return depth == 0 && !quoted
}

// autotuneField is a field at the beginning: "name: value" or "name {".
var autotuneField = regexp.MustCompile(`^\s*(#.*\s+)*\w+\s*[:{]`)
