"""Runs the scenarios whose names contain one of the given words, or all: run.py [word…]"""
import importlib
import logging
import os
import pathlib
import signal
import sys

from harness.runner import run
from harness.server import kill_all

# What kazoo logs about lost connections is what the scenarios provoke.
logging.disable(logging.CRITICAL)
for file in sorted(pathlib.Path(__file__).with_name("scenarios").glob("*.py")):
    importlib.import_module("scenarios." + file.stem)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
code = 130
try:
    code = run(sys.argv[1:])
except SystemExit as end:
    code = end.code
finally:
    kill_all()
    sys.stdout.flush()
    # Threads of a scenario that hung do not keep the process.
    os._exit(code)
