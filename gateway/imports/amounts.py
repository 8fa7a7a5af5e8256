"""The amounts of an imported entry: those that were brought count as themselves, the others follow."""

import dataclasses

from gateway.domain.costs import (
    AMOUNTS,
    PARTS,
    SCALE,
    SUFFIXES,
    Cost,
    Labels,
    TooLarge,
    UnknownRates,
    cost,
    labels,
    prices,
    rates_text,
)
from gateway.domain.numbers import MAX_STORED
from gateway.imports.preparing import Preparation
from gateway.imports.surroundings import PRICED_BY, Surroundings
from gateway.store.imports.finished import Values

NAMES = tuple(f"{name}{suffix}" for name in AMOUNTS for suffix in SUFFIXES)
MADE_OF = {
    "overhead_cost": ("internal_overhead_cost", "facility_overhead_cost"),
    "cost": ("work_cost", "overhead_cost"),
}


def amount_columns(preparation: Preparation, row: Values, around: Surroundings) -> Values:
    """Return labels, amounts and rates of an entry whose other columns are in `row`; rates may be missed.

    What was brought stays. What is left out of a sum and its parts follows from the others that were brought; parts
    that do not are as they are stored, or come from the rates where the cost is made again; sums follow their parts.
    """
    before, given = around.draft.before, around.given
    kept = {} if before is None or around.changes("service_id") else before
    own = labels(around.organization, around.service.deal.currency).columns()
    columns: Values = {name: given.get(name, kept.get(name, currency)) for name, currency in own.items()}
    stored = {} if before is None or around.changes(*PRICED_BY) else before
    amounts = {name: given[name] for name in NAMES if name in given}
    if stored and all(stored[name] == value for name, value in amounts.items()):
        return columns
    # What says again what is stored leaves the exact value beside it.
    said_again = {name for name, value in amounts.items() if stored.get(name) == value}
    exact = {
        name: stored[f"{name}_unrounded"] if name in said_again else value * SCALE for name, value in amounts.items()
    }
    columns["rates"] = None
    if not (_follow(amounts) and _follow(exact)):
        base = stored
        if not stored and (made := _priced(preparation, row | columns, around)) is not None:
            base, columns["rates"] = dict(made.amounts), rates_text(made)
        for name in (f"{part}{suffix}" for part in PARTS for suffix in SUFFIXES):
            if name not in amounts and name in base:
                amounts[name], exact[name] = base[name], base[f"{name}_unrounded"]
        _follow(amounts)
        _follow(exact)
    if any(abs(value) > MAX_STORED for value in exact.values()):
        preparation.problems.add(around.draft.at("cost"), "amounts whose sums can be stored were expected")
    return columns | amounts | {f"{name}_unrounded": value for name, value in exact.items()}


def _follow(amounts: dict[str, int]) -> bool:
    """Add what follows from a sum and all of its parts but one; tell whether every amount is there then."""
    if len(amounts) == len(NAMES):
        return True
    for _ in MADE_OF:  # what follows from one of the two sums may be a part of the other
        for suffix in SUFFIXES:
            for name, parts in MADE_OF.items():
                whole, first, second = name + suffix, *(part + suffix for part in parts)
                match [amount in amounts for amount in (whole, first, second)]:
                    case [False, True, True]:
                        amounts[whole] = amounts[first] + amounts[second]
                    case [True, False, True]:
                        amounts[first] = amounts[whole] - amounts[second]
                    case [True, True, False]:
                        amounts[second] = amounts[whole] - amounts[first]
    return all(name in amounts for name in NAMES)


def _priced(preparation: Preparation, row: Values, around: Surroundings) -> Cost | None:
    today = prices(around.organization, around.service, around.rates)
    own = Labels(row["currency"], row["currency_default"], row["currency_normalized"])
    try:
        return cost(minutes=row["time"], prices=dataclasses.replace(today, labels=own), overhead=row["overhead"])
    except UnknownRates as unknown:
        for source, target in unknown.pairs if preparation.rates_are_complete else ():
            preparation.problems.add(
                around.draft.at("date"),
                f"an exchange rate from {source} to {target} of {row['date'].isoformat()} or before was expected, "
                "or the amounts themselves",
            )
    except TooLarge:
        preparation.problems.add(around.draft.at("time"), "minutes whose cost can be stored exactly were expected")
    return None
