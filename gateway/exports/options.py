"""The settings of exports."""

from gateway.options import Options, whole


class ExportOptions(Options):
    """How many files are made at once, and how long one may take."""

    max_exports: int = whole(
        2, 1, 100, "Most exports that a worker makes at a time, each by a connection of its own; beyond them 429."
    )
    export_timeout_ms: int = whole(
        600_000,
        1,
        86_400_000,
        "Longest time for one export, in milliseconds; for so long a snapshot of the store is held.",
    )
