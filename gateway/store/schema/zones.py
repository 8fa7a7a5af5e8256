"""Zone maps of entries, kept by PostgreSQL: which values the entries of a part of an order can have.

A zone is a part of an order of entries: 4,096 ids in a row, or four days of the date, the last write or the creation.
Its row holds the least and the greatest that its entries have, or once had, of what grows with these orders: dates,
instants by their day, how far approval and invoicing have come. Entries approved since June lie in none of the zones
before, so a walk in the order of ids begins behind these (`pages/bounds.py`). Triggers widen zones in the transaction
of every write, whoever writes, and nothing narrows them: a bound is always true, and says less where entries moved.

On SQLite, whose planner sees no values, the table stays empty.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.domain.instants import DAY
from gateway.domain.numbers import MAX_STORED

IDS = 4_096  # in a zone
DAYS = 4  # in a zone
NO_LEAST, NO_GREATEST = MAX_STORED, -MAX_STORED - 1  # where no entry of a zone has a value


@dataclass(frozen=True, slots=True)
class Scale:
    """How SQL makes a whole number of a value: how far it is from an origin, no value being less, in steps."""

    origin: str
    step: int

    def number(self, value: str) -> str:
        """Return the number of a value, as SQL."""
        distance = value if self.origin == "0" else f"({value} - {self.origin})"
        return distance if self.step == 1 else f"({distance} / {self.step})"


@dataclass(frozen=True, slots=True)
class DateScale(Scale):
    """The scale of dates, the first and the last of which asyncpg writes as infinite ones."""

    def number(self, value: str) -> str:
        """Return the number of a value, as SQL."""
        return Scale.number(self, f"least(greatest({value}, {FIRST_DAY}), {LAST_DAY})")


FIRST_DAY, LAST_DAY, FIRST_INSTANT = "DATE '0001-01-01'", "DATE '9999-12-31'", "(-62135596800000)"
LAST_ZONE = 3_652_058 // DAYS  # of dates
DATES, INSTANTS, CODES = DateScale(FIRST_DAY, 1), Scale(FIRST_INSTANT, DAY), Scale("0", 1)
# The orders that have zones, by the column that leads them; the place is the kind that is stored.
ORDERS = {
    "id": Scale("0", IDS),
    "date": DateScale(FIRST_DAY, DAYS),
    "updated_at": Scale(FIRST_INSTANT, DAYS * DAY),
    "created_at": Scale(FIRST_INSTANT, DAYS * DAY),
}
# What is known of a zone, by its column; the place is that in the arrays, from 1.
SUBJECTS = {
    "date": DATES,
    "updated_at": INSTANTS,
    "last_activity_at": INSTANTS,
    "approved_at": INSTANTS,
    "started_at": INSTANTS,
    "invoicing_status_id": CODES,
    "status_id": CODES,
    "invoice_id": CODES,
    "invoice_attribution_id": CODES,
}
KINDS, PLACES = tuple(ORDERS), tuple(SUBJECTS)

_KEYS = "organization_id, kind, place"
_ENDS = {"least": ("min", NO_LEAST), "greatest": ("max", NO_GREATEST)}


def zone_statements() -> Iterator[str]:
    """Yield what makes the zones of the entries that are there, and keeps them from then on."""
    columns = f"{_KEYS}, {', '.join(_ENDS)}"
    yield f"INSERT INTO time_entry_zones ({columns}) {_zones_of('time_entries')}"
    wider = ", ".join(
        f"{end} = ARRAY[{', '.join(f'{end}(zone.{end}[{place}], excluded.{end}[{place}])' for place in _places())}]"
        for end in _ENDS
    )
    is_within = " AND ".join(
        f"zone.least[{place}] <= made.least[{place}] AND zone.greatest[{place}] >= made.greatest[{place}]"
        for place in _places()
    )
    same = " AND ".join(f"zone.{key} = made.{key}" for key in _KEYS.split(", "))
    yield (
        "CREATE FUNCTION time_entry_zones_widen() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"INSERT INTO time_entry_zones AS zone ({columns}) SELECT {columns} FROM ({_zones_of('added')}) AS made "
        f"WHERE NOT EXISTS (SELECT FROM time_entry_zones AS zone WHERE {same} AND {is_within}) ORDER BY {_KEYS} "
        f"ON CONFLICT ({_KEYS}) DO UPDATE SET {wider}; RETURN NULL; END $$"
    )
    for event in ("insert", "update"):
        yield (
            f"CREATE TRIGGER time_entry_zones_{event} AFTER {event.upper()} ON time_entries "
            "REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION time_entry_zones_widen()"
        )


def _places() -> range:
    return range(1, len(PLACES) + 1)


def _zones_of(table: str) -> str:
    """Select the zones that the entries of a table make."""
    kinds = ", ".join(f"({kind}, {scale.number(f'e.{name}')})" for kind, (name, scale) in enumerate(ORDERS.items()))
    numbers = [scale.number(f"e.{name}") for name, scale in SUBJECTS.items()]
    ends = (
        f"ARRAY[{', '.join(f'coalesce({function}({number}), {none})' for number in numbers)}]::bigint[] AS {end}"
        for end, (function, none) in _ENDS.items()
    )
    return (
        f"SELECT e.organization_id, part.kind, part.place, {', '.join(ends)} FROM {table} AS e "
        f"CROSS JOIN LATERAL (VALUES {kinds}) AS part (kind, place) GROUP BY e.organization_id, part.kind, part.place"
    )
