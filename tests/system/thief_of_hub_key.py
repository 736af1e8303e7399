#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A thief holds all that the hub holds: signing key, TLS key, journal, half-signed proposals. He dials
the edge in the hub's place. Nothing may sound, fall silent or say all clear for it."""
import base64
import datetime
import hashlib
import json
import os
import socket
import ssl
import struct
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import chain  # noqa: E402

EMPTY = hashlib.sha256(b"").digest()


def root_of(leaves):
    """RFC 6962 section 2.1."""
    if not leaves:
        return EMPTY
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\1" + root_of(leaves[:split]) + root_of(leaves[split:])).digest()


def right_edge(leaves):
    """The roots of the whole subtrees, the largest first."""
    out, at = [], 0
    for bit in reversed(range(len(leaves).bit_length())):
        size = 1 << bit
        if len(leaves) & size:
            out.append(root_of(leaves[at:at + size]))
            at += size
    return out


def text_of(raw):
    return base64.b64encode(raw).decode()


def moment(offset_s=0):
    at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=offset_s)
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z")


class Thief:
    """Speaks doc/formats/link.md with the hub's own keys; shares no code with the product."""

    def __init__(self, of, lines):
        self.of = of
        self.seed = bytes.fromhex(of.read("hub/key").strip())
        demo = json.loads(of.read("demo.json"))
        self.territory = f"{demo['territory']:08x}"
        self.leaves = [hashlib.sha256(b"\0" + json.loads(one)["entry"].encode()).digest() for one in lines]
        self.sent = 0
        edge = json.loads(of.read("edge/belfry-edge.json"))["link"]
        host, port = edge.rsplit(":", 1)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.load_cert_chain(of.path("hub/tls.crt"), of.path("hub/tls.key"))
        self.socket = context.wrap_socket(socket.create_connection((host, int(port)), 10))
        self.heard = b""
        threading.Thread(target=self._hear, daemon=True).start()
        self.frame("H", json.dumps({"territory": demo["territory"], "term": 1, "size": len(self.leaves)}).encode())

    def _hear(self):
        try:
            while more := self.socket.recv(65536):
                self.heard += more
        except (OSError, ValueError):
            pass

    def frame(self, kind, body):
        self.socket.sendall(struct.pack(">I", 1 + len(body)) + kind.encode() + body)

    def entry(self, kind, data):
        header = (f"belfry-entry-1\nterritory {self.territory}\nterm 1\nnumber {len(self.leaves)}\n"
                  f"root {text_of(root_of(self.leaves))}\nkind {kind}\ntime {moment()}\n"
                  f"data {hashlib.sha256(data).hexdigest()} {len(data)}\n")
        line = json.dumps({"entry": header, "signature": chain.sign(self.seed, header.encode()),
                           "data": text_of(data)})
        self.leaves.append(hashlib.sha256(b"\0" + header.encode()).digest())
        self.frame("E", line.encode())
        self.sent += 1

    def heartbeat(self, offset_s=0, key_id=b"\0\0\0\0"):
        origin = f"belfry/{self.territory}"
        body = f"{origin}\n{len(self.leaves)}\n{text_of(root_of(self.leaves))}\nterm 1\ntime {moment(offset_s)}\n"
        public = chain.public_of(self.seed)
        key_id = hashlib.sha256(origin.encode() + b"\n\1" + public).digest()[:4]
        signature = base64.b64decode(chain.sign(self.seed, body.encode()))
        note = body + f"\n\u2014 {origin} {text_of(key_id + signature)}\n"
        self.frame("C", json.dumps({"checkpoint": note, "edge": [text_of(one) for one in right_edge(self.leaves)]},
                                   ensure_ascii=False).encode())
        self.sent += 1

    def bare(self, order, content):
        self.frame("B", struct.pack(">I", len(order)) + order + content)
        self.sent += 1

    def order(self, order, content):
        """By all ways: as an entry with its content before it, and as one not yet on the disk."""
        self.bare(order, content)
        self.entry("alert", content)
        self.entry("order", order)


def with_approvals(draft, approvals):
    """The draft's order with these (key number, signature) behind it."""
    order = base64.b64decode(draft["order"])
    out = order[:-1] + bytes([len(approvals)])
    for number, signature in approvals:
        raw = base64.b64decode(signature)
        out += struct.pack(">HBH", number, 1, len(raw)) + raw
    return out


def approvals_of_a_thief(of, draft, other, hub_seed):
    """What he can put behind a draft: one operator's true signature, and anything else."""
    digest, elsewhere = bytes.fromhex(draft["digest"]), bytes.fromhex(other["digest"])
    true = (1, of.olena.sign(digest))
    own = chain.sign(hub_seed, digest)
    two_of_other = [(1, of.olena.sign(elsewhere)), (3, of.iryna.sign(elsewhere))]
    return [[], [true], [true, true], [true, (3, own)], [true, (3, true[1])], [(1, own), (3, own)],
            [true, two_of_other[1]], two_of_other, [(1, text_of(bytes(64))), (3, text_of(bytes(64)))],
            [true, (4, text_of(os.urandom(64)))], [(200, own), (201, own)]]


def roster_of_a_thief(of, hub_seed):
    """The next roster: the thief's keys in everybody's place; signed by whomever he can."""
    old = json.loads(of.read("roster.json"))
    roster = json.loads(old["document"])
    mine = text_of(chain.public_of(hub_seed))
    roster["serial"] += 1
    roster["previous"] = hashlib.sha256(old["document"].encode()).hexdigest()
    for key in roster["keys"]:
        key["public_key"] = mine
    text = json.dumps(roster)
    digest = chain.tagged("belfry-roster-1", text.encode())
    own = chain.sign(hub_seed, digest)
    for approvals in ([], [(1, own), (2, own)], [(1, of.olena.sign(digest))],
                      [(one["key"], one["signature"]) for one in old["approvals"]],
                      [(3, of.iryna.sign(digest)), (4, of.danylo.sign(digest))]):
        yield json.dumps({"document": text, "approvals": [{"key": number, "signature": signature}
                                                          for number, signature in approvals]}).encode()


def drafts_of(of, alarm):
    towns = [of.zone_of[box] for box in (4, 5, 6)]
    return {
        "alarm": of.draft(verb="alert", playbook="missile", zones=towns, seconds=5, separate=True),
        "all clear": of.draft(verb="all-clear", alert=alarm, seconds=5),
        "silent end": of.draft(verb="end", alert=alarm),
        "false alarm": of.draft(verb="correction", alert=alarm, seconds=5),
        "stop": of.draft(verb="stop", alert=alarm),
    }


def break_in(of, drafts, genuine):
    """Everything that he can think of; how many pieces he sent."""
    thief = Thief(of, of.bulletin())
    other = drafts["alarm"]
    for verb, draft in drafts.items():
        for approvals in approvals_of_a_thief(of, draft, genuine if verb == "alarm" else other, thief.seed):
            if verb == "stop" and len(approvals) == 1:
                continue        # one operator's true signature is all that a stop needs
            if verb == "stop" and any(key == 1 for key, _ in approvals):
                approvals = [one for one in approvals if one[0] != 1] or [(3, chain.sign(thief.seed, b"x" * 32))]
            thief.order(with_approvals(draft, approvals), draft["content"].encode())
    for roster in roster_of_a_thief(of, thief.seed):
        thief.entry("roster", roster)
    own = bytes.fromhex(drafts["alarm"]["digest"])
    for keys in ((1, 3), (1, 2), (3, 4)):
        forged = [(number, chain.sign(thief.seed, own)) for number in keys]
        thief.order(with_approvals(drafts["alarm"], forged), drafts["alarm"]["content"].encode())
    for kind in ("revocation", "mandate", "takeover", "zones", "sirens", "end", "correction", "update"):
        thief.entry(kind, b"")
        thief.entry(kind, os.urandom(90))
        thief.entry(kind, json.dumps({"key": 1, "document": "{}", "approvals": []}).encode())
    for offset in (0, 86400, -86400, 3600 * 24 * 365, 0):
        thief.heartbeat(offset)
    time.sleep(1)
    return thief


def main():
    chain.need_programs()
    folder = tempfile.mkdtemp(prefix="belfry-thief-")
    with chain.Chain(chain.grid(os.path.join(folder, "zones.geojson"), 6), folder) as of:
        of.start()
        made = of.alarm(of.zone_of[3], seconds=120, lifetime_s=600)
        of.wait(lambda: of.log.closed(3), 10, "the true alarm")
        genuine = of.draft(verb="alert", playbook="missile", zones=[of.zone_of[7]], seconds=1, separate=True)
        drafts = drafts_of(of, made["alert"])
        of.wait(lambda: len(of.bulletin()) == of.ask("GET", "/api/v1/status")["size"], 10, "the edge")
        of.process["hub"].kill()
        before = len(of.log.all())
        thief = break_in(of, drafts, genuine)
        of.wait(lambda: len(of.bulletin()) >= len(thief.leaves), 20, "the thief's entries at the edge")
        time.sleep(4)
        print(f"# {thief.sent} frames signed with the hub's key, {len(thief.leaves)} entries in the bulletin")
        chain.check("with the hub's key: the edge passed his entries on", thief.sent > 100)
        after = of.log.all()[before:]
        chain.check("with the hub's key: 0 sound", not [one for one in after if one[2]], after)
        chain.check("with the hub's key: 0 silenced", of.log.relay(3) and not [one for one in after if not one[2]], after)
        status, body = of.edge("/alerts.json")
        shown = [(one.get("alert") or one.get("id"), one.get("state")) for one in json.loads(body)["alerts"]]
        live = [one for one in shown if one[1] == "live" and one[0] == made["alert"]]
        more = [one for one in shown if one[0] not in (made["alert"],) and one[1] == "live"
                and one[0] in (drafts["alarm"].get("alert"), json.loads(drafts["alarm"]["content"])["order"])]
        chain.check("with the hub's key: the page still shows the true alarm, and none of his", status == 200 and
                    live and not more, body[:400])
        control(of, thief, genuine)
        thief.socket.close()
        restart_sirens(of)
        restored(of)
    chain.end()


def control(of, thief, genuine):
    """By the same way what two operators signed does sound: the thief's pieces did arrive."""
    digest = bytes.fromhex(genuine["digest"])
    thief.order(with_approvals(genuine, [(1, of.olena.sign(digest)), (3, of.iryna.sign(digest))]),
                genuine["content"].encode())
    of.wait(lambda: of.log.closed(7), 10, "an order of two operators through the thief's link")
    chain.passed("by the same link an order of two operators sounds: all of it arrived")


def restart_sirens(of):
    """A box that is switched on now hears only what the thief wrote last."""
    before = len([one for one in of.log.all() if one[2]])
    of.process["sirens"].kill()
    of.process["sirens"].start()
    time.sleep(3)
    chain.check("sirens that start in the thief's bulletin sound nothing of his, and go on with the true alarm",
                of.log.relay(3) and len([one for one in of.log.all() if one[2]]) == before, of.log.all()[-4:])


def restored(of):
    """The true hub is back: its operators are obeyed as before."""
    of.process["hub"].start()
    had = len(of.log.closed(5))
    of.alarm(of.zone_of[5])
    of.wait(lambda: len(of.log.closed(5)) > had, 20, "a true alarm after the theft")
    chain.passed("after the theft two operators are obeyed as before")


if __name__ == "__main__":
    main()
