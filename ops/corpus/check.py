"""Runs the product over a corpus and says where an outcome is not the right one.

    check.py BINARY FOLDER EXPECTATIONS [PART]      PART: only files with it in their name

EXPECTATIONS are lines as mean.py prints them. Every file must end within 60 s and 1 GiB, in its text or its failure, and never
in a crash of the reader. Exit status 1 when one does not.
"""
import concurrent.futures
import difflib
import json
import os
import subprocess
import sys
import tempfile
import time

binary, folder, expectations = sys.argv[1:4]
part = sys.argv[4] if len(sys.argv) > 4 else ""
SECONDS, MEMORY = 60, 1 << 20


def squashed(text):
    return " ".join(text.split())


def extract(expected):
    started = time.monotonic()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        file = os.path.join(folder, expected["file"])
        child = subprocess.Popen([binary, "extract", "-o", "json", *expected.get("arguments", []), file], stdout=out, stderr=errors)
        _, child.returncode, used = os.wait4(child.pid, 0)
        out.seek(0)
        printed = out.read()
    return printed, time.monotonic() - started, used.ru_maxrss


def faults(expected, found, seconds, memory):
    reason = (found["error"] or {}).get("reason")
    if seconds > SECONDS:
        yield f"took {seconds:.0f} s"
    if memory > MEMORY:
        yield f"used {memory >> 10} MiB"
    if reason in ("crashed", "unavailable", "unreadable") and reason != expected["reason"]:
        yield f"{reason}: {found['error']['detail']}"
    # What cannot be told from outside must only end.
    if expected.get("cut") or (expected["type"] is None and expected["reason"] is None):
        return
    text = found["text"] or ""
    if expected["reason"] != reason:
        yield f"reason {reason} and not {expected['reason']}: {(found['error'] or {}).get('detail', '')[:150]} {text[:80]!r}"
    if expected["type"] and found["type"] != expected["type"]:
        yield f"type {found['type']} and not {expected['type']}"
    for piece in expected["has"]:
        if piece not in text and ("\t" in piece or squashed(piece) not in squashed(text)):
            yield f"lacks {piece[:60]!r} in {text[:300]!r}"
    for piece in expected["lacks"]:
        if piece in text:
            yield f"has {piece!r} in {text[:200]!r}"
    for piece in expected.get("once", []):
        if text.count(piece) != 1:
            yield f"has {piece!r} {text.count(piece)} times"
    if "order" in expected:
        places = [text.find(piece) for piece in expected["order"]]
        if places != sorted(places) or -1 in places:
            yield f"order {places}"
    # PDFs break lines and take ligatures apart: nearly all of the words must be there.
    if "words" in expected:
        wanted, have = "".join(expected["words"].split()), "".join(text.split())
        matched = sum(block.size for block in difflib.SequenceMatcher(None, wanted, have, autojunk=False).get_matching_blocks())
        if matched < 0.9 * len(wanted):
            yield f"only {matched} of {len(wanted)} characters: {text[:150]!r}"
    for key in ("encoding", "language", "title", "author", "pages", "rule"):
        if key in expected and found[key] != expected[key]:
            yield f"{key} {found[key]} and not {expected[key]}"
    if "languages" in expected and sorted(x["language"] for x in found["languages"]) != sorted(expected["languages"]):
        yield f"languages {found['languages']}"
    kinds = {position["kind"] for position in found["positions"]}
    for kind in expected.get("kinds", []):
        if kind not in kinds:
            yield f"no position of a {kind}"
    for kind, key in (("section", "sections"), ("sheet", "sheets")):
        if key in expected:
            labels = [position["label"] for position in found["positions"] if position["kind"] == kind]
            if labels[: len(expected[key])] != expected[key]:
                yield f"{key} {labels}"
    ends = [position["end"] for position in found["positions"]]
    if any(end > (found["characters"] or 0) for end in ends):
        yield "a position ends beyond the text"


def one(expected):
    printed, seconds, memory = extract(expected)
    try:
        found = json.loads(printed)
    except ValueError:
        return expected, [f"no JSON: {printed[:200]}"], seconds, memory
    return expected, list(faults(expected, found, seconds, memory)), seconds, memory


lines = [json.loads(line) for line in open(expectations)]
lines = [line for line in lines if part in line["file"]]
wrong, costs = 0, []
with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
    for expected, bad, seconds, memory in pool.map(one, lines):
        costs.append((round(seconds, 1), memory >> 10, expected["file"]))
        if bad:
            wrong += 1
            print(expected["file"], *bad, sep=" | ", flush=True)
slowest, largest = max(costs), max(costs, key=lambda cost: cost[1])
print(json.dumps({"case": "corpus", "files": len(lines), "wrong": wrong, "slowest": slowest, "largest": largest}))
sys.exit(wrong > 0)
