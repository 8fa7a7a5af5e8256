"""Random histories of a live account and its mirror: `scripts/soak/mirror.py [--histories 500] [--first 0] [--short]`.

On both databases: people write in the account and through the gateway, requests fail in every way, processes end, days
pass. After each history and one quiet round the mirror has to equal the account in everything, no budget of requests
was passed, and no write was doubled. A history that fails is told by its number; `--first N --histories 1` repeats it.
"""

import argparse
import asyncio
import logging
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.support.harness.postgres import NoServer, Server
from tests.support.harness.stores import POSTGRESQL, SQLITE, stores
from tests.support.upstream.histories import Outcome, history

SHORT = 10  # histories on each database


def main() -> None:
    """End with 1 where a history went wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--histories", type=int, default=500, help="on each database")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--short", action="store_true")
    asked = parser.parse_args()
    logging.disable(logging.WARNING)  # what fails is on purpose
    numbers = range(asked.first, asked.first + (SHORT if asked.short else asked.histories))
    failed = run(SQLITE, numbers)
    try:
        stores.server = Server.find()
    except NoServer as error:
        print(f"PostgreSQL was not tried: {error}")
    else:
        failed |= run(POSTGRESQL, numbers)
        stores.server.close()
    sys.exit(failed)


def run(kind: str, numbers: range) -> bool:
    """Run histories on one database; tell whether one went wrong."""
    stores.kind = kind
    began, happened, requests, wrong = time.monotonic(), Counter[str](), 0, 0
    for number in numbers:
        outcome = asyncio.run(_history(number))
        happened += outcome.happened
        requests += outcome.requests
        if outcome.faults:
            wrong += 1
            print(f"{kind}, history {number}:", *outcome.faults[:20], sep="\n  ", flush=True)
    print(
        f"{kind}: {len(numbers)} histories with {requests:,} requests in {time.monotonic() - began:,.0f} s, {wrong} of "
        f"them went wrong. {', '.join(f'{name} {count}' for name, count in sorted(happened.items()))}",
        flush=True,
    )
    return bool(wrong)


async def _history(number: int) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        outcome = await history(Path(folder), number)
    stores.give_back()
    return outcome


if __name__ == "__main__":
    main()
