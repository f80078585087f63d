"""A versioned index over plain files, without stored blobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

__version__ = "0.1.0"
__all__ = ["Repository", "__version__"]

if TYPE_CHECKING:
    from annexish.flows.repository import Repository


def __getattr__(name: str) -> object:
    """Import the library when it is first used, so that `annexish --version` need not."""
    if name == "Repository":
        from annexish.flows.repository import Repository

        return Repository
    raise AttributeError(name)
