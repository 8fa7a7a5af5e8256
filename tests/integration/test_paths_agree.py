"""The planned path and graphql-core's executor give the same answer to whatever is asked."""

import random

import orjson
import pytest
import pytest_asyncio
from graphql import parse, validate
from graphql.execution.values import VariableValues, get_variable_values

from gateway.graphql.options import Limits
from gateway.graphql.ordinary import execute_ordinarily
from gateway.graphql.requests.documents import Documents
from gateway.graphql.run import Run
from gateway.graphql.schema import CORE
from gateway.operations.writing import StoreWriter
from tests.support.harness.asking import NOW
from tests.support.random.filters import Filters
from tests.support.random.operations import Operations, Pool
from tests.support.worlds.ledger import ADMIN, BOSS, CLERK, MEMBER, STRANGER, viewer

LEDGER = {"seed": 9, "entries": 60}

pytestmark = pytest.mark.asyncio(loop_scope="module")
VIEWERS = (ADMIN, BOSS, CLERK, MEMBER, STRANGER)
DOCUMENTS = Documents(CORE, cache_bytes=1, limits=Limits(), introspection=True)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cursors(asked):
    """Cursors of lists without arguments, and text that is none."""
    found = ["", "bm9uZQ"]
    for name in ("timeEntries", "people", "services", "tasks", "projects", "deals", "companies"):
        data = await asked.data(f"{{ {name}(first: 2) {{ edges {{ cursor }} }} }}")
        found += [edge["cursor"] for edge in data[name]["edges"]] * (6 if name == "timeEntries" else 1)
    return found


def pool_of(asked, lot, who, cursors):
    filters = Filters(asked.ledger.entries_of(who.organization_id), lot, submission=who.timesheet_submission)
    return Pool(
        id=lambda name: random_id(lot, name),
        cursors=cursors,
        texts=("", "a", "ADRIA", "žU", "%", "Ž1", "BOREALIS task"),
        days=("2025-03-30", "2019-02-30"),
        filter=lambda: filters.filter(depth=1),
    )


def random_id(lot, name):
    """Mostly an id that the argument takes, of a record that is there, or of somebody else's, or of nobody's."""
    if lot.random() < 0.04:
        return lot.choice(("", "what", "Nobody:1", "1", "TimeEntry:7", "Person:11"))
    number = lot.choice((1, 2, 3, 5, 6, 7, 11, 12, 13, 14, 21, 24, 9011, 9014, 99_999))
    if name in {"id", "ids"}:
        return f"{lot.choice(RECORDS)}:{number}"
    return lot.choice((f"{name[0].upper()}{name[1:-2]}:{number}", str(number)))


RECORDS = (
    "TimeEntry", "Organization", "Person", "Company", "Project", "Deal", "Service", "Task", "Subsidiary", "Timesheet",
    "Booking", "Invoice", "ApprovalStatus",
)  # fmt: skip


def valid_operation(operations):
    """An operation that validates; now and then two fragments ask for one key in two shapes."""
    while True:
        operation = operations.query()
        if not validate(CORE, parse(operation.text)):
            return operation


async def ordinarily(asked, operation, who):
    document = DOCUMENTS.get(operation.text)
    [only] = document.operations
    variables = get_variable_values(CORE, only.node.variable_definitions or (), operation.variables)
    assert isinstance(variables, VariableValues)
    run = Run(asked.database, who, variables, lambda: NOW, writer=StoreWriter(asked.database))
    return await execute_ordinarily(CORE, document, only, run)


@pytest.mark.parametrize("seed", range(10))
async def test_random_operations_are_answered_alike(asked, cursors, seed):
    lot = random.Random(seed)
    for _ in range(6):
        who = viewer(lot.choice(VIEWERS))
        operation = valid_operation(Operations(CORE, lot, pool_of(asked, lot, who, cursors)))

        planned = await asked.payload(operation.text, who, **operation.variables)
        ordinary = await ordinarily(asked, operation, who)

        assert agree(planned, ordinary), (operation.text, operation.variables, planned, ordinary)


def agree(planned, ordinary):
    """Tell whether both say the same; of several errors that leave no data, each path may stop at its first."""
    errors, others = (answer.get("errors", []) for answer in (planned, ordinary))
    if "data" not in planned:  # refused before anything was executed; an executor comes to it later, or to another
        return bool(errors and others)
    if planned["data"] is None:
        return ordinary["data"] is None and any(error in others for error in errors)
    same_order = orjson.dumps(planned["data"]) == orjson.dumps(ordinary["data"])
    return same_order and sorted(errors, key=str) == sorted(others, key=str)
