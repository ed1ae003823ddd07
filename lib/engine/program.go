package engine

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"imagelab/lib/asset"
	"imagelab/lib/internal/atomicfile"
	"imagelab/lib/internal/program"
)

// programsVar says "off" where compiled programs are not to be kept.
const programsVar = "IMAGELAB_PROGRAMS"

// mostPrograms is how much room compiled programs may take, bytes. A training step takes some
// megabytes.
const mostPrograms = 2 << 30

// keepPrograms has the programs that a plugin compiles kept in the cache folder, for later
// processes. It comes after the flags are set and before the plugin is opened. The notice says why
// they cannot be kept, or is "".
func keepPrograms(plugin, device string) (notice string) {
	if os.Getenv(programsVar) == "off" || !filepath.IsAbs(plugin) {
		return ""
	}
	if err := tryKeeping(plugin, device); err != nil {
		return "compiled programs are not kept, so that every start compiles anew: " + err.Error()
	}
	return ""
}

func tryKeeping(plugin, device string) error {
	cache, err := asset.CacheDir()
	if err != nil {
		return err
	}
	dir := filepath.Join(cache, asset.ProgramsDir)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := atomicfile.Try(dir); err != nil {
		return err
	}
	flags := os.Getenv(flagsVar)
	identity := sync.OnceValues(func() ([]byte, error) { return pluginIdentity(plugin, flags, device) })
	go identity() // while the plugin is opened
	return program.Keep(plugin, program.Folder{Dir: dir, Most: mostPrograms}, identity)
}

// pluginIdentity is what a program depends on beside its graph and what the plugin says: the
// plugin's bytes, the libraries beside it, its flags, and the device.
func pluginIdentity(plugin, flags, device string) ([]byte, error) {
	f, err := os.Open(plugin)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return nil, err
	}
	id := fmt.Sprintf("%x\n%s\n%s\n", h.Sum(nil), flags, device)
	libraries, err := filepath.Glob(filepath.Join(asset.CUDALibraries(plugin), "*", "lib", "*.so*"))
	if err != nil {
		return nil, err
	}
	for _, path := range libraries {
		if info, err := os.Stat(path); err == nil {
			id += fmt.Sprintf("%s/%s %d\n", filepath.Base(filepath.Dir(filepath.Dir(path))), info.Name(), info.Size())
		}
	}
	return []byte(id), nil
}

// cpuDevice is what a program compiled for this CPU depends on.
func cpuDevice() string {
	return strings.Join([]string{CPUModel(), field("/proc/cpuinfo", "flags"), fmt.Sprint(Cores())}, "\n")
}
