# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of belfry-edge share: a real edge, a hub that does as told, and clients that speak
HTTP without any code of the product."""
import http.client
import json
import os
import queue
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("BELFRY_BUILD", os.path.join(ROOT, "build"))
EDGE = os.path.join(BUILD, "src", "prog", "belfry-edge")
FAKE = os.path.join(BUILD, "tests", "unit", "edge", "edge-fake-hub")
WAIT = 20
# A start may take so many times its second: sanitizers are slow, and ./check runs two tests at once.
PATIENCE = 10 if os.path.basename(BUILD) == "build-check" or "asan" in BUILD else 1
TERRITORY = 0xbeef

wrong = 0


def check(what, good, why=""):
    global wrong
    if good:
        print("PASS", what, flush=True)
    else:
        wrong += 1
        print(f"FAIL {what}: {' '.join(str(why).split())[:600] or 'no'}", flush=True)
    return good


def wait_for(what, seconds=WAIT):
    """Ask until the answer is true, or time is up; gives the last answer."""
    end = time.monotonic() + seconds
    while True:
        try:
            got = what()
        except (OSError, http.client.HTTPException):
            got = None
        if got or time.monotonic() > end:
            return got
        time.sleep(0.02)


class Lines:
    """A program's standard output, line by line, without waiting for ever."""

    def __init__(self, stream):
        self.queue = queue.Queue()
        self.thread = threading.Thread(target=self.read, args=(stream,), daemon=True)
        self.thread.start()

    def read(self, stream):
        for line in stream:
            self.queue.put(line.rstrip("\n"))
        self.queue.put(None)

    def get(self, seconds=WAIT):
        return self.queue.get(timeout=seconds)


class Hub:
    """edge-fake-hub."""

    def __init__(self, folder):
        self.folder = folder
        self.process = subprocess.Popen([FAKE], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)
        self.lines = Lines(self.process.stdout)
        self.spooled = []  # (number, id) in the order of coming
        self.heard = []    # other lines that the edge caused

    def sort(self, line):
        if line is None:
            raise RuntimeError("the fake hub ended")
        word = line.split()[0] if line else ""
        if word == "spool":
            self.spooled.append((int(line.split()[1]), line.split()[2]))
        elif word in ("up", "down", "edge", "want", "own", "own-end", "proof"):
            self.heard.append(line)
        else:
            return line
        return None

    def tell(self, command):
        """The command's own answer; what the edge said meanwhile is kept."""
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        while True:
            line = self.sort(self.lines.get())
            if line is not None:
                if line.startswith("error"):
                    raise RuntimeError(line)
                return line

    def listen(self, seconds=0.1):
        end = time.monotonic() + seconds
        while True:
            try:
                self.sort(self.lines.get(max(0.001, end - time.monotonic())))
            except queue.Empty:
                return

    def hears(self, word, seconds=WAIT):
        """The first kept line that begins so, taken out."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for line in self.heard:
                if line == word or line.startswith(word + " "):
                    self.heard.remove(line)
                    return line
            self.listen(0.05)
        return None

    def end(self):
        try:
            self.process.stdin.write("quit\n")
            self.process.stdin.close()
        except OSError:
            pass
        self.process.wait(WAIT)


class Edge:
    """belfry-edge in a folder; started, killed and started again."""

    def __init__(self, folder, pin, **more):
        self.folder = folder
        self.path = os.path.join(folder, "edge.json")
        self.config = {"name": "edge1", "territory_name": "Vardenik", "listen": ["127.0.0.1:0"],
                       "link": "127.0.0.1:0", "tls_key": "edge.key",
                       "tls_certificate": "edge.crt", "hubs": [pin], "roster": "roster.json",
                       "state": "state", "web": os.path.join(ROOT, "web")}
        self.config.update(more)
        self.process = None
        self.log = open(os.path.join(folder, "edge.log"), "a", encoding="utf-8")

    def write(self):
        with open(self.path, "w", encoding="utf-8") as f:
            json.dump(self.config, f)

    def start(self):
        """Gives the seconds until it is ready."""
        self.write()
        began = time.monotonic()
        self.process = subprocess.Popen([EDGE, "--config", self.path], stdout=subprocess.PIPE,
                                        stderr=self.log, text=True)
        line = self.process.stdout.readline()
        if "ready" not in line:
            raise RuntimeError("the edge did not start: " + self.read_log())
        words = line.replace(",", " ").split()
        self.address = words[words.index("on") + 1]
        self.link = words[-1]
        # The same ports at the next start.
        self.config["listen"] = [self.address]
        self.config["link"] = self.link
        self.host, self.port = self.address.rsplit(":", 1)
        self.port = int(self.port)
        return time.monotonic() - began

    def read_log(self):
        self.log.flush()
        with open(self.log.name, encoding="utf-8") as f:
            return f.read()

    def kill(self):
        self.process.kill()
        self.process.wait(WAIT)
        self.process.stdout.close()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(WAIT)
        self.process.stdout.close()
        return code

    def ask(self, path, method="GET", body=None, headers=None):
        """(status, headers, body)"""
        c = http.client.HTTPConnection(self.host, self.port, timeout=WAIT)
        try:
            c.request(method, path, body, headers or {})
            r = c.getresponse()
            return r.status, r.headers, r.read()
        finally:
            c.close()

    def json(self, path="/alerts.json"):
        return json.loads(self.ask(path)[2])


class Stream:
    """A client of GET /stream: the events as they come."""

    def __init__(self, edge, query="class=browser", last=None):
        self.socket = socket.create_connection((edge.host, edge.port), WAIT)
        head = f"GET /stream?{query} HTTP/1.1\r\nHost: edge\r\n"
        if last is not None:
            head += f"Last-Event-ID: {last}\r\n"
        self.socket.sendall((head + "\r\n").encode())
        self.file = self.socket.makefile("rb")
        self.status = int(self.file.readline().split()[1])
        self.headers = {}
        while (line := self.file.readline().strip()):
            name, value = line.decode().split(":", 1)
            self.headers[name.lower()] = value.strip()
        self.last = last

    def next(self, seconds=WAIT):
        """(event, id or None, data); None when nothing came."""
        self.socket.settimeout(seconds)
        event, number, data = "message", None, []
        try:
            while (line := self.file.readline()):
                line = line.decode().rstrip("\n")
                if not line and data:
                    return event, number, "\n".join(data)
                if line.startswith("event:"):
                    event = line[6:].strip()
                elif line.startswith("id:"):
                    number = self.last = int(line[3:])
                elif line.startswith("data:"):
                    data.append(line[5:].lstrip(" "))
        except (TimeoutError, OSError):
            return None
        return None

    def until(self, wanted, seconds=WAIT):
        """Events up to the first for which wanted(event, id, data) is true."""
        end, got = time.monotonic() + seconds, []
        while time.monotonic() < end:
            one = self.next(max(0.01, end - time.monotonic()))
            if one is None:
                break
            got.append(one)
            if wanted(*one):
                break
        return got

    def close(self):
        self.file.close()
        self.socket.close()


def receipt(siren, number, territory=TERRITORY):
    """A receipt in form; its signature is the hub's to check."""
    return (struct.pack(">BIIQQBBQBHHQ", 1, territory, siren, number, int(time.time() * 1000), 1, 1,
                        0, 0, 2, 12800, 0) + bytes(32) + struct.pack(">IH", 1, 0) + bytes(64))


def record(ident, body):
    return ident + struct.pack(">H", len(body)) + body


class Rig:
    """A folder, a hub and an edge."""

    def __init__(self, **more):
        self.folder = tempfile.mkdtemp(prefix="edge-")
        self.hub = Hub(self.folder)
        _, hub_pin, self.edge_pin = self.hub.tell("make " + self.folder).split()
        self.edge = Edge(self.folder, hub_pin, **more)

    def start(self, beat=True):
        self.edge.start()
        self.dial()
        self.hub.tell("roster")
        self.hub.tell("zones")
        if beat:
            self.hub.tell("beat every 500")
            assert wait_for(lambda: self.edge.json()["current"]), self.edge.read_log()
        return self

    def dial(self):
        self.hub.tell(f"dial {self.edge.link} {self.folder} {self.edge_pin}")
        assert self.hub.hears("edge"), self.edge.read_log()

    def end(self):
        self.hub.end()
        if self.edge.process is not None and self.edge.process.poll() is None:
            self.edge.stop()
        self.edge.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)
