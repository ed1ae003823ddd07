"""Writes formula.json: what timm and torchvision compute with weights made by a formula, for TestNetworksEqualReference.

    pip install torch torchvision timm numpy
    python formula.py

Every value follows from the name of its tensor and its index, so that the test makes the same ones. The networks run in
float64. Of each stage's output, in the order [height, width, channels], and of the logits some values are kept.
"""
import json, zlib
import numpy, timm, torch, torchvision

KEPT = 24

def noise(name, n):
    """Values in [-1, 1) by a hash of the name and the index (the mixing of lowbias32)."""
    x = (numpy.arange(n, dtype=numpy.uint64) * 2654435761 + zlib.crc32(name.encode())) & 0xFFFFFFFF
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        x = ((x ^ (x >> shift)) * factor) & 0xFFFFFFFF
    return (x ^ (x >> 16)).astype(numpy.float64) / 2**31 - 1

def value(key, shape):
    v = noise(key, int(numpy.prod(shape)))
    if key.endswith("running_var"):
        v = 1 + 0.5 * v
    elif key.endswith(("gamma", "layer_scale")):
        v = 0.5 + 0.25 * v
    elif key in ("cls_token", "pos_embed"):
        v = 0.5 * v
    elif len(shape) > 1:
        v = v * numpy.sqrt(4 / numpy.prod(shape[1:]))
    elif key.endswith(".weight"):
        v = 1 + 0.25 * v
    else:
        v = 0.1 * v
    return torch.tensor(v.astype(numpy.float32).reshape(shape))

def fill(net):
    state = net.state_dict()
    net.load_state_dict({k: value(k, tuple(v.shape)) if v.is_floating_point() else v for k, v in state.items()})
    return net.eval().double()

def resnet(name):
    stages = {"stem": "maxpool", **{f"stage{i}": f"layer{i}" for i in range(1, 5)}, "top": "global_pool"}
    return timm.create_model(name), stages

def blocks(name, n, top, **options):
    return timm.create_model(name, **options), {"stem": "bn1", **{f"stage{i + 1}": f"blocks.{i}" for i in range(n)}, "top": top}

def convnext(name):
    return timm.create_model(name), {"stem": "stem", **{f"stage{i + 1}": f"stages.{i}" for i in range(4)}, "top": "head.flatten"}

def vit(name):
    return timm.create_model(name, dynamic_img_size=True), {"stem": "pos_drop", **{f"stage{i + 1}": f"blocks.{3 * i + 2}" for i in range(4)},
        "top": "fc_norm"}

def torchvision_of(name, **stages):
    return getattr(torchvision.models, name)(), stages

HALF, IMAGENET = ([127.5] * 3, [127.5] * 3), ([123.675, 116.28, 103.53], [58.395, 57.12, 57.375])
# backbone, layout, network and stages, sizes, normalisation
CASES = [
    ("efficientnet_lite0", "timm", blocks("tf_efficientnet_lite0", 7, "global_pool"), [64], ([127] * 3, [128] * 3)),
    ("efficientnet_lite3", "timm", blocks("tf_efficientnet_lite3", 7, "global_pool"), [64], HALF),
    ("efficientnet_lite4", "timm", blocks("tf_efficientnet_lite4", 7, "global_pool"), [72], HALF),
    ("resnet18", "torchvision and timm", resnet("resnet18"), [64], IMAGENET),
    ("resnet34", "torchvision and timm", resnet("resnet34"), [64], IMAGENET),
    ("resnet50", "torchvision and timm", resnet("resnet50"), [64], IMAGENET),
    ("squeezenet1_1", "torchvision", torchvision_of("squeezenet1_1", stem="features.2", stage1="features.5", stage2="features.8",
        stage3="features.12"), [64, 70], IMAGENET),
    ("mobilenet_v2", "timm", blocks("mobilenetv2_100", 7, "global_pool"), [64], IMAGENET),
    ("mobilenet_v2", "torchvision", torchvision_of("mobilenet_v2", stem="features.0", stage7="features.17"), [64], IMAGENET),
    ("mobilenet_v3_small", "timm", blocks("mobilenetv3_small_100", 5, "flatten"), [64], IMAGENET),
    ("mobilenet_v3_small", "torchvision", torchvision_of("mobilenet_v3_small", stem="features.0", stage1="features.1", top="classifier.1"),
        [64], IMAGENET),
    ("mobilenet_v3_large", "timm", blocks("mobilenetv3_large_100", 6, "flatten"), [64], IMAGENET),
    ("efficientnet_b0", "timm", blocks("efficientnet_b0", 7, "global_pool"), [64], IMAGENET),
    ("efficientnet_b0", "torchvision", torchvision_of("efficientnet_b0", stem="features.0", stage3="features.3"), [64], IMAGENET),
    ("convnext_atto", "timm", convnext("convnext_atto"), [64], IMAGENET),
    ("convnext_tiny", "timm", convnext("convnext_tiny"), [64], IMAGENET),
    ("convnext_tiny", "torchvision", torchvision_of("convnext_tiny", stem="features.0", stage1="features.1", stage2="features.3"), [64], IMAGENET),
    ("vit_tiny", "timm", vit("vit_tiny_patch16_224"), [96, 224], HALF),
    ("dinov2_small", "timm", vit("vit_small_patch14_dinov2"), [84], IMAGENET),
]

def kept(y):
    """The values at KEPT places, spread evenly, and the root of the mean square of all."""
    y = y[0].detach()
    if y.dim() == 3:
        y = y.permute(1, 2, 0)
    y = y.reshape(-1)
    at = [i * (len(y) - 1) // (KEPT - 1) for i in range(KEPT)]
    return {"size": len(y), "values": [float(f"{y[i].item():.7g}") for i in at], "rms": float(f"{y.square().mean().sqrt().item():.7g}")}

def run(backbone, layout, net, stages, size, mean, std):
    pixels = numpy.floor((noise("pixels", size * size * 3) + 1) * 128).reshape(1, size, size, 3)
    x = torch.tensor((pixels - numpy.array(mean)) / numpy.array(std)).permute(0, 3, 1, 2).contiguous()
    seen, hooks = {}, []
    for stage, path in stages.items():
        def hook(_, inputs, y, stage=stage):
            seen[stage] = kept(y.flatten(1) if stage == "top" else y)
        hooks.append(net.get_submodule(path).register_forward_hook(hook))
    with torch.no_grad():
        logits = net(x)
    for h in hooks:
        h.remove()
    print(backbone, layout, size, [(s, v["size"], round(v["rms"], 3)) for s, v in seen.items()], float(logits.abs().max()))
    return {"backbone": backbone, "layout": layout, "size": size, "stages": seen, "logits": kept(logits)}

cases = []
for backbone, layout, (net, stages), sizes, (mean, std) in CASES:
    fill(net)
    for size in sizes:
        cases.append(run(backbone, layout, net, stages, size, mean, std))
# one weights tensor of the formula, so that a test of the formula itself needs no network
check = {"key": "layer1.0.conv1.weight", "values": [float(v) for v in value("layer1.0.conv1.weight", (64, 64, 3, 3)).reshape(-1)[:8]]}
text = json.dumps({"torch": torch.__version__, "timm": timm.__version__, "torchvision": torchvision.__version__, "check": check, "cases": cases},
    separators=(",", ":")).replace('{"backbone"', '\n{"backbone"')
open("formula.json", "w").write(text + "\n")
