"""Asks a running kernel for completions and documentation, as JupyterLab does: CONNECTION QUESTIONS.

QUESTIONS is JSON, a list of [kind, code]; the cursor stands at the end of the code. The first question is repeated until
there is an answer, which gopls has once it has read the module. Standard output is JSON, a list of [answer, seconds]."""

import json
import sys
import time

from jupyter_client import BlockingKernelClient

client = BlockingKernelClient(connection_file=sys.argv[1])
client.load_connection_file()
client.start_channels()
client.wait_for_ready(timeout=60)


def ask(kind, code):
    start = time.monotonic()
    content = (client.complete if kind == "complete" else client.inspect)(code, len(code), reply=True, timeout=120)["content"]
    took = time.monotonic() - start
    if kind == "complete":
        return [" ".join(content.get("matches", [])), took]
    return [content.get("data", {}).get("text/plain") or content.get("data", {}).get("text/markdown", ""), took]


questions = json.loads(sys.argv[2])
deadline = time.monotonic() + 180
while not ask(*questions[0])[0] and time.monotonic() < deadline:
    time.sleep(0.5)
print(json.dumps([ask(*question) for question in questions]))
