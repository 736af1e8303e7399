#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The console's pages as a browser meets them, and as a page of another site would misuse them."""
import http.client
import re
import socket
import urllib.parse

from belfry_test import GOOD, Territory, check, end, need

need("belfry", "belfryd")


class Console:
    def __init__(self, port):
        self.port = port

    def ask(self, method, path, body=None, headers=None, host=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.putrequest(method, path, skip_host=True)
        connection.putheader("Host", host or f"127.0.0.1:{self.port}")
        for name, value in (headers or {}).items():
            connection.putheader(name, value)
        data = body.encode() if body is not None else None
        if data is not None:
            connection.putheader("Content-Length", str(len(data)))
        connection.endheaders(data)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, text, answer.headers

    def post_form(self, path, fields, **more):
        return self.ask("POST", path, urllib.parse.urlencode(fields, doseq=True),
                        {"Content-Type": "application/x-www-form-urlencoded"}, **more)


def headers(c):
    status, text, head = c.ask("GET", "/")
    check("the board is there", status == 200 and "Board" in text, (status, text[:200]))
    policy = head.get("Content-Security-Policy", "")
    check("no page may frame it, no script may run", "frame-ancestors 'none'" in policy and
          "default-src 'none'" in policy and "script-src" not in policy, policy)
    check("it is not kept, not sniffed, and tells nobody where it was", head["Cache-Control"] ==
          "no-store" and head["X-Content-Type-Options"] == "nosniff" and
          head["Referrer-Policy"] == "no-referrer", dict(head))
    check("no script in any page", "<script" not in text and "onload" not in text)
    status, text, head = c.ask("GET", "/style.css")
    check("the sheet is there", status == 200 and head["Content-Type"].startswith("text/css"))
    status, text, head = c.ask("HEAD", "/")
    check("HEAD gives the head", status == 200 and text == "")
    for path in ("/nothing", "/alert/0123456789abcdef", "/alert/../x", "/alert/%3Cscript%3E"):
        status, text, head = c.ask("GET", path)
        check(f"{path} is not found, or bad", status in (400, 404) and "<script>" not in text,
              (status, text[:100]))
    status, text, head = c.ask("POST", "/", "x")
    check("the board takes no POST", status == 405, status)


def other_sites(c, token):
    form = {"token": token, "playbook": "fire", "zone": "bergfrid-upper", "minutes": "30"}
    for host in ("evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.evil"):
        status, text, _ = c.ask("GET", "/propose", host=host)
        check(f"called as {host} it shows nothing", status == 403 and "token" not in text, status)
        status, _, _ = c.ask("GET", "/api/v1/status", host=host)
        check(f"called as {host} the API answers nothing", status == 403, status)
    for host in ("localhost", f"localhost:{c.port}", "[::1]:80"):
        check(f"called as {host} it works", c.ask("GET", "/", host=host)[0] == 200)
    for what, fields in (("without a token", {k: v for k, v in form.items() if k != "token"}),
                         ("with another token", dict(form, token="0" * 32))):
        status, text, _ = c.post_form("/propose", fields)
        check(f"a form {what} is refused", status == 403 and "Not from this page" in text,
              (status, text[:200]))
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        status, _, _ = c.ask("POST", "/api/v1/drafts", "{}", {"Content-Type": kind})
        check(f"the API takes no {kind}: a form of another site could send it", status == 403,
              status)
    status, _, _ = c.ask("POST", "/api/v1/drafts", '{"verb": "test", "zones": [2]}',
                         {"Content-Type": "application/json"})
    check("the API takes JSON", status == 200, status)
    status, _, _ = c.ask("POST", "/api/v1/alone", "{}", {"Content-Type": "application/json"})
    check("but what needs no signature only by the socket", status == 403, status)


def propose(c):
    status, text, _ = c.ask("GET", "/propose")
    check("it says in which languages nobody has checked the texts", re.search(
        r"no native speaker has checked: en, .*\bhy\b", text), text[:1500])
    token = re.search(r'name="token" value="([0-9a-f]+)"', text)
    check("the form has a token, playbooks and zones", status == 200 and token and
          'value="missile"' in text and 'value="bergfrid-upper"' in text, text[:300])
    token = token[1]
    form = {"token": token, "playbook": "fire", "zone": ["bergfrid-upper", "lindwell"],
            "minutes": "30"}
    status, text, _ = c.post_form("/propose", form)
    check("a draft shows its texts and the command that signs it", status == 200 and
          "belfry alert propose --playbook fire --zones bergfrid-upper,lindwell --minutes 30"
          in text and "Upper Town" in text, (status, text[:300]))
    for what, change in (("no zone", {"zone": []}), ("an unknown zone", {"zone": ["x<b>"]}),
                         ("an unknown playbook", {"playbook": "godzilla"}),
                         ("minutes that are none", {"minutes": "-3"})):
        status, text, _ = c.post_form("/propose", dict(form, **change))
        check(f"{what}: the form again, with the problem", status in (400, 404) and
              'role="alert"' in text and "<b>" not in text, (status, text[:300]))
    check("and nothing was proposed", "Proposed, waiting" not in c.ask("GET", "/")[1])
    return token


def alerts(t, c):
    code, p = t.ask("anna", "alert", "propose", "--playbook", "missile", "--zones", "2")
    check("a proposal is made on the operator's machine", code == GOOD, p)
    board = c.ask("GET", "/")[1]
    check("the board shows it with the command that approves it",
          f"belfry alert approve {p['proposal']}" in board and "anna" in board, board[:200])
    page = c.ask("GET", f"/alert/{p['proposal']}")[1]
    check("its page shows author, digest and text", "anna" in page and p["digest"] in page and
          'dir="rtl"' in page and "Upper Town" in page, page[:300])
    t.ask("boris", "alert", "approve", p["proposal"])
    board = c.ask("GET", "/")[1]
    check("then it lives there", f'href="/alert/{p["alert"]}"' in board and
          "holds no live alert" not in board, board[:300])
    page = c.ask("GET", f"/alert/{p['alert']}")[1]
    check("its page offers the verbs", all(
        f"belfry alert {verb} {p['alert']}" in page
        for verb in ("stop", "correct", "update", "all-clear")), page[:300])
    t.ask("anna", "alert", "stop", p["alert"])
    check("a stop shows", "stopped, we are checking" in c.ask("GET", "/")[1])


def sirens(t, c):
    key = t.look("key", "new", "--person", "box", "--number", "9", t.path("box.key"))[1]
    code, a = t.ask("clara", "siren", "enrol", "--siren", "1", "--zone", "bergfrid-upper",
                    "--name", "Town <hall>", "--public-key", key["public_key"])
    check("an administrator enrols a siren", code == GOOD, a)
    code, a = t.ask("anna", "siren", "enrol", "--siren", "2", "--zone", "2", "--name", "x",
                    "--public-key", key["public_key"])
    check("an operator cannot", code == 3, a)
    board = c.ask("GET", "/")[1]
    check("a siren that was never heard is UNKNOWN on the board", "UNKNOWN" in board and
          "never" in board and "1 unknown" in board, board[:300])
    check("its name is escaped", "Town &lt;hall&gt;" in board)
    code, out, _ = t.belfry("watch", "--once")
    check("and UNKNOWN on the live board", code == GOOD and "UNKNOWN" in out and
          "1 UNKNOWN" in out, out)
    code, listed = t.look("siren", "list")
    check("and in the list", code == GOOD and listed[0]["state"] == "unknown" and
          listed[0]["age_s"] is None, listed)
    code, a = t.ask("anna", "siren", "test", "--zones", "2")
    check("one operator orders a test", code == GOOD and a["state"] == "live", a)
    page = c.ask("GET", "/propose")[1]
    check("the form counts the sirens of a zone and below", "(bergfrid, sirens: 1)" in page and
          "(lindwell, sirens: 0)" in page, page[:300])


def main():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    with Territory(console=f"127.0.0.1:{port}") as t:
        t.start()
        t.bring_zones()
        c = Console(port)
        headers(c)
        other_sites(c, propose(c))
        alerts(t, c)
        sirens(t, c)
        check("nothing was said on the way", t.hub.said().count("\n") <= 1, t.hub.said())
    with Territory(mode="exercise", console=f"127.0.0.1:{port}") as t:
        t.start()
        text = Console(port).ask("GET", "/")[1]
        check("an exercise says so in its title and on top", "<title>EXERCISE" in text and
              "LIVE" not in text, text[:300])
    end()


main()
