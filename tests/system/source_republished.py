#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rule republishes of others' alerts: it reaches the edges as theirs, and is never an alert, an
order or an all clear of ours; a source that breaks reads unknown there, too."""
import json
import os
import sys
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import source_feeds as feeds  # noqa: E402
from belfry_test import Territory, check, end, free_ports, need, wait_until  # noqa: E402


def seen(edge):
    with urllib.request.urlopen(edge.url + "/alerts.json", timeout=20) as answer:
        return json.load(answer)


def page(edge):
    with urllib.request.urlopen(edge.url + "/", timeout=20) as answer:
        return answer.read().decode()


def others(edge):
    return seen(edge)["others"] or {"alerts": [], "sources": []}


def main():
    need("belfryd", "belfry-edge", "belfry")
    port, = free_ports(1)
    feeds.serve(port)
    inside, cap = feeds.inside, feeds.cap
    feeds.Site.pages = {"/feed": feeds.by_turns(feeds.atom(
        inside("a", cap("a.1")), inside("b", cap("b.1", status="Exercise")),
        inside("c", cap("c.1", response="AllClear")), inside("d", cap("d.1").replace("Severe", "Minor")),
        inside("e", cap("e.1").replace("Public", "Private")), inside("f", cap("f.1", expires=-5)),
        inside("g", cap("g.1").replace("Observed", "Perhaps"))), 500), "/quiet": feeds.atom(inside("q", cap("q.1")))}
    with Territory() as t:
        edge, = t.add_edges("edge1")
        t.write_config(sources=[
            {"name": "met", "url": f"http://127.0.0.1:{port}/feed", "every_s": 20, "timeout_s": 2,
             "republish": {"severity": "Severe", "unsigned": True}},
            {"name": "quiet", "url": f"http://127.0.0.1:{port}/quiet", "every_s": 2}])
        edge.start()
        t.start()
        check("an alert of others reaches the edge", wait_until(lambda: others(edge)["alerts"], 40))
        told = others(edge)
        check("only what is real, public, grave, right and live; never an all clear, and not of sources without a rule",
              [a["identifier"] for a in told["alerts"]] == ["a.1"] and
              [s["name"] for s in told["sources"]] == ["met"], told)
        check("it is marked as theirs", told["alerts"][0]["by"] == "met" and
              told["alerts"][0]["sender"] == "met@example.org" and told["alerts"][0]["trusted"] is False, told)
        all_ = seen(edge)
        check("it is no alert of ours, there or at the hub", all_["alerts"] == [] == all_["recent"] and
              t.api("GET", "alerts")[1] == [], all_)
        text = page(edge)
        check("the page shows it as theirs", "What others say" in text and "met@example.org" in text and
              "no siren sounds for them" in text and "not signed by anyone that we know" in text, text[-3000:])
        with urllib.request.urlopen(edge.url + "/bulletin?after=0", timeout=20) as answer:
            kinds = [json.loads(line).get("entry", "").split("\nkind ")[-1].split("\n")[0]
                     for line in answer.read().decode().splitlines() if '"entry"' in line]
        check("the bulletin has it as an entry of its own kind, and no order", "foreign" in kinds and
              "order" not in kinds and "alert" not in kinds, kinds)
        size = len(kinds)
        check("its source breaks: unknown at the edge within two minutes", wait_until(
            lambda: others(edge)["sources"][0]["state"] == "unknown", 120), others(edge))
        check("with the time of its last answer, and what it said", others(edge)["sources"][0]["answered"] and
              others(edge)["alerts"], others(edge))
        check("the page says so", "UNKNOWN: it may have new alerts" in page(edge), page(edge)[-3000:])
        check("few entries were needed", seen(edge)["size"] <= size + 2, seen(edge)["size"])
        edge.stop()
        edge.start()
        check("an edge that starts again still knows", wait_until(lambda: others(edge)["alerts"], 20))
    end()


if __name__ == "__main__":
    main()
