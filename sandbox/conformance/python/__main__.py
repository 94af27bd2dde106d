"""Drives Google's Python client, unmodified, against a sandbox that it takes for Google: `python3 FOLDER-OF-THIS-FILE`.

Reads a JSON object from standard input: `control` (the sandbox's address), `folder` (a place for local files), `tokens`
(per account, with client id and secret) and `key` (of a service account). Writes a JSON object with the result of each
step: `{"ok": value}`, or `{"error": traceback}`. All steps run in one process, because starting Python is the slow part.
"""

import json
import signal
import sys
import traceback

# Each import adds its steps, which run in this order.
import uploads
import reading
import resources
import discovery
import oauth
from client import STEPS, set_faults

STEP_SECONDS = 30


def hangs(number, frame):
    raise TimeoutError("The step hangs.")


def main():
    signal.signal(signal.SIGALRM, hangs)
    results = {}
    for each in STEPS:
        # A step that hangs fails with the place where it hangs, and the others follow.
        signal.alarm(STEP_SECONDS)
        try:
            results[each.__name__] = {"ok": each()}
        except Exception:
            results[each.__name__] = {"error": traceback.format_exc()}
            set_faults()
        signal.alarm(0)
    json.dump(results, sys.stdout)


main()
