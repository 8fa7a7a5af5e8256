"""Try the properties that hold for random requests with many examples: `scripts/soak/properties.py [--short]`.

They are others each time; with `--short` they are fewer and always the same, so that what fails has a cause in what was
changed.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.support.random.examples import VARIABLE  # noqa: E402 - the path comes first

LONG, SHORT = 40, 3  # times as many examples as in the suite


def main() -> None:
    """End with the status of pytest."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true")
    is_short = parser.parse_args().short
    times = SHORT if is_short else LONG
    files = [str(file) for file in sorted(ROOT.glob("tests/*/test_*.py")) if "@examples(" in file.read_text("utf-8")]
    command = [sys.executable, "-m", "pytest", "-q", "--override-ini=timeout=3600", "--numprocesses=auto", *files]
    command += ["--hypothesis-seed=0"] if is_short else []
    done = subprocess.run(command, cwd=ROOT, env=os.environ | {VARIABLE: str(times)}, check=False)  # noqa: S603 - ours
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
