"""A repository says who it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from annexish.errors import Corrupt
from tests.trees import Tree


@pytest.mark.parametrize("id", ["", "x" * 32, "ab", "A" * 32])
def test_an_id_that_is_none_is_refused(tmp_path: Path, id: str) -> None:
    """Everything that names the repository says so, and nothing is recorded in its name."""
    tree = Tree(tmp_path, {"a": "one"})
    config = Path(tree.path(".annexish/config.toml"))
    config.write_text(config.read_text().replace(tree.repository.id, id))

    with pytest.raises(Corrupt, match="who it is"):
        tree.commit()
    assert tree.heads() == 0
