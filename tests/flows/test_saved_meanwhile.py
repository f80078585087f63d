"""Somebody saves a file, by renaming a new one over it, after it was looked at and before it is replaced."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from annexish.apply.bringing import Bringing
from annexish.apply.keeps import Keeps
from tests.flows.pair import Pair, drawn
from tests.trees import Tree, inside


def save(tree: Tree, path: str) -> None:
    """Do what an editor does."""
    tree.write(path + "~", "saved meanwhile")
    os.rename(tree.path(path + "~"), tree.path(path))


def saving_after(patch: pytest.MonkeyPatch, kind: type, name: str, tree: Tree) -> set[str]:
    """Let somebody save `a` and `b`, if they are there, when a step is done that takes long; return what was saved."""
    step: Callable[..., object] = getattr(kind, name)
    saved = set()

    def slow(*arguments: object) -> object:
        done = step(*arguments)
        for path in {"a", "b"} & set(os.listdir(tree.top)):
            save(tree, path)
            saved.add(path)
        return done

    patch.setattr(kind, name, slow)
    return saved


def test_what_is_saved_while_the_new_content_is_made_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is named, and is a new object; what belongs there goes on beside it."""
    pair = Pair(tmp_path, {"a": "one", "z": "z"})
    pair.there.write("a", "theirs")
    saving_after(monkeypatch, Bringing, "_lent", pair.here)
    done = pair.merge()

    assert drawn(pair.here)["a"] == "saved meanwhile"
    assert [(problem.code, problem.path) for problem in done.done.problems] == [("left", b"a")]
    assert not os.path.exists(pair.here.path(".annexish/staging"))
    beside = f"a.elsewhere-{pair.here['a'].id.hex()[:8]}"
    assert pair.here.status() == [("added", "a"), ("moved", "a", beside)]


def test_what_is_saved_while_a_kept_content_is_read_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same for a file that goes."""
    pair = Pair(tmp_path, {"a": "one" * 99, "b": "one" * 99, "z": "z"})
    pair.there.remove("a", "b")
    pair.there.commit(allow_mass_deletion=True)
    saved = saving_after(monkeypatch, Keeps, "holds", pair.here)
    done = pair.merge(allow_mass_deletion=True)

    assert saved
    assert drawn(pair.here) == dict.fromkeys(saved, "saved meanwhile") | {"z": "z"}
    assert {problem.path for problem in done.done.problems if problem.code == "left"} == set(map(inside, saved))
    assert not os.path.exists(pair.here.path(".annexish/staging"))
