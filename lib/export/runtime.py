"""Runs an ONNX file on photos that come through standard input.

The first line on standard output says which versions run, or what is wrong. Then each batch is a line of
JSON, {"shape": [batch, height, width, 3]}, and its bytes; the answer is a line of JSON.
"""
import sys

sys.path[:] = [p for p in sys.path if p]  # not the folder that this runs in, where anybody may put modules

import json
import re
import time


def say(**answer):
    print(json.dumps(answer, allow_nan=False), flush=True)


try:
    import numpy
    import onnxruntime
except ImportError as error:
    say(missing=str(error))
    sys.exit()
version = onnxruntime.__version__
if [int(n) for n in re.findall(r"\d+", version)[:2]] < [1, 15]:
    say(old=version)
    sys.exit()
if len(sys.argv) < 2:
    say(version=version)
    sys.exit()

try:
    onnxruntime.set_default_logger_severity(3)
    options = onnxruntime.SessionOptions()
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # cores are shared with imagelab
    session = onnxruntime.InferenceSession(sys.argv[1], options, providers=["CPUExecutionProvider"])
    say(version=version, input=session.get_inputs()[0].name, outputs=[o.name for o in session.get_outputs()])
    for line in iter(sys.stdin.buffer.readline, b""):
        shape = json.loads(line)["shape"]
        size = int(numpy.prod(shape))
        photos = numpy.frombuffer(sys.stdin.buffer.read(size), numpy.uint8).reshape(shape)
        start = time.perf_counter()
        (probabilities,) = session.run(None, {session.get_inputs()[0].name: photos})
        say(seconds=time.perf_counter() - start, probabilities=probabilities.astype(float).tolist())
except Exception as error:  # told to the other side, whose message names it
    say(error=f"{type(error).__name__}: {error}"[:2000], version=version)
