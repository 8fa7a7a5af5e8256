"""What a process keeps of the memory that was freed."""

import ctypes
import platform
import subprocess
import sys

import pytest

# Frees a block of 20 MB, by which glibc learns to keep such blocks, and prints how much of the next 40 MB is mapped.
MAPPED = """
import ctypes

class Blocks(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in "a b c d mapped f g h i j".split()]

mallinfo = ctypes.CDLL(None).mallinfo2
mallinfo.restype = Blocks
{first}
del (block := [bytearray(20_000_000)])[:]
before = mallinfo().mapped
texts = [bytes(200_000) for _ in range(200)]
print((mallinfo().mapped - before) // 40_000_000)
"""
SETTLED = "from gateway.serving.memory import give_long_blocks_back; give_long_blocks_back()"

pytestmark = pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc" or not hasattr(ctypes.CDLL(None), "mallinfo2"), reason="it is about glibc"
)


@pytest.mark.parametrize(("first", "mapped"), [("", "0"), (SETTLED, "1")], ids=["by itself", "as it is served"])
def test_long_texts_are_mapped_by_themselves_after_a_longer_block_was_freed(first, mapped):
    run = subprocess.run([sys.executable, "-c", MAPPED.format(first=first)], capture_output=True, text=True, check=True)

    assert run.stdout.strip() == mapped
