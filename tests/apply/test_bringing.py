"""What is brought to where nothing is."""

from __future__ import annotations

from pathlib import Path

import pytest

from annexish.apply.bringing import Bringing
from annexish.apply.keep import Keep
from annexish.apply.keeps import Keeps
from tests.limited import no_more_files
from tests.pictures import entry
from tests.trees import inside


def test_a_directory_that_cannot_be_entered_is_not_left_there(tmp_path: Path) -> None:
    """The same again makes it, with its metadata; what was there before stays as it is."""
    (tmp_path / "there").mkdir()
    with (
        Keeps(Keep(str(tmp_path / "keep")), {}, {}) as keep,
        Bringing(bytes(tmp_path), keep) as hands,
        no_more_files(),
    ):
        for name in ("d", "there"):
            with pytest.raises(OSError, match="Too many open files"):
                list(hands.bring(inside(name), entry(name, {})))

    assert [found.name for found in tmp_path.iterdir()] == ["there"]
