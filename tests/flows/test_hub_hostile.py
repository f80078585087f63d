"""What a Git server holds is not trusted: what is no history, or older, changes nothing; many may push at once."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from annexish.codec.holdings import decode_holdings, encode_holdings
from annexish.errors import AnnexishError, Corrupt, Refused
from annexish.model.published import HEADS, HOLDINGS
from annexish.remote.git import Server, Update
from tests.flows.relatives import check_equal, cloned, head, synced
from tests.flows.test_hub import hub, meet, pair, synced_apart
from tests.hubs import Hub, leftovers
from tests.trees import Tree, fsck, git, real

__all__ = ["hub", "pair"]
pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="there is no git")

STRANGER = "5" * 32
PERSON = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
Broken = Callable[[Hub], str]


def _tree(hub: Hub, *rows: str) -> str:
    return hub.git("mktree", "--missing", data="".join(f"{row}\n" for row in rows).encode())


def _blob(hub: Hub, data: bytes = b"x") -> str:
    return hub.git("hash-object", "-w", "--stdin", data=data)


def _commit(hub: Hub, tree: str, *words: str) -> str:
    return hub.git(*PERSON, "commit-tree", "-m", "x", *words, tree)


def _of_a_program(hub: Hub) -> str:
    return _commit(hub, _tree(hub, f"100644 blob {_blob(hub)}\tREADME"))


def _with_a_huge_blob(hub: Hub) -> str:
    return _commit(hub, _tree(hub, f"100644 blob {_blob(hub, bytes(257 << 20))}\tentries"))


def _with_a_thousand_roads(hub: Hub) -> str:
    tree = _tree(hub, f"100644 blob {_blob(hub)}\tentries")
    for _ in range(60):
        tree = _tree(hub, *(f"040000 tree {tree}\t{name}" for name in "0123456789abcdef"))
    return _commit(hub, tree)


def _on_top_of_ours(hub: Hub) -> str:
    ours = next(name for reference, name in hub.references().items() if reference.startswith(HEADS))
    return _commit(hub, _tree(hub, f"160000 commit {ours}\tentries"), "-p", ours)


def _tag(hub: Hub) -> str:
    hub.git(*PERSON, "tag", "-a", "-m", "x", "v1", _of_a_program(hub))
    return hub.git("rev-parse", "refs/tags/v1")


BROKEN: dict[str, Broken] = {
    "the history of a program": _of_a_program,
    "a huge blob": _with_a_huge_blob,
    "the same tree at very many places": _with_a_thousand_roads,
    "a commit on top of ours": _on_top_of_ours,
    "a tag": _tag,
    "a blob": _blob,
    "a tree": lambda hub: _tree(hub, f"100644 blob {_blob(hub)}\tentries"),
}


@pytest.mark.parametrize("kind", [HEADS, HOLDINGS])
@pytest.mark.parametrize("what", BROKEN)
def test_what_is_no_history_is_refused(pair: tuple[Tree, Tree], hub: Hub, what: str, kind: str) -> None:
    """With an error that names it; no reference and no file changes, and nothing stays."""
    here, there = pair
    meet(here, there)
    there.move("photos", "pictures")
    synced_apart(there)
    hub.git("update-ref", kind + STRANGER, BROKEN[what](hub))
    before = real(here.top), head(here), here.repository.references(), _packs(here)
    with pytest.raises((Corrupt, Refused), match=r"object|names|holdings") as met:
        here.repository.sync(["hub"])
    assert isinstance(met.value, AnnexishError)
    assert (real(here.top), head(here), here.repository.references(), _packs(here)) == before
    assert leftovers(here) == []
    fsck(here)
    hub.git("update-ref", "-d", kind + STRANGER)
    synced_apart(here)
    check_equal(here, there)


def _packs(tree: Tree) -> list[str]:
    return sorted(os.listdir(tree.path(".annexish/history.git/objects/pack")))


def test_a_broken_hub_stops_no_other_remote(pair: tuple[Tree, Tree], hub: Hub) -> None:
    """It is named."""
    here, there = pair
    here.repository.remote_add("there", there.top)
    hub.git("update-ref", HEADS + STRANGER, _of_a_program(hub))
    there.move("photos", "pictures")
    done = here.repository.sync()
    assert [(one.name, isinstance(one.error, Corrupt)) for one in done.remotes] == [("hub", True), ("there", False)]
    check_equal(here, there)


def test_other_references_are_passed_over(pair: tuple[Tree, Tree], hub: Hub) -> None:
    """A server may hold whatever else it likes, and names that annexish does not know."""
    here, there = pair
    meet(here, there)
    for name in ("refs/heads/main", "refs/tags/x", "refs/annexish/heads/somebody", "refs/annexish/later/" + STRANGER):
        hub.git("update-ref", name, _of_a_program(hub))
    there.move("photos", "pictures")
    meet(there, here)
    check_equal(here, there)
    assert not any("somebody" in name or "later" in name for name in here.repository.references())


def test_a_head_that_goes_back_is_put_right(pair: tuple[Tree, Tree], hub: Hub) -> None:
    """Whoever knows the newer one has it still, and pushes it."""
    here, there = pair
    there.move("photos", "pictures")
    meet(there, here)
    reference = HEADS + there.repository.id
    newest = hub.references()[reference]
    hub.git("update-ref", reference, f"{newest}^")
    synced_apart(here)
    assert git(here, "rev-parse", reference).strip() == newest == hub.references()[reference]
    check_equal(here, there)


def test_older_holdings_of_somebody_stay_unknown(pair: tuple[Tree, Tree], hub: Hub) -> None:
    """Of two the one with the higher counter is believed, and pushed."""
    here, there = pair
    meet(there, here)
    reference = HOLDINGS + there.repository.id
    newest = hub.references()[reference]
    told = decode_holdings(subprocess.run(["git", "-C", hub.path, "cat-file", "blob", newest], check=True,
                                          capture_output=True).stdout)  # fmt: skip
    older = told._replace(counter=told.counter - 1, name="somebody else")
    hub.git("update-ref", reference, _blob(hub, encode_holdings(older)))
    synced_apart(here)
    assert git(here, "rev-parse", reference).strip() == newest == hub.references()[reference]


def test_what_is_told_of_this_one_is_passed_over(pair: tuple[Tree, Tree], hub: Hub) -> None:
    """Nobody tells it where its head is, or what it holds."""
    here, there = pair
    meet(here, there)
    own = here.repository.id
    for kind in (HEADS, HOLDINGS):
        hub.git("update-ref", "-d", kind + own)
    before = head(here)
    synced_apart(here)
    assert (head(here), hub.references()[HEADS + own]) == (before, before)
    hub.git("update-ref", HEADS + own, _of_a_program(hub))
    with pytest.raises(Corrupt):
        here.repository.sync(["hub"])
    assert head(here) == before


def test_what_this_one_pushed_and_lost_is_merged(pair: tuple[Tree, Tree], hub: Hub) -> None:
    """As after a disk that came back from a backup: the hub remembers what others may have built upon."""
    here, there = pair
    meet(here, there)
    there.move("photos", "pictures")
    there.commit()
    hub.git("fetch", "-q", there.path(".annexish/history.git"), f"+main:{HEADS}{here.repository.id}")
    synced_apart(here)
    check_equal(here, there)
    assert hub.references()[HEADS + here.repository.id] == head(here)


def test_whoever_is_faster_is_heard_first(pair: tuple[Tree, Tree], hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both know news of a third one, and somebody pushes them between what was fetched and what is pushed."""
    here, there = pair
    meet(here, there)
    third = cloned(there, "third")
    third.move("music/song", "la")
    third.repository.remote_add("here", here.top)
    synced(third)
    push = Server.push
    won: list[bool] = []

    def late(server: Server, updates: dict[str, Update]) -> bool:
        if not os.path.exists(there.path("pictures")):
            there.move("photos", "pictures")
            there.repository.sync(["hub"])
        won.append(push(server, updates))
        return won[-1]

    here.move("notes.txt", "n")
    monkeypatch.setattr(Server, "push", late)
    synced_apart(here)
    monkeypatch.undo()
    assert won == [True, False, True]
    for tree in (here, there, third):
        assert hub.references()[HEADS + tree.repository.id] == head(tree)
    meet(here, there)
    check_equal(here, there)


def test_many_push_at_once(pair: tuple[Tree, Tree], hub: Hub) -> None:
    """Each ends well, and then all have what each did."""
    here, there = pair
    for number in range(3):
        for tree, name in (here, "here"), (there, "there"):
            tree.write(f"{name}/{number}", "")
        program = "from annexish.cli.main import main; main()"
        both = [
            subprocess.Popen(
                [sys.executable, "-c", program, "-C", tree.top, "-q", "sync", "hub"], stderr=subprocess.PIPE
            )
            for tree in pair
        ]
        ends = [(one.communicate()[1], one.returncode) for one in both]
        assert [code for _, code in ends] == [0, 0], ends
        hub.fsck()
    meet(here, there)
    check_equal(here, there)
    assert sorted(os.listdir(here.path("there"))) == ["0", "1", "2"]


def test_killed_while_it_fetches(pair: tuple[Tree, Tree], hub: Hub, tmp_path: Path) -> None:
    """The next command that writes leaves nothing behind."""
    here, there = pair
    meet(here, there)
    there.move("photos", "pictures")
    synced_apart(there)
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    slow = tmp_path / "bin" / "git"
    slow.parent.mkdir()
    real_git = shutil.which("git")
    slow.write_text(
        f'#!/bin/sh\ncase "$*" in *" fetch "*) echo > {fifo}; exec cat {fifo};; esac\nexec {real_git} "$@"\n'
    )
    slow.chmod(0o755)
    words = [sys.executable, "-c", "from annexish.cli.main import main; main()", "-C", here.top, "sync", "hub"]
    path = f"{slow.parent}:{os.environ['PATH']}"
    process = subprocess.Popen(words, env=os.environ | {"PATH": path}, stdout=subprocess.DEVNULL)
    with fifo.open("rb") as told:
        told.readline()
        assert len(leftovers(here)) == 1
        process.send_signal(signal.SIGKILL)
        process.wait()
    with fifo.open("wb"):
        pass
    assert len(leftovers(here)) == 1
    here.write("x", "")
    here.commit()
    assert leftovers(here) == []
    meet(here, there)
    check_equal(here, there)


def test_a_clone_of_what_is_no_history(hub: Hub, tmp_path: Path) -> None:
    """It says so, and the same clone goes on when the hub is right."""
    hub.git("update-ref", HEADS + STRANGER, _of_a_program(hub))
    with pytest.raises(Corrupt):
        hub.cloned(tmp_path / "here")
    hub.git("update-ref", "-d", HEADS + STRANGER)
    assert hub.cloned(tmp_path / "here").repository.references() == []
