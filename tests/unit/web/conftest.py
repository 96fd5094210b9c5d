"""A site on the sample publication."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pytest

from labsante.publication import open_publication
from labsante.publication.sample import write_sample
from labsante.web.app import create_app
from labsante.web.content import Content


@pytest.fixture(scope="session")
def sample_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small published version."""
    folder = tmp_path_factory.mktemp("web") / "publication"
    write_sample(folder)
    return folder


@pytest.fixture(scope="session")
def content(sample_folder: Path) -> Content:
    """The content of the sample."""
    return Content(open_publication(sample_folder))


@pytest.fixture(scope="session")
def site(sample_folder: Path) -> Any:
    """A client of the site, without a network."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from fastapi.testclient import TestClient

        return TestClient(create_app(sample_folder))
