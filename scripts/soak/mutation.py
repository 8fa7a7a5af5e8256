"""Change the rules and ask the tests to notice: `scripts/soak/mutation.py [ROOM ...] [--short]`.

mutmut makes the mutants of domain/, querying/, store/totals/ and store/pages/ in a copy of the tree, and finds which
tests come through which function. The tests are collected once; each mutant is tried in a fork of that process, the
quickest tests first and those on PostgreSQL last, until one fails. What is not noticed so, and runs while modules are
imported, is tried in a process of its own. What no test notices has to stand in docs/mutants.md, which says why.

A room, a module or a function narrows the run: `gateway.domain.rounding`. `--tests PATH`, which may be repeated, asks
these tests alone: unit tests that were written for a module try hundreds of its mutants in minutes. `--seconds N` runs
only the quickest tests of each mutant. What either does not notice stays open for a run without. `--sample N` takes N
mutants of each room by chance, the same ones for the same `--seed`. `--results FILE` keeps the verdicts, and a run with
the same file goes on where the last one stopped. `--short` takes the rules of rounding, and asks the unit tests.
"""

import argparse
import ast
import atexit
import gc
import json
import os
import random
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import defaultdict
from difflib import ndiff
from functools import cache
from itertools import accumulate
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXPLAINED = ROOT / "docs" / "mutants.md"
LEFT_OUT = shutil.ignore_patterns(".*", "*.db", "__pycache__", "build", "dist", "mutants", "node_modules", "vendor")
ROOMS = ("gateway.domain", "gateway.querying", "gateway.store.totals", "gateway.store.pages")
SELECTION = "pytest_add_cli_args_test_selection"  # mutmut's: the tests to run
UNIT_TESTS = ["tests/unit"]
SHORT = ("gateway.domain.rounding",)
ANY_MUTANT = "gateway.domain.rounding.x_half_away__mutmut_1"  # which mutmut tries when it has made all of them
VARIABLE = "MUTANT_UNDER_TEST"  # mutmut's: the name of the mutant that takes its function's place
# What notices a mutant of a function that runs at import: tables of attributes, names of the schema.
AT_IMPORT = ("tests/unit", "tests/conformance/test_schema.py", "tests/e2e/test_create_update_delete.py")
NO_TESTS, KILLED, SURVIVED, TIMEOUT = "no tests", "killed", "survived", "timeout"
NOTICED = {KILLED, TIMEOUT}
OPEN = "survived the quick tests"  # and is tried again by a run of all tests
ON_POSTGRESQL = "[postgresql"  # in the name of a test
# What means nothing to whom a statement or a sentence is for, as docs/mutants.md says under "Equal by rule".
OF_NO_MATTER = (
    (re.compile(r", strict=\w+"), ""),  # of zip: a guard against ourselves
    (re.compile(r"\.(cte|subquery|lateral)\((f?\"[^\"]*\"|None)?(, )?"), r".\1("),  # a name within one statement
    (re.compile(r"\bcast\((\"[^\"]*\"|None)?,"), "cast("),  # for mypy alone
    (re.compile(r"(?<=prefix_with\()\"\w+\"|\"DATE '-?infinity'\"", re.IGNORECASE), lambda word: word[0].lower()),
    (re.compile(r"\b(literal_column|constant)\(((?:[^(),]|\([^()]*\))+), (?:[^(),]|\(\))*\)"), r"\1(\2)"),  # a type
    (re.compile(r", \)"), ")"),
)
LEAST_LIMIT = 20  # seconds of the processor; beyond it, and five times what the tests took, a mutant loops
FOREVER = float("inf")
HOUR = 60  # minutes


class Trials:
    """A pytest plugin that tries mutants on the collected tests in place of running these once."""

    def __init__(self, wanted: list[str], results: Path, minutes: int, seconds: float, *, is_final: bool) -> None:
        stats = json.loads(Path("mutmut-stats.json").read_text(encoding="utf-8"))
        self._tests: dict[str, list[str]] = stats["tests_by_mangled_function_name"]
        self._seconds: dict[str, float] = stats["duration_by_test"]
        self._wanted, self._results, self._most = wanted, results, seconds
        self._is_final = is_final
        self._end = time.monotonic() + minutes * 60
        self.verdicts = verdicts_of(results)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = {item.nodeid: item for item in session.items}
        at_import = functions_met()
        if any(ON_POSTGRESQL in name for name in items) and not offer_postgresql():
            items = {name: item for name, item in items.items() if ON_POSTGRESQL not in name}
        gc.freeze()  # a fork that collects what it did not make would copy it
        with self._results.open("a", encoding="utf-8") as kept:
            for mutant in filter(self._is_due, self._wanted):
                if time.monotonic() > self._end:
                    break
                verdict = self._tried(session, mutant, items)
                if verdict not in NOTICED and not self._is_final:
                    verdict = OPEN
                elif verdict not in NOTICED and mutant.partition("__mutmut_")[0] in at_import:
                    verdict = tried_afresh(mutant)
                self.verdicts[mutant] = verdict
                print(json.dumps([mutant, verdict]), file=kept, flush=True)
        return True

    def _is_due(self, mutant: str) -> bool:
        return mutant not in self.verdicts or (self.verdicts[mutant] == OPEN and self._is_final)

    def _tried(self, session: pytest.Session, mutant: str, items: dict[str, pytest.Item]) -> str:
        covering = [name for name in self._tests.get(mutant.partition("__mutmut_")[0], ()) if name in items]
        if not covering:
            return NO_TESTS
        chosen = self._quickest_first(covering)
        child = os.fork()
        if not child:
            limit = int(LEAST_LIMIT + 5 * sum(self._seconds[name] for name in chosen))
            resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 1))
            run_in_child(session, mutant, [items[name] for name in chosen])
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            return TIMEOUT
        if os.WEXITSTATUS(status):
            return KILLED
        return SURVIVED

    def _quickest_first(self, names: list[str]) -> list[str]:
        """Order tests by file and database, whose world they share: unit tests first, PostgreSQL last."""
        cost: defaultdict[tuple[bool, str], float] = defaultdict(float)
        for name in names:
            cost[world_of(name)] += self._seconds[name]
        worlds = sorted(cost, key=lambda world: ("unit" not in world[1], world[0], cost[world]))
        ordered = sorted(names, key=lambda name: (worlds.index(world_of(name)), self._seconds[name]))
        until = accumulate(self._seconds[name] for name in ordered)
        return [name for name, seconds in zip(ordered, until, strict=True) if seconds <= self._most] or ordered[:1]


def world_of(test: str) -> tuple[bool, str]:
    """Return whether a test is on PostgreSQL, and its file."""
    return ON_POSTGRESQL in test, test.partition("::")[0]


def offer_postgresql() -> bool:
    """Start a server for the tests of all mutants, or return that there is none."""
    from tests.support.harness import postgres  # noqa: PLC0415 - of the tree, with its mutants

    try:
        server = postgres.Server.find()
    except postgres.NoServer as error:
        print(f"Without the tests on PostgreSQL: {error}.")
        return False
    os.environ[postgres.VARIABLE] = server.address.render_as_string(hide_password=False)
    atexit.register(server.close)
    return True


def run_in_child(session: pytest.Session, mutant: str, items: list[pytest.Item]) -> None:
    """Run tests with the mutant in place of its function, and end the process at the first that fails."""
    from hypothesis.internal.conjecture import engine  # noqa: PLC0415 - of the child alone, as the next
    from mutmut.mutation.trampoline import set_mutant_under_test  # noqa: PLC0415

    from tests.support.harness.stores import stores  # noqa: PLC0415

    engine.MAX_SHRINKS = 0  # nobody asks for the smallest example
    gc.disable()
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    session.config.pluginmanager.unregister(name="terminalreporter")
    set_mutant_under_test(mutant)
    code = 1
    try:
        for item, following in zip(items, [*items[1:], None], strict=True):
            session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if session.testsfailed or session.shouldfail or session.shouldstop:
                break
        else:
            code = 0
    finally:
        if stores.server is not None:
            stores.server.close()
        os._exit(code)


def functions_met() -> frozenset[str]:
    """Return the functions that ran since the start, which is while modules were imported, and note no more of them."""
    from mutmut.state import state  # noqa: PLC0415 - the tree's configuration is read where it is imported

    os.environ[VARIABLE] = ""
    return frozenset(state()._stats)  # noqa: SLF001 - where mutmut notes them


def tried_afresh(mutant: str) -> str:
    """Try a mutant in a process that imports it."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-k", "not postgresql", *AT_IMPORT, *options(Path.cwd())]
    done = subprocess.run(command, env=os.environ | {VARIABLE: mutant}, capture_output=True, check=False)  # noqa: S603 - ours
    return KILLED if done.returncode else SURVIVED


def verdicts_of(results: Path) -> dict[str, str]:
    """Return the verdict of each mutant that was tried."""
    if not results.exists():
        return {}
    return dict(json.loads(line) for line in results.read_text(encoding="utf-8").splitlines())


def make_mutants(tree: Path, rooms: list[str], tests: list[str]) -> None:
    """Make the mutants of some rooms in a copy of the tree, and find the tests that come through each function."""
    shutil.copytree(ROOT, tree, ignore=LEFT_OUT)
    settings = tree / "pyproject.toml"
    text = settings.read_text(encoding="utf-8")
    said = {"only_mutate": sorted({file_of(name) for name in (*rooms, ANY_MUTANT)}), SELECTION: tests}
    for name, value in said.items():
        text = re.sub(rf"^{name} = \[[^]]*\]", f"{name} = {json.dumps(value)}", text, flags=re.MULTILINE)
    settings.write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "mutmut", "run", "--max-children", "1", ANY_MUTANT]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    if not (tree / "mutants" / "mutmut-stats.json").exists():
        raise SystemExit(f"No mutant was made: the tests do not pass unchanged.\n{done.stdout[-4_000:]}")


def file_of(name: str) -> str:
    """Return the files of a room, or the file of a module, of a function or of a mutant, as a pattern."""
    path = ROOT / name.replace(".", "/")
    if path.is_dir():
        return f"{path.relative_to(ROOT)}/*"
    module = path.with_suffix(".py")
    return str(module.relative_to(ROOT)) if module.exists() else file_of(name.rpartition(".")[0])


def mutants_of(tree: Path, rooms: list[str], sample: int | None, seed: int) -> list[str]:
    """Return the names of the mutants of some rooms, room by room; of each all, or as many as a sample has."""

    def in_order(name: str) -> tuple[str, int]:
        function, _, number = name.partition("__mutmut_")
        return function, int(number)

    found: list[str] = []
    for meta in (tree / "mutants").rglob("*.meta"):
        found += json.loads(meta.read_text(encoding="utf-8"))["exit_code_by_key"]
    wanted: list[str] = []
    for room in rooms:
        own = (name for name in found if f"{function_of(name)}.".startswith(f"{room}."))
        wanted += sampled(sorted(own, key=in_order), sample, seed)
    return wanted


def sampled(names: list[str], sample: int | None, seed: int) -> list[str]:
    """Return some of the names, in an order of chance, so that a run that is stopped has tried a sample, too."""
    return names if sample is None else random.Random(seed).sample(names, min(sample, len(names)))  # noqa: S311 - no secret


def change_of(name: str) -> str:
    """Return what a mutant changed: `function: what it was => what it became`."""
    function, _, number = name.partition("__mutmut_")
    lines = {kind: _lines(f"{function}__mutmut_{kind}") for kind in ("orig", number)}
    changed = [line for line in ndiff(lines["orig"], lines[number]) if line[0] in "-+"]
    before, after = (" ".join(line[2:].strip() for line in changed if line[0] == sign) for sign in "-+")
    return f"{function_of(name)}: `{before}` => `{after}`"


def function_of(mutant: str) -> str:
    """Return the name of a mutant's function, as it is written."""
    return mutant.partition("__mutmut_")[0].replace(".x_", ".").replace("xǁ", "").replace("ǁ", ".")


def is_equal_by_rule(change: str) -> bool:
    """Tell whether a change is of nothing but what never matters."""
    before, after = change.partition(": ")[2].split(" => ")
    return _essence(before) == _essence(after)


def _essence(line: str) -> str:
    for pattern, replacement in OF_NO_MATTER:
        line = pattern.sub(replacement, line)
    return line


def _lines(name: str) -> list[str]:
    module, _, function = name.rpartition(".")
    lines, functions = _source(module)
    node = functions[function]
    text = (line.partition("  # type: ignore # mutmut")[0] for line in lines[node.lineno - 1 : node.end_lineno])
    return [line.replace(function, function_of(name).rpartition(".")[2]) for line in text]


@cache
def _source(module: str) -> tuple[list[str], dict[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    text = Path(f"{module.replace('.', '/')}.py").read_text(encoding="utf-8")
    functions = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return text.splitlines(), {node.name: node for node in functions}


def options(tree: Path) -> list[str]:
    """Return how mutmut was told to run the tests."""
    return _said(tree)["pytest_add_cli_args"]


def selection(tree: Path) -> list[str]:
    """Return the tests that mutmut was told to run."""
    return _said(tree)[SELECTION]


def _said(tree: Path) -> dict[str, list[str]]:
    said: dict[str, list[str]] = tomllib.loads((tree / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mutmut"]
    return said


def main() -> None:
    """End with 1 where a change went unnoticed that docs/mutants.md does not explain."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rooms", nargs="*")
    parser.add_argument("--minutes", type=int, default=12 * HOUR)
    parser.add_argument("--tests", action="append", metavar="PATH", help="in place of all")
    parser.add_argument("--seconds", type=float, default=FOREVER)
    parser.add_argument("--sample", type=int, metavar="N", help="as many mutants of each room, by chance")
    parser.add_argument("--seed", type=int, default=0, help="of the sample")
    parser.add_argument("--results", type=Path)
    parser.add_argument("--tree", type=Path, help="mutants that an earlier run made there are taken as they are")
    parser.add_argument("--short", action="store_true")
    asked = parser.parse_args()
    rooms = asked.rooms or list(SHORT if asked.short else ROOMS)
    tests = asked.tests or (UNIT_TESTS if asked.short else selection(ROOT))
    explained = EXPLAINED.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        tree = (asked.tree or Path(folder) / "tree").absolute()
        results = (asked.results or Path(folder) / "results").absolute()
        if not tree.exists():
            make_mutants(tree, rooms, tests)
        made = mutants_of(tree, rooms, asked.sample, asked.seed)
        os.chdir(tree / "mutants")
        changes = {name: change_of(name) for name in made}
        wanted = [name for name in made if not is_equal_by_rule(changes[name])]
        sys.path[0] = str(Path.cwd())  # in place of the folder of this script
        os.environ[VARIABLE] = "stats"  # until the tests are collected
        os.environ["MUTMUT_DEPENDENCY_DEPTH"] = "-1"
        is_final = not asked.tests and asked.seconds == FOREVER
        trials = Trials(wanted, results, asked.minutes, asked.seconds, is_final=is_final)
        pytest.main(["-q", "-p", "no:cacheprovider", *tests, *options(tree)], plugins=[trials])
        tried = [name for name in wanted if name in trials.verdicts]
        unnoticed = [changes[name] for name in tried if trials.verdicts[name] not in NOTICED]
        new = [change for change in unnoticed if change not in explained]
    equal = len(made) - len(wanted)
    print(
        f"{len(tried)} of {len(wanted)} mutants were tried, {len(unnoticed)} went unnoticed; {equal} are equal by rule."
    )
    for change in new:
        print(f"- {change}")
    sys.exit(f"{len(new)} changes went unnoticed: test them, or explain them in docs/mutants.md." if new else 0)


if __name__ == "__main__":
    main()
