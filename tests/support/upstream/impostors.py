"""A server that answers whatever a test says, byte by byte, and keeps what it was sent."""

import asyncio
import datetime as dt
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

import orjson
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

MEDIA_TYPE = "application/vnd.api+json"


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as it came."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


Respond = Callable[[Sent], bytes | Awaitable[bytes]]


@dataclass(slots=True)
class Impostor:
    """Where it listens, and what it was sent so far."""

    url: str
    requests: list[Sent] = field(default_factory=list)


def answer(
    status: int, content: object = None, *, media_type: str = MEDIA_TYPE, body: bytes | None = None, **headers: str
) -> bytes:
    """Write an answer: JSON, or a body as it is; no header that is empty."""
    payload = body if body is not None else b"" if content is None else orjson.dumps(content)
    lines = [f"HTTP/1.1 {status} -", f"content-length: {len(payload)}", f"content-type: {media_type}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items() if value]
    return "\r\n".join([*lines, "", ""]).encode() + payload


@asynccontextmanager
async def impostor(respond: Respond, tls: ssl.SSLContext | None = None) -> AsyncIterator[Impostor]:
    """Answer every request by what a function returns; what is no whole answer ends the connection."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                sent = await _read(reader)
                known.requests.append(sent)
                made = respond(sent)
                reply = made if isinstance(made, bytes) else await made
                writer.write(reply)
                await writer.drain()
                if not _is_whole(reply):
                    break
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    scheme = "http" if tls is None else "https"
    known = Impostor(f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}/api/v2")
    async with server:
        yield known


def _is_whole(reply: bytes) -> bool:
    head, end, body = reply.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return bool(end and lengths) and len(body) >= int(lengths[0].partition(b":")[2])


async def _read(reader: asyncio.StreamReader) -> Sent:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    first, *lines = head.strip().split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Sent(method, target, headers, body)


def own_certificate(folder: Path) -> Path:
    """Write a certificate for this machine that nobody vouches for, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(secret + made.public_bytes(Encoding.PEM))
    return file
