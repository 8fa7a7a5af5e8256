"""Manifests of trusted documents: the forms that generators write, and what is wrong with them in a sentence."""

import hashlib
import json

import pytest

from gateway.documents.manifests import BadManifest, read_manifest

ROLE = "query Role { viewer { role } }"
HASH = hashlib.sha256(ROLE.encode()).hexdigest()
APOLLO = {
    "format": "apollo-persisted-query-manifest",
    "version": 1,
    "operations": [{"id": HASH, "name": "Role", "type": "query", "body": ROLE}],
}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("codegen.json", json.dumps({f"sha256:{HASH}": ROLE})),
        ("relay.json", json.dumps({HASH: ROLE})),
        ("apollo.json", json.dumps(APOLLO)),
        ("role.graphql", ROLE),
        ("role.txt", ROLE),
    ],
)
def test_every_form_names_a_document_by_its_hash(tmp_path, name, text):
    file = tmp_path / name
    file.write_text(text)

    assert read_manifest(file) == {HASH: ROLE}


def test_a_document_that_begins_with_a_brace_is_no_json(tmp_path):
    file = tmp_path / "short"
    file.write_text("{ __typename }")

    assert [*read_manifest(file).values()] == ["{ __typename }"]


def test_other_identifiers_are_kept_as_they_are(tmp_path):
    file = tmp_path / "manifest.json"
    file.write_text(json.dumps({"x-app:Role~1.0": ROLE, "0" * 32: ROLE}))

    assert read_manifest(file) == {"x-app:Role~1.0": ROLE, "0" * 32: ROLE}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (json.dumps({"sha256:" + "0" * 64: ROLE}), "is not the SHA-256 of its document; make the manifest again."),
        (json.dumps({"0" * 64: ROLE}), "is not the SHA-256 of its document"),
        (json.dumps({"sha256:short": ROLE}), "sha256:short is not the SHA-256 of its document"),
        (json.dumps({"a b": ROLE}), "'a b' is not an identifier"),
        (json.dumps({"x" * 201: ROLE}), "is not an identifier"),
        (json.dumps({"a": 1}), "is not a manifest: each identifier needs the text of a document."),
        (json.dumps({**APOLLO, "operations": [{"id": HASH}]}), "is not a manifest"),
        (b"\xff", "cannot be read: it is not text in UTF-8."),
        (None, "cannot be read: No such file or directory."),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(tmp_path, text, sentence):
    file = tmp_path / "manifest.json"
    if text is not None:
        file.write_bytes(text if isinstance(text, bytes) else text.encode())

    with pytest.raises(BadManifest) as raised:
        read_manifest(file)

    assert sentence in str(raised.value)
