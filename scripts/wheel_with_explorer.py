"""Fills the wheel with the explorer's npm files: a build hook of hatchling, named in pyproject.toml."""

import runpy
import shutil
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ExplorerHook(BuildHookInterface[Any]):
    """Fetches them before a wheel is made; an editable install has scripts/explorer or `gateway explorer`."""

    def dependencies(self) -> list[str]:
        """Where there is no npm, have one put into the build's own environment."""
        fetch = self._fetch()
        return [] if shutil.which("npm") or fetch["is_complete"]() else [fetch["BORROWED_NPM"]]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002  (hatchling's signature)
        """Fetch, and build without them when that fails: the page then says why, all else works."""
        fetch = self._fetch()
        if version == "editable" or fetch["is_complete"]():
            return
        try:
            fetch["fetch"]()
        except fetch["NotFetched"] as error:
            self.app.display_warning(str(error))

    def _fetch(self) -> dict[str, Any]:
        # By path: the gateway itself is not installed here, nor what it needs.
        return runpy.run_path(str(Path(self.root) / "gateway" / "explorer" / "fetch.py"))
