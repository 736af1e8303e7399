#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""kill -9 a real belfry-edge again and again while sirens hand in receipts: what it called held
must reach the hub. `edge_kill.py [KILLS]`"""
import http.client
import json
import os
import random
import sys
import threading
import time

import edge_rig
from edge_rig import Rig, check, receipt, record, wait_for

SEED = int(os.environ.get("SEED", "0")) or random.randrange(1 << 32)


class Siren(threading.Thread):
    """Hands in receipts, and again what it got no answer for, until told to stop."""

    def __init__(self, edge, number):
        super().__init__(daemon=True)
        self.edge, self.number = edge, number
        self.held, self.ending, self.doubled = {}, False, 0
        self.waiting = []

    def run(self):
        n = 0
        while not self.ending or self.waiting:
            while len(self.waiting) < 3 and not self.ending:
                n += 1
                self.waiting.append((os.urandom(16), receipt(self.number, n)))
            try:
                status, _, body = self.edge.ask(
                    "/receipts", "POST", b"".join(record(i, r) for i, r in self.waiting))
            except (OSError, http.client.HTTPException):
                time.sleep(0.01)
                continue
            if status != 200:
                time.sleep(0.05)
                continue
            left = []
            for (ident, r), number in zip(self.waiting, json.loads(body)["held"]):
                if number:
                    self.doubled += self.held.get(ident, number) != number
                    self.held[ident] = number
                else:
                    left.append((ident, r))
            self.waiting = left
            time.sleep(0.002)


def main():
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    dice = random.Random(SEED)
    # Small files, so that they are begun and deleted under way.
    rig = Rig(spool_file_bytes=60000).start()
    rig.hub.tell("cursors on")
    sirens = [Siren(rig.edge, n + 1) for n in range(4)]
    for s in sirens:
        s.start()
    slowest = 0
    for n in range(kills):
        time.sleep(dice.random() * 0.25)
        if n % 5 == 4:  # for a while nobody receives: the spool must carry it over the kill
            rig.hub.tell("hang up")
        rig.hub.tell("many 3 200")
        rig.edge.kill()
        slowest = max(slowest, rig.edge.start())
        if n % 5 == 4:
            rig.dial()
        rig.hub.listen(0.01)
    for s in sirens:
        s.ending = True
    for s in sirens:
        s.join(20)
    held = {}
    for s in sirens:
        held.update(s.held)
    wait_for(lambda: rig.hub.listen(0.2) or {i for _, i in rig.hub.spooled}
             >= {i.hex() for i in held}, 20)
    arrived = {i for _, i in rig.hub.spooled}
    lost = [n for i, n in held.items() if i.hex() not in arrived]
    check(f"{kills} kills, seed {SEED}: of {len(held)} held receipts 0 were lost",
          len(held) > kills and not lost, (len(lost), lost[:10]))
    numbers = {}
    for number, ident in rig.hub.spooled:
        numbers.setdefault(number, set()).add(ident)
    check("no number stands for two receipts", all(len(i) == 1 for i in numbers.values()))
    check("no receipt was held under two numbers", not any(s.doubled for s in sirens))
    size = int(rig.hub.tell("many 0 1").split()[1])
    check(f"all {size} entries are there", wait_for(
        lambda: rig.edge.json()["size"] == size), rig.edge.json()["size"])
    check(f"ready again within {slowest:.2f} s each time",
          slowest < edge_rig.PATIENCE)
    rig.end()
    sys.exit(1 if edge_rig.wrong else 0)


if __name__ == "__main__":
    main()
