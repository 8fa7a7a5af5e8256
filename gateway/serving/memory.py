"""Memory that long answers took, given back to the system once they are gone."""

import ctypes
import sys

# mallopt(3): blocks from so many bytes on are mapped by themselves, and unmapped when they are freed.
M_MMAP_THRESHOLD = -3
LONG_BLOCK = 131_072  # bytes: what glibc begins with


def give_long_blocks_back() -> None:
    """Have glibc map each long block by itself, whatever was freed before.

    By itself glibc raises its threshold to the longest block that it has seen freed, up to 32 MB. From then on texts
    and pieces of answers lie among what stays, and a process keeps a gigabyte after a few long answers.
    """
    if sys.platform == "linux" and (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)) is not None:
        mallopt(M_MMAP_THRESHOLD, LONG_BLOCK)
