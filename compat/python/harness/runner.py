"""Scenarios by name, and the run over them: a line for each, then the counts."""
import faulthandler
import os
import shutil
import sys
import tempfile
import threading
import time
import traceback

from harness.context import Context, SharedServers
from harness.expect import Unmet

# A scenario that takes longer hangs.
LIMIT = 75
scenarios = {}
skips = {}


def scenario(name):
    """Registers a function of a Context under the name."""

    def register(run):
        scenarios[name] = run
        return run

    return register


def skip(name, why):
    """Says why a scenario that other languages have is not here."""
    skips[name] = why


def attempt(run, context):
    """Runs one scenario and its clean-up; returns why it failed, or None."""
    outcome = []

    def body():
        try:
            run(context)
            outcome.append(None)
        except Unmet as unmet:
            outcome.append(str(unmet))
        except BaseException as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            place = [f for f in traceback.extract_tb(error.__traceback__) if "scenarios" in f.filename] or [where]
            outcome.append("%r at %s:%s" % (error, os.path.basename(place[-1].filename), place[-1].lineno))

    thread = threading.Thread(target=body, daemon=True)
    thread.start()
    thread.join(LIMIT)
    if not outcome:
        faulthandler.dump_traceback(file=sys.stderr)
        outcome.append("no end within %s s" % LIMIT)
    context.close()
    return outcome[0]


def run(words):
    """Runs what the words select; returns the exit code."""
    folder = tempfile.mkdtemp(prefix="zabra-python-")
    tempfile.tempdir = folder
    passed = failed = 0
    shared = SharedServers()
    for name in sorted({**scenarios, **skips}):
        if words and not any(word in name for word in words):
            continue
        if name in skips:
            print("skip %s: %s" % (name, skips[name]))
            continue
        start = time.monotonic()
        why = attempt(scenarios[name], Context(name, shared))
        ms = round((time.monotonic() - start) * 1000)
        print("ok %s %d" % (name, ms) if why is None else "FAIL %s %d: %s" % (name, ms, " ".join(why.split())))
        passed, failed = (passed + 1, failed) if why is None else (passed, failed + 1)
    shared.close()
    if failed:
        print("folders are kept in %s" % folder, file=sys.stderr)
    else:
        shutil.rmtree(folder, ignore_errors=True)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0
