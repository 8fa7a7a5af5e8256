"""Lost updates: a caller may name the revision that it read."""

from gateway.domain.errors import StaleRevision
from gateway.domain.facts import Standing


def check_revision(entry: Standing, if_revision: int | None) -> None:
    """Let a write go on unless the entry was written since the caller read it; None asks for no check.

    Raises:
        StaleRevision: the entry is at another revision. It beats a no-op.
    """
    if if_revision is not None and if_revision != entry.revision:
        raise StaleRevision(
            f"Time entry {entry.id} is at revision {entry.revision}, not {if_revision}; "
            "read it again and decide on what it is now.",
            path=("ifRevision",),
        )
