#!/usr/bin/env python3
"""What sum_tests.py counts, above all: nothing that died or is unreadable may pass for success."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "tools" / "sum_tests.py"
DOCTEST = "[doctest] test cases: {total} | {passed} passed | {failed} failed | 0 skipped"


def junit(*cases):
    rows = "".join(
        f'<testcase name="{name}" status="{"run" if ok else "fail"}">{"" if ok else "<failure/>"}<system-out>{text}</system-out></testcase>'
        for name, ok, text in cases)
    return f'<?xml version="1.0"?><testsuite>{rows}</testsuite>'


def cases(passed, failed=0):
    return DOCTEST.format(total=passed + failed, passed=passed, failed=failed)


def tap(passed, failed=0, cancelled=0, body=""):
    return f"TAP version 13\n{body}# tests {passed + failed + cancelled}\n# suites 0\n# pass {passed}\n# fail {failed}\n# cancelled {cancelled}\n# skipped 0\n# todo 0\n"


class SumTests(unittest.TestCase):
    def sum(self, **files):
        with tempfile.TemporaryDirectory() as directory:
            for name, text in files.items():
                pathlib.Path(directory, name.replace("__", ".").replace("_", "-")).write_text(text)
            done = subprocess.run([sys.executable, SCRIPT, directory], capture_output=True, text=True)
        return done.stdout.strip().splitlines()[-1], done.returncode, done.stdout

    def test_cases_and_not_programs_are_counted(self):
        last, code, _ = self.sum(unit_ci__xml=junit(("a", True, cases(7)), ("script", True, "ok")), unit_ci__exit="0", e2e__tap=tap(5), e2e__exit="0")
        self.assertEqual((last, code), ("13 passed, 0 failed", 0))

    def test_failed_cases_are_failures(self):
        last, code, _ = self.sum(unit_ci__xml=junit(("a", False, cases(7, 2))), unit_ci__exit="8", e2e__tap=tap(5, 1), e2e__exit="1")
        self.assertEqual((last, code), ("12 passed, 3 failed", 1))

    def test_a_program_that_died_is_a_failure(self):
        last, code, _ = self.sum(unit_ci__xml=junit(("a", False, "Segmentation fault"), ("b", True, cases(1))), unit_ci__exit="8")
        self.assertEqual((last, code), ("1 passed, 1 failed", 1))

    def test_a_program_that_dies_behind_its_last_case_is_a_failure(self):
        last, _, _ = self.sum(unit_ci__xml=junit(("a", False, cases(3) + " LeakSanitizer")), unit_ci__exit="8")
        self.assertEqual(last, "3 passed, 1 failed")

    def test_missing_cut_and_unreadable_results_are_failures(self):
        self.assertEqual(self.sum(unit_ci__exit="0")[:2], ("0 passed, 1 failed", 1))
        self.assertEqual(self.sum(unit_ci__xml="<testsuite>", unit_ci__exit="0")[:2], ("0 passed, 1 failed", 1))
        self.assertEqual(self.sum(e2e__tap="TAP version 13\nok 1 - a\n", e2e__exit="0")[:2], ("0 passed, 1 failed", 1))
        self.assertEqual(self.sum(e2e__tap=tap(2))[0], "0 passed, 1 failed")
        self.assertEqual(self.sum(broken="asan build\n", e2e__tap=tap(2), e2e__exit="0")[0], "2 passed, 1 failed")

    def test_an_exit_code_that_nothing_explains_is_a_failure(self):
        self.assertEqual(self.sum(e2e__tap=tap(2), e2e__exit="7")[0], "2 passed, 1 failed")
        self.assertEqual(self.sum(unit_ci__xml=junit(("a", True, cases(2))), unit_ci__exit="8")[0], "2 passed, 1 failed")

    def test_nothing_at_all_is_no_success(self):
        self.assertEqual(self.sum()[:2], ("0 passed, 0 failed", 1))

    def test_figures_and_words_are_shown(self):
        body = "# A1: bad requests reaching the upstream: 0 of 282\nnot ok 1 - it breaks\n  ---\n  error: 'why'\n  ...\n"
        text = self.sum(e2e__tap=tap(0, 1, body=body), e2e__exit="1")[2]
        self.assertIn("A1: bad requests reaching the upstream: 0 of 282", text)
        self.assertIn("it breaks", text)
        self.assertIn("why", text)


if __name__ == "__main__":
    unittest.main()
