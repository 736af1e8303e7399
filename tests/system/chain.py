# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole chain of real programs for tests: made by `belfry replay`, then started, killed and
started again one by one; two operators' key files at its socket; the cabinets' log as judge.

Only processes that a Chain started are ended, by their numbers.
"""
import base64
import ctypes
import ctypes.util
import hashlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("BELFRY_BUILD", os.path.join(ROOT, "build"))
BIN = os.path.join(BUILD, "src", "prog")
os.environ.setdefault("BELFRY_DATA", ROOT)
DATA = os.path.join(ROOT, "tests", "data", "alerts")
REAL = os.environ.get("BELFRY_REAL_ALERTS", os.path.join(ROOT, "..", "shared", "data", "alerts"))

wrong = 0


def passed(what):
    print("PASS", what, flush=True)


def failed(what, why):
    global wrong
    wrong += 1
    print(f"FAIL {what}: {' '.join(str(why).split())[:600]}", flush=True)


def check(what, good, why=""):
    if good:
        passed(what)
    else:
        failed(what, why or "no")
    return good


def skipped(what, why):
    print(f"SKIP {what}: {why}", flush=True)


def end():
    sys.exit(1 if wrong else 0)


def need_programs():
    for name in ("belfry", "belfryd", "belfry-edge", "belfry-siren", "belfry-cabinet"):
        if not os.access(os.path.join(BIN, name), os.X_OK):
            skipped(os.path.basename(sys.argv[0]), f"{name} is not built in {BIN}")
            sys.exit(77)


def program(name):
    return os.path.join(BIN, name)


class Key:
    """An operator's key file; signs by libsodium."""

    sodium = None

    def __init__(self, path):
        with open(path, encoding="ascii") as f:
            said = json.load(f)
        self.path, self.number, self.person = path, said["number"], said["person"]
        if Key.sodium is None:
            Key.sodium = ctypes.CDLL(ctypes.util.find_library("sodium") or "libsodium.so.23")
        self.seed = bytes.fromhex(said["seed"])

    def sign(self, message):
        return sign(self.seed, message)


def sign(seed, message):
    if Key.sodium is None:
        Key.sodium = ctypes.CDLL(ctypes.util.find_library("sodium") or "libsodium.so.23")
    public, secret = ctypes.create_string_buffer(32), ctypes.create_string_buffer(64)
    Key.sodium.crypto_sign_seed_keypair(public, secret, seed)
    out = ctypes.create_string_buffer(64)
    Key.sodium.crypto_sign_detached(out, None, message, ctypes.c_ulonglong(len(message)), secret)
    return base64.b64encode(out.raw).decode()


def public_of(seed):
    sign(seed, b"")         # loads the library
    public, secret = ctypes.create_string_buffer(32), ctypes.create_string_buffer(64)
    Key.sodium.crypto_sign_seed_keypair(public, secret, seed)
    return public.raw


def tagged(tag, *parts):
    return hashlib.sha256(tag.encode() + b"".join(parts)).digest()


class Refused(Exception):
    def __init__(self, status, said):
        super().__init__(f"{status}: {said}")
        self.status = status


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__("hub", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Process:
    def __init__(self, chain, name, argv, word):
        self.chain, self.name, self.argv, self.word = chain, name, argv, word
        self.popen = None
        self.log = os.path.join(chain.dir, "log", f"{name}.log")

    def start(self, wait=True):
        """Seconds until it said that it is ready."""
        begun = time.monotonic()
        with open(self.log, "ab") as log:
            self.from_byte = log.tell()
            self.popen = subprocess.Popen(self.argv, stdin=subprocess.DEVNULL, stdout=log,
                                          stderr=subprocess.STDOUT)
        if not wait:
            return 0.0
        while True:
            if self.word in self.said():
                return time.monotonic() - begun
            if self.popen.poll() is not None:
                raise AssertionError(f"{self.name} ended: {self.said()[-300:]}")
            if time.monotonic() - begun > 60:
                raise AssertionError(f"{self.name} is not ready after 60 s: {self.said()[-300:]}")
            time.sleep(0.005)

    def said(self):
        with open(self.log, "rb") as f:
            f.seek(self.from_byte)
            return f.read().decode(errors="replace")

    def kill(self):
        self.popen.kill()
        self.popen.wait()

    def signal(self, number):
        os.kill(self.popen.pid, number)

    def stop(self):
        if self.popen is None or self.popen.poll() is not None:
            return
        self.popen.send_signal(signal.SIGCONT)
        self.popen.terminate()
        try:
            self.popen.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()


class Chain:
    """One siren in each zone of the GeoJSON file. The first zone is spare: it is alarmed once when
    the files are made."""

    def __init__(self, zones, keep=None):
        self.dir = keep or tempfile.mkdtemp(prefix="belfry-chain-")
        self.process = {}
        self._make(zones)
        with open(os.path.join(self.dir, "demo.json"), encoding="ascii") as f:
            self.port = json.load(f)["port"]
        self.olena, self.marko, self.iryna, self.danylo = (
            Key(os.path.join(self.dir, "keys", f"{name}.key"))
            for name in ("Olena", "Marko", "Iryna", "Danylo"))
        self.zone_of = self._zones()
        self.log = Closings(os.path.join(self.dir, "cabinet.log"))

    def _make(self, zones):
        """A recording of one row, to have the files made."""
        with open(zones, encoding="utf-8") as f:
            first = json.load(f)["features"][0]["properties"]["id"]
        recorded = os.path.join(self.dir, "one.tsv")
        with open(recorded, "w", encoding="ascii") as f:
            f.write(f"time_utc\tkind\tzone_id\n2031-01-01T00:00:00Z\tmissiles\t{first}\n")
        done = subprocess.run([program("belfry"), "replay", recorded, "--zones", zones, "--dir", self.dir,
                               "--expires", "30", "--quiet", "--json"], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise AssertionError(f"belfry replay: {done.returncode} {done.stdout} {done.stderr}")
        self.boxes = len(json.loads(self.read("sirens/state/fleet.json"))["sirens"])
        os.unlink(os.path.join(self.dir, "cabinet.log"))

    def _zones(self):
        fleet = json.loads(self.read("sirens/state/fleet.json"))["sirens"]
        return {one["siren"]: one["zone"] for one in fleet}

    def path(self, name):
        return os.path.join(self.dir, name)

    def read(self, name):
        with open(os.path.join(self.dir, name), encoding="utf-8") as f:
            return f.read()

    def configure(self, file_name, **fields):
        config = json.loads(self.read(file_name))
        config.update(fields)
        with open(self.path(file_name), "w", encoding="utf-8") as f:
            json.dump(config, f)

    def prepare(self):
        def add(name, word, program_name, *args):
            self.process[name] = Process(self, name, [program(program_name), *args], word)

        add("cabinet", "boxes on", "belfry-cabinet", "--socket", self.path("cabinet.sock"), "--boxes",
            str(self.boxes), "--log", self.path("cabinet.log"))
        add("edge", "ready", "belfry-edge", "--config", self.path("edge/belfry-edge.json"))
        add("hub", "ready", "belfryd", "--config", self.path("hub/belfryd.json"))
        add("sirens", "listening", "belfry-siren", "--config", self.path("sirens/belfry-siren.json"),
            "--fleet", str(self.boxes))
        return self

    def start(self, *names):
        if not self.process:
            self.prepare()
        for name in names or ("cabinet", "edge", "hub", "sirens"):
            self.process[name].start()
            if name == "hub":
                self.wait(lambda: self.ask("GET", "/api/v1/status")["settled"], 30, "a settled hub")
        return self

    def stop(self):
        others = [name for name in self.process if name not in ("sirens", "hub", "edge", "cabinet")]
        for name in ("sirens", "hub", *others, "edge", "cabinet"):
            if name in self.process:
                self.process[name].stop()

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        self.stop()
        if kind is None and not wrong:
            shutil.rmtree(self.dir, ignore_errors=True)
        else:
            print(f"# the chain's logs are in {self.dir}/log", file=sys.stderr)

    # ---- operators

    def ask(self, method, path, body=None, timeout=30, socket_path=None):
        connection = UnixConnection(socket_path or self.path("hub/hub.sock"), timeout)
        try:
            connection.request(method, path, json.dumps(body) if body is not None else None,
                               {"Content-Type": "application/json"})
            answer = connection.getresponse()
            said = answer.read()
            if answer.status != 200:
                raise Refused(answer.status, said.decode(errors="replace"))
            return json.loads(said)
        finally:
            connection.close()

    def draft(self, **ask):
        return self.ask("POST", "/api/v1/drafts", ask)

    def propose(self, draft, author, **change):
        body = {"content": draft["content"], "order": draft["order"], "key": author.number,
                "signature": author.sign(bytes.fromhex(draft["digest"]))}
        body.update(change)
        return self.ask("POST", "/api/v1/proposals", body)

    def approve(self, proposal, digest, second, timeout=30):
        return self.ask("POST", f"/api/v1/proposals/{proposal}/approvals",
                        {"key": second.number, "signature": second.sign(bytes.fromhex(digest))}, timeout)

    def order(self, author=None, second=None, **ask):
        """The hub's last answer; `second` None: Iryna."""
        draft = self.draft(**ask)
        answer = self.propose(draft, author or self.olena)
        if answer["state"] == "proposed":
            answer = self.approve(answer["proposal"], draft["digest"], second or self.iryna)
        return answer

    def alarm(self, *zones, seconds=1, **more):
        return self.order(verb="alert", playbook="missile", zones=list(zones), seconds=seconds,
                          separate=True, **more)

    # ---- waiting

    @staticmethod
    def wait(true, seconds, what):
        until = time.monotonic() + seconds
        last = None
        while True:
            try:
                got = true()
                if got:
                    return got
                last = got
            except (OSError, Refused, http.client.HTTPException) as problem:
                last = problem
            if time.monotonic() > until:
                raise AssertionError(f"waited {seconds} s for {what}: {last}")
            time.sleep(0.01)

    def edge(self, path, timeout=10):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def bulletin(self, port=None):
        """The entry lines that an edge serves."""
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=10)
        try:
            connection.request("GET", "/bulletin")
            answer = connection.getresponse()
            lines = answer.read().decode().splitlines()
            return [one for one in lines if one.startswith('{"entry"')] if answer.status == 200 else []
        finally:
            connection.close()

    def journal_bytes(self):
        return sum(os.path.getsize(self.path(f"hub/journal.db{part}")) for part in ("", "-wal")
                   if os.path.exists(self.path(f"hub/journal.db{part}")))


class Closings:
    """The cabinets' log: (monotonic s, box, on)."""

    def __init__(self, path):
        self.path, self.used, self.seen = path, 0, []
        self.lock = threading.Lock()

    def all(self):
        with self.lock:
            if os.path.exists(self.path):
                with open(self.path, "rb") as f:
                    f.seek(self.used)
                    text = f.read()
                text = text[:text.rfind(b"\n") + 1]
                self.used += len(text)
                for line in text.decode("ascii").splitlines():
                    at, _, box, word = line.split()
                    self.seen.append((int(at) / 1e9, int(box), word == "on"))
            return list(self.seen)

    def closed(self, box=None, since=0.0):
        return [at for at, which, on in self.all()
                if on and at >= since and (box is None or which == box)]

    def relay(self, box):
        state = False
        for _, which, on in self.all():
            if which == box:
                state = on
        return state


def free_ports(count):
    """Ports on loopback that nobody listens on now."""
    held = [socket.socket() for _ in range(count)]
    for one in held:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


def percentile(values, part):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * part))] if values else float("nan")


def figure(text, pattern):
    found = re.search(pattern, text)
    return found.group(1) if found else None


def grid(path, count):
    """Zones for a chain: "spare", then a county that holds `count` towns, each a tenth of a degree."""
    def square(x, y, w, h):
        return {"type": "Polygon", "coordinates": [[[x, y], [x + w, y], [x + w, y + h], [x, y + h], [x, y]]]}

    def feature(zone, shape, **more):
        return {"type": "Feature", "properties": {"id": zone, "name_en": zone.title(), **more}, "geometry": shape}

    features = [feature("spare", square(20, 50, 0.1, 0.1)), feature("county", square(30, 50, 0.1 * count, 0.1))]
    features += [feature(f"town{i}", square(30 + i / 10, 50, 0.1, 0.1), parent="county") for i in range(count)]
    with open(path, "w", encoding="utf-8") as f:
        json.dump({"type": "FeatureCollection", "features": features}, f)
    return path
