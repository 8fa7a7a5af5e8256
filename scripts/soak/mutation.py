"""Changes the rules and asks the tests to notice: `scripts/soak/mutation.py [PATTERN ...] [--minutes N] [--short]`.

mutmut makes the mutants of domain/, querying/, store/pages/ and store/totals/ in a copy of the tree and runs, for each,
the tests that come through its function. What no test notices has to stand in docs/mutants.md, where its reason is
told. A pattern chooses mutants by name: 'gateway.domain.rounding.*'. `--short` takes those of rounding.
"""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.support.harness.postgres import VARIABLE, NoServer, Server  # noqa: E402 - the path comes first

MUTMUT = (sys.executable, "-m", "mutmut")
EXPLAINED = ROOT / "docs" / "mutants.md"
LEFT_OUT = shutil.ignore_patterns(".*", "*.db", "__pycache__", "build", "dist", "mutants", "vendor", "test-results")
SHORT = {"minutes": 10, "patterns": ["gateway.domain.rounding.*"]}
UNNOTICED = re.compile(r"^\s*(\S+__mutmut_\d+): (survived|no tests)$", re.MULTILINE)
HOUR = 60  # minutes


@contextmanager
def environment() -> Iterator[dict[str, str]]:
    """Yield the variables of the tests: one PostgreSQL serves them all, where there is one."""
    try:
        server = Server.find()
    except NoServer:
        yield dict(os.environ)
        return
    try:
        yield {**os.environ, VARIABLE: server.address.render_as_string(hide_password=False)}
    finally:
        server.close()


def mutate(tree: Path, patterns: list[str], minutes: int, variables: dict[str, str]) -> None:
    """Try the mutants until they or the minutes are at their end."""
    command = [*MUTMUT, "run", *patterns]
    process = subprocess.Popen(command, cwd=tree, env=variables, stdout=subprocess.PIPE, text=True)  # noqa: S603 - ours
    try:
        told, _ = process.communicate(timeout=minutes * 60)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGINT)
        told, _ = process.communicate()
    counts = re.findall(r"\d+/\d+  .*", told)
    print(counts[-1] if counts else told[-2_000:])
    if not counts:
        raise SystemExit("No mutant was tried: the tests do not pass unchanged, or did not end within the minutes.")


def survivors(tree: Path, variables: dict[str, str]) -> Iterator[str]:
    """Yield each change that no test noticed: `function: what it was => what it became`."""

    def mutmut(*arguments: str) -> str:
        command = [*MUTMUT, *arguments]
        return subprocess.run(command, cwd=tree, env=variables, capture_output=True, text=True, check=True).stdout  # noqa: S603

    for name, _ in UNNOTICED.findall(mutmut("results")):
        changed = [line for line in mutmut("show", name).splitlines() if re.match(r"[-+](?![-+])", line)]
        before = " ".join(line[1:].strip() for line in changed if line[0] == "-")
        after = " ".join(line[1:].strip() for line in changed if line[0] == "+")
        yield f"{name.partition('__mutmut_')[0].replace('.x_', '.')}: `{before}` => `{after}`"


def main() -> None:
    """End with 1 where a change went unnoticed that docs/mutants.md does not explain."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("patterns", nargs="*")
    parser.add_argument("--minutes", type=int, default=12 * HOUR)
    parser.add_argument("--short", action="store_true")
    asked = parser.parse_args()
    if asked.short:
        vars(asked).update(SHORT)
    explained = EXPLAINED.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder, environment() as variables:
        tree = Path(folder) / "tree"
        shutil.copytree(ROOT, tree, ignore=LEFT_OUT)
        mutate(tree, asked.patterns, asked.minutes, variables)
        new = [change for change in survivors(tree, variables) if change not in explained]
    for change in new:
        print(f"- {change}")
    sys.exit(f"{len(new)} changes went unnoticed: test them, or explain them in docs/mutants.md." if new else 0)


if __name__ == "__main__":
    main()
