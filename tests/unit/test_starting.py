"""What a command imports before it runs: half of a start goes to the schema and the application, which few need."""

import subprocess
import sys

from gateway.cli import COMMANDS

OF_FACES = {"documents", "explain", "export", "query", "schema"}  # read or print what a face knows
HEAVY = ("fastapi", "gateway.app", "gateway.graphql.schema", "graphql", "strawberry")
IMPORTING = "import sys; [__import__(name) for name in sys.argv[1:]]; print(*sys.modules)"


def test_only_what_needs_the_schema_or_the_application_imports_them():
    modules = [f"gateway.commands.{module}" for name, (module, _) in COMMANDS.items() if name not in OF_FACES]

    printed = subprocess.run([sys.executable, "-c", IMPORTING, *modules], check=True, capture_output=True, text=True)

    imported = set(printed.stdout.split())
    assert imported >= {*modules, "gateway.serving.workers"}
    assert imported.isdisjoint(HEAVY)
