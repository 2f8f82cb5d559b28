#!/usr/bin/env python3
"""replay_test.py TEST_SIM - a fault that the simulation finds comes back when its seed is replayed.

RELIABILITY G14. Each of 20 runs starts at a seed of its own in worlds with a fault on purpose
(sabotage.h) and goes on until one is found; the command that it printed is then given to a new
process. The first fault must be the same, in its words, its simulated time and its turn: whatever
a world took from the seeds before it, from addresses or from the real clock would show here.
"""

import re
import resource
import subprocess
import sys
import unittest

RUNS = 20
KINDS_MIN = 6  # of faults that the runs must have met between them
PROGRAM = None


def run(*words):
    """The exit code, the first fault's line and what was printed."""
    done = subprocess.run([PROGRAM, *words], capture_output=True, text=True, timeout=250, errors="replace")
    said = done.stdout + done.stderr
    fault = re.search(r"^sim: seed \d+: .*$", said, re.M)
    return done.returncode, fault and fault[0], said


def kind_of(fault):
    """A fault without its numbers and what was quoted."""
    return re.sub(r"^.*?: |\bsim-\d+-|\d+", "", fault.split(" (")[0]).strip()


class Replay(unittest.TestCase):
    def test_a_seed_that_was_printed_brings_its_fault_back(self):
        same, kinds = 0, set()
        for i in range(RUNS):
            first = 1 + 1000 * i
            code, fault, said = run("--sabotage", "--first", str(first))
            self.assertNotEqual(code, 0, f"from seed {first} on: the fault was not found\n{said}")
            self.assertIsNotNone(fault, said)
            replay = re.search(r"^ +replay: test_sim (.*)$", said, re.M)
            self.assertIsNotNone(replay, said)
            _, again, _ = run(*replay[1].split())
            if again == fault:
                same += 1
            else:
                print(f"not the same fault: {replay[1]}\n  {fault}\n  {again}")
            kinds.add(kind_of(fault))
            code, own, said = run("--seed", re.search(r"--seed (\d+)", replay[1])[1])
            self.assertEqual((code, own), (0, None), f"the seed has a fault without any on purpose:\n{said}")
        print(f"\nG14: first faults reproduced: {same} of {RUNS}")
        self.assertEqual(same, RUNS)
        self.assertGreaterEqual(len(kinds), KINDS_MIN, sorted(kinds))

    def test_an_option_that_does_not_exist_is_told(self):
        code, fault, _ = run("--sed", "1")
        self.assertEqual((code, fault), (2, None))


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # crashes are what is tested
    unittest.main()
