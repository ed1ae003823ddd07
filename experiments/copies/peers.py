"""Reads {"dir", "files"}, and writes the pairs that tools call copies, with their defaults."""
import json, os, sys

task = json.load(sys.stdin)
out, real = [], os.dup(1)
os.dup2(2, 1)  # what the tools print


def tool(name, find):
    pairs = sorted({tuple(sorted(p)) for p in find()})
    out.append({"name": name, "pairs": [list(p) for p in pairs]})


def hashes(of, bits):
    import numpy as np
    from PIL import Image
    import imagehash

    def find():
        h = []
        for f in task["files"]:
            with Image.open(os.path.join(task["dir"], f)) as im:
                h.append(getattr(imagehash, of)(im.convert("RGB"), hash_size=8).hash.flatten())
        h = np.array(h)
        for i in range(len(h)):
            near = np.nonzero((h[i + 1:] != h[i]).sum(1) <= bits)[0]
            for j in near:
                yield task["files"][i], task["files"][i + 1 + int(j)]
    return find


def dedup(method, **options):
    from imagededup import methods

    def find():
        m = getattr(methods, method)(verbose=False)
        # relative paths with folders, as recursive=True gives them
        codes = m.encode_images(image_dir=task["dir"], recursive=True)
        for a, others in m.find_duplicates(encoding_map=codes, **options).items():
            for b in others:
                yield a, b
    return find


tool("imagehash phash", hashes("phash", 8))
tool("imagehash dhash", hashes("dhash", 8))
for name, make in (("imagededup PHash", lambda: dedup("PHash", max_distance_threshold=10)),
                   ("imagededup CNN", lambda: dedup("CNN", min_similarity_threshold=0.9))):
    try:
        tool(name, make())
    except Exception as e:  # such as weights that cannot be fetched
        print(f"{name}: {e}", file=sys.stderr)
with os.fdopen(real, "w") as f:
    json.dump(out, f)
