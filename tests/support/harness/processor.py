"""What a process had of the processor, and how long it had to wait for it while others had it.

What is to take so long at most is held to this and not to the clock: a machine that is busy with other things makes
everything take longer, and that is nobody's fault.
"""

import os
import threading
from pathlib import Path

TICK = 1 / os.sysconf("SC_CLK_TCK")  # seconds in which the system counts


def used(pid: int) -> float:
    """Return the seconds of the processor that a process has used, all its threads together."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * TICK


class Delay:
    """How long threads could have run and did not, as others had the processor: those of a process, and this thread."""

    def __init__(self, pid: int) -> None:
        """Count from now on."""
        self._pid = pid
        self._before = self._counts()

    def seconds(self) -> float:
        """Return the seconds since the beginning, all threads together."""
        counts = self._counts()
        return sum(now - self._before.get(thread, 0) for thread, now in counts.items()) / 1e9

    def _counts(self) -> dict[int, int]:
        """Return the nanoseconds of each thread; nothing where the system does not count them."""
        tasks = Path(f"/proc/{self._pid}/task")
        own = Path(f"/proc/self/task/{threading.get_native_id()}")
        return {int(task.name): count for task in (*tasks.iterdir(), own) if (count := _delay_of(task)) is not None}


def _delay_of(task: Path) -> int | None:
    try:
        return int((task / "schedstat").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):  # it has ended, or nothing is counted
        return None
