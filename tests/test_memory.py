"""What a process does with memory that it does not need any more."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.processes import ROOT

# The module by itself: the rest of the service takes seconds to come.
# Each thread has a file of 19 MB for a while, as threads have that read lists.
_FILES_COME_AND_GO = """
from pathlib import Path
from threading import Thread
from runpy import run_path

give_back_early = run_path("numberpools/memory.py")["give_back_early"]

def resident():
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) // 1000

def read():
    for _ in range(3):
        content = b"1" * 19_000_000
        del content

give_back_early()
before = resident()
for _ in range(4):
    thread = Thread(target=read)
    thread.start()
    thread.join()
print(resident() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do it their own way")
def test_what_files_took_is_given_back() -> None:
    command = [sys.executable, "-c", _FILES_COME_AND_GO]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert int(found.stdout) < 10
