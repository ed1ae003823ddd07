package asset

import "strings"

// cudaVersion is the release of JAX whose plugin and libraries the CUDA parts are.
const cudaVersion = "0.11.2"

// CUDADriver is the oldest major version of NVIDIA's driver that runs CUDA 13, the CUDA of the
// asset "xla-cuda" (CUDA Toolkit release notes, table 3).
const CUDADriver = 580

// xlaCUDA is XLA for NVIDIA GPUs: the plugin of JAX and the libraries that JAX's extra "cuda13"
// names, those of CUDA in the releases that go with CUDA 13.0.
func xlaCUDA() Ref {
	plugin := cudaPart("jax-cuda13-pjrt", cudaVersion, "manylinux_2_27_x86_64", 134_162_640,
		"e5ff589d43064913bb74027682d89639c7ea48f9f81c2bae6fc75117e913f93e")
	plugin.Member, plugin.License = "jax_plugins/xla_cuda13/", "Apache-2.0"
	const old = "manylinux2014_x86_64.manylinux_2_17_x86_64"
	const older = "manylinux2010_x86_64.manylinux_2_12_x86_64"
	parts := []Ref{
		plugin,
		cudaPart("nvidia-cublas", "13.0.2.14", "manylinux_2_27_x86_64", 420_882_912,
			"0cf238ffdbe46c00cb9aa98e7bca745c223a5ca5a53e686ac8b3e5a08fe80d6c"),
		cudaPart("nvidia-cuda-cupti", "13.0.85", "manylinux_2_25_x86_64", 10_715_597,
			"4eb01c08e859bf924d222250d2e8f8b8ff6d3db4721288cf35d14252a4d933c8"),
		cudaPart("nvidia-cuda-nvcc", "13.0.88", old, 37_384_532,
			"56fe502eb77625a12f25172caa3cdddb4e4c8ba2c8c17dba44b164761b380f03"),
		cudaPart("nvidia-cuda-runtime", "13.0.96", old, 2_243_632,
			"7f82250d7782aa23b6cfe765ecc7db554bd3c2870c43f3d1821f1d18aebf0548"),
		cudaPart("nvidia-cuda-nvrtc", "13.0.88", older, 90_215_200,
			"ad9b6d2ead2435f11cbb6868809d2adeeee302e9bb94bcf0539c7a40d80e8575"),
		cudaPart("nvidia-cudnn-cu13", "9.16.0.29", "manylinux_2_27_x86_64", 351_301_951,
			"6349bc8769369a91611c5e2ce5c2e510e61848c245099c31e870d2cdce0ab90d"),
		cudaPart("nvidia-cufft", "12.0.0.61", old, 214_085_489,
			"6c44f692dce8fd5ffd3e3df134b6cdb9c2f72d99cf40b62c32dde45eea9ddad3"),
		cudaPart("nvidia-cusolver", "12.0.9.81", "manylinux_2_27_x86_64", 202_032_975,
			"5d28371e1301d1edfb15b8b1201e24cd680bc72de7f384cc162c7edbd8c5348c"),
		cudaPart("nvidia-cusparse", "12.6.3.3", old, 145_942_937,
			"2b3c89c88d01ee0e477cb7f82ef60a11a4bcd57b6b87c33f789350b59759360b"),
		cudaPart("nvidia-nccl-cu13", "2.28.9", "manylinux_2_18_x86_64", 196_493_177,
			"e4553a30f34195f3fa1da02a6da3d6337d28f2003943aa0a3d247bbc25fefc42"),
		cudaPart("nvidia-nvjitlink", "13.0.88", older, 40_713_933,
			"13a74f429e23b921c1109976abefacc69835f2f433ebd323d3946e11d804e47b"),
		cudaPart("nvidia-nvshmem-cu13", "3.4.5", old, 60_412_546,
			"290f0a2ee94c9f3687a02502f3b9299a9f9fe826e6d0287ee18482e78d495b80"),
		cudaPart("nvidia-nvvm", "13.0.88", older, 61_601_415,
			"c5f41ffeb6466944a026dfa5317d7d85355c119bbec279205d22f1869d1054e0"),
	}
	r := plugin
	r.Name, r.Kind, r.Layout, r.Parts = "xla-cuda", KindPlugin, LayoutLinked, parts
	r.Member = "nvidia/pjrt_c_api_cuda_plugin.so" // XLA looks for the libraries in ../nvidia
	r.License, r.Bytes = "Apache-2.0; the libraries: NVIDIA's", 0
	for _, part := range parts {
		r.Bytes += part.Bytes
	}
	r.About = "XLA for NVIDIA GPUs as a PJRT plugin (OpenXLA) with CUDA 13 libraries, Linux on x86-64"
	return r
}

// cudaPart is one wheel of the CUDA parts; tag is the platform in its file name.
func cudaPart(pkg, version, tag string, bytes int64, sha string) Ref {
	platform, _, _ := strings.Cut(tag, ".")
	return Ref{
		Name: pkg, Kind: KindLibrary, Client: "pip", Package: pkg, Version: version,
		File:   strings.ReplaceAll(pkg, "-", "_") + "-" + version + "-py3-none-" + tag + ".whl",
		SHA256: sha, Bytes: bytes, Member: "nvidia/", Platform: platform,
		Layout: LayoutTree, License: "NVIDIA", About: "part of xla-cuda", Unseen: true,
	}
}
