#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real belfry-edge, followed and asked as browsers, sirens and programs do."""
import base64
import json
import os
import re
import sys
import time
import xml.etree.ElementTree as tree

import edge_rig
from edge_rig import Rig, Stream, check, receipt, record, wait_for

ATOM = "{http://www.w3.org/2005/Atom}"


def header_of(data):
    return json.loads(data)["entry"]


def field(data, name):
    return re.search(rf"^{name} (.*)$", header_of(data), re.M).group(1)


def number_of(data):
    return int(field(data, "number"))


def alert_id(answer):
    return answer.split()[1]


def entries_reach_everybody():
    rig = Rig().start()
    siren, relay, browser = (Stream(rig.edge, "class=" + c) for c in ("siren", "relay", "browser"))
    for s in (siren, relay, browser):
        s.until(lambda event, *_: event == "checkpoint")
    began = time.monotonic()
    alert = alert_id(rig.hub.tell("alarm 2,3 600"))
    got = siren.until(lambda event, _, data: event == "entry" and field(data, "kind") == "order")
    took = time.monotonic() - began
    orders = [json.loads(d) for e, _, d in got if e == "entry"]
    check("an order reaches a siren", orders and "data" in orders[-1], got)
    check("within a quarter of a second of the hub", took < 0.25 * edge_rig.PATIENCE, took)
    check("a siren is spared the texts", "data" not in orders[0], orders[0])
    got = relay.until(lambda event, _, data: event == "entry" and field(data, "kind") == "order")
    check("a relay gets the texts", all("data" in json.loads(d) for e, _, d in got if e == "entry"))
    got = browser.until(lambda event, number, _: number == 3)
    check("the id of an event is the entry's number",
          [n for e, n, _ in got if e == "entry"] == [2, 3], got)
    check("the page shows it", b"Missile attack. Go to shelter now." in rig.edge.ask("/")[2])
    page = rig.edge.ask("/")[2].decode()
    check("the page says who signed", "has checked the signatures of two operators" in page)
    check("a right-to-left text is marked so", 'lang="ar" dir="rtl"' in page)
    content = next(json.loads(d)["data"] for e, n, d in got if n == 2)
    cap = json.loads(base64.b64decode(content))["cap"].encode()
    status, headers, body = rig.edge.ask(f"/cap/{alert}.xml")
    check("the CAP message is served byte for byte", (status, body) == (200, cap), body)
    check("with its type", headers["Content-Type"] == "application/cap+xml")
    rig.hub.tell("clear " + alert + " 1")
    wait_for(lambda: not rig.edge.json()["alerts"])
    j = rig.edge.json()
    check("an all clear ends it", j["none_live"] and j["recent"][0]["state"] == "ended", j)
    check("the page then says no alert is live", b"No alert is live" in rig.edge.ask("/")[2])
    rig.end()


def a_joining_siren_gets_what_lives():
    rig = Rig().start()
    lives = alert_id(rig.hub.tell("alarm 2 600"))
    stopped = alert_id(rig.hub.tell("alarm 3 600"))
    rig.hub.tell("stop " + stopped)
    cleared = alert_id(rig.hub.tell("alarm 1 600"))
    rig.hub.tell(f"clear {cleared} 1")
    wait_for(lambda: len(rig.edge.json()["alerts"]) == 2)
    rig.hub.tell("many 20 100")
    wait_for(lambda: rig.edge.json()["size"] == rig.edge.json()["size"] > 25)
    time.sleep(0.7)  # a heartbeat over all of it
    siren = Stream(rig.edge, "class=siren")
    got = siren.until(lambda *_: False, 2)
    check("the heartbeat comes first, for the time alone",
          got and got[0][0] == "checkpoint" and "edge" not in json.loads(got[0][2]), got)
    here = [json.loads(d) for e, n, d in got if e == "checkpoint" and n is not None]
    check("and behind what lives with the right edge", here and here[0]["edge"], got)
    size = int(json.loads(got[0][2])["checkpoint"].split("\n")[1])
    ids = [n for e, n, _ in got if e == "checkpoint" and n is not None]
    check("its id leads to what comes next", ids[:1] == [size - 1], ids)
    orders = [d for e, _, d in got if e == "entry" and field(d, "kind") == "order"]
    classes = [base64.b64decode(json.loads(d)["data"])[7] & 15 for d in orders]
    check("of three alarms only the living one comes; behind it, for boxes that slept, the stop "
          "and the all clear", classes == [1, 5, 2], classes)
    check("it is the right one",
          lives in base64.b64decode(json.loads(orders[0])["data"]).hex() if orders else False)
    check("and no history", len(got) < 12, len(got))
    page = rig.edge.ask("/")[2].decode()
    check("a stopped alarm is shown as stopped", "stopped, we are checking, stay where you are"
          in page)
    rig.end()


def coming_back_loses_nothing():
    rig = Rig().start()
    last, numbers = None, []
    for turn in range(12):
        rig.hub.tell(f"many {10 + turn} {[50, 3000, 60000][turn % 3]}")
        if turn % 4 == 3:
            rig.edge.kill()
            rig.edge.start()
        s = Stream(rig.edge, "class=browser&after=0", last)
        stop = 5 + turn * 3
        for _ in range(stop):
            one = s.next(3)
            if one is None:
                break
            if one[0] == "entry":
                numbers.append(number_of(one[2]))
                last = one[1]
        s.close()
    rig.hub.tell("many 1 10")
    size = wait_for(lambda: rig.edge.json()["size"])
    wait_for(lambda: rig.edge.json()["size"] == int(rig.hub.tell("many 0 1").split()[1]))
    size = rig.edge.json()["size"]
    s = Stream(rig.edge, "class=browser&after=0", last)
    got = s.until(lambda event, number, _: number == size - 1)
    numbers += [number_of(d) for e, _, d in got if e == "entry"]
    # A killed edge may have sent more than its disk had: that it sends again.
    gaps = [n for n, before in zip(numbers[1:], numbers) if n > before + 1]
    check(f"{size} entries over 13 streams and 3 killed edges: none is missed",
          not gaps and numbers[0] == 0 and set(numbers) == set(range(size)), (gaps, numbers[:50]))
    rig.end()


def an_early_order_is_marked():
    rig = Rig().start()
    siren = Stream(rig.edge, "class=siren")
    siren.until(lambda event, *_: event == "checkpoint")
    alert = alert_id(rig.hub.tell("early 2 600"))
    got = siren.until(lambda event, *_: event == "order", 5)
    order = json.loads(got[-1][2]) if got else {}
    check("an order before the hub's disk reaches a siren, marked", order.get("on_disk") is False,
          got)
    check("the page marks it", wait_for(lambda: b"Not yet on the hub" in rig.edge.ask("/")[2]))
    late = Stream(rig.edge, "class=siren")
    check("a siren that joins gets it too",
          any(e == "order" for e, _, _ in late.until(lambda event, *_: event == "order", 5)))
    again = Stream(rig.edge, "class=siren", 1)
    check("and one that comes back",
          any(e == "order" for e, _, _ in again.until(lambda event, *_: event == "order", 5)))
    wait_for(lambda: b"journal_waiting 0" in rig.edge.ask("/metrics")[2])
    rig.edge.kill()
    rig.edge.start()
    j = wait_for(lambda: rig.edge.json()["alerts"])
    check("it lives on over a kill of the edge", j and j[0]["id"] == alert
          and not j[0]["on_hub_disk"], j)
    rig.hub.hears("edge")
    rig.hub.tell("enter")
    check("its entry takes the mark away", wait_for(
        lambda: rig.edge.json()["alerts"][0]["on_hub_disk"]), rig.edge.json())
    check("and it is still one alert", len(rig.edge.json()["alerts"]) == 1)
    rig.end()


def only_signed_orders_are_shown():
    rig = Rig().start()
    siren = Stream(rig.edge, "class=siren")
    siren.until(lambda event, *_: event == "checkpoint")
    rig.hub.tell("forged 2")
    rig.hub.tell("single 2")
    wait_for(lambda: rig.edge.json()["size"] == 4)
    time.sleep(0.1)
    j = rig.edge.json()
    check("what one operator signed, or nobody, is not shown", j["alerts"] == [] and j["none_live"],
          j)
    metrics = rig.edge.ask("/metrics")[2].decode()
    check("but counted, with the reason",
          'orders_total{verdict="signature"} 1' in metrics
          and 'orders_total{verdict="signers"} 1' in metrics)
    rig.hub.tell("sensor 2")
    j = wait_for(lambda: rig.edge.json()["alerts"])
    check("a sensor's order under its mandate is, with these words",
          j and "mandate" in j[0]["checked"], j)
    check("an alarm whose text has not come still says what to do",
          b"Its text has not come yet" in rig.edge.ask("/")[2])
    rig.end()


def receipts_are_held():
    rig = Rig(spool_file_bytes=20000).start()
    ident = os.urandom(16)
    one = record(ident, receipt(1, 1))
    status, _, body = rig.edge.ask("/receipts", "POST", one)
    check("a receipt is held", (status, json.loads(body)["held"]) == (200, [1]), body)
    check("and sent to the hub", rig.hub.listen(0.5) is None and rig.hub.spooled
          == [(1, ident.hex())], rig.hub.spooled)
    body = rig.edge.ask("/receipts", "POST", one)[2]
    check("a repeat is one record", json.loads(body)["held"] == [1], body)
    status, _, body = rig.edge.ask("/receipts", "POST", one[:-3])
    check("one cut short is refused with words", status == 400 and b"cut short" in body, body)
    status, _, body = rig.edge.ask("/receipts", "POST",
                                   record(os.urandom(16), receipt(1, 2, territory=1)))
    check("one of another territory, too", status == 400 and b"territory" in body, body)
    status, _, body = rig.edge.ask(
        "/receipts", "POST", record(os.urandom(16), b"junk") + record(os.urandom(16), receipt(1, 3)))
    check("junk beside a good one costs only itself",
          (status, json.loads(body)["held"]) == (200, [0, 2]), body)
    siren = Stream(rig.edge, "class=siren")
    rig.hub.tell("cursors on")
    for n in range(30):
        rig.edge.ask("/receipts", "POST", b"".join(
            record(os.urandom(16), receipt(2, n * 10 + i)) for i in range(10)))
    got = siren.until(lambda event, _, data: event == "cursor"
                      and json.loads(data)["received"] == 302, 5)
    check("sirens hear what the hub has", got and got[-1][0] == "cursor", got[-2:])
    rate = sum(e == "cursor" for e, _, _ in got)
    check("at most once a second", rate <= 6, rate)
    files = os.listdir(os.path.join(rig.folder, "state", "spool"))
    check("there was more than one file", b"spool_files 1\n" not in rig.edge.ask("/metrics")[2]
          or "spool-00000001.db" not in files, files)
    check("what the hub has is deleted", wait_for(lambda: len(
        [f for f in os.listdir(os.path.join(rig.folder, "state", "spool"))
         if f.endswith(".db")]) <= 2, 5), files)
    rig.edge.kill()
    rig.edge.start()
    body = rig.edge.ask("/receipts", "POST", record(os.urandom(16), receipt(2, 999)))[2]
    check("a number is never given twice", json.loads(body)["held"] == [303], body)
    rig.end()


def full_is_said():
    rig = Rig(receipts={"messages": 30, "source_per_minute": 20}).start()
    status, headers, body = 0, {}, b""
    for n in range(25):
        status, headers, body = rig.edge.ask("/receipts", "POST",
                                             record(os.urandom(16), receipt(1, n)))
    check("one source that sends too much hears 429, and when to come back",
          status == 429 and int(headers["Retry-After"]) > 0 and b"too many" in body,
          (status, body))
    for n in range(25):
        status, headers, body = rig.edge.ask("/receipts", "POST",
                                             record(os.urandom(16), receipt(2 + n, n)))
    check("a full spool says 507 and that nothing was kept",
          status == 507 and b"nothing was kept" in body, (status, body))
    check("it is counted", b'receipts_total{answer="full"} 15' in rig.edge.ask("/metrics")[2],
          rig.edge.ask("/metrics")[2])
    rig.hub.listen(0.5)
    check("what was held reached the hub", len(rig.hub.spooled) == 30, len(rig.hub.spooled))
    rig.end()


def honest(edge):
    """What each form says about now; a lie is an exception."""
    page = edge.ask("/")[2].decode()
    j = edge.json()
    g = edge.json("/alerts.geojson")
    feed = tree.fromstring(edge.ask("/feed.atom")[2])
    entries = feed.findall(ATOM + "entry")
    items = tree.fromstring(edge.ask("/feed.rss")[2]).findall("channel/item")
    if not j["current"]:
        assert items and items[0].find("category").text == "not-current", "an empty RSS feed"
        assert "No alert is live" not in page and "NOT CURRENT" in page, page
        assert not j["none_live"] and not g["none_live"] and not g["current"], (j, g)
        assert entries and "NOT CURRENT" in feed.find(ATOM + "title").text, "an empty feed"
    if j["current"]:
        assert j["heartbeat_age_s"] <= 30, j
    return j["current"], j["heartbeat_age_s"]


def a_silent_hub_is_not_peace():
    rig = Rig()
    rig.edge.start()
    check("before the first heartbeat nothing is known", honest(rig.edge) == (False, None),
          rig.edge.json())
    rig.edge.stop()
    rig.start()
    check("with a hub it is current", honest(rig.edge)[0])
    check("and ready", rig.edge.ask("/readyz")[0] == 200, rig.edge.ask("/readyz"))
    rig.hub.tell("beat every 0")
    rig.hub.tell("beat")
    rig.hub.tell("hang up")
    began, seen = time.monotonic(), []
    tag = rig.edge.ask("/alerts.json")[1]["ETag"]
    while time.monotonic() - began < 34:
        seen.append(honest(rig.edge))
        time.sleep(0.25)
    check(f"{len(seen)} looks over 34 s without a hub: no form says more than it knows", True)
    check("it stays current for 30 s", all(c for c, age in seen if age < 30), seen)
    check("and not longer", seen[-1][0] is False and seen[-1][1] >= 31, seen[-5:])
    check("its age grows", [a for _, a in seen] == sorted(a for _, a in seen))
    check("an old tag is not called unchanged",
          rig.edge.ask("/alerts.json", headers={"If-None-Match": tag})[0] == 200)
    check("it is alive, and not ready", rig.edge.ask("/healthz")[0] == 200
          and rig.edge.ask("/readyz")[0] == 503)
    rig.edge.kill()
    took = rig.edge.start()
    check("after a kill it still knows how old its knowledge is",
          honest(rig.edge)[0] is False and honest(rig.edge)[1] >= 33, honest(rig.edge))
    check(f"ready again in {took:.2f} s", took < edge_rig.PATIENCE, took)
    s = Stream(rig.edge, "class=siren")
    began = time.monotonic()
    s.socket.settimeout(15)
    text = b""
    try:
        while b"\n:" not in text and b": no news" not in text and time.monotonic() - began < 14:
            text += s.file.readline()
    except TimeoutError:
        pass
    check("a silent stream gives signs of life", b": no news" in text, text)
    rig.dial()
    rig.hub.tell("beat")
    check("and when the hub is back, it is current again",
          wait_for(lambda: honest(rig.edge)[0]))
    rig.end()


def a_fork_is_proof():
    rig = Rig().start()
    rig.hub.tell("beat every 0")
    rig.hub.tell("fork")
    check("the hub is shown the proof", rig.hub.hears("proof"))
    status, _, body = rig.edge.ask("/fork")
    check("so is the world", status == 200 and set(json.loads(body)) >= {"first", "second"}, body)
    check("nothing is current then", honest(rig.edge)[0] is False)
    check("and it says why", b"contradict" in rig.edge.ask("/")[2])
    check("not ready", rig.edge.ask("/readyz")[0] == 503)
    rig.edge.kill()
    rig.edge.start()
    rig.hub.hears("edge")
    rig.hub.tell("beat")
    time.sleep(0.3)
    check("a restart does not forget it", honest(rig.edge)[0] is False and rig.edge.json()["fork"],
          rig.edge.json())
    rig.end()


def the_hub_gets_back_what_it_lost():
    rig = Rig().start()
    rig.hub.tell("many 40 20000")
    wait_for(lambda: rig.edge.json()["size"] == 42)
    rig.hub.tell("back 10")
    end = rig.hub.hears("own-end")
    own = [int(line.split()[1]) for line in rig.hub.heard if line.startswith("own ")]
    check("entries from 10 on, then the word that there are no more",
          own == list(range(10, 42)) and end == "own-end 42", (own, end))
    rig.hub.tell("hang up")
    rig.hub.tell("many 100 100")
    rig.dial()
    check("what was published while the link was down comes when it is up",
          wait_for(lambda: rig.edge.json()["size"] == 142), rig.edge.json())
    rig.end()


def a_slow_reader_holds_nobody_up():
    rig = Rig(queue_bytes=400000).start()
    slow = Stream(rig.edge, "class=browser&after=0")
    quick = Stream(rig.edge, "class=browser&after=0")
    rig.hub.tell("many 400 60000")
    numbers = [n for e, n, _ in quick.until(lambda event, number, _: number == 401, 30)
               if e == "entry"]
    check("a quick reader gets all of 24 MB beside a slow one", numbers == list(range(402)),
          len(numbers))
    dropped = wait_for(lambda: re.search(rb"subscribers_dropped_total ([1-9])",
                                         rig.edge.ask("/metrics")[2]))
    got = slow.until(lambda event, number, _: number == 401, 5)
    check("the slow one is dropped, or has caught up by itself",
          dropped or [n for e, n, _ in got if e == "entry"][-1] == 401)
    again = Stream(rig.edge, "class=browser", slow.last)
    got = again.until(lambda event, number, _: number == 401, 30)
    check("and comes back for the rest",
          slow.last == 401 or [n for e, n, _ in got if e == "entry"]
          == list(range((slow.last or 0) + 1 if slow.last is not None else 0, 402)), slow.last)
    rig.end()


def main():
    for test in (entries_reach_everybody, a_joining_siren_gets_what_lives,
                 coming_back_loses_nothing, an_early_order_is_marked, only_signed_orders_are_shown,
                 receipts_are_held, full_is_said, a_silent_hub_is_not_peace, a_fork_is_proof,
                 the_hub_gets_back_what_it_lost, a_slow_reader_holds_nobody_up):
        if len(sys.argv) > 1 and test.__name__ not in sys.argv[1:]:
            continue
        try:
            test()
        except Exception as e:  # what went wrong is the result
            check(test.__name__, False, repr(e))
    sys.exit(1 if edge_rig.wrong else 0)


if __name__ == "__main__":
    main()
