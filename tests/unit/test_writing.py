"""Long answers where memory is short."""

import subprocess
import sys

import pytest

# Writes notes of 60 MB where 40 MB more than what is taken may be had.
WRITING = """
import asyncio, resource
from pathlib import Path
from gateway.http.writing import written

notes = {"notes": ["\\u00e9" * 100_000] * 300}
taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (taken + 40_000_000, resource.RLIM_INFINITY))
try:
    asyncio.run(written(notes, roughly=60_000_000, most=64_000_000))
except MemoryError:
    print("too little")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits and shows a process's memory as Linux does")
def test_an_answer_that_memory_does_not_suffice_for_is_an_error_and_no_crash():
    run = subprocess.run([sys.executable, "-c", WRITING], capture_output=True, text=True, check=False)

    assert (run.returncode, run.stdout.strip()) == (0, "too little")
