"""The explorer's files: fetched and checked by digest, served by name, explained where they are missing."""

import base64
import dataclasses
import hashlib
import io
import os
import sys
import tarfile

import httpx
import pytest
from starlette.applications import Starlette

from gateway.explorer import fetch, files
from gateway.graphql.http.explorer import explorer_routes

WORKING_NPM = '#!/bin/sh\nPATH=/bin:/usr/bin\ncp "{archives}"/* .\n'
FAILING_NPM = "#!/bin/sh\necho no registry answers >&2\nexit 1\n"


@pytest.fixture
def archives(tmp_path, monkeypatch):
    """A folder of small archives in place of the real ones, pinned by their digests."""
    folder = tmp_path / "archives"
    folder.mkdir()
    pinned = []
    for package in fetch.PACKAGES:
        content = io.BytesIO()
        with tarfile.open(fileobj=content, mode="w:gz") as archive:
            for theirs, ours in package.files.items():
                member = tarfile.TarInfo(f"package/{theirs}")
                member.size = len(ours)
                archive.addfile(member, io.BytesIO(ours.encode()))
        (folder / package.archive).write_bytes(content.getvalue())
        digest = base64.b64encode(hashlib.sha512(content.getvalue()).digest()).decode()
        pinned.append(dataclasses.replace(package, sha512=digest))
    monkeypatch.setattr(fetch, "PACKAGES", tuple(pinned))
    return folder


@pytest.fixture
def npm(tmp_path, archives, monkeypatch):
    """Put an npm that copies the archives on the PATH, alone; return its file."""
    program = tmp_path / "bin" / "npm"
    program.parent.mkdir()
    program.write_text(WORKING_NPM.format(archives=archives))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))
    monkeypatch.setattr(sys, "executable", os.devnull)  # there is no uv beside it
    return program


@pytest.fixture
async def client():
    transport = httpx.ASGITransport(Starlette(routes=explorer_routes()))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        yield client


@pytest.mark.usefixtures("npm")
def test_what_is_fetched_is_complete_and_nothing_else(tmp_path):
    vendor = tmp_path / "vendor"

    fetch.fetch(vendor)

    assert fetch.is_complete(vendor)
    assert sorted(path.name for path in vendor.iterdir()) == sorted([*fetch.FILES, "pins.txt"])
    assert (vendor / "react.js").read_text() == "react.js"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".fetch")] == []


@pytest.mark.usefixtures("npm")
def test_an_archive_with_another_digest_is_refused_and_what_was_there_stays(tmp_path, archives):
    vendor = tmp_path / "vendor"
    fetch.fetch(vendor)
    changed = archives / "graphiql-4.1.2.tgz"
    changed.write_bytes(changed.read_bytes() + b"\0")

    with pytest.raises(fetch.NotFetched, match=r"graphiql 4\.1\.2 is not what was pinned"):
        fetch.fetch(vendor)

    assert fetch.is_complete(vendor)


def test_a_failing_npm_is_reported_with_its_reason_and_what_to_run(tmp_path, npm):
    npm.write_text(FAILING_NPM)

    with pytest.raises(fetch.NotFetched, match=r"npm: no registry answers.*gateway explorer"):
        fetch.fetch(tmp_path / "vendor")

    assert not (tmp_path / "vendor").exists()


def test_without_npm_and_uv_the_sentence_says_so(tmp_path, npm):
    npm.unlink()

    with pytest.raises(fetch.NotFetched, match="there is neither npm nor uv on this machine"):
        fetch.fetch(tmp_path / "vendor")


@pytest.mark.usefixtures("npm")
def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(fetch.NotFetched, match="could not be written to"):
        fetch.fetch(tmp_path / "file" / "vendor")


def test_other_pins_make_the_files_incomplete(tmp_path):
    (tmp_path / "pins.txt").write_text("react@17.0.0 sha512-old\n")

    assert not fetch.is_complete(tmp_path)
    assert not fetch.is_complete(tmp_path / "nowhere")


def test_without_the_files_the_page_says_what_to_run(tmp_path):
    page = files.page(tmp_path)

    assert "<code>gateway explorer</code>" in page
    assert "graphiql.js" not in page


async def test_a_listed_file_is_kept_for_good_under_its_present_version(client):
    present = await client.get(f"/explorer/{files.version()}/explorer.js")
    past = await client.get("/explorer/0123456789abcdef/explorer.js")

    assert (present.status_code, present.headers["content-type"]) == (200, "text/javascript; charset=utf-8")
    assert present.headers["content-encoding"] == "gzip"
    assert present.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert present.headers["x-content-type-options"] == "nosniff"
    assert (past.content, past.headers["cache-control"]) == (present.content, "no-cache")


async def test_a_file_is_sent_plain_to_who_does_not_take_gzip(client):
    response = await client.get(f"/explorer/{files.version()}/icon.svg", headers={"Accept-Encoding": "identity"})

    assert (response.status_code, response.headers["content-type"]) == (200, "image/svg+xml")
    assert "content-encoding" not in response.headers
    assert response.text.startswith("<svg")


@pytest.mark.parametrize(
    "name",
    [
        "fetch.py",
        "explorer.html",
        "pins.txt",
        "..%2Ffetch.py",
        "%2e%2e/fetch.py",
        "..%5Cfetch.py",
        "explorer.js%00",
        "",
    ],
)
async def test_what_is_not_listed_is_not_there(client, name):
    response = await client.get(f"/explorer/{files.version()}/{name}")

    assert response.status_code == 404
    assert "import" not in response.text
