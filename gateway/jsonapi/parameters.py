"""Query strings as the documented API writes them: `filter[date][gt]=2025-08-01&page[size]=50`."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from gateway.http.refusals import bad_request
from gateway.jsonapi.errors import ApiCode, refuse

_KEY = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_STEP = re.compile(r"\[([^\[\]]*)\]")
NUL = "\0"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One of them: its name, the steps in brackets behind it, its value, and the key as it was written."""

    name: str
    steps: tuple[str, ...]
    value: str
    written: str


def read_parameters(query_string: bytes, most: int) -> list[Parameter]:
    """Take a query string apart.

    Raises:
        HttpError: it is no UTF-8.
        Refused: there are more than `most`, or one has an invalid key.
    """
    try:
        text = query_string.decode("utf-8")
        if text.count("&") >= most:
            raise refuse(ApiCode.LIMIT_EXCEEDED, f"A query string may have {most:,} parameters.", parameter="filter")
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=most)
    except UnicodeDecodeError:
        raise bad_request("The query string is not UTF-8.") from None
    return [_parameter(key, value) for key, value in pairs]


def _parameter(key: str, value: str) -> Parameter:
    match = _KEY.fullmatch(key)
    if match is None or NUL in key:
        raise unknown(key)
    return Parameter(match[1], tuple(_STEP.findall(match[2])), value, key)


def unknown(key: str) -> Exception:
    """Say that there is no such parameter here."""
    return refuse(ApiCode.UNSUPPORTED_PARAMETER, f"Parameter '{key}' is not supported on this endpoint", parameter=key)


def only(parameters: Iterable[Parameter], *names: str) -> None:
    """Refuse parameters of other names.

    Raises:
        Refused: there is one.
    """
    for parameter in parameters:
        if parameter.name not in names:
            raise unknown(parameter.written)


def by_name(parameters: Iterable[Parameter]) -> Mapping[str, list[Parameter]]:
    """Return the parameters by their names."""
    found: dict[str, list[Parameter]] = {}
    for parameter in parameters:
        found.setdefault(parameter.name, []).append(parameter)
    return found


def written(parameters: Sequence[tuple[str, str]]) -> str:
    """Write a query string with its keys in alphabetical order."""
    return urlencode(sorted(parameters, key=lambda pair: pair[0]), errors="surrogatepass")
