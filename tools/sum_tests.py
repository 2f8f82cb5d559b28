#!/usr/bin/env python3
"""sum_tests.py DIR - adds up what ./test left in DIR and ends with `N passed, N failed`.

Counts single cases: doctest cases of ctest's programs (from their last lines in the JUnit file) and
node:test tests (from the TAP files). What cannot be read is a failure, never a pass: a program that
died before its last line, a result file that is missing or cut, an exit code that nothing explains,
every line of DIR/broken. Prints the failures with their words, the figures that tests report as
`A1: ...`, and skips by name. Exit code 1 when anything failed or nothing ran.
"""

import pathlib
import re
import sys
import xml.etree.ElementTree as ElementTree

CASES = re.compile(r"\[doctest\] test cases:\s*(\d+)\s*\|\s*(\d+) passed\s*\|\s*(\d+) failed\s*\|\s*(\d+) skipped")
FIGURE = re.compile(r"^\s*(?:# )?([A-Z]\d{1,2}: .+)$", re.M)


class Sum:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.words = []  # of failures
        self.figures = {}  # text -> None: in order, once
        self.skips = []

    def add(self, passed, failed, skipped=0):
        self.passed += passed
        self.failed += failed
        self.skipped += skipped

    def fail(self, words):
        self.failed += 1
        self.words.append(words)

    def note_figures(self, text):
        for figure in FIGURE.findall(text):
            self.figures[figure.strip()] = None


def read_exit(path):
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None


def sum_ctest(total, exit_path):
    """One preset's ctest run: NAME.exit, NAME.xml, NAME.log."""
    name = exit_path.stem
    before = total.failed
    try:
        root = ElementTree.parse(exit_path.with_suffix(".xml")).getroot()
    except (OSError, ElementTree.ParseError) as error:
        total.fail(f"{name}: no readable result ({error})")
        return
    for case in root.iter("testcase"):
        label = f"{name}: {case.get('name')}"
        text = "".join(out.text or "" for out in case.iter("system-out"))
        total.note_figures(text)
        ok = case.get("status") == "run" and case.find("failure") is None
        found = CASES.findall(text)
        if not found:
            if ok:
                total.add(1, 0)
            else:
                total.fail(f"{label} died or is no doctest program:\n{text[-3000:]}")
            continue
        passed, failed, skipped = (sum(int(row[i]) for row in found) for i in (1, 2, 3))
        total.add(passed, failed, 0)
        if failed:
            total.words.append(f"{label}:\n{failing_part(text)}")
        elif not ok:
            total.fail(f"{label} passed its cases and then failed (sanitizer, crash at exit, time):\n{text[-3000:]}")
    if read_exit(exit_path) != 0 and total.failed == before:
        total.fail(f"{name}: ctest ended with {read_exit(exit_path)}")


def failing_part(text):
    """The reports of the failed cases, without those of the passed."""
    blocks = text.split("=" * 79)
    return "".join(block for block in blocks if "ERROR" in block)[-3000:] or text[-3000:]


def tap_failures(text):
    """Names and words of failing leaf tests of a TAP text."""
    for match in re.finditer(r"^( *)not ok \d+ - (.*)\n((?:\1  .*\n)*)", text, re.M):
        words = match.group(3)
        if "subtestsFailed" in words:
            continue
        yield match.group(2), words


def sum_node(total, exit_path):
    name = exit_path.stem
    before = total.failed
    try:
        text = exit_path.with_suffix(".tap").read_text(errors="replace")
    except OSError as error:
        total.fail(f"{name}: no result ({error})")
        return
    counts = {key: int(value) for key, value in re.findall(r"^# (tests|pass|fail|cancelled|skipped|todo) (\d+)$", text, re.M)}
    total.note_figures(text)
    if "pass" not in counts:
        total.fail(f"{name}: its result is cut short:\n{text[-2000:]}")
        return
    # A todo that fails is counted by node as neither; nothing here may hide behind one.
    total.add(counts["pass"], counts["fail"] + counts["cancelled"], counts["skipped"])
    for skip in re.findall(r"^ *ok \d+ - (.*) # SKIP ?(.*)$", text, re.M):
        total.skips.append(f"{name}: {skip[0]}: {skip[1]}")
    if counts["todo"]:
        total.fail(f"{name}: {counts['todo']} tests are marked todo")
    for test, words in tap_failures(text):
        total.words.append(f"{name}: {test}\n{words[:3000]}")
    if read_exit(exit_path) != 0 and total.failed == before:
        total.fail(f"{name}: node ended with {read_exit(exit_path)}")


def main(directory):
    total = Sum()
    directory = pathlib.Path(directory)
    for exit_path in sorted(directory.glob("*.exit")):
        if exit_path.stem.startswith("unit-"):
            sum_ctest(total, exit_path)
        else:
            sum_node(total, exit_path)
    # A step that wrote results but no exit code was killed.
    for path in sorted([*directory.glob("*.xml"), *directory.glob("*.tap")]):
        if not path.with_suffix(".exit").exists():
            total.fail(f"{path.stem}: was killed before its end")
    broken = directory / "broken"
    for line in broken.read_text().splitlines() if broken.exists() else []:
        total.fail(f"{line}: failed")
    for words in total.words:
        print(f"\nFAILED {words.rstrip()}")
    if total.figures:
        print("\nFigures:")
        for figure in total.figures:
            print(f"  {figure}")
    for skip in total.skips:
        print(f"skipped: {skip}")
    if total.passed + total.failed == 0:
        print("nothing ran")
    print(f"\n{total.passed} passed, {total.failed} failed")
    return 1 if total.failed or not total.passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
