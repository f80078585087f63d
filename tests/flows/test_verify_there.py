"""What a remote holds is verified there, and healed from here; what is here is healed from a remote."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from annexish import Repository
from annexish.errors import Missing, Refused, Unreachable
from annexish.remote import ssh
from annexish.remote.wire import Line
from annexish.store.verified import oldest
from tests.conftest import MakeFilesystem
from tests.faults.images import Image, flipped, settle, wait
from tests.flows.relatives import check_equal
from tests.flows.rotting import found, kept, pretend, put
from tests.remote.served import frames_of, line_to, started
from tests.trees import Tree, inside

DATA = random.Random(1).randbytes(600_000)
ROTTEN = flipped(DATA, 5000)
FILES = {"a": DATA, "b": {"other": "other"}, "c": "see"}


class Connected(NamedTuple):
    """Two repositories, with what the one here calls the other one, and how often it was connected over a wire."""

    here: Tree
    there: Tree
    options: list[str]
    lines: list[object]


@pytest.fixture(params=["directory", "wire"])
def both(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Connected:
    """A repository and its clone, which knows it as `origin`: a directory, or something behind a connection."""
    options: list[str] = []
    lines: list[object] = []

    def connected(*_: object) -> Line:
        process = started(*options)
        lines.append(process)
        return line_to(process, frames_of(process))

    monkeypatch.setattr(ssh, "_connected", connected)
    there = Tree(tmp_path, FILES, name="there")
    there.commit_calmly()
    top = str(tmp_path / "here")
    Repository.clone(there.top if request.param == "directory" else f"ssh://there{there.top}", top)
    here = Tree.opened(top)
    here.commit_calmly()
    lines.clear()
    return Connected(here, there, options, lines)


def over_a_wire(both: Connected, *options: str) -> None:
    """Skip what a directory of this machine has not: options of the other end."""
    if not both.here.repository.remotes()[0].url.startswith("ssh"):
        pytest.skip("a directory has no rights of a connection")
    both.options.extend(options)


def rotten(tree: Tree) -> None:
    """Let a file rot, and what is kept of it; nothing shows it."""
    pretend(tree, "a", ROTTEN)
    wait()


def everything_in(top: str) -> dict[str, tuple[int, ...]]:
    """Every name below a directory, and what tells that it was written; not the memory that SQLite shares on disk."""
    paths = [os.path.join(at, name) for at, above, names in os.walk(top) for name in (*above, *names)]
    paths = [path for path in paths if not path.endswith(("-shm", "-wal"))]
    stats = [(path, os.lstat(path)) for path in (top, *paths)]
    return {path: (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns) for path, found in stats}


def test_all_is_well_there(both: Connected) -> None:
    """Every content is read there, none crosses, and then it is known here when that was."""
    both.here.repository.sync()
    asked = [inside("a")]
    before = {copy.holder.name: copy.holder.verified > 0 for copy in both.here.repository.whereis(asked)[0].copies}
    done = both.here.repository.verify(remote="origin")
    after = {copy.holder.name: copy.holder.verified > 0 for copy in both.here.repository.whereis(asked)[0].copies}
    assert (done.files, done.size, done.problems) == (3, len(DATA) + 8, ())
    assert before == {"here": False, "there": False}
    assert after == {"here": False, "there": True}


def test_rot_there_is_said(both: Connected) -> None:
    """Nothing is changed on either side."""
    rotten(both.there)
    for _ in range(2):
        assert found(both.here.repository.verify(remote="origin")) == [("rot", "a", False)]
    assert both.there.read("a") == ROTTEN
    assert both.here.read("a") == DATA


def test_rot_there_is_healed_from_here(both: Connected) -> None:
    """The rotten bytes go to the keep there, which has the good ones too, and nothing is left to record."""
    rotten(both.there)
    assert found(both.here.repository.verify(remote="origin", repair=True)) == [("rot", "a", True)]
    assert (both.there.read("a"), both.there.read(kept(ROTTEN)), both.there.read(kept(DATA))) == (DATA, ROTTEN, DATA)
    assert found(both.here.repository.verify(remote="origin")) == []
    assert not os.path.exists(both.there.path(".annexish/lent"))
    check_equal(both.here, both.there)


def test_what_is_kept_there_is_healed_from_here(both: Connected) -> None:
    """The name that lied becomes that of what it was."""
    both.there.remove("a")
    both.there.commit()
    both.there.write(kept(DATA), ROTTEN)
    assert found(both.here.repository.verify(remote="origin")) == [("kept", kept(DATA), False)]
    assert found(both.here.repository.verify(remote="origin", repair=True)) == [("kept", kept(DATA), True)]
    assert (both.there.read(kept(DATA)), both.there.read(kept(ROTTEN))) == (DATA, ROTTEN)


def test_a_good_copy_there_comes_first(both: Connected) -> None:
    """Nothing need be here."""
    put(both.there, DATA)
    both.here.repository.drop([inside("a")], copies=1)
    rotten(both.there)
    assert found(both.here.repository.verify(remote="origin", repair=True)) == [("rot", "a", True)]
    assert both.there.read("a") == DATA


@pytest.mark.parametrize("state", ["absent", "rotten"])
def test_no_good_copy_on_either_side(both: Connected, state: str) -> None:
    """It is said, and stays as it is; what is here is believed as little as anything."""
    if state == "absent":
        both.here.repository.drop([inside("a")], copies=1)
    else:
        both.here.write("a", ROTTEN)
    rotten(both.there)
    done = both.here.repository.verify(remote="origin", repair=True)
    assert found(done) == [("rot", "a", False)]
    assert "no good copy of it is there or here" in done.problems[0].reason
    assert both.there.read("a") == ROTTEN
    assert done.files == 3


def test_a_part_there(both: Connected) -> None:
    """Only what is at the paths is read; what its newest commit does not have is missing, whatever is on the disk."""
    both.there.write("new", "new")
    assert both.here.repository.verify([inside("b"), inside("c")], remote="origin").size == 8
    for path in ("new", "nowhere", "../here", ".annexish/lock"):
        with pytest.raises(Missing, match="newest commit there"):
            both.here.repository.verify([inside(path)], remote="origin")


def test_a_budget_there(both: Connected) -> None:
    """What was verified there is remembered there, so that the next time goes on."""
    first = both.here.repository.verify(budget_bytes=1, remote="origin")
    second = both.here.repository.verify(budget_bytes=6, remote="origin")
    assert [(first.files, first.remaining), (second.files, second.remaining)] == [(1, 2), (2, 1)]
    assert oldest(both.there.path(".annexish/verified.sqlite")) is not None
    assert oldest(both.here.path(".annexish/verified.sqlite")) is None
    assert both.here.repository.verify(budget_seconds=0, remote="origin").remaining == 3


def test_who_may_only_read_writes_nothing(both: Connected) -> None:
    """It finds what there is to find; not even a broken record of verifications is removed."""
    over_a_wire(both, "--read-only")
    rotten(both.there)
    both.there.write(".annexish/verified.sqlite", "this is no database, and long enough to be looked at" * 100)
    both.there.repository.status()
    before = everything_in(both.there.top)
    for _ in range(2):
        assert found(both.here.repository.verify(remote="origin")) == [("rot", "a", False)]
    with pytest.raises(Refused, match="may not do that"):
        both.here.repository.verify(remote="origin", repair=True)
    assert everything_in(both.there.top) == before


def test_who_may_only_read_reads_what_was_remembered(both: Connected) -> None:
    """Least recently verified first, as anybody."""
    over_a_wire(both)
    both.there.repository.verify([inside("a")])
    both.options.append("--read-only")
    assert both.here.repository.verify(budget_bytes=6, remote="origin").size == 8


def test_who_may_only_add_changes_no_file(both: Connected) -> None:
    """What was verified is remembered; nothing is healed."""
    over_a_wire(both, "--append-only")
    rotten(both.there)
    assert found(both.here.repository.verify(remote="origin")) == [("rot", "a", False)]
    assert oldest(both.there.path(".annexish/verified.sqlite")) is not None
    with pytest.raises(Refused, match="may not do that"):
        both.here.repository.verify(remote="origin", repair=True)
    assert both.there.read("a") == ROTTEN


def test_a_remote_that_is_away(both: Connected) -> None:
    """It is said; so is one that nobody knows."""
    os.rename(both.there.top, both.there.top + ".away")
    with pytest.raises((Unreachable, Missing)):
        both.here.repository.verify(remote="origin")
    with pytest.raises(Missing, match="no remote"):
        both.here.repository.verify(remote="nobody")


def test_another_repository_is_not_verified(both: Connected) -> None:
    """It is not the one that was met."""
    os.rename(both.there.top, both.there.top + ".away")
    Tree(Path(both.there.top).parent, {"x": "x"}, name="there")
    with pytest.raises(Refused, match="another repository"):
        both.here.repository.verify(remote="origin")


def test_rot_here_is_healed_from_a_remote(both: Connected) -> None:
    """None is asked before somebody wants to heal, and nothing that came stays beside."""
    rotten(both.here)
    assert found(both.here.repository.verify()) == [("rot", "a", False)]
    assert both.lines == []
    assert found(both.here.repository.verify(repair=True)) == [("rot", "a", True)]
    assert (both.here.read("a"), both.here.read(kept(ROTTEN)), both.here.read(kept(DATA))) == (DATA, ROTTEN, DATA)
    assert not os.path.exists(both.here.path(".annexish/lent"))
    check_equal(both.here, both.there)


def test_what_is_kept_here_is_healed_from_a_remote(both: Connected) -> None:
    """Here too the name that lied becomes that of what it was."""
    both.here.remove("a")
    both.here.commit()
    both.here.write(kept(DATA), ROTTEN)
    assert found(both.here.repository.verify(repair=True)) == [("kept", kept(DATA), True)]
    assert (both.here.read(kept(DATA)), both.here.read(kept(ROTTEN))) == (DATA, ROTTEN)
    assert os.stat(both.here.path(kept(DATA))).st_nlink == 1


def test_a_good_copy_here_needs_no_remote(both: Connected) -> None:
    """None is asked."""
    put(both.here, DATA)
    rotten(both.here)
    assert found(both.here.repository.verify(repair=True)) == [("rot", "a", True)]
    assert both.lines == []


def _away(there: Tree) -> None:
    os.rename(there.top, there.top + ".away")


def _lacking(there: Tree) -> None:
    there.remove("a", kept(DATA))


def _changed(there: Tree) -> None:
    there.write("a", ROTTEN)


@pytest.mark.parametrize("state", [_away, _lacking, _changed])
def test_no_remote_has_a_good_copy(both: Connected, state: Callable[[Tree], None]) -> None:
    """It is said, and the rest is verified."""
    state(both.there)
    rotten(both.here)
    done = both.here.repository.verify(repair=True)
    assert found(done) == [("rot", "a", False)]
    assert "no remote that answers has one" in done.problems[0].reason
    assert (both.here.read("a"), done.files) == (ROTTEN, 3)
    assert not os.path.exists(both.here.path(".annexish/lent"))


def test_what_a_killed_repair_left_is_no_hindrance(both: Connected) -> None:
    """It goes with the next one."""
    fan, digest = kept(DATA).split("/")[-2:]
    for name in (f"{fan}/{digest}", f"parts/{fan}{digest}"):
        both.here.write(f".annexish/lent/{name}", ROTTEN)
    rotten(both.here)
    assert found(both.here.repository.verify(repair=True)) == [("rot", "a", True)]
    assert both.here.read("a") == DATA
    assert not os.path.exists(both.here.path(".annexish/lent"))
    both.here.write(".annexish/lent/e2/f", ROTTEN)
    assert found(both.here.repository.verify(repair=True)) == []
    assert not os.path.exists(both.here.path(".annexish/lent"))


@pytest.mark.root
@pytest.mark.parametrize(("kind", "codes"), [("ext4", {"rot"}), ("xfs", {"rot", "kept"})])
def test_blocks_that_rot_there(filesystem: MakeFilesystem, tmp_path: Path, kind: str, codes: set[str]) -> None:
    """As disks do it: no record says so; what shares blocks rots too. All metadata of the file stay."""
    there = Tree(filesystem(kind), {"a": DATA, "b": {"other": "other"}}, name="there")
    os.setxattr(there.path("a"), "user.colour", b"red")
    os.chmod(there.path("a"), 0o640)
    settle(there)
    Repository.clone(there.top, tmp_path / "here")
    here = Tree.opened(str(tmp_path / "here"))
    before = os.stat(there.path("a"))
    assert Image(Path(there.top).parent).change(DATA[:4096], flipped(DATA[:4096], 100))
    for repair in (False, True):
        problems = here.repository.verify(remote="origin", repair=repair).problems
        assert {(problem.code, problem.healed) for problem in problems} == {(code, repair) for code in codes}
    after = os.stat(there.path("a"))
    assert there.read("a") == DATA
    assert os.getxattr(there.path("a"), "user.colour") == b"red"
    assert (after.st_mode, after.st_mtime_ns) == (before.st_mode, before.st_mtime_ns)
    check_equal(here, there)
