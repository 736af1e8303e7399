# SPDX-License-Identifier: GPL-3.0-or-later
"""What the scripts siren_*.py share: an edge as small as can be, a maker of orders, a box.

The edge speaks /stream, /bulletin and /receipts as doc/formats says, holds everything in memory
and believes everybody: what is tested is the box.
"""
import asyncio
import base64
import hashlib
import json
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

BUILD = pathlib.Path(os.environ.get("BELFRY_BUILD", "build"))
DATA = pathlib.Path(os.environ.get("BELFRY_DATA", "."))
MAKE_ORDER = pathlib.Path(os.environ.get("MAKE_ORDER", BUILD / "tests/unit/box/make_order"))
PATTERNS = os.path.abspath(os.environ.get("PATTERNS", DATA / "share" / "patterns"))
if not os.path.isdir(PATTERNS):
    PATTERNS = os.path.abspath("share/patterns")

EVENTS = ["", "status", "heard", "sounding", "sounded", "failed", "joined", "stopped", "ended",
          "expired", "refused", "unordered", "unordered-end", "fault", "disk", "restarted",
          "roster-behind"]
TEST_PATTERN, GROWL, STEADY, ATTACK = 34, 2, 34, 70


class Maker:
    """Commands for make_order, see there."""

    def __init__(self):
        self.process = subprocess.Popen([MAKE_ORDER], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.lock = threading.Lock()

    def ask(self, *words):
        with self.lock:
            self.process.stdin.write(" ".join(str(w) for w in words) + "\n")
            self.process.stdin.flush()
            return self.process.stdout.readline().rstrip("\n")

    def close(self):
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


def receipt_of(raw):
    head = struct.unpack_from(">BIIQqBBQBHHQ", raw)
    at = struct.calcsize(">BIIQqBBQBHHQ") + 32
    roster, order_len = struct.unpack_from(">IH", raw, at)
    return {"siren": head[2], "number": head[3], "event": EVENTS[head[6]], "order": head[7],
            "verdict": head[8], "inputs": head[9], "size": head[11], "roster": roster,
            "order_bytes": raw[at + 6:at + 6 + order_len], "at": time.monotonic()}


class Edge:
    """One edge on a port of its own; a thread of its own runs it."""

    def __init__(self, maker, heartbeat_s=5.0, port=0, cursors=True):
        self.maker, self.heartbeat_s, self.cursors = maker, heartbeat_s, cursors
        self.lines = []       # entries
        self.streams = set()  # writers
        self.receipts = []
        self.spool = {}       # sender id -> number
        self.asked = []       # paths
        self.posts = 0
        self.tell_cursor = None
        self.refuse = None    # a status for /receipts
        self.replies = True   # False: /receipts is taken and never answered
        self.loop = asyncio.new_event_loop()
        started = threading.Event()
        self.thread = threading.Thread(target=self._run, args=(started, port), daemon=True)
        self.thread.start()
        started.wait(10)

    def _run(self, started, port):
        asyncio.set_event_loop(self.loop)
        self.server = self.loop.run_until_complete(
            asyncio.start_server(self._serve, "127.0.0.1", port, backlog=4096))
        self.port = self.server.sockets[0].getsockname()[1]
        self.beat = self.loop.create_task(self._beat())
        started.set()
        self.loop.run_forever()

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    async def _beat(self):
        while True:
            await asyncio.sleep(self.heartbeat_s)
            self._send("checkpoint", self.maker.ask("checkpoint"))

    @staticmethod
    def event(kind, data, ident=None):
        head = f"id: {ident}\n" if ident is not None else ""
        return f"{head}event: {kind}\ndata: {data}\n\n".encode()

    def _send(self, kind, data, ident=None):
        frame = self.event(kind, data, ident)
        for writer in list(self.streams):
            if not writer.is_closing():
                writer.write(frame)

    def on_loop(self, function, *args):
        done = threading.Event()

        def call():
            function(*args)
            done.set()
        self.loop.call_soon_threadsafe(call)
        assert done.wait(20)

    def send(self, kind, data, ident=None):
        """To all streams."""
        self.on_loop(self._send, kind, data, ident)

    def publish(self, line):
        """An entry: kept, and sent."""
        self.lines.append(line)
        self.send("entry", line, len(self.lines) - 1)

    def heartbeat(self):
        self.send("checkpoint", self.maker.ask("checkpoint"))

    def drop(self):
        """End every stream."""
        self.on_loop(lambda: [w.transport.abort() for w in list(self.streams)])

    def close(self):
        def end():
            self.server.close()
            for writer in list(self.streams):
                writer.transport.abort()
            for task in asyncio.all_tasks(self.loop):
                task.cancel()
            self.loop.call_later(0.05, self.loop.stop)
        if self.loop.is_running():
            self.loop.call_soon_threadsafe(end)
            self.thread.join(10)

    async def _serve(self, reader, writer):
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            method, path, _ = head.decode().split("\r\n")[0].split(" ")
            length = [int(line.split(":")[1]) for line in head.decode().lower().split("\r\n")
                      if line.startswith("content-length:")]
            body = await reader.readexactly(length[0]) if length else b""
            self.asked.append(path)
            if path.startswith("/stream"):
                await self._stream(path, reader, writer)
            elif path == "/receipts" and method == "POST":
                await self._receipts(body, writer)
            elif path.startswith("/bulletin?after="):
                after = int(path.split("=")[1])
                self._answer(writer, 200, "\n".join(
                    self.lines[after:] + [self.maker.ask("checkpoint")]) + "\n")
            else:
                self._answer(writer, 404, "no")
            await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            pass
        finally:
            self.streams.discard(writer)
            writer.close()

    @staticmethod
    def _answer(writer, status, text):
        body = text.encode()
        writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n"
                     "Connection: close\r\n\r\n".encode() + body)

    async def _stream(self, path, reader, writer):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
                     b"retry: 1000\n\n")
        writer.write(self.event("checkpoint", self.maker.ask("checkpoint")))
        after = int(path.split("after=")[1]) if "after=" in path else 0
        for n, line in list(enumerate(self.lines))[after:]:
            writer.write(self.event("entry", line, n))
        self.streams.add(writer)
        await writer.drain()
        await reader.read()  # until the box hangs up

    async def _receipts(self, body, writer):
        self.posts += 1
        if not self.replies:
            await asyncio.sleep(30)
        if self.refuse:
            self._answer(writer, self.refuse, "full")
            return
        held, at = [], 0
        while at < len(body):
            ident, length = body[at:at + 16], struct.unpack_from(">H", body, at + 16)[0]
            raw = body[at + 18:at + 18 + length]
            at += 18 + length
            assert ident == hashlib.sha256(raw).digest()[:16]
            if ident not in self.spool:
                self.spool[ident] = len(self.spool) + 1
                self.receipts.append(receipt_of(raw))
            held.append(self.spool[ident])
        self._answer(writer, 200, json.dumps({"held": held}))
        if self.cursors and self.tell_cursor is None:
            self.tell_cursor = self.loop.call_later(0.3, self._cursor)

    def _cursor(self):
        self.tell_cursor = None
        self._send("cursor", json.dumps({"received": len(self.spool)}))

    def of(self, event, siren=None):
        return [r for r in list(self.receipts)
                if r["event"] == event and siren in (None, r["siren"])]


class Town:
    """Cabinets, a state folder, edges and one process of boxes, in a folder of their own."""

    def __init__(self, sirens=0, edges=1, current_ms=20, **edge_options):
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="belfry-siren-"))
        self.maker = Maker()
        self.state = self.work / "state"
        self.state.mkdir()
        self.maker.ask("state", self.state, sirens)
        self.sirens = sirens or 1
        self.edges = [Edge(self.maker, **edge_options) for _ in range(edges)]
        self.cabinet_log = self.work / "cabinet.log"
        self.cabinets = subprocess.Popen(
            [BUILD / "src/prog/belfry-cabinet", "--socket", self.work / "cabinets", "--log",
             self.cabinet_log, "--boxes", str(self.sirens), "--current-ms", str(current_ms)],
            stdout=subprocess.PIPE, text=True)
        self.cabinets.stdout.readline()
        self.process = None
        self.said = []
        self.configure()

    def configure(self, **more):
        self.config = self.work / "siren.json"
        self.config.write_text(json.dumps({
            "state": "state", "edges": [e.address for e in self.edges], "patterns": PATTERNS,
            "relay": {"cabinet": "cabinets", "box": 1}, "status": "status.json", **more}))

    def start(self, *options, wait=True, before=None, env=None):
        """`before` is called in the child before the program begins; `env` is added."""
        self.process = subprocess.Popen(
            [BUILD / "src/prog/belfry-siren", "--config", self.config, *options],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, preexec_fn=before,
            env={**os.environ, **(env or {})})
        self.reader = threading.Thread(target=self._read, args=(self.process,), daemon=True)
        self.reader.start()
        if wait:
            self.wait(lambda: any("listening" in line for line in self.said), 60, "listening")

    def _read(self, process):
        for line in process.stdout:
            self.said.append(line.rstrip("\n"))

    def stop(self, signo=signal.SIGTERM):
        self.process.send_signal(signo)
        status = self.process.wait(30)
        self.reader.join(10)
        self.process.stdout.close()
        self.process = None
        self.said.clear()
        return status

    def wait(self, condition, seconds, what):
        until = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > until:
                raise AssertionError(f"not within {seconds} s: {what}; it said {self.said[-5:]}")
            time.sleep(0.005)

    def closings(self):
        """(monotonic s, box, on) of each change of a relay."""
        if not self.cabinet_log.exists():
            return []
        whole = self.cabinet_log.read_text().rpartition("\n")[0]  # the last may be half there
        rows = [line.split() for line in whole.splitlines()]
        return [(int(r[0]) / 1e9, int(r[2]), r[3] == "on") for r in rows]

    def sounded(self):
        return [c for c in self.closings() if c[2]]

    def status(self):
        return json.loads((self.work / "status.json").read_text())

    def cabinet(self, line):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(20)
            s.connect(str(self.work / "cabinets"))
            s.sendall((line + "\n").encode())
            return s.makefile().readline().rstrip("\n")

    def close(self):
        if self.process is not None:
            self.stop()
        for edge in self.edges:
            edge.close()
        self.cabinets.terminate()
        self.cabinets.wait(10)
        self.cabinets.stdout.close()
        self.maker.close()
        shutil.rmtree(self.work, ignore_errors=True)


def run(tests):
    """Each test prints its PASS or FAIL; ends the program."""
    bad = 0
    for test in tests:
        name = test.__name__.replace("_", " ")
        try:
            told = test()
            print(f"PASS {name}" + (f" ({told})" if told else ""), flush=True)
        except Exception as e:  # one failing test does not hide the others
            bad += 1
            print(f"FAIL {name}: {type(e).__name__} {e}", flush=True)
    sys.exit(1 if bad else 0)
