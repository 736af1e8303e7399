#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# check: alone
"""kill -9 of hub, edge and sirens at random moments while operators alarm, stop and clear.

kill_random.py [KILLS] [SEED]

Every order whose approval was answered must close its siren's relay once, and once only; the hub may
forget no proposal that it took. Prints how long each program needs until it is ready again.
"""
import collections
import http.client
import os
import random
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import chain  # noqa: E402

TOWNS = 24
OPERATORS = 6
PATIENCE_S = 40
STOPS = 3              # of one key in an hour
GONE = (OSError, http.client.HTTPException, ValueError)


class Lost(Exception):
    pass


class Operators:
    """One pair of operators: alarm, perhaps a stop, all clear, in one of their towns at a time."""

    def __init__(self, life, boxes, seed):
        self.life, self.chain, self.dice = life, life.chain, random.Random(seed)
        self.due = {box: 0 for box in boxes}       # closings that each box owes since the start
        self.thread = threading.Thread(target=self.work, daemon=True)

    def approve(self, proposal, draft):
        """Until the hub has said what became of it."""
        while True:
            self.life.moment.set()
            try:
                return self.chain.approve(proposal["proposal"], draft["digest"], self.chain.iryna, 5)
            except chain.Refused as refused:
                if refused.status == 404:
                    raise Lost(f"the hub forgot proposal {proposal['proposal']}") from refused
                if refused.status == 503:
                    time.sleep(0.05)
                    continue
                return self.state(proposal["proposal"], refused)
            except GONE:
                self.life.unanswered += 1
                time.sleep(0.05)

    def state(self, proposal, refused):
        """An approval went unanswered and now is refused: was it taken?"""
        while True:
            try:
                said = self.chain.ask("GET", f"/api/v1/proposals/{proposal}")
            except GONE:
                time.sleep(0.05)
                continue
            if said["state"] == "proposed":
                raise refused
            return said

    def order(self, author=None, **ask):
        retry = False
        while True:
            try:
                draft = self.chain.draft(**ask)
                proposal = self.chain.propose(draft, author or self.chain.olena)
            except GONE:
                retry = True
                time.sleep(0.05)
                continue
            except chain.Refused as refused:
                if retry and ask["verb"] == "stop":
                    return None         # one signature was enough: the first try was taken
                if refused.status != 503:
                    raise
                time.sleep(0.05)
                continue
            if proposal["state"] == "proposed":
                proposal = {**proposal, **self.approve(proposal, draft)}
            self.life.acknowledged += 1
            return proposal

    def await_closing(self, box, order):
        self.due[box] += 1
        until = time.monotonic() + PATIENCE_S
        while len(self.chain.log.closed(box)) < self.due[box]:
            if time.monotonic() > until:
                raise Lost(f"order {order}: the relay of box {box} did not close in {PATIENCE_S} s; "
                           f"its last receipts: {self.receipts(box)}")
            time.sleep(0.01)
        self.life.moment.set()

    def receipts(self, box):
        try:
            said = self.chain.ask("GET", "/api/v1/receipts")
        except (chain.Refused, *GONE) as problem:
            return problem
        return [f"{one['event']} {one['order']} {one['verdict']} {one['time']}" for one in said
                if one["siren"] == box and one["event"] not in ("restarted", "fault")][-12:]

    def town(self, box):
        zone = self.chain.zone_of[box]
        made = self.order(verb="alert", playbook="missile", zones=[zone], seconds=2, lifetime_s=600,
                          separate=True)
        self.await_closing(box, made["alert"])
        key = self.life.stopper()
        if key is not None:
            self.order(author=key, verb="stop", alert=made["alert"])
        self.await_opening(box)
        self.order(verb="all-clear", alert=made["alert"], seconds=1)
        self.await_closing(box, f"all clear of {made['alert']}")
        self.await_opening(box)
        self.life.lives += 1

    def await_opening(self, box):
        while self.chain.log.relay(box):
            time.sleep(0.02)

    def work(self):
        boxes = list(self.due)
        while not self.life.over:
            try:
                self.town(self.dice.choice(boxes))
            except (Lost, chain.Refused, AssertionError) as problem:
                self.life.problems.append(str(problem))
                return


class Life:
    def __init__(self, of, seed):
        self.chain, self.dice = of, random.Random(seed)
        self.over = False
        self.acknowledged = self.unanswered = self.lives = 0
        self.stops = [key for key in (of.olena, of.marko, of.iryna, of.danylo) for _ in range(STOPS)]
        self.problems = []
        self.moment = threading.Event()
        self.ready = collections.defaultdict(list)
        county = {tuple(one["path"])[-1] for one in self.fleet() if len(one["path"]) == 2}
        boxes = [one["siren"] for one in self.fleet() if one["path"][-1] in county and len(one["path"]) == 2]
        self.operators = [Operators(self, boxes[i::OPERATORS], (seed, i).__hash__()) for i in range(OPERATORS)]

    def fleet(self):
        return chain.json.loads(self.chain.read("sirens/state/fleet.json"))["sirens"]

    def stopper(self):
        """Now and then a key that may stop once more."""
        return self.stops.pop() if self.stops and self.dice.random() < 0.3 else None

    def kill(self):
        """Most kills fall within 60 ms of something that matters."""
        victim = self.dice.choice(("hub", "edge", "sirens"))
        self.moment.clear()
        self.moment.wait(self.dice.random())
        time.sleep(self.dice.random() * 0.06)
        process = self.chain.process[victim]
        process.kill()
        self.ready[victim].append(process.start())

    def run(self, kills):
        for one in self.operators:
            one.thread.start()
        done = 0
        while done < kills and not self.problems:
            try:
                self.kill()
            except AssertionError as problem:
                self.problems.append(str(problem))
            done += 1
        self.over = True
        for one in self.operators:
            one.thread.join(3 * PATIENCE_S)
        time.sleep(3)
        return done

    def doubled(self):
        out = []
        for one in self.operators:
            for box, due in one.due.items():
                had = len(self.chain.log.closed(box))
                if had > due:
                    out.append(f"box {box} closed {had} times, {due} ordered")
        return out


def main(kills, seed):
    chain.need_programs()
    folder = tempfile.mkdtemp(prefix="belfry-kill-")
    with chain.Chain(chain.grid(os.path.join(folder, "zones.geojson"), TOWNS), folder) as of:
        of.start()
        life = Life(of, seed)
        done = life.run(kills)
        print(f"# {done} kills, seed {seed}: {life.lives} alerts lived to their all clear, "
              f"{life.acknowledged} orders acknowledged, {life.unanswered} approvals unanswered at first")
        for name, times in sorted(life.ready.items()):
            print(f"# {name} ready after kill -9: p50 {chain.percentile(times, .5) * 1000:.0f} ms, "
                  f"p99 {chain.percentile(times, .99) * 1000:.0f} ms, {len(times)} times")
        chain.check(f"{kills} kills: no acknowledged order is lost", not life.problems and done == kills,
                    "; ".join(life.problems))
        doubled = life.doubled()
        chain.check(f"{kills} kills: no order sounds twice", not doubled, "; ".join(doubled))
        chain.check(f"{kills} kills: the operators got their work done", life.lives >= kills // 10,
                    f"only {life.lives} alerts")
    chain.end()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 300, int(sys.argv[2]) if len(sys.argv) > 2 else 1)
