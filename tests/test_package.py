"""What is installed: the command, the types, the names, and little at start-up."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import distribution
from importlib.resources import files

import pytest

import annexish

SLOW = {"PIL", "blake3", "click", "msgpack", "pathspec", "pygit2", "pymediainfo", "sqlite3", "tinytag"}


def test_the_version_is_written_once() -> None:
    """The installed metadata and the package say the same."""
    assert distribution("annexish").version == annexish.__version__


def test_the_command_is_installed() -> None:
    """`annexish` is one command, and its function exists."""
    (script,) = distribution("annexish").entry_points.select(group="console_scripts")
    assert script.name == "annexish"
    assert callable(script.load())


def test_the_types_are_shipped() -> None:
    """Type checkers of others read ours."""
    assert files("annexish").joinpath("py.typed").is_file()


@pytest.mark.parametrize("name", annexish.__all__)
def test_every_public_name_exists(name: str) -> None:
    """What `__all__` promises can be imported, lazily or not."""
    assert getattr(annexish, name) is not None


def test_an_unknown_name_is_an_attribute_error() -> None:
    """The lazy import does not hide a mistyped name."""
    with pytest.raises(AttributeError, match="Repositry"):
        _ = annexish.Repositry


def test_the_version_is_told_without_loading_much() -> None:
    """`annexish --version` starts about as fast as Python does."""
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from annexish.cli.main import main; main(); import sys; print(*sys.modules)",
            "--version",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    version, modules = done.stdout.splitlines()
    assert version == f"annexish {annexish.__version__}"
    assert not SLOW & set(modules.split())
