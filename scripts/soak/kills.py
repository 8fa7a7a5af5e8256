"""Kills a server that writes, again and again: `scripts/soak/kills.py [--kills 40] [--seed 1] [--short]`.

No acknowledged write may be lost, and none may be doubled by a retry. `--short` kills it 5 times.
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.support.harness.kills import write_and_kill

SHORT = {"kills": 5}


def main() -> None:
    """End with 1 where a write was lost or doubled."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--short", action="store_true")
    asked = parser.parse_args()
    if asked.short:
        vars(asked).update(SHORT)
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        url = f"sqlite+aiosqlite:///{folder}/killed.db"
        writes = asyncio.run(write_and_kill(url, kills=asked.kills, seed=asked.seed))
    promised = sorted(writes.acknowledged.items())
    lost, extra = set(promised) - set(writes.stored), len(writes.stored) - len(promised)
    changed = {key for key, number in writes.again.items() if number != writes.acknowledged[key]}
    gaps = writes.logged != list(range(1, len(promised) + 1))
    print(f"{len(promised):,} entries, {asked.kills} kills: {len(lost)} lost, {extra} doubled, {len(changed)} changed")
    sys.exit(bool(lost or extra or changed or gaps))


if __name__ == "__main__":
    main()
