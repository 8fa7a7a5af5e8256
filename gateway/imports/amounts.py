"""The amounts of an imported entry: those that were brought count as themselves, the others come from the rates."""

import dataclasses

from gateway.domain.costs import (
    AMOUNTS,
    SUFFIXES,
    Cost,
    Labels,
    TooLarge,
    UnknownRates,
    as_imported,
    cost,
    labels,
    prices,
    rates_text,
)
from gateway.imports.preparing import Preparation
from gateway.imports.surroundings import PRICED_BY, Surroundings
from gateway.store.imports.finished import Values

NAMES = tuple(f"{name}{suffix}" for name in AMOUNTS for suffix in SUFFIXES)


def amount_columns(preparation: Preparation, row: Values, around: Surroundings) -> Values:
    """Return labels, amounts and rates of an entry whose other columns are in `row`; rates may be missed."""
    before, given = around.draft.before, around.given
    kept = {} if before is None or around.changes("service_id") else before
    own = labels(around.organization, around.service.deal.currency).columns()
    columns: Values = {name: given.get(name, kept.get(name, currency)) for name, currency in own.items()}
    repriced = around.changes(*PRICED_BY)
    # What says again what is stored leaves the exact value beside it.
    brought = {
        name: given[name]
        for name in NAMES
        if name in given and (before is None or repriced or before[name] != given[name])
    }
    if repriced and any(name not in given for name in NAMES):
        made = _priced(preparation, row | columns, around)
        if made is not None:
            columns |= {**made.amounts, "rates": rates_text(made)}
    elif brought:
        columns["rates"] = None
    return columns | brought | as_imported(brought)


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
