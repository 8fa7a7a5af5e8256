import datetime as dt
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.codes import BillingType
from gateway.domain.costs import (
    AMOUNTS,
    MAX_HOURLY_RATE,
    SCALE,
    SUFFIXES,
    Labels,
    Prices,
    TooLarge,
    UnknownRates,
    bears_overhead,
    cost,
    prices,
    rates_text,
    without_overhead,
)
from gateway.domain.costs import priced as priced_entry
from gateway.domain.errors import Code
from gateway.domain.exchange import ExchangeRates, decimal_text, inverse
from gateway.domain.facts import Deal, HourlyRate, Organization, Rates, References, Salary, Service
from gateway.domain.rounding import half_away

EUR_AND_USD = Labels(currency="EUR", default="USD", normalized="EUR")


def prices_of(work: HourlyRate | None, *, internal: int = 0, facility: int = 0, **rates: str) -> Prices:
    known = {(pair[:3], pair[3:]): rate for pair, rate in rates.items()}
    return Prices(EUR_AND_USD, work, "person", internal, facility, ExchangeRates(known))


@pytest.mark.parametrize(
    ("minutes", "own", "default"),
    [(480, 16000, 20000), (40, 1333, 1667), (0, 0, 0), (1, 33, 42), (90, 3000, 3750)],
)
def test_twenty_euros_that_are_twentyfive_dollars_cost_what_the_documents_show(minutes, own, default):
    prices = prices_of(HourlyRate(2000, "EUR"), EURUSD="1.25")

    made = cost(minutes=minutes, prices=prices, overhead=True)

    assert (made.amounts["cost"], made.amounts["cost_default"], made.amounts["cost_normalized"]) == (own, default, own)


def test_a_missing_rate_is_replaced_by_the_inverse_of_the_opposite_one():
    prices = prices_of(HourlyRate(2500, "USD"), EURUSD="1.25")

    made = cost(minutes=40, prices=prices, overhead=True)

    assert (made.amounts["work_cost"], made.amounts["work_cost_default"]) == (1333, 1667)
    assert made.rates["exchange"] == {"USD/EUR": "0.8"}


@pytest.mark.parametrize(
    ("rate", "text"), [("3", "0.3333333333"), ("0.8", "1.25"), ("7", "0.1428571429"), ("0.1", "10")]
)
def test_an_inverse_has_at_most_ten_decimals(rate, text):
    assert decimal_text(inverse(Fraction(rate))) == text


@pytest.mark.parametrize(
    ("hourly", "rates", "labels", "expected"),
    [
        (3000, {("JPY", "USD"): "0.01"}, Labels("JPY", "USD", "USD"), (3000, 3000)),
        (1, {("JPY", "USD"): "0.0066"}, Labels("JPY", "USD", "JPY"), (1, 1)),
        (12345, {("JPY", "KWD"): "0.002"}, Labels("JPY", "KWD", "JPY"), (12345, 24690)),
        (1000, {("JPY", "USD"): "0.01"}, Labels("USD", "JPY", "USD"), (1000, 1000)),
    ],
)
def test_currencies_have_their_own_decimals(hourly, rates, labels, expected):
    prices = Prices(labels, HourlyRate(hourly, "JPY"), "person", exchange=ExchangeRates(rates))

    made = cost(minutes=60, prices=prices, overhead=True)

    assert (made.amounts["work_cost"], made.amounts["work_cost_default"]) == expected


def test_the_sums_are_sums_of_rounded_parts():
    prices = prices_of(HourlyRate(1, "EUR"), internal=1, facility=1, EURUSD="1")

    made = cost(minutes=30, prices=prices, overhead=True)

    assert made.amounts["work_cost"] == 1
    assert made.amounts["overhead_cost"] == 2
    assert made.amounts["cost"] == 3
    assert made.amounts["cost_unrounded"] == 90_000


def test_the_unrounded_amount_is_minutes_by_rate_by_a_thousand():
    prices = prices_of(HourlyRate(1999, "EUR"), EURUSD="1.1")

    made = cost(minutes=7, prices=prices, overhead=True)

    assert made.amounts["cost_unrounded"] == 7 * 1999 * 1000
    assert made.amounts["cost_default_unrounded"] == 15_392_300


def test_without_a_rate_all_amounts_are_0_and_no_exchange_rate_is_asked_for():
    made = cost(minutes=480, prices=prices_of(None, internal=500, facility=300), overhead=True)

    assert set(made.amounts.values()) == {0}
    assert made.rates["work"] is None


def test_where_overhead_is_false_the_overhead_amounts_are_0():
    prices = prices_of(HourlyRate(2000, "EUR"), internal=500, facility=300, EURUSD="1.25")

    made = cost(minutes=60, prices=prices, overhead=False)

    assert (made.amounts["cost"], made.amounts["overhead_cost"], made.amounts["cost_default"]) == (2000, 0, 2500)


def test_overhead_is_of_the_organization_and_converted_by_itself():
    prices = prices_of(HourlyRate(2000, "EUR"), internal=500, facility=300, EURUSD="1.25")

    made = cost(minutes=60, prices=prices, overhead=True)

    assert made.amounts["internal_overhead_cost"] == 400
    assert made.amounts["internal_overhead_cost_default"] == 500
    assert made.amounts["facility_overhead_cost"] == 240
    assert made.amounts["cost"] == 2640
    assert made.amounts["cost_default"] == 3300


def test_every_unknown_pair_is_named_once():
    prices = Prices(Labels("EUR", "USD", "CHF"), HourlyRate(2000, "GBP"), "person", 100, 100)

    with pytest.raises(UnknownRates) as refused:
        cost(minutes=1, prices=prices, overhead=True)

    assert refused.value.pairs == [
        ("GBP", "EUR"),
        ("GBP", "USD"),
        ("GBP", "CHF"),
        ("USD", "EUR"),
        ("USD", "CHF"),
    ]


def test_no_rate_is_needed_for_0():
    prices = Prices(Labels("EUR", "USD", "CHF"), HourlyRate(2000, "GBP"))

    made = cost(minutes=0, prices=prices, overhead=True)

    assert set(made.amounts.values()) == {0}


def test_an_amount_that_no_number_holds_is_refused():
    prices = Prices(Labels("EUR", "EUR", "EUR"), HourlyRate(MAX_HOURLY_RATE, "EUR"), "person", MAX_HOURLY_RATE)

    with pytest.raises(TooLarge):
        cost(minutes=52_596_000, prices=prices, overhead=True)


def test_taking_the_overhead_away_leaves_the_work():
    prices = prices_of(HourlyRate(2000, "EUR"), internal=500, facility=300, EURUSD="1.25")
    made = cost(minutes=59, prices=prices, overhead=True)

    left = without_overhead(made.amounts)

    assert left == cost(minutes=59, prices=prices, overhead=False).amounts


@pytest.mark.parametrize(("rate", "is_stored"), [("9223372036854775.807", True), ("9223372036854775.808", False)])
def test_the_largest_exact_amount_is_that_of_63_bits(rate, is_stored):
    prices = prices_of(HourlyRate(1, "EUR"), EURUSD=rate)

    if is_stored:
        assert cost(minutes=1, prices=prices, overhead=True).amounts["cost_default_unrounded"] == 2**63 - 1
    else:
        with pytest.raises(TooLarge):
            cost(minutes=1, prices=prices, overhead=True)


def test_the_rates_that_made_the_amounts_are_kept_beside_them():
    prices = prices_of(HourlyRate(2000, "EUR"), internal=500, facility=300, EURUSD="1.25")

    with_overhead = cost(minutes=60, prices=prices, overhead=True)
    without = cost(minutes=60, prices=prices_of(None), overhead=False)

    assert with_overhead.rates == {
        "source": "person",
        "work": {"minor": 2000, "currency": "EUR"},
        "overhead": {"internal": 500, "facility": 300, "currency": "USD"},
        "exchange": {"EUR/USD": "1.25", "USD/EUR": "0.8"},
    }
    assert rates_text(without) == (
        '{"exchange":{},"overhead":{"currency":"USD","facility":0,"internal":0},"source":"person","work":null}'
    )


OWN, OVERRIDE = HourlyRate(2000, "EUR"), HourlyRate(3000, "USD")


@pytest.mark.parametrize(
    ("rates", "work", "source"),
    [
        (Rates(), None, "none"),
        (Rates(salary=Salary(OWN)), OWN, "person"),
        (Rates(override=OVERRIDE), OVERRIDE, "deal"),
        (Rates(salary=Salary(OWN), override=OVERRIDE), OVERRIDE, "deal"),
    ],
)
@pytest.mark.parametrize(("is_client", "internal"), [(True, 500), (False, 0)])
def test_an_hour_costs_what_the_deal_says_or_else_the_person(rates, work, source, is_client, internal):
    organization = Organization(1, "EUR", "CHF", internal_overhead_per_hour=500, facility_overhead_per_hour=300)
    service = Service(1, BillingType.ACTUALS, Deal(1, "USD", is_client=is_client))

    found = prices(organization, service, rates)

    assert found == Prices(Labels("USD", "EUR", "CHF"), work, source, internal, 300)


@pytest.mark.parametrize(("salary", "bears"), [(None, True), (Salary(OWN), True), (Salary(OWN, overhead=False), False)])
def test_a_rate_bears_overhead_unless_it_says_otherwise(salary, bears):
    assert bears_overhead(Rates(salary=salary)) is bears


def test_what_cannot_be_priced_is_a_fault_of_the_day_or_of_the_time():
    organization = Organization(1, "EUR")
    day = dt.date(2025, 8, 1)

    def faults(rate: HourlyRate, minutes: int) -> list[tuple[str, tuple[str, ...]]]:
        service = Service(1, BillingType.ACTUALS, Deal(1, "EUR"))
        references = References(organization, None, service, rates=Rates(override=rate))
        columns, found = priced_entry(references, minutes=minutes, date=day, overhead=True)
        assert columns == {}
        assert {fault.code for fault in found} == {Code.INVALID_ATTRIBUTE}
        return [(fault.message, fault.path) for fault in found]

    assert faults(HourlyRate(1, "JPY"), 60) == [
        (
            "No exchange rate from JPY to EUR is known on 2025-08-01 or before; add one, or choose a day that has one.",
            ("input", "date"),
        )
    ]
    assert faults(HourlyRate(10**12, "EUR"), 52_596_000) == [
        (
            "52,596,000 minutes at these rates cost more than can be stored exactly; use less time.",
            ("input", "time"),
        )
    ]


def test_what_has_no_service_no_day_or_no_such_time_is_not_priced():
    service = Service(1, BillingType.ACTUALS, Deal(1, "EUR"))
    day = dt.date(2025, 8, 1)

    def columns(service: Service | None, date: dt.date | None, minutes: int) -> dict[str, object]:
        made, faults = priced_entry(
            References(Organization(1, "EUR"), None, service), minutes=minutes, date=date, overhead=True
        )
        assert faults == []
        return made

    assert columns(None, day, 60) == columns(service, None, 60) == {}
    assert columns(service, day, -1) == columns(service, day, 52_596_001) == {}
    assert columns(service, day, 0)["currency"] == columns(service, day, 52_596_000)["currency"] == "EUR"


rates_of_money = st.integers(0, 10**6)
exchange_rates = st.decimals("0.0001", "10000", places=10, allow_nan=False).map(lambda rate: format(rate, "f"))
currencies = st.sampled_from(("EUR", "USD", "JPY", "KWD", "CLF"))


@st.composite
def priced(draw):
    labels = Labels(draw(currencies), draw(currencies), draw(currencies))
    codes = ("EUR", "USD", "JPY", "KWD", "CLF")
    known = {(one, other): draw(exchange_rates) for one in codes for other in codes if one != other}
    work = HourlyRate(draw(rates_of_money), draw(currencies))
    return Prices(labels, work, "person", draw(rates_of_money), draw(rates_of_money), ExchangeRates(known))


@given(prices=priced(), minutes=st.integers(0, 100_000), overhead=st.booleans())
def test_parts_add_up_and_each_is_rounded_once_from_the_exact_value(prices, minutes, overhead):
    try:
        amounts = cost(minutes=minutes, prices=prices, overhead=overhead).amounts
    except TooLarge:
        return

    for suffix, currency in prices.labels.by_suffix():
        assert amounts[f"cost{suffix}"] == amounts[f"work_cost{suffix}"] + amounts[f"overhead_cost{suffix}"]
        assert (
            amounts[f"overhead_cost{suffix}"]
            == amounts[f"internal_overhead_cost{suffix}"] + amounts[f"facility_overhead_cost{suffix}"]
        )
        factor = prices.exchange.between_minor(prices.work.currency, currency)
        exact = Fraction(prices.work.minor) * minutes * factor / 60
        assert abs(amounts[f"work_cost{suffix}"] - exact) <= Fraction(1, 2)
        assert abs(amounts[f"work_cost{suffix}_unrounded"] - exact * SCALE) <= Fraction(1, 2)
    assert all(amounts[name + suffix] >= 0 for name in AMOUNTS for suffix in SUFFIXES)


@given(rate=rates_of_money, parts=st.lists(st.integers(0, 10_000), min_size=1, max_size=20))
def test_sums_before_rounding_do_not_depend_on_how_time_is_cut(rate, parts):
    prices = Prices(Labels("EUR", "EUR", "EUR"), HourlyRate(rate, "EUR"))

    whole = cost(minutes=sum(parts), prices=prices, overhead=True).amounts
    pieces = [cost(minutes=part, prices=prices, overhead=True).amounts for part in parts]

    assert sum(piece["cost_unrounded"] for piece in pieces) == whole["cost_unrounded"]


@given(st.fractions())
def test_rounding_does_not_know_signs_and_takes_halves_away_from_zero(value):
    rounded = half_away(value)

    assert half_away(-value) == -rounded
    assert abs(rounded - value) <= Fraction(1, 2)
    assert abs(rounded) >= abs(value) or abs(rounded - value) < Fraction(1, 2)
