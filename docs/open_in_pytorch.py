"""Classifies photos with the weights that `imagelab export RUN --safetensors FILE` wrote.

    pip install torch torchvision timm safetensors pillow numpy
    python open_in_pytorch.py model.safetensors photo.jpg...
"""
import collections
import json
import sys

import numpy
import timm
import torch
import torchvision
from PIL import Image, ImageOps
from safetensors import safe_open

with safe_open(sys.argv[1], "pt") as file:
    about = file.metadata()
    weights = {name: file.get_tensor(name) for name in file.keys()}
classes, pixels = json.loads(about["classes"]), json.loads(about["preprocessing"])
if "timm" in about:
    options = {"dynamic_img_size": True} if about["timm"].startswith("vit_") else {}  # of any size
    model = timm.create_model(about["timm"], num_classes=len(classes), **options).eval()
else:  # torchvision's SqueezeNet has a classifier that is not linear: this one stands in its place
    network = torchvision.models.get_model(about["torchvision"])
    model = torch.nn.Sequential(collections.OrderedDict(features=network.features, mean=torch.nn.AdaptiveAvgPool2d(1),
        flat=torch.nn.Flatten(), classifier=torch.nn.Linear(512, len(classes)))).eval()
model.load_state_dict(weights, strict=False)  # all but num_batches_tracked, which counts training steps
missing = set(model.state_dict()) - set(weights)
assert all(name.endswith("num_batches_tracked") for name in missing), missing

for path in sys.argv[2:]:
    photo = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
    side, size = pixels["resize_side"], pixels["size"]
    short = min(photo.size)
    width, height = ((n * side + short // 2) // short for n in photo.size)
    photo = photo.resize((photo.width, height), Image.BICUBIC).resize((width, height), Image.BICUBIC)
    left, top = ((n - side) // 2 + (side - size) // 2 for n in photo.size)
    x = numpy.asarray(photo.crop((left, top, left + size, top + size)), numpy.float32)
    x = (x - numpy.float32(pixels["mean"])) / numpy.float32(pixels["std"])
    with torch.inference_mode():
        probabilities = model(torch.from_numpy(x.transpose(2, 0, 1)[None])).softmax(1)[0]
    print(json.dumps({"file": path, "probabilities": probabilities.tolist(), "label": classes[probabilities.argmax()]}))
