"""Stands between Jupyter and GoNB: kernel.py CONNECTION_FILE REPO GONB ARGUMENTS...

This process becomes GoNB; its child passes the messages on. On the way, cells need no "%%", and errors get words. Whoever
ends the kernel ends GoNB, and the child follows."""

import hashlib
import hmac
import json
import os
import re
import signal
import socket
import sys
import time

CONNECTION, REPO, GONB = sys.argv[1:4]
CHANNELS = ["shell", "control", "stdin", "hb", "iopub"]
DELIMITER = b"<IDS|MSG>"


def free_ports(n):
    sockets = [socket.socket() for _ in range(n)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def bind(front, where):
    """Takes an address, which the relay of a kernel that was restarted may hold for a moment longer."""
    for left in range(150, -1, -1):
        try:
            return front.bind(where)
        except Exception:  # zmq.ZMQError, whose module is loaded late
            if not left:
                raise
            time.sleep(0.1)


class Relay:
    def __init__(self, outer, inner):
        import zmq

        self.key, self.cells, self.made = outer["key"].encode(), {}, set()
        context = zmq.Context()
        self.poller, self.pairs, self.front, self.back = zmq.Poller(), {}, {}, {}
        for name in CHANNELS:
            front = context.socket(zmq.XPUB if name == "iopub" else zmq.ROUTER)
            back = context.socket(zmq.SUB if name == "iopub" else zmq.DEALER)
            for s in front, back:
                s.linger, s.sndhwm, s.rcvhwm = 1000, 0, 0
            if name == "iopub":
                back.subscribe(b"")
            else:
                back.identity = b"relay"
                front.router_handover = 1
            self.poller.register(front, zmq.POLLIN)
            self.poller.register(back, zmq.POLLIN)
            self.front[name], self.back[name] = front, back
            bind(front, address(outer, name))
            back.connect(address(inner, name))
            self.pairs[front], self.pairs[back] = (back, self.request), (front, self.answer)

    def connect(self, kernel):
        """Waits until what the kernel publishes arrives here, and somebody listens, so that no output is lost."""
        while os.getppid() == kernel and not self.back["iopub"].poll(200):
            header = {"msg_id": os.urandom(16).hex(), "msg_type": "kernel_info_request", "session": "relay", "username": "",
                      "version": "5.3", "date": "2026-01-01T00:00:00Z"}
            parts = [json.dumps(part).encode() for part in (header, {}, {}, {})]
            self.back["shell"].send_multipart([DELIMITER, self.signature(parts)] + parts)
        self.front["iopub"].poll(3000)

    def run(self, kernel):
        alive, ready = True, []
        while alive or ready:
            alive = os.getppid() == kernel
            ready = self.poller.poll(200 if alive else 0)
            for source, _ in ready:
                frames = source.recv_multipart()
                target, change = self.pairs[source]
                if source != self.front["iopub"]:  # which tells of listeners
                    target.send_multipart(self.changed(frames, change))

    def signature(self, parts):
        sign = hmac.new(self.key, digestmod=hashlib.sha256)
        for part in parts:
            sign.update(part)
        return sign.hexdigest().encode() if self.key else b""

    def changed(self, frames, change):
        if DELIMITER not in frames:
            return frames
        at = frames.index(DELIMITER) + 1
        header, parent, content = (json.loads(frames[at + i]) for i in (1, 2, 4))
        if not change(header, parent, content):
            return frames
        frames[at + 4] = json.dumps(content).encode()
        frames[at] = self.signature(frames[at + 1:at + 5])
        return frames

    def request(self, header, parent, content):
        if header["msg_type"] not in ("execute_request", "complete_request", "inspect_request"):
            return False
        code = content["code"]
        content["code"], at = completed(code)
        self.cells[header["msg_id"]] = code, at
        while len(self.cells) > 100:
            del self.cells[next(iter(self.cells))]
        if at is not None and content.get("cursor_pos", -1) >= at:
            content["cursor_pos"] += 3
        return content["code"] != code

    def answer(self, header, parent, content):
        code, at = self.cells.get((parent or {}).get("msg_id"), (None, None))
        if code is None:
            return False
        if header["msg_type"] == "execute_input":
            content["code"] = code
        elif header["msg_type"] == "complete_reply":
            content["matches"] = list(dict.fromkeys(content.get("matches") or []))
            for end in "cursor_start", "cursor_end":
                content[end] -= 3 if at is not None and content.get(end, 0) >= at + 3 else 0
        elif content.get("traceback"):
            self.explain(content, code, at)
        elif header["msg_type"] == "execute_reply" and content.get("status") == "ok":
            self.made |= made(code)
            return False
        else:
            return False
        return True

    def explain(self, content, code, at):
        added = None if at is None else code[:at].count("\n") + 1  # the number of the line "%%"
        shift = lambda m: m[1] + str(int(m[2]) - (added is not None and int(m[2]) > added))
        lines = [re.sub(r"(Cell\[\d+\]: Line )(\d+)", shift, line) for line in content["traceback"]]
        said = explained(content.get("evalue", ""), code, self.made)
        content["traceback"] = lines + (["", said] if said else [])
        content["evalue"] += "\n" + said if said else ""


def address(connection, channel):
    between = "-" if connection["transport"] == "ipc" else ":"
    return "%s://%s%s%s" % (connection["transport"], connection["ip"], between, connection[channel + "_port"])


def main():
    with open(CONNECTION) as file:
        outer = json.load(file)
    inner = dict(outer, transport="tcp", ip="127.0.0.1", **dict(zip([c + "_port" for c in CHANNELS], free_ports(len(CHANNELS)))))
    path = os.path.join(os.path.dirname(CONNECTION), "relay-%d.json" % os.getpid())
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(inner, file)
    kernel = os.getpid()
    if os.fork() > 0:
        os.execv(GONB, [GONB, "--kernel", path] + sys.argv[4:])
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    relay = Relay(outer, inner)
    relay.connect(kernel)
    os.remove(path)  # the kernel has read it
    relay.run(kernel)


main()
