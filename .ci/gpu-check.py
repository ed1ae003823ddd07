"""The parts of .ci/gpu-check that are written in Python.

    gpu-check.py torch eager|compile FORWARD STEPS SIZE SECONDS [small]    PyTorch's times, a JSON line each
    gpu-check.py table OUT ROOT                                            the table of what OUT holds
    gpu-check.py precisions OUT SET...                                     top-1 by precision, and which one to take

Forward: bytes in pinned host memory in, scores on the host out. Step: AdamW, label smoothing, images on the device. Each in
TF32 and in bfloat16 (autocast).
"""
import json
import math
import os
import sys
import time


def network(torch, device):
    try:
        from efficientnet_lite_pytorch import EfficientNet
        net = EfficientNet.from_name("efficientnet-lite0", num_classes=10)
    except ImportError:
        import timm
        net = timm.create_model("tf_efficientnet_lite0", num_classes=10)
    return net.to(device, memory_format=torch.channels_last)


def median(work, seconds, wait, least=3):
    times, start = [], time.perf_counter()
    while len(times) < least or time.perf_counter() - start < seconds:
        wait()
        begin = time.perf_counter()
        work()
        wait()
        times.append(time.perf_counter() - begin)
    return sorted(times)[len(times) // 2]


def measure(torch, device, compiled, work, half, batch, size, seconds, small):
    cuda = device == "cuda"
    torch._dynamo.reset()  # or else later batches get a program for any batch, and after eight none
    wait = torch.cuda.synchronize if cuda else lambda: None
    net = network(torch, device)
    autocast = lambda: torch.autocast(device, torch.bfloat16, enabled=half)
    if work == "forward":
        net.eval()
        run = torch.compile(net, dynamic=False) if compiled else net
        pixels = torch.randint(0, 255, (batch, 3, size, size), dtype=torch.uint8).to(memory_format=torch.channels_last)
        pixels = pixels.pin_memory() if cuda else pixels

        def once():
            with torch.inference_mode(), autocast():
                run((pixels.to(device, non_blocking=True).float() - 127) / 128).float().cpu()
        repeats = 1
    else:
        net.train()
        optimiser = torch.optim.AdamW(net.parameters(), 5e-4, weight_decay=0.01, fused=cuda)
        run = torch.compile(net, dynamic=False) if compiled else net
        images = torch.randn(batch, 3, size, size, device=device).to(memory_format=torch.channels_last)
        labels = torch.randint(0, 10, (batch,), device=device)
        repeats = 1 if small else 5

        def once():
            for _ in range(repeats):
                optimiser.zero_grad(set_to_none=True)
                with autocast():
                    loss = torch.nn.functional.cross_entropy(run(images), labels, label_smoothing=0.1)
                loss.backward()
                optimiser.step()
    start = time.perf_counter()
    once()
    wait()
    first = time.perf_counter() - start
    return first, median(once, seconds, wait, 1 if small else 3) / repeats


def torch_times(mode, forward, steps, size, seconds, small=""):
    import torch
    device = "cuda" if torch.cuda.is_available() else "cpu"
    if device == "cpu" and not small:
        sys.exit("PyTorch finds no GPU")
    torch.backends.cudnn.benchmark = True
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    plan = [(work, int(batch)) for work, batches in (("step", steps), ("forward", forward)) for batch in batches.split(",")]
    plan.sort(key=lambda at: abs(math.log(at[1] / 128)))  # each is compiled by itself: the time limit may cut off the last
    for work, batch in plan:
        for half in (False, True):
            row = {"label": "PyTorch " + mode, "work": work, "batch": batch, "precision": "bfloat16" if half else "tf32",
                   "version": torch.__version__}
            try:
                first, middle = measure(torch, device, mode == "compile", work, half, batch, int(size), float(seconds), small)
                row.update(compile=first, median=middle, rate=batch / middle)
            except Exception as e:  # one batch that does not fit is one row
                row["failed"] = str(e)[:300]
            print(json.dumps(row), flush=True)


def lines(path):
    rows = []
    if os.path.exists(path):
        for line in open(path, encoding="utf-8"):
            try:
                rows.append(json.loads(line))
            except ValueError:
                pass  # cut short by a time limit
    return rows


def table(out, root):
    rows, parts = lines(os.path.join(out, "rows.jsonl")), lines(os.path.join(out, "parts.jsonl"))
    text = lambda name: open(os.path.join(out, name), encoding="utf-8", errors="replace").read() if os.path.exists(os.path.join(out, name)) else ""
    print("commit", open(os.path.join(root, "commit")).read().strip(), time.strftime("%Y-%m-%d", time.gmtime()))
    print("\n" + text("doctor.log").strip() + "\n")

    def best(pick):
        found = [r for r in rows if "rate" in r and r["rate"] > 0 and pick(r)]
        return max(found, key=lambda r: r["rate"]) if found else None

    show = lambda r: "not measured" if r is None else "%.0f images/s (%.2f ms, %s)" % (r["rate"], 1e3 * r["median"], r["precision"])
    print("| what | batch | imagelab tf32 | bfloat16 | float32 | PyTorch eager | compiled | ours best / PyTorch's best |\n|---|---|---|---|---|---|---|---|")
    keys = sorted({(r["work"], r["batch"]) for r in rows})
    for work, batch in keys:
        same = lambda r: r["work"] == work and r["batch"] == batch
        cells = [best(lambda r: same(r) and r["label"] == "ours" and r["precision"] == p) for p in ("tf32", "bfloat16", "float32")]
        cells += [best(lambda r: same(r) and r["label"] == "PyTorch " + m) for m in ("eager", "compile")]
        ours = best(lambda r: same(r) and not r["label"].startswith("PyTorch"))
        peer = best(lambda r: same(r) and r["label"].startswith("PyTorch"))
        ratio = "not measured" if not ours or not peer else "%.2f (%s)" % (ours["rate"] / peer["rate"], ours["label"])
        print("| %s | %d | %s | %s |" % (work, batch, " | ".join(map(show, cells)), ratio))

    print("\n| compiling, with the first call | batch | first time | later process |\n|---|---|---|---|")
    for work in ("forward", "step"):
        times = [next((r for r in rows if r["label"] == label and r["work"] == work), None) for label in ("cold", "warm")]
        print("| %s | %s | %s |" % (work, next((str(r["batch"]) for r in times if r), "-"),
                                    " | ".join("%.1f s" % r["compile"] if r and r["compile"] else "not measured" for r in times)))

    forms = [r for r in rows if r["label"] != "ours" and "=" in r["label"]]
    print("\n| form or flag | what | batch | precision | result | compiling |\n|---|---|---|---|---|---|")
    for r in forms:
        print("| %s | %s | %d | %s | %s | %.1f s |" % (r["label"], r["work"], r["batch"], r["precision"],
              show(r) if r.get("rate") else r.get("failed", "failed")[:80], r.get("compile", 0)))

    print("\n| check | result |\n|---|---|")
    for line in text("logits.log").splitlines():
        if "largest difference" in line or line.strip().startswith("--- "):
            print("| logits | %s |" % line.strip().replace("|", "/"))
    for line in text("resident.log").splitlines():
        if line.strip().startswith("--- "):
            print("| resident photos | %s |" % line.strip())
    used = [int(x) for x in text("memory.log").split() if x.isdigit()]
    print("| peak memory of the GPU, all parts | %s |" % ("%d MiB" % max(used) if used else "not measured"))
    for line in text("train.log").splitlines() + text("eval.log").splitlines()[:1]:
        print("| whole way | %s |" % line.strip().replace("|", "/"))
    print("\n| part | state | seconds |\n|---|---|---|")
    for p in parts:
        print("| %s | %s | %s |" % (p["part"], p["state"], p.get("seconds", "-")))
    for r in rows:
        if r.get("failed"):
            print("failed: %s %s batch %s %s: %s" % (r["label"], r["work"], r["batch"], r["precision"], r["failed"][:200]))


def precisions(out, *sets):
    """The rule: of the precisions whose mean validation top-1 is at most half a point below float32's on every set, the one with
    the fastest forward pass; float32 where anything is missing."""
    names = ("float32", "tf32", "bfloat16")
    rows = lines(os.path.join(out, "rows.jsonl"))
    rate = {p: max([r["rate"] for r in rows if r.get("rate") and r["work"] == "forward" and r["precision"] == p], default=0) for p in names}

    def top1(number, precision):
        found = []
        for seed in (1, 2, 3):
            path = os.path.join(out, "fit-%d-%s-%d.log" % (number, precision, seed))
            try:
                found.append(json.load(open(path, encoding="utf-8"))["validation"]["top1"])
            except (OSError, ValueError, KeyError):
                pass
        return found

    print("| set | %s |\n|---|%s" % (" | ".join(names), "---|" * len(names)))
    fits, missing = {p: True for p in names}, []
    for number, folder in enumerate(sets, 1):
        all_of = {p: top1(number, p) for p in names}
        mean = {p: sum(v) / len(v) for p, v in all_of.items() if v}
        print("| %s | %s |" % (os.path.basename(folder.rstrip("/")), " | ".join(
            "%.2f %% (%s)" % (100 * mean[p], ", ".join("%.2f" % (100 * x) for x in all_of[p])) if p in mean else "not measured" for p in names)))
        for p in names:
            if p not in mean or len(all_of[p]) != len(all_of["float32"]):
                missing.append("%s on %s" % (p, folder))
                fits[p] = False
            elif "float32" in mean and mean[p] < mean["float32"] - 0.005:
                fits[p] = False
    print("| forward, images/s | %s |" % " | ".join("%.0f" % rate[p] if rate[p] else "not measured" for p in names))
    able = [p for p in names if fits[p] and rate[p]]
    take = max(able, key=lambda p: rate[p]) if able else "float32"
    print("\ndefault on this GPU: %s%s" % (take, "; not measured: " + ", ".join(missing) if missing else ""))


if sys.argv[1] == "torch":
    torch_times(*sys.argv[2:])
elif sys.argv[1] == "precisions":
    precisions(*sys.argv[2:])
else:
    table(*sys.argv[2:])
