"""Encodings of bodies: which is chosen, and what is sent as it is."""

import pytest

from gateway.http.compression import choose_encoding
from gateway.store.tokens import PREFIX

LONG = b"x" * 2_000


@pytest.mark.parametrize(
    ("accept", "encoding"),
    [
        ("", None),
        ("identity", None),
        ("br", None),
        ("deflate, compress", None),
        ("gzip", "gzip"),
        ("GZIP;q=0.1", "gzip"),
        ("gzip, deflate, br", "gzip"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("zstd;q=0.5, gzip", "gzip"),
        ("zstd;q=0, gzip;q=0", None),
        ("*", "zstd"),
        ("*, zstd;q=0", "gzip"),
        ("*;q=0", None),
        ("gzip;q=high", None),
        ("," * 1_000, None),
        ("\xff;q=1", None),
    ],
)
def test_the_encoding_is_the_best_of_those_that_the_client_prefers(accept, encoding):
    assert choose_encoding(accept.encode("latin-1"), LONG) == encoding


@pytest.mark.parametrize(
    ("body", "encoding"),
    [(b"x" * 1_000, None), (b"x" * 1_001, "gzip"), (LONG + PREFIX.encode() + b"secret", None)],
)
def test_what_is_short_or_holds_a_token_is_sent_as_it_is(body, encoding):
    assert choose_encoding(b"gzip", body) == encoding
