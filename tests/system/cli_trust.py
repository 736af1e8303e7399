#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys, rosters, revocations and zones by the command line; a hub that lies; bad inputs."""
import base64
import http.server
import json
import os
import shutil
import socket
import socketserver
import subprocess
import threading

from belfry_test import (BIN, DATA, ROOT, FAILED, GOOD, NOT_FOUND, NO_HUB, REFUSED, UNVERIFIED, USAGE,
                         Ended, Program, Territory, call, check, end, need, skip)

need("belfry", "belfryd")


def keys(t):
    path = t.path("eva.key")
    code, k = t.look("key", "new", "--person", "Eva", "--number", "5", path)
    check("a key file is made, for its person alone", code == GOOD and
          os.stat(path).st_mode & 0o777 == 0o600, k)
    before = open(path, encoding="ascii").read()
    code, a = t.look("key", "new", "--person", "Eva", "--number", "5", path)
    check("a key is never written over", code == FAILED and
          open(path, encoding="ascii").read() == before, a)
    code, a = t.look("key", "show", path)
    check("its public half is shown, its seed is not", code == GOOD and
          a == k and json.loads(before)["seed"] not in json.dumps(a), a)
    os.chmod(path, 0o640)
    code, a = t.look("alert", "propose", "--playbook", "fire", "--zones", "2", "--key", path, "--yes")
    check("a key file that others may read is refused, with the mend", code == REFUSED and
          "chmod 600" in a["error"], a)
    os.chmod(path, 0o600)
    with open(path, "w", encoding="ascii") as f:
        f.write('{"format": "belfry-key-1",\n "person" "Eva"}\n')
    code, a = t.look("key", "show", path)
    check("a broken key file is refused with line and column", code == FAILED and
          "line 2, column" in a["error"], a)
    os.unlink(path)
    code, a = t.look("key", "show", path)
    check("a missing key file is named", code == FAILED and path in a["error"], a)


def rosters(t):
    eva = json.loads(t.must("key", "new", "--person", "Eva", "--number", "5", t.path("eva.key"),
                            "--json"))
    nxt = t.path("next.json")
    out = t.must("roster", "propose", nxt, "--add", f"5,Eva,operator,{eva['public_key']}",
                 "--remove", "2")
    check("a proposed roster says what it changes", "+ key 5 Eva" in out and "- key 2 boris" in out,
          out)
    code, a = t.look("roster", "submit", nxt)
    check("without signatures it is refused", code == REFUSED and "0 signatures" in a["error"], a)
    t.must("roster", "sign", nxt, "--key", t.key("clara"), "--yes")
    t.must("roster", "sign", nxt, "--key", t.key("clara"), "--yes")
    code, a = t.look("roster", "submit", nxt)
    check("one administrator's signature, twice, is one", code == REFUSED and
          "1 signatures" in a["error"], a)
    t.must("roster", "sign", nxt, "--key", t.key("anna"), "--yes")
    code, a = t.look("roster", "submit", nxt)
    check("an operator's signature is no administrator's", code == REFUSED, a)
    t.must("roster", "propose", nxt, "--add", f"5,Eva,operator,{eva['public_key']}")
    for person in ("clara", "dmytro"):
        t.must("roster", "sign", nxt, "--key", t.key(person), "--yes")
    code, a = t.look("roster", "submit", nxt)
    check("two administrators bring it into force", code == GOOD and
          t.look("roster", "show")[1]["serial"] == 2, a)
    code, a = t.look("roster", "submit", nxt)
    check("the same again is refused", code != GOOD, a)
    code, p = t.look("alert", "propose", "--playbook", "fire", "--zones", "2", "--key",
                     t.path("eva.key"), "--yes")
    check("the new operator may propose", code == GOOD, p)
    return p["proposal"]


def pins(t):
    """The roster pinned on the operator's machine."""
    code, a = t.ask("anna", "alert", "propose", "--playbook", "fire", "--zones", "2", "--roster",
                    t.roster)
    check("a roster that follows the pinned one by two administrators is taken", code == GOOD, a)
    pinned = t.path("pinned.json")
    t.must("roster", "show", "--out", pinned)
    code, a = t.ask("anna", "alert", "propose", "--playbook", "fire", "--zones", "2", "--roster",
                    pinned)
    check("and the pinned one itself", code == GOOD, a)
    os.makedirs(t.path(".config", "belfry"))
    shutil.copy(pinned, t.path(".config", "belfry", "roster.json"))
    out = t.belfry("alert", "show", a["proposal"])[1]
    check("the person's own pin is found", "pinned by" in out, out)
    with Territory() as other:
        code, a = t.ask("anna", "alert", "propose", "--playbook", "fire", "--zones", "2",
                        "--roster", other.roster)
    check("a hub with another roster than the pinned one gets no signature", code == UNVERIFIED and
          "Ask your administrators" in a["error"], a)
    os.unlink(t.path(".config", "belfry", "roster.json"))


def revocations(t, waiting):
    code, a = t.ask("clara", "roster", "revoke", "5")
    check("another's key needs two administrators", code == USAGE, a)
    paper = t.path("revocation")
    code, a = t.ask("clara", "roster", "revoke", "5", "--file", paper)
    check("the first administrator leaves it for the second", code == GOOD and
          a["signatures"] == 1, a)
    code, a = t.ask("dmytro", "roster", "revoke", "5", "--file", paper)
    check("with the second it is published", code == GOOD and "number" in a, a)
    code, a = t.look("alert", "propose", "--playbook", "fire", "--zones", "2", "--key",
                     t.path("eva.key"), "--yes")
    check("the revoked key signs nothing more", code == REFUSED and "revoked" in a["error"], a)
    code, a = t.ask("anna", "alert", "approve", waiting)
    check("what it proposed before cannot be approved", code == REFUSED and
          t.state(waiting) == "proposed", a)
    code, a = t.ask("boris", "roster", "revoke", "2")
    check("a person revokes his own key alone", code == GOOD, a)
    code, a = t.ask("boris", "alert", "propose", "--playbook", "fire", "--zones", "2")
    check("then it is void", code == REFUSED, a)
    code, a = t.look("roster", "show")
    check("the roster in force is shown with its revocations: which key, when, by whom", code == GOOD and
          [(r["key"], r["by"], r["verified"]) for r in a["revocations"]] == [(5, [3, 4], True), (2, [2], True)], a)
    out = t.must("roster", "show")
    check("in words, too", "Revoked" in out and "5 (Eva), void since 20" in out and "by 3 (clara) and 4 (dmytro)" in out,
          out)
    with open(t.path("edited.json"), "w", encoding="utf-8") as f:
        json.dump(a, f)
    code, a = t.look("roster", "propose", t.path("next.json"), "--from", t.path("edited.json"))
    check("what it shows is still the text to edit", code == GOOD and "revocations" not in
          json.loads(open(t.path("next.json"), encoding="utf-8").read())["document"], a)


def zones(t):
    code, a = t.look("zones", "check", os.path.join(DATA, "share", "demo", "zones.geojson"),
                     "--box", "48,30,49,32")
    check("the demo's zones are good", code == GOOD and a["zones"] == 5, a)
    code, a = t.look("zones", "check", os.path.join(DATA, "share", "demo", "zones.geojson"),
                     "--box", "30,48,32,49")
    check("zones outside the territory's box are refused", code == FAILED, a)
    cases = {
        "no features": {"type": "FeatureCollection", "features": []},
        "open ring": feature([[31, 48], [31.1, 48], [31.1, 48.1], [31, 48.1]]),
        "crossing ring": feature([[31, 48], [31.1, 48.1], [31.1, 48], [31, 48.1], [31, 48]]),
        "duplicate id": {"type": "FeatureCollection", "features":
                         feature([[31, 48], [31.1, 48], [31.1, 48.1], [31, 48]])["features"] * 2},
    }
    version = t.api("GET", "status")[1]["zones"]
    for what, content in cases.items():
        path = t.path("bad.geojson")
        with open(path, "w", encoding="utf-8") as f:
            json.dump(content, f)
        code, a = t.look("zones", "import", path, "--out", t.path("bad.doc"))
        check(f"zones with {what} are refused and nothing is written", code == FAILED and
              a["error"] and not os.path.exists(t.path("bad.doc")), a)
    with open(t.path("bad.geojson"), "w", encoding="utf-8") as f:
        json.dump(cases["crossing ring"], f)
    code, a = t.look("zones", "import", t.path("bad.geojson"), "--mend", "--out",
                     t.path("mended.doc"))
    check("--mend lists what it changed", code == GOOD and len(a["mended"]) > 0, a)
    t.must("zones", "sign", t.path("mended.doc"), "--key", t.key("clara"), "--yes")
    code, a = t.look("zones", "submit", t.path("mended.doc"))
    check("zones with one signature are refused", code == REFUSED, a)
    with open(t.path("mended.doc"), encoding="utf-8") as f:
        document = json.load(f)
    document["document"] = document["document"].replace("quarter", "QUARTER")
    with open(t.path("changed.doc"), "w", encoding="utf-8") as f:
        json.dump(document, f)
    status, a = call(t.socket, "POST", "/api/v1/documents", dict(document, kind="zones"))
    check("zones that were changed after signing are refused", status in (400, 403, 409), a)
    check("and the version is still the old one", t.api("GET", "status")[1]["zones"] == version)


def feature(ring):
    return {"type": "FeatureCollection", "features": [
        {"type": "Feature", "properties": {"id": "quarter", "name": "A quarter"},
         "geometry": {"type": "Polygon", "coordinates": [ring]}}]}


def cap(t):
    bomb = t.path("bomb.xml")
    with open(bomb, "w", encoding="utf-8") as f:
        f.write('<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]>\n'
                '<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">&b;</alert>')
    code, a = t.ask("anna", "alert", "propose", "--playbook", "fire", "--zones", "2", "--cap", bomb)
    check("CAP with a DTD is refused", code == FAILED and "DTD" in a["error"], a)


CAP = """<?xml version="1.0" encoding="ISO-8859-1"?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>x-1</identifier>
<sender>warn.example.org</sender><sent>2026-11-22T16:22:37+02:00</sent><status>Actual</status>
<msgType>Alert</msgType><scope>Public</scope><info><language>de</language>
<category>Fire</category><event>Brand</event><urgency>Immediate</urgency>
<severity>Severe</severity><certainty>Observed</certainty>
<headline>Großbrand am Hafen</headline><instruction>Fenster schließen.</instruction>
<area><areaDesc>Hafen</areaDesc>AREA</area></info></alert>
"""


def cap_from_elsewhere(t):
    path = t.path("fire.xml")
    with open(path, "w", encoding="latin-1") as f:
        f.write(CAP.replace("AREA", "<circle>48.395,31.07 0.1</circle>"))
    code, p = t.ask("anna", "alert", "propose", "--playbook", "fire", "--cap", path)
    check("a CAP message from elsewhere says where by its own areas", code == GOOD and
          2 in p["zones"] and 5 not in p["zones"], (code, p))
    _, whole = t.api("GET", "proposals/" + p["proposal"])
    check("and its words are taken, whatever its encoding", "Großbrand am Hafen" in
          whole["content"], whole["content"][:400])
    code, p = t.ask("anna", "alert", "propose", "--playbook", "fire", "--cap", path, "--zones", "5")
    check("zones that the person names count more", code == GOOD and p["zones"] == [5], (code, p))
    with open(path, "w", encoding="latin-1") as f:
        f.write(CAP.replace("AREA", "<circle>-10.0,-20.0 1.0</circle>"))
    code, p = t.ask("anna", "alert", "propose", "--playbook", "fire", "--cap", path)
    check("areas that touch no zone are refused", code == NOT_FOUND, (code, p))
    code, a = t.ask("anna", "roster", "suspend", "1")
    check("a mandate that is not there cannot be suspended", code == NOT_FOUND, (code, a))


class Liar:
    """A hub in an attacker's hands: changes answers on their way."""

    def __init__(self, real, path, change):
        liar = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self, method):
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length)) if length else None
                liar.posted += [self.path] if method == "POST" else []
                status, said = call(real, method, self.path, body)
                text = json.dumps(change(self.path, said)).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def do_GET(self):
                self.answer("GET")

            def do_POST(self):
                self.answer("POST")

            def address_string(self):
                return ""

            def log_message(self, *_):
                pass

        self.posted = []
        self.server = socketserver.ThreadingUnixStreamServer(path, Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def end(self):
        self.server.shutdown()
        self.server.server_close()


def liars(t):
    def other_zone(path, said):
        if path.endswith("/drafts"):
            return t.api("POST", "drafts", {"verb": "alert", "playbook": "fire", "zones": [3]})[1]
        return said

    def other_text(path, said):
        if path.endswith("/drafts"):
            said["content"] = said["content"].replace("Upper Town", "Harbour")
        return said

    def other_verb(path, said):
        if path.endswith("/drafts"):
            return t.api("POST", "drafts", {"verb": "test", "zones": [2], "growl": True})[1]
        return said

    def other_digest(path, said):
        if path.endswith("/drafts"):
            said["digest"] = "00" * 32
        return said

    def escapes(path, said):
        if path.endswith("/proposals"):
            for p in said:
                p["headline"] = "\x1b]0;owned\x07\x1b[2J‮" + p["headline"]
        return said

    for what, change in (("other zones", other_zone), ("another text", other_text),
                         ("another verb", other_verb), ("another digest", other_digest)):
        path = t.path("liar.sock")
        liar = Liar(t.socket, path, change)
        code, a = t.ask("anna", "alert", "propose", "--playbook", "fire", "--zones", "2", "--hub",
                        path)
        check(f"a hub that drafts {what} gets no signature", code == UNVERIFIED and
              "/api/v1/proposals" not in liar.posted, (code, a))
        liar.end()
        os.unlink(path)
    path = t.path("liar.sock")
    liar = Liar(t.socket, path, escapes)
    t.ask("anna", "alert", "propose", "--playbook", "fire", "--zones", "2")
    code, out, _ = t.belfry("alert", "list", "--hub", path)
    check("a hub's control characters do not reach the terminal", code == GOOD and
          "\x1b" not in out and "\x07" not in out and "‮" not in out and "\\x1b" in out, out)
    liar.end()


def changed_proposal(t):
    """A hub that changes what waits: the second operator's machine sees it."""
    _, p = t.ask("anna", "alert", "propose", "--playbook", "fire", "--zones", "2")

    def forged(path, said):
        if path.endswith(p["proposal"]):
            raw = bytearray(base64.b64decode(said["order"]))
            raw[-1] ^= 1
            said["order"] = base64.b64encode(bytes(raw)).decode()
        return said

    path = t.path("forged.sock")
    liar = Liar(t.socket, path, forged)
    code, a = t.ask("clara", "alert", "approve", p["proposal"], "--hub", path)
    check("a proposal whose author's signature does not verify is not approved",
          code == UNVERIFIED and not any("approvals" in x for x in liar.posted), a)
    liar.end()


def via_ssh(t):
    """A stand-in for ssh: forwards the socket as -L asks, to no other machine."""
    folder = t.path("bin")
    os.makedirs(folder)
    with open(os.path.join(folder, "ssh"), "w", encoding="utf-8") as f:
        f.write('#!/bin/sh\necho "$@" > "$SSH_LOG"\nwhile [ "$1" != -L ]; do shift; done\n'
                'ln -s "${2#*:}" "${2%%:*}"\nexec sleep 60\n')
    os.chmod(os.path.join(folder, "ssh"), 0o755)
    log = t.path("ssh.log")
    env = {"PATH": folder + ":" + os.environ["PATH"], "SSH_LOG": log}
    code, a = t.look("alert", "list", "--via", f"ssh://op@hub.example:2222{t.socket}", env=env)
    said = open(log, encoding="utf-8").read()
    check("--via reaches the hub through ssh", code == GOOD and "-p 2222 -- op@hub.example" in said,
          (a, said))
    local = said.split("-L ")[1].split(":")[0]
    check("and leaves no folder behind", not os.path.exists(os.path.dirname(local)), local)
    code, a = t.look("alert", "list", "--via", "ssh://-oProxyCommand=x/", env=env)
    check("a host that is an option is refused", code == USAGE, a)
    code, a = t.look("alert", "list", "--hub", t.path("nobody.sock"))
    check("a hub that is not there has its own exit code", code == NO_HUB, a)


def ends(t, config, what, *words):
    try:
        Program("belfryd", "--config", config, env=t.env).stop()
        check(what, False, "it started")
    except Ended as said:
        check(what, all(w in str(said) for w in words), said)


def checked(t, config):
    return subprocess.run([os.path.join(BIN, "belfryd"), "--config", config, "--check"], env=t.env,
                          capture_output=True, check=False).returncode


def hub_starts(t):
    ends(t, t.config, "a second hub on the journal is refused", "journal.db")
    with open(t.path("broken.json"), "w", encoding="utf-8") as f:
        f.write('{\n "name": "x",\n "term" 1\n}\n')
    ends(t, t.path("broken.json"), "a broken configuration names line and column", "line 3, column")
    before = t.api("GET", "status")[1]["size"]
    check("--check may be asked beside a running hub", checked(t, t.config) == 0 and
          t.api("GET", "status")[1]["size"] == before)
    with Territory() as fresh:
        check("--check writes no journal", checked(fresh, fresh.config) == 0 and
              not os.path.exists(fresh.path("journal.db")))
        os.chmod(fresh.path("hub.key"), 0o640)
        check("--check finds a key that others may read", checked(fresh, fresh.config) == 1)
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    taken.listen()
    port = taken.getsockname()[1]
    with Territory(console=f"127.0.0.1:{port}") as other:
        ends(other, other.config, "a port in use is named", str(port))
        os.chmod(other.path("hub.key"), 0o644)
        del other.more["console"]
        other.write_config()
        ends(other, other.config, "a hub's key that others may read is refused", "chmod 600")
    taken.close()


def wrong_clock(t):
    library = t.path("wrong_clock.so")
    made = subprocess.run(["cc", "-shared", "-fPIC", "-D_GNU_SOURCE", "-o", library,
                           os.path.join(ROOT, "tests", "system", "wrong_clock.c")],
                          capture_output=True, text=True, check=False)
    if made.returncode != 0:
        skip("an operator with a wrong clock", made.stderr or "no compiler")
        return
    for ahead in ("3600", "-3600"):
        code, a = t.ask("anna", "alert", "propose", "--playbook", "fire", "--zones", "2",
                        env={"LD_PRELOAD": library, "WRONG_CLOCK_S": ahead,
                             "ASAN_OPTIONS": "verify_asan_link_order=0"})
        check(f"an operator whose clock is {ahead} s ahead signs nothing", code == REFUSED and
              "clock" in a["error"], a)


def main():
    with Territory() as t:
        t.start()
        t.bring_zones()
        keys(t)
        zones(t)
        cap(t)
        cap_from_elsewhere(t)
        waiting = rosters(t)
        pins(t)
        liars(t)
        changed_proposal(t)
        wrong_clock(t)
        revocations(t, waiting)
        via_ssh(t)
        hub_starts(t)
        check("the hub still answers", t.api("GET", "status")[0] == 200)
    end()


main()
