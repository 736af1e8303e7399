#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""`belfry cap` as a person and a script use it: exit codes, JSON, folders, and hostile files."""
import json
import os
import re
import resource
import subprocess
import tempfile
import time

from belfry_test import BIN, ROOT, check, end, need

need("belfry")
BELFRY = os.path.join(BIN, "belfry")
NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
VERDICTS = {"valid", "warn", "invalid", "bad-signature", "legacy", "feed", "not-cap"}
LIMIT_S = 20
MEMORY = 2 << 30

INFO = """<info><language>en</language><category>Met</category><event>Flood</event>
<urgency>Immediate</urgency><severity>Severe</severity><certainty>Observed</certainty>
<expires>2026-11-22T16:00:00+04:00</expires><headline>Flood in the valley</headline>
<description>The river rises.</description><instruction>Go up the hill.</instruction>
<area><areaDesc>Valley</areaDesc><polygon>40,44 40,45 41,45 40,44</polygon></area></info>"""


def message(identifier="a1", body=INFO, kind="Alert", references="", sent="10:00:00", more=""):
    refers = f"<references>{references}</references>" if references else ""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="{NAMESPACE}">
<identifier>{identifier}</identifier><sender>test@example.org</sender>
<sent>2026-11-22T{sent}+04:00</sent><status>Actual</status><msgType>{kind}</msgType>
<scope>Public</scope>{refers}
{body}{more}</alert>
"""


GOOD = message()
BAD = GOOD.replace("<scope>Public</scope>", "")
FEED = f"""<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:f</id><title>Warnings</title>
<updated>2026-11-22T10:00:00Z</updated><entry><id>urn:e</id><title>One</title>
<updated>2026-11-22T10:00:00Z</updated><content type="text/xml">
{BAD.split('?>')[1]}</content></entry>
<entry><id>urn:g</id><title>Two</title><updated>2026-11-22T10:00:00Z</updated>
<link href="2.xml"/></entry></feed>"""


def bounded():
    """No sanitizer could live with a limit of address space; without one a bomb must not grow."""
    if "ASAN_OPTIONS" not in os.environ:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def cap(*args, given=None, lang="C", binary=False):
    env = dict(os.environ, LANGUAGE="", LC_ALL=lang)
    p = subprocess.run([BELFRY, "cap", *args], input=given, capture_output=True, check=False,
                       env=env, timeout=120, preexec_fn=bounded)
    if binary:
        return p.returncode, p.stdout, p.stderr
    return p.returncode, p.stdout.decode("utf-8"), p.stderr.decode("utf-8")


def judged(*args, given=None):
    """(exit code, the objects of --json)"""
    code, out, err = cap("check", "--json", *args, given=given)
    try:
        return code, [json.loads(line) for line in out.splitlines()]
    except ValueError:
        return code, [{"verdict": f"no JSON: {out[:200]} {err[:200]}", "findings": []}]


class Folder:
    def __init__(self):
        self.work = tempfile.TemporaryDirectory(prefix="belfry-cap-")

    def put(self, name, content):
        path = os.path.join(self.work.name, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(content.encode("utf-8") if isinstance(content, str) else content)
        return path

    def path(self, name=""):
        return os.path.join(self.work.name, name)


def exit_codes(at):
    good, bad = at.put("good.xml", GOOD), at.put("bad.xml", BAD)
    other = at.put("other.xml", "<foo/>")
    for files, expected in (((good,), 0), ((bad,), 1), ((other,), 2), ((at.path("none.xml"),), 2),
                            ((good, bad), 1), ((bad, at.path("none.xml")), 2),
                            ((good, other, bad), 2), ((at.put("feed.xml", FEED),), 0)):
        code, out, err = cap("check", *files)
        names = " ".join(os.path.basename(f) for f in files)
        check(f"check {names} ends with {expected}", code == expected, (code, out, err))
    code, out, err = cap("check", good, at.path("none.xml"), bad)
    check("a file that cannot be read is said and counted, the others go on", "none.xml" in err and
          "unreadable 1" in out and "bad.xml" in out, (out, err))
    for option in (("--profile", "moon"), ("--max-bytes", "many"), ("--max-bytes", "0"),
                   ("--lang", "tlh")):
        code, _, err = cap("check", *option, good)
        check(f"check {' '.join(option)} is wrong use", code == 2 and option[1] in err, err)


def words(at):
    path = at.put("bad.xml", BAD)
    _, out, _ = cap("check", path)
    lines = out.splitlines()
    check("a finding has file, line, column, level, rule and XPath", any(re.match(
        re.escape(path) + r":\d+:\d+: error \[4\] /alert: \S", line) for line in lines), out)
    check("a file has a line of its own, one file has no total", lines[-1].startswith(path + ":") and
          "errors 1" in lines[-1], lines[-1])
    _, out, _ = cap("check", path, path)
    check("several files end with a total", out.splitlines()[-1].startswith("Files 2: valid 0"), out)


def as_json(at):
    good, bad = at.put("good.xml", GOOD), at.put("bad.xml", BAD)
    code, found = judged(bad, good, at.path("none.xml"))
    check("one object a file and line, in the order given", code == 2 and [f["file"] for f in found] ==
          [bad, good, at.path("none.xml")], found)
    check("each with its verdict", found[0]["verdict"] == "invalid" and
          found[1]["verdict"] in ("valid", "warn") and found[2]["verdict"] is None and
          found[2]["error"], found)
    check("and its findings", all(set(x) == {"level", "rule", "line", "column", "xpath", "text"}
                                  and x["level"] in ("error", "warning", "note")
                                  for f in found for x in f["findings"]), found)
    check("the error is named by rule and place", [(x["rule"], x["xpath"]) for x in
          found[0]["findings"] if x["level"] == "error"] == [(4, "/alert")], found[0])


def standard_input(at):
    for args in ((), ("-",)):
        code, found = judged(*args, given=GOOD.encode())
        check(f"check {' '.join(args)} reads the standard input", code == 0 and
              found[0]["file"] == "-", (code, found))
    code, found = judged(given=b"")
    check("an empty standard input is invalid", code == 1 and found[0]["verdict"] == "invalid", found)
    _ = at


def folders(at):
    many = os.path.join(at.path(), "many")
    for i in range(10000):
        at.put(f"many/{i % 10}/{i:05}.{'xml' if i % 2 else 'cap'}", message(f"a{i}"))
    at.put("many/readme.txt", "no alert")
    at.put("many/.hidden.xml", "<foo/>")
    os.symlink("..", at.path("many/round"))
    begin = time.monotonic()
    code, found = judged(many)
    took = time.monotonic() - begin
    check(f"a folder of 10,000 files is walked ({took:.1f} s)", code == 0 and len(found) == 10000,
          (code, len(found)))
    terminal, ours = os.openpty()
    with subprocess.Popen([BELFRY, "cap", "check", "--json", many], stdout=subprocess.DEVNULL,
                          stderr=ours) as p:
        os.close(ours)
        seen = b""
        try:
            while part := os.read(terminal, 4096):
                seen += part
        except OSError:
            pass  # the other end was closed
    os.close(terminal)
    check("with progress on a terminal, which is gone at the end", p.returncode == 0 and
          b" / 10000" in seen and seen.endswith(b"\r\033[K"), seen[-100:])
    names = [f["file"] for f in found]
    check("by name", names == sorted(names), names[:3])
    code, _, err = cap("check", at.path("empty"))
    os.makedirs(at.path("empty"))
    code, _, err = cap("check", at.path("empty"))
    check("a folder without any is said", code == 2 and "no *.xml" in err, err)
    if os.getuid() != 0:
        at.put("closed/a.xml", GOOD)
        os.chmod(at.path("closed"), 0)
        code, _, err = cap("check", at.path("closed"))
        os.chmod(at.path("closed"), 0o700)
        check("a closed folder is said", code == 2 and "closed" in err, err)


def envelopes(at):
    feed = at.put("feed.xml", FEED)
    code, found = judged(feed)
    check("a feed is a feed", code == 0 and [f["verdict"] for f in found] == ["feed"], found)
    code, found = judged("--inside", feed)
    check("with --inside what is in it is checked", code == 1 and [f["verdict"] for f in found] ==
          ["feed", "invalid"], (code, found))
    check("and the place is the feed's", found[-1].get("inside") == "/feed/entry[1]/content/alert" and
          any(x["xpath"] == "/feed/entry[1]/content/alert" and x["rule"] == 4
              for x in found[-1]["findings"]), found[-1])
    code, found = judged(at.put("noid.xml", FEED.replace("<id>urn:f</id>", "")))
    check("a feed without id is a feed with a warning", code == 0 and found[0]["verdict"] == "feed" and
          any(x["level"] == "warning" for x in found[0]["findings"]), found)
    _, out, _ = cap("show", feed)
    check("show tells what a feed carries", "Go up the hill." in out and "2.xml" in out, out)


def hostile(at):
    bomb = '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {chr(98 + i)} "{("&" + chr(97 + i) + ";") * 10}">' for i in range(12)) + "]>"
    xxe = '<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    cases = [("an entity bomb", bomb + GOOD.split("?>")[1].replace("Flood<", "&m;<"), {52}),
             ("an external entity", xxe + GOOD.split("?>")[1].replace("Flood<", "&a;<"), {52}),
             ("5 MiB", GOOD.replace("rises.", "rises. " * (5 * 1048576 // 7)), {1}),
             ("a NUL", GOOD.replace("river", "ri\0ver"), {1}),
             ("invalid UTF-8", GOOD.encode().replace(b"river", b"ri\xffver"), {1}),
             ("an HTML entity", GOOD.replace("river", "ri&nbsp;ver"), {1}),
             ("a deep nest", GOOD.replace("river", "<a>" * 1000 + "</a>" * 1000), {1}),
             ("300,000 elements", GOOD.replace("</alert>", "<code/>" * 300000 + "</alert>"), {1}),
             ("100,000 attributes", GOOD.replace("<sent>", "<sent " + " ".join(
                 f'a{i}=""' for i in range(100000)) + ">"), {1}),
             ("two attributes of one name", GOOD.replace("<sent>", '<sent a="1" a="2">'), {1}),
             ("an unbound prefix", GOOD.replace("<sent>", "<x:sent>"), {1})]
    for what, content, rules in cases:
        path = at.put("hostile.xml", content)
        begin = time.monotonic()
        code, found = judged(path)
        took = time.monotonic() - begin
        errors = {x["rule"] for x in found[0]["findings"] if x["level"] == "error"}
        check(f"{what} is invalid by rule {rules}, soon", code == 1 and len(found) == 1 and
              found[0]["verdict"] == "invalid" and errors == rules and took < LIMIT_S,
              (code, took, str(found)[:300]))
        for verb in ("show", "fmt", "chain"):
            code, out, err = cap(verb, path, binary=True)
            check(f"{what}: {verb} refuses it", code in (1, 2) and b"root:" not in out, (code, err))
    for encoding in ("utf-16", "iso-8859-1", "utf-8-sig"):
        code, found = judged(at.put("enc.xml", GOOD.replace("river", "rivér").replace(
            "UTF-8", encoding.replace("-sig", "")).encode(encoding)))
        check(f"{encoding} is read", code == 0, found)
    code, found = judged("--max-bytes", "200", at.put("good.xml", GOOD))
    check("--max-bytes is obeyed", code == 1 and found[0]["findings"][0]["rule"] == 1, found)


def cut_everywhere(at):
    """All cuts in one run: each is one file, one verdict, and never a crash."""
    content = GOOD.encode()
    for i in range(len(content)):
        at.put(f"cut/{i:05}.xml", content[:i])
    code, found = judged(at.path("cut"))
    last = len(GOOD.rstrip())
    wrong = [f["file"] for i, f in enumerate(found)
             if (f["verdict"] == "invalid") != (i < last) or f["verdict"] not in VERDICTS]
    check(f"cut at each of {len(content)} bytes: invalid, in one run", code == 1 and not wrong and
          len(found) == len(content), (code, len(found), wrong[:5]))


def show(at):
    text = GOOD.replace("The river rises.", "a\x7fb\u0085c\u202ed").replace("Valley<", "עמק<")
    code, out, _ = cap("show", at.put("show.xml", text))
    check("show tells what, where and what to do", code == 0 and "Flood" in out and
          "Go up the hill." in out and "unsigned" in out and "(over)" in out or "Until" in out, out)
    check("no control character passes", not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]",
                                                       out), repr(out))
    check("right-to-left text is isolated", "\u2068עמק\u2069" in out, out)
    both = at.put("two.xml", message(body=INFO + INFO.replace(">en<", ">hy<").replace(
        "Flood in the valley", "Ջրհեղեղ")))
    out = cap("show", "--lang", "hy", both)[1]
    check("show takes the reader's language", "Ջրհեղեղ" in out and "Flood in the valley" not in out,
          out)
    out = cap("show", both, lang="hy_AM.UTF-8")[1]
    check("also from the environment", "Ջրհեղեղ" in out and "Flood in the valley" not in out, out)
    out = cap("show", "--all", both)[1]
    check("--all shows all", "Ջրհեղեղ" in out and "Flood in the valley" in out, out)
    code, out, _ = cap("show", "--json", both)
    shown = json.loads(out)
    check("show --json gives the message", code == 0 and shown["signature"] == "unsigned" and
          len(shown["alert"]["info"]) == 2 and shown["alert"]["info"][0]["area"][0]["polygon"], out)


def write_anew(at):
    signature = '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo/></Signature>'
    path = at.put("a.xml", GOOD.replace("<info>", "<!-- c --><?x y?><info>"))
    code, out, err = cap("fmt", path)
    check("fmt writes the message and says what is lost", code == 0 and out.startswith("<?xml") and
          "comments, 1" in err and "<!--" not in out, (code, out, err))
    again = at.put("b.xml", out)
    check("what it wrote is the same, element by element", cap("diff", path, again)[0] == 0)
    check("what it wrote it writes the same", cap("fmt", again)[1] == out)
    code, out, _ = cap("fmt", "--out", at.path("c.xml"), path)
    check("--out takes it", code == 0 and not out and os.path.getsize(at.path("c.xml")) > 100)
    signed = at.put("signed.xml", message(more=signature))
    code, out, err = cap("fmt", signed)
    check("a signed one is refused", code == 3 and not out and "--drop-signature" in err, (code, err))
    code, out, err = cap("fmt", "--drop-signature", signed)
    check("--drop-signature drops it", code == 0 and "Signature" not in out and "signatures, 1" in err,
          (code, err))
    check("what is not CAP is refused", cap("fmt", at.put("foo.xml", "<foo/>"))[0] == 2)
    check("what breaks the schema is refused", cap("fmt", at.put("bad.xml", BAD))[0] == 1)


def compare(at):
    a, b = at.put("a.xml", GOOD), at.put("b.xml", GOOD.replace("Severe", "Minor"))
    code, out, _ = cap("diff", a, b)
    check("diff names the element", code == 1 and "/alert/info/severity" in out and "- Severe" in out
          and "+ Minor" in out, out)
    code, out, _ = cap("diff", "--json", a, b)
    said = json.loads(out)
    check("and so does --json", code == 1 and not said["same"] and [(d["kind"], d["a"], d["b"])
          for d in said["differences"]] == [("changed", "Severe", "Minor")], out)
    check("the same is the same", cap("diff", a, a)[0] == 0)
    check("what cannot be read is trouble", cap("diff", a, at.path("none.xml"))[0] == 2)


def chain(at):
    first = "test@example.org,a1,2026-11-22T10:00:00+04:00"
    second = "test@example.org,a2,2026-11-22T07:00:00+01:00"
    files = [at.put("1.xml", GOOD),
             at.put("2.xml", message("a2", kind="Update", references=first, sent="10:00:00")
                    .replace("2026-11-22T10:00:00+04:00</sent>", "2026-11-22T10:00:00+04:00</sent>")),
             at.put("3.xml", message("a1", sent="11:00:00")),
             at.put("4.xml", message("a4", kind="Cancel", references=second, sent="12:00:00", body=""))]
    at.put("2.xml", message("a2", kind="Update", references=first, sent="10:00:01"))
    at.put("4.xml", message("a4", kind="Cancel", sent="12:00:00", body="",
                            references="test@example.org,a2,2026-11-22T07:00:01+01:00"))
    code, out, err = cap("chain", "--json", files[0], files[0], *files[1:])
    rows = [json.loads(line) for line in out.splitlines()]
    check("chain gives a row a message", [set(r) for r in rows] ==
          [{"file", "outcome", "live", "why"}] * 5, (out, err))
    check("with its outcome", [r["outcome"] for r in rows] ==
          ["accepted", "duplicate", "accepted", "refused", "accepted"], out)
    check("and what is live after it", [r["live"] for r in rows] ==
          [["a1"], ["a1"], ["a2"], ["a2"], []], out)
    check("one refused ends it with 1", code == 1, code)
    check("all accepted ends it with 0", cap("chain", *files[:2])[0] == 0)
    check("what is not CAP ends it with 2", cap("chain", files[0], at.put("foo.xml", "<foo/>"))[0] == 2)
    code, out, _ = cap("chain", "--json", "--at", "2026-11-23T00:00:00Z", files[0])
    check("--at counts what expired", code == 0 and json.loads(out)["live"] == [], out)


def languages(at):
    path = at.put("bad.xml", BAD)
    english = cap("check", path)[1]
    seen = {english}
    for lang in ("hy", "az", "ru"):
        code, out, _ = cap("check", "--lang", lang, path)
        check(f"check speaks {lang}", code == 1 and out not in seen, out)
        seen.add(out)
        check(f"--json in {lang} keeps its words", json.loads(
            cap("check", "--json", "--lang", lang, path)[1])["findings"][0]["level"] in
            ("error", "warning", "note"))
    check("the environment says so, too", cap("check", path, lang="ru_RU.UTF-8")[1] ==
          cap("check", "--lang", "ru", path)[1])
    check("--lang en is English in any environment", cap("check", "--lang", "en", path,
                                                         lang="ru_RU.UTF-8")[1] == english)


def corpus(at):
    """Real messages, ../shared/data/cap (not part of the project)."""
    folder = os.path.join(ROOT, "..", "shared", "data", "cap")
    if not os.path.isdir(folder):
        return
    _, found = judged(folder)
    check(f"{len(found)} real files have a verdict each", len(found) > 80 and
          all(f["verdict"] in VERDICTS for f in found), found[:2])
    good = [f["file"] for f in found if f["verdict"] in ("valid", "warn", "bad-signature")]
    lost = []
    for path in good:
        code, out, _ = cap("fmt", "--drop-signature", path, binary=True)
        again = at.put("again.xml", out)
        said = json.loads(cap("diff", "--json", path, again)[1]) if code == 0 else {}
        kinds = [d for d in said.get("differences", [{"xpath": "fmt failed"}])
                 if "/Signature" not in d["xpath"]]
        if kinds:
            lost.append((path, kinds[:2]))
    check(f"{len(good)} real messages survive fmt, element for element", not lost, lost)


def main():
    for test in (exit_codes, words, as_json, standard_input, folders, envelopes, hostile,
                 cut_everywhere, show, write_anew, compare, chain, languages, corpus):
        at = Folder()
        test(at)
        at.work.cleanup()
    end()


main()
