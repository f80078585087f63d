"""Two repositories that know each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.flows.relatives import cloned
from tests.flows.work import FILES
from tests.trees import Tree


@pytest.fixture
def there(tmp_path: Path) -> Tree:
    """The remote."""
    tree = Tree(tmp_path, FILES, name="there")
    tree.commit()
    return tree


@pytest.fixture
def here(there: Tree) -> Tree:
    """Its clone, which syncs."""
    return cloned(there, "here")
