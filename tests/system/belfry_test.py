# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests of the command line share: a territory of four persons in a temporary folder, made
with the commands that people use; a real belfryd, started and ended by its number; its socket.

    with Territory() as t:          # keys, first roster, belfryd.json
        t.start()                   # belfryd, until it says that it is ready
        t.bring_zones()             # share/demo/zones.geojson, signed by two administrators
        code, answer = t.ask("anna", "alert", "propose", "--playbook", "flood", "--zones", "2")
"""
import hashlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("BELFRY_BUILD", os.path.join(ROOT, "build"))
DATA = os.environ.get("BELFRY_DATA", ROOT)
BIN = os.path.join(BUILD, "src", "prog")
PERSONS = {"anna": "operator", "boris": "operator", "clara": "operator+administrator",
           "dmytro": "operator+administrator"}

GOOD, FAILED, USAGE, REFUSED, NO_HUB, NOT_FOUND, UNVERIFIED = range(7)

wrong = 0


def check(what, good, why=""):
    global wrong
    if good:
        print("PASS", what, flush=True)
    else:
        wrong += 1
        print(f"FAIL {what}: {' '.join(str(why).split())[:600] or 'no'}", flush=True)
    return bool(good)


def skip(what, why):
    print(f"SKIP {what}: {why}", flush=True)


def end():
    sys.exit(1 if wrong else 0)


def need(*names):
    for name in names:
        if not os.access(os.path.join(BIN, name), os.X_OK):
            skip(os.path.basename(sys.argv[0]), f"{name} is not built in {BIN}")
            sys.exit(77)


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("hub", timeout=20)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def call(path, method, url, body=None):
    """Ask at a Unix socket: (status, JSON)."""
    connection = UnixConnection(path)
    connection.request(method, url, None if body is None else json.dumps(body),
                       {"Content-Type": "application/json"})
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    try:
        return answer.status, json.loads(text)
    except ValueError:
        return answer.status, text


class Ended(Exception):
    """A program ended before it was ready; its words are the argument."""


class Program:
    """One program that we started; ended by its number."""

    def __init__(self, name, *args, env=None, ready="ready"):
        self.err = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen([os.path.join(BIN, name), *args],
                                        stdout=subprocess.PIPE, stderr=self.err, text=True,
                                        env=env)
        self.line = self.process.stdout.readline() if ready else ""
        if ready and ready not in self.line:
            self.process.wait(20)
            raise Ended(self.said())

    def said(self):
        self.err.flush()
        self.err.seek(0)
        return self.err.read()

    def stop(self, signo=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(signo)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.err.close()
        return self.process.returncode


class Territory:
    def __init__(self, mode="live", **config):
        self.work = tempfile.TemporaryDirectory(prefix="belfry-test-")
        self.dir = self.work.name
        self.mode, self.more = mode, config
        self.hub = None
        self.edges = []
        self.socket = self.path("hub.sock")
        self.env = dict(os.environ, BELFRY_HUB=self.socket, HOME=self.dir, LC_ALL="C.UTF-8")
        for name in ("BELFRY_KEY", "XDG_CONFIG_HOME", "NO_COLOR"):
            self.env.pop(name, None)

    def __enter__(self):
        try:
            self.make()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.stop()
        for edge in self.edges:
            edge.stop()
        self.work.cleanup()

    def path(self, *names):
        return os.path.join(self.dir, *names)

    def key(self, person):
        return self.path(person + ".key")

    def belfry(self, *args, env=None, stdin=subprocess.DEVNULL, timeout=60):
        """Run the command line: (exit code, what it printed, its complaints)."""
        done = subprocess.run([os.path.join(BIN, "belfry"), *map(str, args)],
                              env=dict(self.env, **(env or {})), stdin=stdin,
                              capture_output=True, text=True, timeout=timeout, check=False)
        return done.returncode, done.stdout, done.stderr

    def ask(self, person, *args, **more):
        """Run a verb that signs, as this person, with --yes and --json: (exit code, JSON)."""
        code, out, err = self.belfry(*args, "--key", self.key(person), "--yes", "--json", **more)
        return self.parsed(code, out, err)

    def look(self, *args, **more):
        """Run a verb that only looks: (exit code, JSON)."""
        return self.parsed(*self.belfry(*args, "--json", **more))

    @staticmethod
    def parsed(code, out, err):
        texts, decoder, at = [], json.JSONDecoder(), 0
        while out[at:].strip():
            at += len(out[at:]) - len(out[at:].lstrip())
            value, at = decoder.raw_decode(out, at)
            texts.append(value)
        if len(texts) == 1:
            return code, texts[0]
        return code, texts or {"error": err}

    def must(self, *args):
        code, out, err = self.belfry(*args)
        if code != 0:
            raise RuntimeError(f"belfry {' '.join(map(str, args))}: {code}: {err}")
        return out

    def api(self, method, path, body=None):
        return call(self.socket, method, "/api/v1/" + path, body)

    def make(self):
        add = []
        for number, (person, roles) in enumerate(PERSONS.items(), 1):
            made = json.loads(self.must("key", "new", "--person", person, "--number", number,
                                        self.key(person), "--json"))
            add += ["--add", f"{number},{person},{roles},{made['public_key']}"]
        hub = json.loads(self.must("key", "new", "--for-hub", self.path("hub.key"), "--json"))
        self.roster = self.path("roster.json")
        self.must("roster", "propose", self.roster, "--first", "--mode", self.mode, *add,
                  "--add-hub", f"1,test,{hub['public_key']}")
        for person in ("clara", "dmytro"):
            self.must("roster", "sign", self.roster, "--key", self.key(person), "--yes")
        self.config = self.path("belfryd.json")
        self.write_config()

    def write_config(self, **more):
        config = {"name": "test", "term": 1, "journal": "journal.db", "key": "hub.key",
                  "roster": "roster.json", "socket": "hub.sock", "sender": "test@example.org",
                  "patterns": os.path.join(DATA, "share", "patterns"),
                  "playbooks": os.path.join(DATA, "share", "playbooks"),
                  "web": os.path.join(DATA, "web"), "alone": True}
        config.update(self.more)
        config.update(more)
        with open(self.config, "w", encoding="utf-8") as f:
            json.dump(config, f, indent=1)

    def add_edges(self, *names):
        """Edges with their files; the hub's configuration names them from its next start on."""
        pin = tls_identity(self.dir)
        self.edges = [Edge(self, name, pin) for name in names]
        self.more.update(alone=False, tls_key="tls.key", tls_certificate="tls.crt", edges=[
            {"name": e.name, "address": f"127.0.0.1:{e.link}", "pin": e.pin} for e in self.edges])
        self.write_config()
        return self.edges

    def start(self, env=None):
        self.hub = Program("belfryd", "--config", self.config, env=env or self.env)

    def stop(self, signo=signal.SIGTERM):
        if self.hub is None:
            return 0
        code = self.hub.stop(signo)
        self.hub = None
        return code

    def bring_zones(self, geojson=None):
        geojson = geojson or os.path.join(DATA, "share", "demo", "zones.geojson")
        document = self.path("zones.doc")
        self.must("zones", "import", geojson, "--out", document)
        for person in ("clara", "dmytro"):
            self.must("zones", "sign", document, "--key", self.key(person), "--yes")
        self.must("zones", "submit", document)

    def live(self, zones, playbook="missile", author="anna", second="boris", *more):
        """An alert, proposed and approved: its id."""
        code, p = self.ask(author, "alert", "propose", "--playbook", playbook, "--zones", zones,
                           *more)
        if code != 0:
            raise RuntimeError(f"propose: {code}: {p}")
        code, a = self.ask(second, "alert", "approve", p["proposal"])
        if code != 0:
            raise RuntimeError(f"approve: {code}: {a}")
        return a["alert"]

    def state(self, alert):
        code, a = self.look("alert", "show", alert)
        return a["state"] if code == 0 else None


def free_ports(count):
    """Ports on which nobody listens now."""
    held = [socket.socket() for _ in range(count)]
    for s in held:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in held]
    for s in held:
        s.close()
    return ports


def tls_identity(folder):
    """tls.key and tls.crt there, and the pin by which the other side knows it."""
    key, certificate = os.path.join(folder, "tls.key"), os.path.join(folder, "tls.crt")
    run = lambda *args, **more: subprocess.run(args, check=True, capture_output=True, **more).stdout
    run("openssl", "genpkey", "-algorithm", "ed25519", "-out", key)
    os.chmod(key, 0o600)
    run("openssl", "req", "-x509", "-new", "-key", key, "-days", "3650", "-subj", "/CN=test", "-out",
        certificate)
    public = run("openssl", "x509", "-in", certificate, "-noout", "-pubkey")
    return hashlib.sha256(run("openssl", "pkey", "-pubin", "-outform", "DER",
                              input=public)).hexdigest()


class Edge:
    """A real belfry-edge of a territory, with its own folder; ended by its number."""

    def __init__(self, territory, name, hub_pin):
        self.name = name
        self.folder = territory.path(name)
        os.makedirs(os.path.join(self.folder, "state"))
        self.port, self.link = free_ports(2)
        self.pin = tls_identity(self.folder)
        self.url = f"http://127.0.0.1:{self.port}"
        self.env = territory.env
        self.program = None
        with open(os.path.join(self.folder, "edge.json"), "w", encoding="utf-8") as f:
            json.dump({"name": name, "listen": [f"127.0.0.1:{self.port}"],
                       "link": f"127.0.0.1:{self.link}", "tls_key": "tls.key",
                       "tls_certificate": "tls.crt", "hubs": [hub_pin], "state": "state",
                       "roster": territory.roster, "web": os.path.join(DATA, "web")}, f)

    def start(self):
        self.program = Program("belfry-edge", "--config", os.path.join(self.folder, "edge.json"),
                               env=self.env)

    def stop(self, signo=signal.SIGTERM):
        code = self.program.stop(signo) if self.program else 0
        self.program = None
        return code


def wait_until(true, seconds=20):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if true():
            return True
        time.sleep(0.05)
    return False
