"""Twenty thousand made-up entries, as `gateway seed` makes them, for looking at how the databases find some of them.

They are made once for each kind of database; every module gets a copy of its own.
"""

import atexit
import datetime as dt
import shutil
import tempfile
from functools import cache
from pathlib import Path

from gateway.domain.access import Role, Viewer
from gateway.seeding.filling import seed
from tests.support.harness.stores import SQLITE, stores

ENTRIES = 20_000  # 14,000 of them of the larger organization
TODAY = dt.date(2025, 7, 31)


def seeded_store(directory: Path) -> tuple[str, Viewer]:
    """Return the address of a store of the kind that the test is run on, and the admin of the larger organization."""
    made, viewer = _made(stores.kind)
    if stores.kind != SQLITE:
        return stores.copy_url(made), viewer
    shutil.copy(made, directory / "gateway.db")
    return f"sqlite+aiosqlite:///{directory}/gateway.db", viewer


@cache
def _made(kind: str) -> tuple[str, Viewer]:
    if kind == SQLITE:
        folder = tempfile.TemporaryDirectory(prefix="gateway-seeded-")
        atexit.register(folder.cleanup)
        made = f"{folder.name}/gateway.db"
        url = f"sqlite+aiosqlite:///{made}"
    else:
        assert stores.server is not None
        made = url = stores.server.empty_database()  # dropped with the server's others
    viewer = Viewer(
        organization_id=1,
        person_id=seed(url, ENTRIES, today=TODAY).casts[0].admin_id,
        role=Role.ADMIN,
        can_see_costs=True,
        time_zone="Europe/Zagreb",
        timesheet_submission=True,
    )
    return made, viewer
