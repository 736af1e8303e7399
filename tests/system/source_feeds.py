#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Others' alerts: a real hub asks feeds on loopback that are right, late, broken and hostile, and takes
what is posted with a key. Each source tells in the API how it is; none that is broken reads "no alerts"."""
import datetime
import hashlib
import http.client
import http.server
import json
import os
import shutil
import ssl
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from belfry_test import UnixConnection, Territory, check, end, free_ports, need, skip, wait_until  # noqa: E402

NOW = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
KEY = "a key of the weather service that nobody guesses"
MANY = 1000
LINKS = 80


def stamp(minutes=0):
    return (NOW + datetime.timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%S-00:00")


def cap(identifier, kind="Alert", sent=0, references="", headline="Flood", area="Upper valley",
        expires=60, status="Actual", response="Prepare"):
    refs = f"<references>{references}</references>" if references else ""
    return (f'<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>{identifier}</identifier>'
            f"<sender>met@example.org</sender><sent>{stamp(sent)}</sent><status>{status}</status>"
            f"<msgType>{kind}</msgType><scope>Public</scope>{refs}<info><language>en</language>"
            f"<category>Met</category><event>Flood</event><responseType>{response}</responseType>"
            f"<urgency>Immediate</urgency><severity>Severe</severity><certainty>Observed</certainty>"
            f"<expires>{stamp(expires)}</expires><senderName>Weather</senderName>"
            f"<headline>{headline}</headline><description>Water rises.</description>"
            f"<area><areaDesc>{area}</areaDesc><polygon>40,44 40,45 41,45 41,44 40,44</polygon></area>"
            "</info></alert>")


def reference(identifier, sent=0):
    return f"met@example.org,{identifier},{stamp(sent)}"


def atom(*entries):
    return ('<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom">'
            f"<id>urn:feed</id><title>Alerts</title><updated>{NOW.isoformat()}</updated>"
            + "".join(entries) + "</feed>")


def entry(name, inside):
    return (f"<entry><id>urn:{name}</id><title>{name}</title><updated>{NOW.isoformat()}</updated>"
            f"{inside}</entry>")


def link(name, to):
    return entry(name, f'<link type="application/cap+xml" href="{to}"/>')


def inside(name, alert):
    return entry(name, f'<content type="application/cap+xml">{alert}</content>')


class Site(http.server.BaseHTTPRequestHandler):
    """Answers by `pages`: path -> function of this handler, or a document."""
    protocol_version = "HTTP/1.1"
    pages, asked = {}, []

    def log_message(self, *_):
        pass

    def do_GET(self):
        Site.asked.append((self.path, dict(self.headers)))
        page = Site.pages.get(self.path)
        try:
            if page is None:
                self.send(b"no", 404)
            elif callable(page):
                page(self)
            else:
                self.send(page)
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            self.close_connection = True

    def send(self, body, status=200, **fields):
        body = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def times(path):
    return sum(1 for where, _ in Site.asked if where == path)


def serve(port, context=None):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Site)
    server.daemon_threads = True
    server.handle_error = lambda *_: None
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()


def certificate(folder, name, *when):
    key, cert = os.path.join(folder, name + ".key"), os.path.join(folder, name + ".crt")
    run = lambda *args: subprocess.run(args, check=True, capture_output=True)
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert,
        "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "10")
    if when:  # once more by the same key, with times of its own
        with open(os.path.join(folder, "ca.txt"), "w", encoding="ascii") as f:
            f.write("[ca]\ndefault_ca=x\n[x]\ndatabase=index.txt\nserial=serial\nnew_certs_dir=.\n"
                    "default_md=sha256\npolicy=p\nx509_extensions=e\nunique_subject=no\n"
                    "[p]\ncommonName=supplied\n[e]\nsubjectAltName=IP:127.0.0.1\n"
                    "basicConstraints=CA:TRUE\n[req]\ndistinguished_name=d\n[d]\n")
        for file, text in (("index.txt", ""), ("serial", "01\n")):
            with open(os.path.join(folder, file), "w", encoding="ascii") as f:
                f.write(text)
        subprocess.run(["openssl", "req", "-new", "-key", key, "-subj", "/CN=127.0.0.1", "-out", "r.csr",
                        "-config", "ca.txt"], cwd=folder, check=True, capture_output=True)
        subprocess.run(["openssl", "ca", "-batch", "-selfsign", "-config", "ca.txt", "-keyfile", key,
                        "-in", "r.csr", "-out", cert, "-startdate", when[0], "-enddate", when[1],
                        "-notext"], cwd=folder, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return context, cert


SIGNATURE = (
    '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo><CanonicalizationMethod '
    'Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/><SignatureMethod '
    'Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/><Reference URI=""><Transforms><Transform '
    'Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/></Transforms><DigestMethod '
    'Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><DigestValue/></Reference></SignedInfo>'
    "<SignatureValue/><KeyInfo><X509Data/></KeyInfo></Signature></alert>")


def signed(folder, alert):
    """By the key of "good", made by xmlsec1; None where it is not at hand."""
    if not shutil.which("xmlsec1"):
        return None
    with open(os.path.join(folder, "form.xml"), "w", encoding="utf-8") as f:
        f.write(alert.replace("</alert>", SIGNATURE))
    return subprocess.run(["xmlsec1", "--sign", "--privkey-pem", "good.key,good.crt", "form.xml"], cwd=folder,
                          check=True, capture_output=True).stdout


def signatures(t):
    if "/signed" not in Site.pages:
        skip("signatures by others", "xmlsec1 is not installed")
        return
    seen = lambda: {a["identifier"]: {k: a[k] for k in ("state", "trusted", "signature")}
                    for a in Seen(t).alerts("signed")}
    check("an alert with a pinned signature is trusted", seen()["signed.1"]["trusted"] and
          seen()["signed.1"]["signature"]["state"] == "good", seen())
    check("a changed one is bad, and ends nothing", wait_until(lambda: seen().get("signed.2"), 20) and
          seen()["signed.2"]["signature"]["state"] == "bad" and not seen()["signed.2"]["trusted"] and
          seen()["signed.1"]["state"] == "live", seen())
    check("an unsigned Cancel is shown, and ends nothing", wait_until(lambda: seen().get("signed.3"), 20) and
          seen()["signed.3"]["signature"]["state"] == "unsigned" and seen()["signed.1"]["state"] == "live", seen())
    check("a signed Cancel ends it", wait_until(lambda: seen()["signed.1"]["state"] == "over", 20), seen())


# ---- pages ----

def hang(_):
    time.sleep(30)


def cut(site):
    site.send_response(200)
    site.send_header("Content-Length", "5000")
    site.end_headers()
    site.wfile.write(b"<feed>")
    site.close_connection = True


def cut_without_length(site):
    site.send_response(200)
    site.end_headers()
    site.wfile.write(atom(inside("one", cap("cut.1"))).encode()[:-40])
    site.close_connection = True


def endless(site):
    site.send_response(200)
    site.end_headers()
    site.close_connection = True
    site.wfile.write(b"<feed>")
    while True:
        site.wfile.write(b" " * 65536)


def trickle(site):
    site.send_response(200)
    site.end_headers()
    site.close_connection = True
    for _ in range(60):
        site.wfile.write(b" ")
        time.sleep(0.5)


def to(where):
    return lambda site: site.send(b"", 302, Location=where)


def by_turns(*bodies):
    """Each body once, the last one for ever; an Exception's number is a status."""
    count = iter(range(10**6))

    def page(site):
        body = bodies[min(next(count), len(bodies) - 1)]
        site.send(b"", body) if isinstance(body, int) else site.send(body)
    return page


def tagged(body):
    def page(site):
        if site.headers.get("If-None-Match") == '"v1"':
            site.send_response(304)
            site.end_headers()
        else:
            site.send(body, ETag='"v1"', Last_Modified="Sun, 22 Nov 2026 10:00:00 GMT")
    return page


BOMB = ('<?xml version="1.0"?><!DOCTYPE feed [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {chr(98 + i)} "{("&" + chr(97 + i) + ";") * 10}">' for i in range(9)) + "]><feed>&j;</feed>")
XXE = ('<?xml version="1.0"?><!DOCTYPE alert [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
       '<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>&x;</identifier></alert>')


def pages(http_port):
    good = atom(*(link(f"a{i}", f"caps/a{i}.xml") for i in range(3)))
    Site.pages = {
        "/good/feed": tagged(good),
        **{f"/good/caps/a{i}.xml": cap(f"good.{i}") for i in range(3)},
        "/rss": f'<rss version="2.0"><channel><title>x</title><link>http://127.0.0.1:{http_port}/</link>'
                "<description>x</description><item><title>y</title>"
                f"<link>http://127.0.0.1:{http_port}/rss.xml</link></item></channel></rss>",
        "/rss.xml": cap("rss.1"), "/one": cap("one.1"), "/quiet": atom(),
        "/500": lambda site: site.send(b"", 500), "/404": lambda site: site.send(b"", 404),
        "/hang": hang, "/cut": cut, "/cut2": cut_without_length, "/endless": endless, "/trickle": trickle,
        "/loop": to("/loop"), "/once": to("/one"), "/away": to(f"http://localhost:{http_port}/one"),
        "/file": to("file:///etc/passwd"),
        "/changed": by_turns(cap("changed.1"), cap("changed.1", headline="All is well")),
        "/cancel": by_turns(atom(inside("c", cap("cancel.1", sent=-5))),
                            atom(inside("c", cap("cancel.1", sent=-5)), inside("d", cap(
                                "cancel.2", "Cancel", references=reference("cancel.1", -5))))),
        "/later": by_turns(cap("later.1"), 500),
        "/empty-later": by_turns(atom(), 503),
        "/many": atom(*(inside(f"m{i}", cap(f"many.{i}")) for i in range(MANY))),
        "/links": atom(*(link(f"l{i}", f"/caps/{i}.xml") for i in range(LINKS))),
        **{f"/caps/{i}.xml": cap(f"links.{i}", headline=f"Number {i}") for i in range(LINKS)},
        "/elsewhere": atom(link("in", "/one"), link("out", f"http://localhost:{http_port}/secret"),
                           link("own", f"http://127.0.0.1:{http_port + 1}/secret"),
                           link("file", "file:///etc/passwd")),
        "/secret": cap("secret.1"), "/half": atom(link("in", "/one"), link("gone", "/404")),
        "/bomb": BOMB, "/xxe": XXE, "/deep": "<a>" * 100000, "/nul": b"<feed>\x00</feed>",
        "/utf8": b"<feed>\xff\xfe\xfd</feed>", "/html": "<html><body>Sign in</body></html>",
        "/text": "no alerts", "/nothing": "", "/attributes": f"<feed {'a' * 10} a='1' a='2'/>",
        "/polygon": cap("polygon.1").replace("40,44 40,45", "40,44 " + "40.1,44.1 " * 100000 + "40,45"),
        "/nameless": cap("").replace("<identifier></identifier>", ""),
        "/script": cap("script.1", headline="&lt;script&gt;alert(1)&lt;/script&gt;"),
        "/clear": cap("clear.1", response="AllClear"),
    }


def sources(http_port, tls_port, old_port, ca):
    base, names = f"http://127.0.0.1:{http_port}", {}
    for path in ("quiet rss one 500 404 cut cut2 endless loop once away file changed cancel later empty-later many links "
                 "elsewhere half bomb xxe deep nul utf8 html text nothing attributes polygon nameless script clear"
                 ).split():
        names[path] = {"url": f"{base}/{path}"}
    names["good"] = {"url": f"{base}/good/feed"}
    for path in ("hang", "trickle"):
        names[path] = {"url": f"{base}/{path}", "timeout_s": 2}
    names["signed"] = {"url": f"{base}/signed", "pins": [{"kind": "certificate", "file": "good.crt"}]}
    names["tls"] = {"url": f"https://127.0.0.1:{tls_port}/one", "ca_file": ca}
    names["tls-unknown"] = {"url": f"https://127.0.0.1:{tls_port}/one"}
    names["tls-expired"] = {"url": f"https://127.0.0.1:{old_port}/one", "ca_file": "expired.crt"}
    names["nobody"] = {"url": f"http://127.0.0.1:{free_ports(1)[0]}/x"}
    return [{"name": name, "every_s": 2, **more} for name, more in names.items()] + [
        {"name": "post", "post_key_sha256": hashlib.sha256(KEY.encode()).hexdigest()}]


# ---- the hub ----

class Seen:
    """What the hub says of others' alerts, asked once."""

    def __init__(self, t):
        status, self.all = t.api("GET", "foreign")
        assert status == 200, self.all
        self.sources = {s["name"]: s for s in self.all["sources"]}

    def state(self, name):
        return self.sources[name]["state"]

    def alerts(self, name, state=None):
        return [a for a in self.all["alerts"] if a["source"] == name and state in (None, a["state"])]


def is_unknown(t, names):
    seen = Seen(t)
    for name, word in names.items():
        s = seen.sources[name]
        check(f"{name}: UNKNOWN, and why", s["state"] == "unknown" and s["age_s"] is None and
              word in s["error"] and not seen.alerts(name), s)


def answers(t):
    def ready(seen):
        asked = all(s["tried_s"] is not None for name, s in seen.sources.items() if name not in ("links", "post"))
        return asked and {seen.state(name) for name in ("good", "many", "rss", "one", "once", "tls")} == {"good"}
    check("a feed with links, one with 1,000 alerts inside and one in RSS are read",
          wait_until(lambda: ready(Seen(t)), 60))
    seen = Seen(t)
    check("three links are three live alerts", len(seen.alerts("good", "live")) == 3, seen.alerts("good"))
    check("1,000 alerts in a feed are 1,000 live alerts", seen.sources["many"]["live"] == MANY)
    check("a source that answers without alerts is good, with none", seen.state("quiet") == "good" and
          seen.sources["quiet"]["live"] == 0, seen.sources["quiet"])
    one = seen.alerts("one", "live")[0]
    check("an alert is told with its findings, signature and area", one["signature"]["state"] == "unsigned" and
          one["verdict"] == "valid" and one["areas"] == ["Upper valley"] and one["event"] == "Flood", one)
    check("the same alert of several sources says so", "once" in one["also"] and "tls" in one["also"], one)
    bad = seen.alerts("nameless")
    check("an alert without identifier is refused, and why", [a["state"] for a in bad] == ["refused"] and
          "identifier" in bad[0]["why"] and any(f["rule"] == 4 for f in bad[0]["findings"]), bad)
    check("an all clear of others is marked", seen.alerts("clear")[0]["all_clear"])
    check("100,000 points are read", len(seen.alerts("polygon")) + seen.sources["polygon"]["missing"] == 1 or
          seen.state("polygon") == "unknown", seen.sources["polygon"])


def conditional(t):
    path = "/good/feed"
    check("asked again with the tag and the time of before", wait_until(lambda: any(
        h.get("If-None-Match") == '"v1"' and h.get("If-Modified-Since") for p, h in Site.asked if p == path)))
    time.sleep(1)
    seen = Seen(t)
    check("304: still three live alerts, still listed, nothing fetched again", seen.state("good") == "good" and
          [a["listed"] for a in seen.alerts("good", "live")] == [True] * 3 and times("/good/caps/a0.xml") == 1, (seen.sources["good"], seen.alerts("good")[0]["listed"], times(path),
                                                                    times("/good/caps/a0.xml")))


def chains(t):
    refused = lambda: Seen(t).alerts("changed", "refused")
    check("the same identifier with other content is refused", wait_until(refused, 20))
    live = Seen(t).alerts("changed", "live")
    check("what came first stays", [a["headline"] for a in live] == ["Flood"], live)
    check("a Cancel ends its alert", wait_until(lambda: not Seen(t).alerts("cancel", "live"), 20))
    states = {a["identifier"]: a["state"] for a in Seen(t).alerts("cancel")}
    check("the alert is over, the Cancel is never live", states == {"cancel.1": "over", "cancel.2": "message"},
          states)


def broken_later(t):
    check("a source that fails later is UNKNOWN", wait_until(lambda: Seen(t).state("later") == "unknown", 20))
    seen = Seen(t)
    check("with its age, and what it said before", seen.sources["later"]["age_s"] is not None and
          len(seen.alerts("later", "live")) == 1, seen.sources["later"])
    check("an empty feed that fails later is UNKNOWN, too", wait_until(
        lambda: Seen(t).state("empty-later") == "unknown", 20))
    check("tried again ever later", Seen(t).sources["500"]["failures"] >= 2 and times("/500") <= 6, times("/500"))


def links(t):
    began = time.monotonic()
    good = wait_until(lambda: Seen(t).state("links") == "good", 90)
    check(f"{LINKS} links are {LINKS} live alerts", good and Seen(t).sources["links"]["live"] == LINKS,
          Seen(t).sources["links"])
    print(f"# {LINKS} links: {time.monotonic() - began:.1f} s more, {Seen(t).sources['links']['reads']} readers")
    before = times("/caps/7.xml")
    time.sleep(5)
    check("a link that is known is not fetched again", before == 1 == times("/caps/7.xml"), before)
    seen = Seen(t)
    check("a link to another host is not followed, and said", seen.state("elsewhere") == "incomplete" and
          seen.sources["elsewhere"]["missing"] == 3 and times("/secret") == 0, seen.sources["elsewhere"])
    check("a link that leads nowhere leaves the source incomplete", seen.state("half") == "incomplete" and
          seen.sources["half"]["live"] == 1, seen.sources["half"])


def post(t, body, key=KEY, name="post"):
    connection = UnixConnection(t.socket)
    connection.request("POST", f"/api/v1/foreign/{name}", body, {
        "Content-Type": "application/cap+xml", **({"Authorization": f"Bearer {key}"} if key else {})})
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


def posts(t):
    check("nobody has posted: UNKNOWN", Seen(t).state("post") == "unknown")
    for what, status, got in (
            ("without a key", 401, post(t, cap("p.0"), None)), ("with a wrong key", 401, post(t, cap("p.0"), "x")),
            ("to a source that does not exist", 401, post(t, cap("p.0"), name="posts")),
            ("to a source that is asked", 401, post(t, cap("p.0"), name="one")),
            ("of 300,000 bytes", 413, post(t, cap("p.0") + " " * 300000)),
            ("with a DTD", 400, post(t, XXE)), ("of nothing", 400, post(t, ""))):
        check(f"a post {what} is refused with {status}", got[0] == status and got[1]["error"], got)
    check("who posts nonsense is UNKNOWN", Seen(t).state("post") == "unknown")
    status, got = post(t, cap("p.1"))
    check("a post with the key is taken", status == 200 and got["alerts"][0]["identifier"] == "p.1", got)
    post(t, cap("p.1"))
    status, got = post(t, cap("p.2", "Update", sent=1, references=reference("p.1")))
    seen = Seen(t)
    check("an Update takes its place", status == 200 and seen.state("post") == "good" and
          {a["identifier"]: a["state"] for a in seen.alerts("post")} == {"p.1": "over", "p.2": "live"},
          (status, got, seen.state("post"), {a["identifier"]: (a["state"], a["why"]) for a in seen.alerts("post")}))


def nothing_of_ours(t):
    status, alerts = t.api("GET", "alerts")
    check("none of it is an alert, an order or an entry of ours", status == 200 and alerts == [] and
          t.api("GET", "status")[1]["size"] <= 1, alerts)
    began = time.monotonic()
    count = len(Seen(t).all["alerts"])
    print(f"# the list of {count} alerts takes {1000 * (time.monotonic() - began):.0f} ms")
    pid = t.hub.process.pid
    fds = len(os.listdir(f"/proc/{pid}/fd"))
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        memory = next(line.split()[1] for line in f if line.startswith("VmRSS"))
    print(f"# the hub: {fds} descriptors, {int(memory) // 1024} MiB")
    check("the hub holds few descriptors", fds < 120, fds)


def page(t, port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", "/foreign")
    answer = connection.getresponse()
    text = answer.read().decode()
    check("the console shows them on a page", answer.status == 200 and "Upper valley" in text, answer.status)
    check("a broken source reads UNKNOWN there", "UNKNOWN" in text and "No alerts" not in text)
    check("what others write is text, never a script", "<script" not in text and "&lt;script&gt;" in text)


def main():
    need("belfryd", "belfry")
    http_port, tls_port, old_port, console = free_ports(4)
    with Territory() as t:
        context, ca = certificate(t.dir, "good")
        old, _ = certificate(t.dir, "expired", "20200101000000Z", "20210101000000Z")
        pages(http_port)
        # Later than the certificate's first second.
        cancel = lambda name: cap(name, "Cancel", sent=3, references=reference("signed.1", 2))
        if signed(t.dir, cap("signed.1", sent=2)):
            Site.pages["/signed"] = by_turns(
                signed(t.dir, cap("signed.1", sent=2)), signed(t.dir, cancel("signed.2")).replace(b"Upper", b"Lower"),
                cancel("signed.3"), signed(t.dir, cancel("signed.4")))
        serve(http_port)
        serve(tls_port, context)
        serve(old_port, old)
        t.write_config(sources=sources(http_port, tls_port, old_port, ca), console=f"127.0.0.1:{console}")
        t.start()
        answers(t)
        signatures(t)
        conditional(t)
        chains(t)
        is_unknown(t, {
            "500": "500", "404": "404", "hang": "timed out", "trickle": "timed out", "cut": "remaining",
            "cut2": "", "endless": "more than 4194304", "loop": "redirect", "away": "redirect",
            "file": "redirect", "tls-unknown": "certificate", "tls-expired": "certificate",
            "nobody": "onnect", "bomb": "DTD", "xxe": "DTD", "deep": "", "nul": "", "utf8": "",
            "html": "neither CAP nor", "text": "", "nothing": "", "attributes": ""})
        broken_later(t)
        links(t)
        posts(t)
        page(t, console)
        nothing_of_ours(t)
        code = t.stop()
        check("the hub ends well with all of that under way", code == 0, code)
    end()


if __name__ == "__main__":
    main()
