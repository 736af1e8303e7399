#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""How belfry-edge starts, refuses to start, answers, and meets a disk that is slow or broken."""
import email.utils
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as tree

import edge_rig
from edge_rig import EDGE, Edge, Hub, Rig, Stream, check, receipt, record, wait_for

ATOM = "{http://www.w3.org/2005/Atom}"
DATE = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")


def run(*args):
    return subprocess.run([EDGE, *args], capture_output=True, text=True, timeout=20)


def a_bad_start_is_told():
    rig = Rig()
    edge = rig.edge
    edge.write()

    def told(what, text, *words, **change):
        config = dict(edge.config)
        config.update(change)
        with open(edge.path, "w", encoding="utf-8") as f:
            f.write(text if text else json.dumps(config, indent=1))
        got = run("--config", edge.path)
        check(what, got.returncode == 1 and all(w in got.stderr for w in words)
              and got.stderr.count("\n") == 1, (got.returncode, got.stderr))

    told("a comma too many: file, line and column", '{\n "name": "edge1",,\n}', edge.path,
         "line 2", "column")
    told("a name that is none", None, "line 16, column", "lisden", lisden="x")
    told("a number where text belongs", None, "line 2, column 10", "name must be text", name=5)
    told("a limit of 0", None, "receipts.messages", "line", receipts={"messages": 0})
    told("a name twice", '{"name": "a", "name": "b"}', "line 1, column", "duplicate")
    text = {k: v for k, v in edge.config.items() if k != "roster"}
    told("a missing name", json.dumps(text), '"roster" is missing')
    told("no such file", None, "nowhere.json", "No such file", roster="nowhere.json")
    with open(os.path.join(rig.folder, "bad.json"), "w", encoding="utf-8") as f:
        f.write(open(os.path.join(rig.folder, "roster.json"), encoding="utf-8").read()
                .replace("person 1", "person X"))
    told("a roster that was changed", None, "bad.json", "signature", roster="bad.json")
    told("a page that is broken", None, "index.html", web="web")
    os.chmod(os.path.join(rig.folder, "edge.key"), 0o644)
    told("a key that others may read", None, "edge.key", "chmod")
    edge.write()
    got = run("--config", edge.path, "--check")
    check("--check finds that too", got.returncode == 1 and "edge.key" in got.stderr, got.stderr)
    os.chmod(os.path.join(rig.folder, "edge.key"), 0o600)
    got = run("--config", edge.path, "--check")
    check("--check says what is good", got.returncode == 0 and "good" in got.stdout, got.stderr)
    taken = socket.create_server(("127.0.0.1", 0))
    port = str(taken.getsockname()[1])
    told("a port in use", None, port, "in use", listen=["127.0.0.1:" + port])
    told("a link port in use", None, port, "in use", link="127.0.0.1:" + port)
    taken.close()
    rig.start()
    second = dict(edge.config, listen=["127.0.0.1:0"], link="127.0.0.1:0")
    path = os.path.join(rig.folder, "second.json")
    with open(path, "w", encoding="utf-8") as f:
        json.dump(second, f)
    got = run("--config", path)
    check("a second edge on one state folder", got.returncode == 1 and "journal.db" in got.stderr
          and str(edge.process.pid) in got.stderr, got.stderr)
    check("--check does not disturb a running one",
          run("--config", edge.path, "--check").returncode == 0)
    stranger = Hub(rig.folder)
    os.makedirs(os.path.join(rig.folder, "stranger"))
    stranger.tell("make " + os.path.join(rig.folder, "stranger"))
    stranger.tell(f"dial {edge.link} {rig.folder}/stranger {rig.edge_pin}")
    check("a hub whose key is not pinned is not let in", stranger.hears("edge", 2) is None)
    stranger.end()
    check("usage is exit code 2", run().returncode == 2 and run("--nonsense").returncode == 2)
    check("--help and --version", "--rebuild" in run("--help").stdout
          and re.match(r"belfry-edge \d", run("--version").stdout))
    rig.hub.tell("alarm 2 600")
    wait_for(lambda: edge.json()["alerts"])
    before = edge.json()["alerts"]
    check("it ends cleanly", edge.stop() == 0)
    edge.write()
    edge.log.flush()
    edge.process = subprocess.Popen([EDGE, "--config", edge.path, "--rebuild"],
                                    stdout=subprocess.PIPE, stderr=edge.log, text=True)
    edge.process.stdout.readline()
    check("--rebuild brings the same alerts", edge.json()["alerts"] == before)
    rig.end()


def http_is_spoken_well():
    rig = Rig().start()
    ask = rig.edge.ask
    rig.hub.tell("alarm 2,3 600")
    cleared = rig.hub.tell("alarm 1 600").split()[1]
    rig.hub.tell(f"clear {cleared} 1")
    rig.hub.tell("sirens 9 2 1 3")
    wait_for(lambda: rig.edge.json()["recent"])
    rig.hub.tell("beat every 0")
    time.sleep(0.1)
    paths = ["/", "/alerts.json", "/alerts.geojson", "/feed.atom", "/feed.rss", "/healthz",
             "/readyz", "/metrics", "/bulletin?after=0"]
    for path in paths:
        status, headers, body = ask(path)
        head = ask(path, "HEAD")
        check(f"HEAD {path} is GET without its body", head[0] == status == 200 and head[2] == b""
              and head[1]["Content-Type"] == headers["Content-Type"]
              and headers["X-Content-Type-Options"] == "nosniff", (head[0], dict(head[1])))
    for path in ("/alerts.json", "/alerts.geojson", "/feed.atom", "/feed.rss"):
        headers = ask(path)[1]
        status, again, body = ask(path, headers={"If-None-Match": headers["ETag"]})
        check(f"{path} unchanged is 304, and tells its age", (status, body) == (304, b"")
              and again["Belfry-Heartbeat-Age"] is not None and again["ETag"] == headers["ETag"])
        check(f"{path} may be read by any page", headers["Access-Control-Allow-Origin"] == "*")
    for method in ("PUT", "DELETE", "OPTIONS", "POST"):
        status, headers, body = ask("/", method)
        check(f"{method} / is 405, with words", status == 405 and headers["Allow"] == "GET, HEAD"
              and len(body) > 20)
    status, headers, body = ask("/receipts")
    check("GET /receipts, too", status == 405 and headers["Allow"] == "POST")
    check("what is not there is 404, with words", ask("/nothing")[0] == 404
          and b"/alerts.json" in ask("/nothing")[2] and ask("/cap/0000000000000000.xml")[0] == 404
          and ask("/cap/x.xml")[0] == 404 and ask("/fork")[0] == 404)
    check("nonsense is 400", ask("/stream?after=x")[0] == 400 and ask("/bulletin?after=-1")[0] == 400
          and ask("/stream?class=king")[0] == 400)
    headers = ask("/")[1]
    check("no page may frame ours", "frame-ancestors 'none'" in headers["Content-Security-Policy"])
    page = ask("/")[2].decode()
    check("no script, no other host", "<script" not in page and "http://" not in page
          and "https://" not in page)
    check("the sirens' counts are there", re.search(r"<td>2</td><td>9</td><td>1</td><td>3</td>",
                                                    page))
    feed = tree.fromstring(ask("/feed.atom")[2])
    entries = feed.findall(ATOM + "entry")
    need = all(e.find(ATOM + n) is not None for e in [feed] + entries
               for n in ("id", "title", "updated"))
    check("the feed has what RFC 4287 asks for", need and feed.find(ATOM + "author/" + ATOM + "name")
          is not None and len(entries) == 2
          and len({e.find(ATOM + "id").text for e in entries}) == 2
          and all(DATE.match(e.find(ATOM + "updated").text) for e in [feed] + entries))
    items = tree.fromstring(ask("/feed.rss")[2]).findall("channel/item")
    check("the RSS feed has the same alerts, each with a guid, a date of RFC 822 and its message",
          len(items) == len(entries) and len({i.find("guid").text for i in items}) == len(items)
          and all(email.utils.parsedate_to_datetime(i.find("pubDate").text).tzinfo for i in items)
          and all(i.find("link").text.endswith(".xml") for i in items),
          ask("/feed.rss")[2])
    if shutil.which("xmllint"):
        lint = subprocess.run(["xmllint", "--noout", "-"], input=ask("/feed.atom")[2],
                              capture_output=True)
        check("xmllint finds it well-formed", lint.returncode == 0, lint.stderr)
    g = rig.edge.json("/alerts.geojson")
    rings = [f["geometry"]["coordinates"][0] for f in g["features"]]
    check("GeoJSON: a closed ring for each zone of what is live", g["type"] == "FeatureCollection"
          and len(rings) == 2 and all(r[0] == r[-1] and len(r) >= 4 for r in rings), g)
    metrics_are_well_formed(ask("/metrics")[2].decode())
    status, headers, body = ask("/bulletin?after=3")
    lines = [json.loads(line) for line in body.decode().splitlines()]
    check("the bulletin: entries from 3 on, the checkpoint last",
          "number 3\n" in lines[0]["entry"] and "checkpoint" in lines[-1] and lines[-1]["edge"])
    lean = ask("/bulletin?after=2&class=siren")[2]
    check("lean for sirens", "data" not in json.loads(lean.splitlines()[0]))
    rig.hub.tell("many 100 100000")
    wait_for(lambda: rig.edge.json()["size"] > 100)
    numbers, path = [], "/bulletin?after=0"
    while path:
        status, headers, body = ask(path)
        numbers += [int(re.search(r"number (\d+)\\n", line).group(1))
                    for line in body.decode().splitlines() if '"entry"' in line]
        link = re.search(r"<(.*)>; rel=\"next\"", headers["Link"] or "")
        path = link.group(1) if link else None
    check("a long one comes in pages, each leading to the next",
          numbers == list(range(rig.edge.json()["size"])), len(numbers))
    rig.end()


def metrics_are_well_formed(text):
    typed, helped, wrong = {}, set(), []
    for line in text.splitlines():
        if line.startswith("# HELP "):
            helped.add(line.split()[2])
        elif line.startswith("# TYPE "):
            typed[line.split()[2]] = line.split()[3]
        else:
            m = re.match(r'^([a-z_]+)(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? -?\d+$', line)
            if not m or m.group(1) not in typed or m.group(1) not in helped \
                    or (typed[m.group(1)] == "counter") != m.group(1).endswith("_total"):
                wrong.append(line)
    check(f"{len(typed)} metrics, each with help and type, counters alone end in _total",
          len(typed) > 20 and not wrong, wrong)


def orders_do_not_wait_for_the_disk():
    rig = Rig(test={"store_hang_ms": 4000, "store_hang_after": 4}).start()
    siren = Stream(rig.edge, "class=siren")
    siren.until(lambda event, *_: event == "checkpoint")
    rig.hub.tell("many 1 10")
    time.sleep(0.2)
    began = time.monotonic()
    rig.hub.tell("alarm 2 600")
    got = siren.until(lambda event, _, data: event == "entry" and "kind order" in data, 3)
    took = time.monotonic() - began
    check("with a disk that hangs for 4 s an order is out at once", got and took < 2, took)
    late = Stream(rig.edge, "class=siren&after=0")
    got = late.until(lambda event, _, data: event == "entry" and "kind order" in data, 3)
    check("also to one that comes late", [n for e, n, _ in got if e == "entry"] == [0, 1, 2, 3, 4],
          got)
    answers = []
    thread = threading.Thread(target=lambda: answers.append(
        (time.monotonic(), rig.edge.ask("/receipts", "POST",
                                        record(os.urandom(16), receipt(1, 1))))))
    for _ in range(4):  # past the transactions that do not hang
        rig.edge.ask("/receipts", "POST", record(os.urandom(16), receipt(1, 2)))
    began = time.monotonic()
    thread.start()
    time.sleep(1)
    check("a receipt is not called held before the disk has it", not answers, answers)
    check("meanwhile pages are served", rig.edge.ask("/")[0] == 200)
    thread.join(15)
    check("then it is", answers and answers[0][1][0] == 200)
    rig.end()


def a_full_disk_is_said():
    rig = Rig()
    state = os.path.join(rig.folder, "small")
    os.mkdir(state)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", state],
                             capture_output=True)
    if mounted.returncode != 0:
        print("SKIP a full disk: no file system can be mounted here", flush=True)
        rig.end()
        return
    try:
        full_disk(rig, state)
    finally:
        if rig.edge.process.poll() is None:
            rig.edge.kill()
        subprocess.run(["umount", state], check=True)
    rig.end()


def full_disk(rig, state):
    rig.edge.config["state"] = state
    rig.start()
    siren = Stream(rig.edge, "class=siren")
    siren.until(lambda event, *_: event == "checkpoint")
    filler = os.path.join(state, "filler")
    with open(filler, "wb", buffering=0) as f:
        try:
            while f.write(bytes(4096)):
                pass
        except OSError:
            pass
    # What the write-ahead logs have room for already is still taken.
    for _ in range(40):
        rig.hub.tell("many 5 20000")
        status, _, body = rig.edge.ask("/receipts", "POST", b"".join(
            record(os.urandom(16), receipt(1, n)) for n in range(40)))
        if status == 507 and b"journal: takes nothing" in rig.edge.ask("/readyz")[2]:
            break
    check("a full disk: receipts hear 507", status == 507 and b"nothing of this is held" in body,
          (status, body))
    check("and readyz says so", rig.edge.ask("/readyz")[0] == 503, rig.edge.ask("/readyz"))
    rig.hub.tell("alarm 2 600")
    got = siren.until(lambda event, _, data: event == "entry" and "kind order" in data, 5)
    check("orders go out all the same", any("kind order" in d for e, _, d in got if e == "entry"))
    size = rig.edge.json()["size"]
    late = Stream(rig.edge, "class=browser&after=0")
    numbers = [n for e, n, _ in late.until(lambda event, number, _: number == size - 1)
               if e == "entry"]
    check("and all entries are served", numbers == list(range(size)), numbers)
    os.remove(filler)
    held = wait_for(lambda: (lambda a: a[0] == 200 and a)(rig.edge.ask(
        "/receipts", "POST", record(os.urandom(16), receipt(2, 1)))))
    check("with room again receipts are held", held, rig.edge.read_log())
    check("and the journal is written again",
          wait_for(lambda: b"journal_waiting 0" in rig.edge.ask("/metrics")[2]),
          rig.edge.read_log())
    rig.hub.tell("hang up")
    rig.edge.kill()
    rig.edge.start()
    check("a kill then loses nothing", rig.edge.json()["size"] == size
          and len(rig.edge.json()["alerts"]) == 1, rig.edge.json()["size"])
    rig.dial()
    numbers = [n for n, _ in (rig.hub.listen(0.5) or rig.hub.spooled)]
    check("and the hub gets what was held", json.loads(held[2])["held"][0] in numbers, numbers)


def a_broken_disk_ends_it():
    rig = Rig(test={"store_fail_after": 6})
    rig.start()
    rig.hub.tell("many 1 10")
    for _ in range(10):
        rig.hub.tell("many 1 10")
        time.sleep(0.05)
    code = wait_for(lambda: rig.edge.process.poll() is not None and "ended", 5)
    check("a failed sync ends the process, with the reason", code
          and rig.edge.process.poll() == 1 and "disk failed" in rig.edge.read_log(),
          rig.edge.read_log())
    rig.edge.process.stdout.close()
    rig.edge.config.pop("test")
    rig.edge.start()
    check("the next one goes on from the journal",
          wait_for(lambda: rig.edge.json()["size"] == 13), rig.edge.json())
    rig.end()


def a_large_journal_is_read_quickly():
    rig = Rig().start()
    rig.hub.tell("many 5000 2000")
    wait_for(lambda: rig.edge.json()["size"] == 5002, 60)
    wait_for(lambda: b"journal_waiting 0" in rig.edge.ask("/metrics")[2], 60)
    rig.edge.kill()
    took = rig.edge.start()
    check(f"5,002 entries: ready {took:.2f} s after a kill", took < edge_rig.PATIENCE, took)
    check("with all of them", rig.edge.json()["size"] == 5002)
    rig.end()


def main():
    for test in (a_bad_start_is_told, http_is_spoken_well, orders_do_not_wait_for_the_disk,
                 a_full_disk_is_said, a_broken_disk_ends_it, a_large_journal_is_read_quickly):
        if len(sys.argv) > 1 and test.__name__ not in sys.argv[1:]:
            continue
        try:
            test()
        except Exception as e:  # what went wrong is the result
            check(test.__name__, False, repr(e))
    sys.exit(1 if edge_rig.wrong else 0)


if __name__ == "__main__":
    main()
