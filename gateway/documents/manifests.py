"""Manifests: files of documents by their identifiers, as the generators of clients write them.

GraphQL Code Generator and Relay write a JSON object of texts by identifier, Apollo one with a list of operations. A
file that is no JSON is one document, whose identifier is its hash.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import orjson

from gateway.documents.options import DocumentOptions

SHA256 = "sha256:"
APOLLO = "apollo-persisted-query-manifest"
LONGEST_IDENTIFIER = 200  # characters
_IDENTIFIER = re.compile(rf"[A-Za-z0-9._~:-]{{1,{LONGEST_IDENTIFIER}}}")
_HASH = re.compile(r"[0-9a-f]{64}")


class BadManifest(ValueError):
    """A manifest that cannot be used; its text is a sentence for the operator."""


def hash_of(text: str) -> str:
    """Return the SHA-256 of a document's text, in hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def key_of(identifier: str) -> str:
    """Return what a document is kept by: `sha256:HASH` and the bare hash are one."""
    return identifier.removeprefix(SHA256)


def trusted_by(options: DocumentOptions) -> dict[str, str]:
    """Return the texts of the manifest that the settings name, by their keys.

    Raises:
        BadManifest: as `read_manifest` does.
    """
    return read_manifest(Path(options.documents_manifest)) if options.documents_manifest else {}


def read_manifest(file: Path) -> dict[str, str]:
    """Return the texts of a file by their keys.

    Raises:
        BadManifest: it cannot be read, is no manifest, or an identifier is not its document's.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text in UTF-8"
        raise BadManifest(f"{file} cannot be read: {reason}.") from error
    if not text.lstrip().startswith("{") or file.suffix in {".graphql", ".gql"}:
        return {hash_of(text): text}
    try:
        manifest = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {hash_of(text): text}  # `{ viewer { role } }`
    return {_checked(file, identifier, body): body for identifier, body in _listed(file, manifest)}


def _listed(file: Path, manifest: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    if manifest.get("format") == APOLLO:
        operations = manifest.get("operations")
        pairs: list[tuple[object, object]] = [
            (each.get("id"), each.get("body"))
            for each in (operations if isinstance(operations, list) else [])
            if isinstance(each, dict)
        ]
    else:
        pairs = [*manifest.items()]
    for identifier, body in pairs:
        if not isinstance(identifier, str) or not isinstance(body, str):
            raise BadManifest(f"{file} is not a manifest: each identifier needs the text of a document.")
        yield identifier, body


def _checked(file: Path, identifier: str, body: str) -> str:
    key = key_of(identifier)
    if _IDENTIFIER.fullmatch(identifier) is None:
        raise BadManifest(
            f"{file}: {identifier[:50]!r} is not an identifier; those have letters, digits, and - . _ ~ :."
        )
    if (_HASH.fullmatch(key) or key != identifier) and key != hash_of(body):
        raise BadManifest(f"{file}: {identifier} is not the SHA-256 of its document; make the manifest again.")
    return key
