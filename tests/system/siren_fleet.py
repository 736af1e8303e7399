#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# check: alone
"""A fleet of belfry-siren in one process: one order, every relay; how long, how much memory."""
import contextlib
import os
import signal
import time

from siren_rig import STEADY, Town, run

BOXES = int(os.environ.get("SIREN_BOXES", "1000"))


@contextlib.contextmanager
def town(**options):
    t = Town(sirens=BOXES, heartbeat_s=10, **options)
    try:
        yield t
    finally:
        t.close()


def order_to_relays(t, edge):
    """Seconds from the order to each relay, sorted."""
    before = len(t.sounded())
    t.maker.ask("order", "alarm", STEADY, 2, 1, "1,2")
    line = t.maker.ask("entry")
    at = time.monotonic()
    edge.publish(line)
    t.wait(lambda: len(t.sounded()) - before >= BOXES, 30, "every relay closes")
    return sorted(c[0] - at for c in t.sounded()[before:])


def every_relay_closes_once():
    with town() as t:
        t.start("--fleet", "0", "--verbose")
        told = [line for line in t.said if "listening" in line]
        assert told == [f"belfry-siren: {BOXES} boxes listening"], told
        late = order_to_relays(t, t.edges[0])
        t.wait(lambda: len(t.closings()) == 2 * BOXES, 20, "every relay opens")
        assert len({c[1] for c in t.closings()}) == BOXES
        t.wait(lambda: len(t.edges[0].of("sounded")) == BOXES, 20, "every box reports")
        memory = next(line for line in t.said if "memory a box" in line).split()[1]
        late.sort()
        assert late[-1] < 2, f"the last relay after {late[-1] * 1000:.0f} ms"
        return (f"{BOXES} boxes: first {late[0] * 1000:.0f} ms, median "
                f"{late[BOXES // 2] * 1000:.0f} ms, last {late[-1] * 1000:.0f} ms; "
                f"{int(memory) // 1024} KiB a box; {t.edges[0].posts} posts for "
                f"{len(t.edges[0].receipts)} receipts")


def a_killed_fleet_forgets_nothing_and_sounds_nothing_twice():
    with town() as t:
        t.start("--fleet", "0")
        t.maker.ask("order", "alarm", STEADY, 6, 1, "1,2")
        t.edges[0].publish(t.maker.ask("entry"))
        t.wait(lambda: len(t.sounded()) >= BOXES, 30, "every relay closes")
        t.stop(signal.SIGKILL)
        t.start("--fleet", "0")
        t.wait(lambda: len(t.closings()) >= 2 * BOXES, 30, "every relay opens")
        time.sleep(1)
        assert len(t.closings()) == 2 * BOXES
        t.wait(lambda: len({r["siren"] for r in t.edges[0].of("sounded")}) == BOXES, 20,
               "every box reports")
        numbers = [(r["siren"], r["number"]) for r in t.edges[0].receipts]
        assert len(numbers) == len(set(numbers)), "a receipt number was used twice"


def a_fleet_hears_two_edges():
    with town(edges=2) as t:
        t.start("--fleet", "0")
        t.wait(lambda: all(len(e.streams) == BOXES for e in t.edges), 60, "all streams")
        order_to_relays(t, t.edges[1])
        t.edges[0].publish(t.edges[1].lines[0])
        t.wait(lambda: len(t.closings()) == 2 * BOXES, 20, "every relay opens")
        time.sleep(0.5)
        assert len(t.closings()) == 2 * BOXES


run([every_relay_closes_once, a_killed_fleet_forgets_nothing_and_sounds_nothing_twice,
     a_fleet_hears_two_edges])
