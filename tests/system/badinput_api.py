#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong is refused with a sentence, and the journal does not grow by a byte: every request of
the API bent in every way that a person, a program or a liar could bend it. The hub runs alone."""
import base64
import json
import os
import socket
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import chain  # noqa: E402

DTD = ('<?xml version="1.0"?><!DOCTYPE alert [<!ENTITY a "b">]>'
       '<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">&a;</alert>')
count = 0


def refused(of, what, status, word, ask):
    """Refused with this status, a sentence that holds the word, and an unchanged journal."""
    global count
    count += 1
    size = of.journal_bytes()
    try:
        said, got = ask(), 200
    except chain.Refused as no:
        said, got = str(no), no.status
    good = got in status and word in str(said) and of.journal_bytes() == size
    if not good:
        chain.failed(f"refused: {what}", f"{got} {said}; journal +{of.journal_bytes() - size}")
    return good


def many(of, name, cases):
    good = True
    for what, (status, word, ask) in cases.items():
        status = (status,) if isinstance(status, int) else status
        good = refused(of, f"{name}: {what}", status, word, ask) and good
    if good:
        chain.passed(f"{name}: {len(cases)} wrong requests are refused with a sentence, nothing written")


def drafts(of):
    def draft(**change):
        ask = {"verb": "alert", "playbook": "missile", "zones": [of.town[0]], **change}
        return lambda: of.ask("POST", "/api/v1/drafts", {k: v for k, v in ask.items() if v is not None})

    many(of, "draft", {
        "unknown zone": (404, "zone", draft(zones=[999])),
        "unknown zone id": (404, "zone", draft(zones=["nowhere"])),
        "a zone's name in the place of its id": (404, "zone", draft(zones=["Town0"])),
        "zone 0": (404, "zone", draft(zones=[0])),
        "zone 65536 and more": (404, "zone", draft(zones=[65536 + of.town[0]])),
        "a zone below 0": (404, "zone", draft(zones=[of.town[0] - 65536])),
        "a fraction of a zone": (404, "zone", draft(zones=[1.5])),
        "no zones": (400, "zones", draft(zones=[])),
        "zones left out": (400, "zones", draft(zones=None)),
        "zones as text": (400, "zones", draft(zones="4")),
        "unknown playbook": (404, "playbook", draft(playbook="nope")),
        "a path for a playbook": (404, "playbook", draft(playbook="../../etc/passwd")),
        "no playbook": (404, "playbook", draft(playbook=None)),
        "unknown verb": (404, "verb", draft(verb="sing")),
        "no verb": (404, "verb", draft(verb=None)),
        "seconds below 0": (400, "seconds", draft(seconds=-1)),
        "seconds without end": (400, "seconds", draft(seconds=10**12)),
        "minutes in words": (400, "minutes", draft(minutes="ten")),
        "half a minute": (400, "minutes", draft(minutes=0.5)),
        "a lifetime below 0": (400, "lifetime_s", draft(lifetime_s=-5)),
        "a lifetime of a year": (400, "lifetime_s", draft(lifetime_s=365 * 86400)),
        "separate in words": (400, "separate", draft(separate="no")),
        "a field that nobody knows": (400, "seperate", draft(seperate=True)),
        "CAP with a DTD": (403, "DTD", draft(cap=DTD)),
        "CAP that is no XML": ((400, 403), "line", draft(cap="hello")),
        "a follow-up to nothing": (404, "no alert", draft(verb="stop", alert="0123456789abcdef", zones=None)),
        "an alert's id too short": (400, "16 digits", draft(verb="all-clear", alert="1", zones=None)),
    })


def proposals(of):
    draft = of.draft(verb="alert", playbook="missile", zones=of.town[:2], seconds=1)
    other = of.draft(verb="alert", playbook="missile", zones=of.town[2:3], seconds=1)
    moved = json.loads(draft["content"])
    moved["zones"] = [of.town[2]]
    spaced = draft["content"].replace(":", ": ", 1)
    order = bytearray(base64.b64decode(draft["order"]))
    order[40] ^= 1

    def propose(use=draft, **change):
        return lambda: of.propose(use, of.olena, **change)

    many(of, "proposal", {
        "changed zones": ((400, 409), "order", propose(content=json.dumps(moved, separators=(",", ":")))),
        "one blank more": ((400, 409), "", propose(content=spaced)),
        "the order of another": (409, "", propose(order=other["order"])),
        "a bit of the order": ((400, 403, 409), "", propose(order=base64.b64encode(order).decode())),
        "an order cut short": (400, "", propose(order=draft["order"][:40])),
        "no base64": (400, "base64", propose(order="%%%%")),
        "another's key": (403, "signature", propose(key=3)),
        "an unknown key": (403, "key", propose(key=77)),
        "key 0": (400, "key", propose(key=0)),
        "key 65537": (400, "key", propose(key=65537)),
        "an administrator's signature of something else": (403, "signature", propose(
            signature=of.olena.sign(b"something else"))),
        "no signature": (400, "signature", propose(signature="")),
        "signature of zeros": (403, "signature", propose(signature=base64.b64encode(bytes(64)).decode())),
        "content as a number": (400, "content", propose(content=5)),
    })
    mine = of.propose(draft, of.olena)
    time.sleep(0.5)

    def approve(**change):
        ask = {"key": 3, "signature": of.iryna.sign(bytes.fromhex(draft["digest"])), **change}
        return lambda: of.ask("POST", f"/api/v1/proposals/{mine['proposal']}/approvals", ask)

    many(of, "approval", {
        "own approval": (403, "own approval", approve(key=1, signature=of.olena.sign(
            bytes.fromhex(draft["digest"])))),
        "the author's signature in another's name": (403, "signature", approve(
            signature=of.olena.sign(bytes.fromhex(draft["digest"])))),
        "a signature for other content": (403, "signature", approve(
            signature=of.iryna.sign(bytes.fromhex(other["digest"])))),
        "an unknown key": (403, "key", approve(key=99)),
        "a proposal that is not there": (404, "proposal", lambda: of.approve(
            "00000000000000ff", draft["digest"], of.iryna)),
        "the same proposal again": (409, "already", propose()),
        "a rejection by nobody": (403, "", lambda: of.ask(
            "POST", f"/api/v1/proposals/{mine['proposal']}/rejection",
            {"key": 3, "reason": "x", "signature": of.iryna.sign(b"x")})),
    })
    chain.check("after all that the right approval is taken", approve()()["state"] == "live")
    time.sleep(0.5)
    many(of, "approval", {"a third one": (403, "live", approve(key=4, signature=of.danylo.sign(
        bytes.fromhex(draft["digest"])))), "the same one again": (403, "live", approve())})


def trust(of):
    zones = dict(json.loads(of.read("zones.json")), kind="zones")
    roster = dict(json.loads(of.read("roster.json")), kind="roster")
    siren = json.loads(of.read("enrolments.json"))[0]

    def post(path, body):
        return lambda: of.ask("POST", f"/api/v1/{path}", body)

    many(of, "trust", {
        "zones with one signature": (403, "two", post("documents", {**zones, "approvals": zones["approvals"][:1]})),
        "zones signed twice by one": (403, "two", post("documents", {**zones, "approvals": zones["approvals"][:1] * 2})),
        "zones changed after signing": ((400, 403, 409), "", post("documents", {
            **zones, "document": zones["document"].replace("Town0", "Town9")})),
        "the zones in force once more": (409, "version", post("documents", zones)),
        "the roster in force once more": ((403, 409), "", post("documents", roster)),
        "a kind that is no document": (400, "kind", post("documents", {**zones, "kind": "alert"})),
        "an enrolment for another zone": (403, "administrator", post("sirens", {**siren, "zone": siren["zone"] + 1})),
        "an enrolment of an operator": (403, "administrator", post("sirens", {**siren, "key": 3})),
        "an enrolment of half": (400, "siren", post("sirens", {"siren": 1})),
        "a revocation of nothing": (400, "", post("revocations", {"revocation": "AAAA"})),
        "a revocation without base64": (400, "", post("revocations", {"revocation": 5})),
        "a takeover of nothing": (400, "", post("takeovers", {"takeover": "AAAA"})),
        "a suspension of nothing": (400, "", post("suspensions", {"suspension": "AAAA"})),
    })


def raw(of, data):
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(15)
        s.connect(of.path("hub/hub.sock"))
        s.sendall(data)
        s.shutdown(socket.SHUT_WR)
        said = b""
        while part := s.recv(65536):
            said += part
        return said.split(b"\r\n", 1)[0].decode(errors="replace")


def requests(of):
    def ask(body, path="/api/v1/drafts", method="POST"):
        return lambda: answer(raw(of, f"{method} {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"
                                      f"Content-Length: {len(body)}\r\n\r\n".encode() + body))

    def answer(line):
        status = int(line.split()[1]) if line.startswith("HTTP/1.1 ") else 400
        raise chain.Refused(status, line)

    many(of, "request", {
        "no JSON": (400, "", ask(b"{verb: alert}")),
        "a list": (400, "", ask(b"[1]")),
        "one key twice": (400, "", ask(b'{"verb":"alert","verb":"stop"}')),
        "bytes that are no UTF-8": (400, "", ask(b'{"verb":"\xff\xfe"}')),
        "100,000 brackets": (400, "", ask(b"[" * 100000)),
        "no body": (400, "", ask(b"")),
        "another path": (404, "", ask(b"{}", "/api/v1/nothing")),
        "a path that climbs": ((400, 404), "", ask(b"{}", "/api/v1/../../etc/passwd")),
        "another method": ((404, 405), "", ask(b"{}", "/api/v1/drafts", "DELETE")),
        "no HTTP": (400, "", lambda: answer(raw(of, b"\x16\x03\x01\x02\x00\x01\x00\n\n"))),
        "two lengths": (400, "", lambda: answer(raw(
            of, b"POST /api/v1/drafts HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}"))),
    })


def main():
    chain.need_programs()
    folder = tempfile.mkdtemp(prefix="belfry-badinput-")
    with chain.Chain(chain.grid(os.path.join(folder, "zones.geojson"), 4), folder) as of:
        of.configure("hub/belfryd.json", edges=[])
        of.town = [of.zone_of[box] for box in (3, 4, 5, 6)]
        of.start("hub")
        time.sleep(1)
        for step in (drafts, proposals, trust, requests):
            step(of)
        chain.check("the hub still serves", of.ask("GET", "/api/v1/status")["settled"])
    print(f"# {count} wrong requests")
    chain.end()


if __name__ == "__main__":
    main()
