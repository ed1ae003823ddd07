package asset

import (
	"os"
	"path"
	"strings"
)

// Where published weights lie. A hub's address can be replaced by that of a mirror, in HF_ENDPOINT.
const (
	torchvision = "https://download.pytorch.org/models/"
	timmRelease = "https://github.com/huggingface/pytorch-image-models/releases/download/"
	hub         = "https://huggingface.co/"
)

// weights are the networks whose weights are one published file each. torchvision and timm
// publish the first eight digits of a file's sha256 as the end of its name, and check no more;
// where the whole digest is known it stands here. Nobody could fetch these files where imagelab
// was written: see [Ref.Unseen].
var weights = []Ref{
	published("efficientnet_lite3", timmRelease+"v0.1-weights/tf_efficientnet_lite3-b733e338.pth", "", 33_000_000,
		"Apache-2.0"),
	published("efficientnet_lite4", timmRelease+"v0.1-weights/tf_efficientnet_lite4-741542c3.pth", "", 52_000_000,
		"Apache-2.0"),
	published("resnet18", torchvision+"resnet18-f37072fd.pth",
		"f37072fd47e89c5e827621c5baffa7500819f7896bbacec160b1a16c560e07ec", 46_830_571, "BSD-3-Clause"),
	published("resnet34", torchvision+"resnet34-b627a593.pth", "", 87_300_000, "BSD-3-Clause"),
	published("resnet50", torchvision+"resnet50-0676ba61.pth",
		"0676ba61b6795bbe1773cffd859882e5e297624d384b6993f7c9e683e722fb8a", 102_530_333, "BSD-3-Clause"),
	published("squeezenet1_1", torchvision+"squeezenet1_1-b8a52dc0.pth", "", 5_000_000, "BSD-3-Clause"),
	published("mobilenet_v2", torchvision+"mobilenet_v2-b0353104.pth", "", 14_200_000, "BSD-3-Clause"),
	published("mobilenet_v3_small", torchvision+"mobilenet_v3_small-047dcff4.pth", "", 10_300_000, "BSD-3-Clause"),
	published("mobilenet_v3_large", torchvision+"mobilenet_v3_large-5c1a4163.pth", "", 22_100_000, "BSD-3-Clause"),
	published("efficientnet_b0", torchvision+"efficientnet_b0_rwightman-7f5810bc.pth", "", 21_400_000, "Apache-2.0"),
	published("convnext_atto", timmRelease+"v0.1-rsb-weights/convnext_atto_d2-01bb0f51.pth", "", 14_800_000, "Apache-2.0"),
	published("convnext_tiny", torchvision+"convnext_tiny-983f1562.pth", "", 114_400_000, "BSD-3-Clause"),
	published("vit_tiny", hub+"timm/vit_tiny_patch16_224.augreg_in21k_ft_in1k/resolve/7d3afdd0cf93ad84d986eb2d6bcc5812ebd0b106/model.safetensors", "fecf81b492bd13ee7a5297cb74d1d417aac8bf7e1b7d96aed89c4691984587ed", 22_900_000, "Apache-2.0"),
	published("dinov2_small", "https://dl.fbaipublicfiles.com/dinov2/dinov2_vits14/dinov2_vits14_pretrain.pth",
		"b938bf1bc15cd2ec0feacfe3a1bb553fe8ea9ca46a7e1d8d00217f29aef60cd9", 88_283_115, "Apache-2.0"),
}

// published is the file at an address. Without a digest it takes the digits in the file's name.
func published(name, url, sha string, bytes int64, license string) Ref {
	file := path.Base(url)
	if strings.HasPrefix(url, hub) { // whose files are all called model
		file = path.Base(strings.Split(url, "/resolve/")[0]) + path.Ext(file)
	}
	if sha == "" {
		_, tag, _ := strings.Cut(strings.TrimSuffix(file, path.Ext(file)), "-")
		sha = tag
	}
	return Ref{Name: name, Kind: KindWeights, Client: "https", Package: path.Dir(strings.TrimPrefix(url, "https://")),
		Version: sha[:8], File: file, URL: url, SHA256: sha, Bytes: bytes, Payload: Payload{SHA256: sha}, Layout: LayoutFile,
		License: license, Unseen: true, About: "ImageNet weights of " + name + ", as published"}
}

// address is where the archive is downloaded from.
func (r Ref) address() string {
	if mirror := os.Getenv("HF_ENDPOINT"); mirror != "" && strings.HasPrefix(r.URL, hub) {
		return strings.TrimSuffix(mirror, "/") + "/" + strings.TrimPrefix(r.URL, hub)
	}
	return r.URL
}

// token is what gated repositories ask for; it is only for the hub and its mirror, and does not
// follow redirects to other hosts.
func (r Ref) token() string {
	if strings.HasPrefix(r.URL, hub) {
		return os.Getenv("HF_TOKEN")
	}
	return ""
}

// matches compares a digest with the pin, of which only the first digits may be known.
func (r Ref) matches(sum string) bool { return len(r.SHA256) >= 8 && strings.HasPrefix(sum, r.SHA256) }
