"""Currencies and their decimals; the exchange rates of a day, direct or inverted, never crossed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from gateway.domain.rounding import half_away

# A rate, an inverse too, has at most this many decimals.
PLACES = 10
# Every currency that is not listed has two decimals.
DECIMALS = {
    **dict.fromkeys(
        (
            "BIF",
            "CLP",
            "DJF",
            "GNF",
            "ISK",
            "JPY",
            "KMF",
            "KRW",
            "PYG",
            "RWF",
            "UGX",
            "UYI",
            "VND",
            "VUV",
            "XAF",
            "XOF",
            "XPF",
        ),
        0,
    ),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}


def decimals(currency: str) -> int:
    """Return how many decimals a unit of the currency has: 2 for EUR, 0 for JPY, 3 for KWD."""
    return DECIMALS.get(currency, 2)


def inverse(rate: Fraction) -> Fraction:
    """Return 1 / rate, rounded to ten decimals."""
    return Fraction(half_away(10**PLACES / rate), 10**PLACES)


class UnknownRate(Exception):
    """No rate of the pair is known on that day or before."""

    def __init__(self, source: str, target: str) -> None:
        self.source = source
        self.target = target
        super().__init__(f"{source} to {target}")


@dataclass(frozen=True, slots=True)
class ExchangeRates:
    """The last known rates on a day: (from, to) -> how many units of `to` one unit of `from` is, as a decimal."""

    known: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def between(self, source: str, target: str) -> Fraction:
        """Return the rate of the pair, exactly.

        Raises:
            UnknownRate: neither it nor the opposite one is known.
        """
        if source == target:
            return Fraction(1)
        direct = self.known.get((source, target))
        if direct is not None:
            return Fraction(direct)
        opposite = self.known.get((target, source))
        if opposite is not None:
            turned = inverse(Fraction(opposite))
            if turned:
                return turned
        raise UnknownRate(source, target)

    def between_minor(self, source: str, target: str) -> Fraction:
        """Return how many minor units of `target` one minor unit of `source` is, exactly."""
        return self.between(source, target) * Fraction(10) ** (decimals(target) - decimals(source))


def decimal_text(rate: Fraction) -> str:
    """Write a rate of at most ten decimals as plain digits, without trailing zeros."""
    digits = f"{half_away(rate * 10**PLACES):0{PLACES + 1}d}"
    return f"{digits[:-PLACES]}.{digits[-PLACES:]}".rstrip("0").rstrip(".")
