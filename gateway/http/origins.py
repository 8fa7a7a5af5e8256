"""The origin that a client asked for, `https://gateway.example` say, which links and examples begin with."""

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from starlette.types import Scope

Networks = Sequence[IPv4Network | IPv6Network]
_HOST = re.compile(rb"[A-Za-z0-9._:\[\]-]{1,255}")
_SCHEMES = {b"http": "http", b"https": "https"}
HOST, FORWARDED_HOST, FORWARDED_SCHEME = b"host", b"x-forwarded-host", b"x-forwarded-proto"


def plain_address(text: str) -> IPv4Address | IPv6Address:
    """Read the address of a connection, without its zone; one of IPv4 in the form of IPv6 is that of IPv4."""
    address = ip_address(text.partition("%")[0])
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def is_within(address: IPv4Address | IPv6Address, networks: Networks) -> bool:
    """Tell whether one of the networks has an address."""
    return any(address in network for network in networks)


def origin_of(scope: Scope, trusted_proxies: Networks) -> str:
    """Return scheme and host as the client wrote them; nothing where it named no decent host."""
    scheme, host = asked_for(scope, trusted_proxies)
    return f"{scheme}://{host.decode()}" if _HOST.fullmatch(host) else ""


def asked_for(scope: Scope, trusted_proxies: Networks) -> tuple[str, bytes]:
    """Return the scheme and the host that were asked for: what a trusted proxy says of them, else what came here."""
    headers: dict[bytes, bytes] = dict(scope["headers"])
    scheme, host = scope["scheme"], headers.get(HOST, b"")
    client = scope["client"]
    if trusted_proxies and client and is_within(plain_address(client[0]), trusted_proxies):
        said_scheme, said_host = (_first(headers.get(name, b"")) for name in (FORWARDED_SCHEME, FORWARDED_HOST))
        scheme = _SCHEMES.get(said_scheme.lower(), scheme)
        host = said_host if _HOST.fullmatch(said_host) else host
    return scheme, host


def _first(values: bytes) -> bytes:
    """Return the value that the outermost of several proxies wrote."""
    return values.partition(b",")[0].strip()
