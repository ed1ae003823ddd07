package engine

import (
	"os"
	"strings"

	"github.com/gomlx/compute"

	"imagelab/lib/asset"
)

// flagsVar is the environment variable that XLA reads at its first use in a process.
const flagsVar = "XLA_FLAGS"

// oneDNN has XLA hand convolutions to oneDNN, which takes the shift, the clamp and the sum after
// one into the same pass over the activations. Matrix products stay with YNNPACK, which is the
// faster one there. XLA calls these flags experimental, so they are for the pinned plugin only.
const oneDNN = "--xla_cpu_use_onednn=true --xla_cpu_experimental_onednn_custom_call=true " +
	"--xla_cpu_experimental_ynn_fusion_type=-individual_convolution"

// withoutOneDNN is the flag of a person who does not want it. Programs are kept with it only: XLA
// ends the process where it is to give away one that calls oneDNN.
const withoutOneDNN = "--xla_cpu_use_onednn=false"

// askForOneDNN has to come before XLA is opened. Flags that the user has set stay. If they mention
// oneDNN, nothing is added.
func askForOneDNN() error {
	own := os.Getenv(flagsVar)
	if strings.Contains(own, "onednn") {
		return nil
	}
	return os.Setenv(flagsVar, strings.TrimSpace(oneDNN+" "+own))
}

// OneDNN says that the backend hands convolutions to oneDNN, grouped ones too, which XLA's own code
// for CPUs is slow at.
func OneDNN(backend compute.Backend) bool {
	xla, ok := backend.(interface{ PluginName() string })
	pinned, cached := asset.Cached(pluginAsset)
	return ok && cached && xla.PluginName() == pinned && strings.Contains(os.Getenv(flagsVar), oneDNN)
}
