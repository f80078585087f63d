"""The settings of a repository, in a file that people may edit."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest

from annexish import Repository
from annexish.errors import Usage
from annexish.store.settings import KNOWN, Settings


@pytest.mark.parametrize("value", ["Ada", 'quote " and \\', "ä", "\U0001f40c", "\x7f", "tab\tline", "[table]\n"])
def test_what_is_set_is_read_again(tmp_path: Path, value: str) -> None:
    """Whatever characters it has; the file is TOML."""
    path = tmp_path / "config.toml"
    if "\n" in value:
        Settings(str(path)).write({"user.name": value})
    else:
        Settings(str(path)).set("user.name", value)

    assert Settings(str(path)).get("user.name") == value
    assert tomllib.loads(path.read_text(encoding="utf-8")) == {"user": {"name": value}}


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    """Bytes of the command line that are not UTF-8 would make a file that nobody can read."""
    with pytest.raises(Usage):
        Settings(str(tmp_path / "config.toml")).set("user.name", "\udcff")
    assert not (tmp_path / "config.toml").exists()


def test_a_directory_whose_name_is_no_text(tmp_path: Path) -> None:
    """The repository in it has a name all the same."""
    top = os.fsencode(tmp_path) + b"/caf\xe9"
    Repository.init(top)
    assert Repository.find(top).name == "caf\\udce9"


@pytest.mark.parametrize("key", sorted(set(KNOWN) - {"repository.directory", "repository.format", "repository.id"}))
def test_what_a_setting_takes_is_told_in_words(tmp_path: Path, key: str) -> None:
    """Not in a pattern, which few people read, and with what can be done next."""
    with pytest.raises(Usage) as raised:
        Settings(str(tmp_path / "config.toml")).set(key, "")
    assert not {*"[]{}*+()\\"}.intersection(str(raised.value))
    assert key in raised.value.hint
