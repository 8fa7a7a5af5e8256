"""Sends random operations and broken ones: `scripts/soak/fuzz.py [--valid 5000] [--broken 5000] [--seed 1] [--short]`.

No request may cause a fault of the gateway or answer more records than it costs, and none may take longer
than a second of processor time. `--short` sends 400 of each.
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.support.random.fuzzing import fuzz, fuzzing

SHOWN = 20
SHORT = {"valid": 400, "broken": 400}


async def run(asked: argparse.Namespace) -> int:
    """Send all; print what was found, and return how many faults there were."""
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        async with fuzzing(Path(folder), entries=asked.entries) as fuzzed:
            findings = await fuzz(fuzzed, asked.seed, valid=asked.valid, broken=asked.broken)
    for code, count in findings.codes.most_common():
        print(f"{count:>8,} {code}")
    print(f"slowest: {findings.slowest * 1000:.0f} ms of processor time; faults: {len(findings.faults)}")
    for fault in findings.faults[:SHOWN]:
        print(fault[:2_000])
    return len(findings.faults) + (findings.slowest > 1)


def main() -> None:
    """End with 1 where something was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, count in (("valid", 5_000), ("broken", 5_000), ("seed", 1), ("entries", 400)):
        parser.add_argument(f"--{name}", type=int, default=count)
    parser.add_argument("--short", action="store_true")
    asked = parser.parse_args()
    if asked.short:
        vars(asked).update(SHORT)
    sys.exit(1 if asyncio.run(run(asked)) else 0)


if __name__ == "__main__":
    main()
