"""The history at rest, and Git itself on it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from annexish.codec.commits import encode_commit
from annexish.codec.entries import encode_entries, encode_split
from annexish.codec.messages import CONFIRMS
from annexish.codec.trees import TreeParts, encode_tree, with_confirmed
from annexish.errors import Corrupt, Missing, Unreachable, Usage
from annexish.model.commit import Signature
from annexish.model.entry import Entry
from annexish.model.ids import BlobId, CommitId, ObjectId, TreeId
from annexish.store.history import History, Nodes
from annexish.store.pack import PackWriter
from tests.limited import no_more_files
from tests.pictures import entry, object_id, root
from tests.store.repositories import bare, commit, commit_bytes, git
from tests.trees import NOBODY, as_nobody

MANY = {f"{number:05}": "1" for number in range(5000)}


@pytest.fixture
def history(tmp_path: Path) -> History:
    """A new history."""
    return History.create(str(tmp_path / "history.git"))


def put(history: History, *found: tuple[bytes, bytes]) -> list[bytes]:
    """Put objects into a pack; return their names."""
    pack = PackWriter(history.packs)
    names = [pack.put(kind, data) for kind, data in found]
    pack.publish()
    history.refresh()
    return names


def test_a_new_history_has_no_head(history: History) -> None:
    """The first commit makes it."""
    assert history.head() is None
    with pytest.raises(Missing):
        history.resolve("HEAD")


def test_git_takes_a_history(history: History) -> None:
    """Strictly checked, with small and split directories, a merge and odd messages."""
    one = commit(history, {"a": "1", "\udcff.git": "2"}, "one")
    two = commit(history, MANY, "two\n\nand more ✓", one)
    three = commit(history, {**MANY, "b": "2"}, "three", two, one)
    git(history.path, "fsck", "--strict", "--full")
    assert git(history.path, "log", "--format=%H %P").split("\n")[0] == f"{three} {two} {one}"
    assert git(history.path, "log", "--format=%(trailers:key=Annexish-Counts,valueonly)", "-1").strip() == "added=1"
    assert "* " in git(history.path, "log", "--graph", "--oneline")
    assert "commit: test" in git(history.path, "reflog", "main")


def test_a_history_is_cloned_and_pushed(history: History, tmp_path: Path) -> None:
    """A stock Git carries it, and what arrives is read as what was sent."""
    first = commit(history, {"a": "1"}, "one")
    git(tmp_path, "clone", "-q", "--bare", f"file://{history.path}", "copy.git")
    copy = History(str(tmp_path / "copy.git"))
    assert copy.head() == first
    second = commit(copy, MANY, "two", first)
    git(copy.path, "push", "-q", f"file://{history.path}", "main")
    again = History(history.path)
    assert again.head() == second
    found = again.commit(second)
    assert found.message == "two"
    assert Nodes(again)(found.tree).total == 5001
    git(history.path, "fsck", "--strict", "--full")


def test_a_commit_says_all_it_was_told(history: History) -> None:
    """Author, time, parents, and what the trailers hold."""
    one = commit(history, {"a": "1"}, "one")
    two = history.commit(commit(history, {"a": "2"}, "two\n\nlines", one))
    assert (two.message, two.parents, two.repository, two.counts) == ("two\n\nlines", (one,), "r" * 32, {"added": 1})
    assert tuple(two.author) == ("Ada", "ada@example.org", 1_700_000_000, 60)
    assert history.head() == two.id


@pytest.mark.parametrize(
    "message", [b"\xff\xfe", b"", b"one\n", b"caf\xe9\n\nAnnexish-Format: 1\nAnnexish-Repository: \xff\n"]
)
def test_foreign_messages_can_be_read(history: History, message: bytes) -> None:
    """Another program may write any bytes into a commit."""
    made = commit(history, {"a": "1"}, message)
    assert history.commit(made).id == made


@pytest.mark.parametrize("revision", ["HEAD", "main", "@", "HEAD~0", "refs/heads/main"])
def test_revisions_are_gits(history: History, revision: str) -> None:
    """A commit is named as `git rev-parse` names it."""
    commit(history, {"a": "1"}, "one")
    assert history.resolve(revision) == git(history.path, "rev-parse", revision).strip()


def test_a_prefix_of_an_id_is_enough(history: History) -> None:
    """As in Git."""
    made = commit(history, {"a": "1"}, "one")
    assert history.resolve(made[:10]) == made


@pytest.mark.parametrize("revision", ["nothing", "HEAD~5", "", "HEAD^{blob}", "a..b", "\udcff", "x y", "@{5}", "~"])
def test_a_revision_that_is_none_is_missing(history: History, revision: str) -> None:
    """Whatever was typed ends in one error."""
    commit(history, {"a": "1"}, "one")
    with pytest.raises(Missing):
        history.resolve(revision)


def test_an_option_is_no_revision(history: History) -> None:
    """A word that begins with a dash was meant otherwise."""
    with pytest.raises(Usage):
        history.resolve("--all")


def test_a_commit_that_is_not_there_is_missing(history: History) -> None:
    """So is a tree under the name of a commit."""
    made = history.commit(commit(history, {"a": "1"}, "one"))
    for name in ("0" * 40, made.tree.hex(), "xyz"):
        with pytest.raises(Missing):
            history.commit(CommitId(name))


def test_the_head_moves_and_leaves_a_trace(history: History) -> None:
    """Each move is in the reflog."""
    one = commit(history, {"a": "1"}, "one")
    two = commit(history, {"a": "2"}, "two", one)
    assert (history.head(), History(history.path).head()) == (two, two)
    git(history.path, "pack-refs", "--all")
    assert History(history.path).head() == two
    assert len(git(history.path, "reflog", "main").splitlines()) == 2


def confirmation(history: History, tree: TreeId, parent: CommitId, blob: bytes, word: str = CONFIRMS) -> CommitId:
    """Record a commit that confirms losses, of the snapshot of a tree."""
    (name,) = put(history, (b"blob", blob))
    (made,) = put(history, (b"tree", with_confirmed(history.tree(tree), BlobId(name))))
    who = Signature("Ada", "ada@example.org", 1_700_000_000, 0)
    data = encode_commit(TreeId(made), [parent], who, "confirm", repository="r", counts={word: 1})
    (commit,) = put(history, (b"commit", data))
    history.move_head(CommitId(commit.hex()), "commit: test")
    return CommitId(commit.hex())


def test_a_confirmation_has_the_snapshot_of_its_parent(history: History) -> None:
    """What it confirms is no part of the snapshot, and is read apart; Git takes it, and the next commit has none."""
    one = commit(history, {"a": "1"}, "one")
    tree = history.commit(one).tree
    two = confirmation(history, tree, one, b"losses")
    assert (history.commit(two).tree, history.confirmed(two)) == (tree, b"losses")
    three = confirmation(history, history.commit(two).tree, two, b"more")
    assert (history.commit(three).tree, history.confirmed(three)) == (tree, b"more")
    assert history.confirmed(one) is None
    git(history.path, "fsck", "--strict", "--full")


def test_a_tree_with_that_blob_may_come_from_anybody(history: History) -> None:
    """Without the word it confirms nothing; where its snapshot is in no other commit, the tree itself is it."""
    one = commit(history, {"a": "1"}, "one")
    tree = history.commit(one).tree
    unsaid = confirmation(history, tree, one, b"losses", "added")
    assert (history.confirmed(unsaid), history.commit(unsaid).tree == tree) == (None, False)
    (blob,) = put(history, (b"blob", encode_entries([]).data))
    (own,) = put(history, (b"tree", with_confirmed(encode_tree(TreeParts(BlobId(blob), {}, {}, None)), BlobId(blob))))
    data = encode_commit(TreeId(own), [one], history.commit(one).author, "x", repository="r", counts={CONFIRMS: 1})
    (made,) = put(history, (b"commit", data))
    found = history.commit(CommitId(made.hex()))
    assert (found.tree, Nodes(history)(found.tree).entries) == (own, ())


def test_what_came_since(history: History) -> None:
    """Parents before children, of all lines; what a known commit has already is left out."""
    one = commit(history, {"a": "1"}, "one")
    two = commit(history, {"a": "2"}, "two", one)
    three = commit(history, {"a": "3"}, "three", one)
    four = commit(history, {"a": "4"}, "four", two, three)
    assert list(history.since(two, four)) == [three, four]
    assert list(history.since(four, four)) == []
    found = list(history.since(None, four))
    assert (found[0], set(found[1:3]), found[3]) == (one, {two, three}, four)
    assert list(history.since(CommitId("1" * 40), one)) == [one]
    with pytest.raises(Corrupt):
        list(history.since(None, CommitId("1" * 40)))
    leading = [history.leads_to(*pair) for pair in ((one, four), (two, four), (two, three), (four, one), (one, one))]
    assert leading == [True, True, False, False, True]
    with pytest.raises(Corrupt):
        history.leads_to(CommitId("1" * 40), four)


def test_heads_are_what_references_name(history: History) -> None:
    """Branches, those of others, tags; what is no commit is no head, and what cannot be told is no small thing."""
    assert list(history.heads()) == []
    one = commit(history, {"a": "1"}, "one")
    two = commit(history, {"a": "2"}, "two", one)
    git(history.path, "update-ref", "refs/remotes/disk/main", one)
    git(history.path, "-c", "user.name=A", "-c", "user.email=a@b", "tag", "-a", "-m", "x", "noted", one)
    git(history.path, "update-ref", "refs/annexish/tree", history.commit(one).tree.hex())
    assert sorted(history.heads()) == sorted([one, one, two])
    git(history.path, "pack-refs", "--all")
    assert sorted(history.heads()) == sorted([one, one, two])
    Path(history.path, "refs/heads/broken").write_text("1" * 40 + "\n")
    with pytest.raises(Corrupt, match="refs/heads/broken"):
        list(history.heads())


@pytest.mark.root
@pytest.mark.parametrize("hidden", ["refs/remotes", "refs/remotes/disk", "refs/remotes/disk/main", "packed-refs"])
def test_a_head_is_never_left_out(hidden: str) -> None:
    """What cannot be read may name one."""
    with tempfile.TemporaryDirectory(prefix="annexish-tests-") as top:
        Path(top).chmod(0o755)
        history = History.create(f"{top}/history.git")
        one = commit(history, {"a": "1"}, "one")
        git(history.path, "update-ref", "refs/tags/kept", one)
        git(history.path, "pack-refs", "--all")
        git(history.path, "update-ref", "refs/remotes/disk/main", one)
        for at in (Path(history.path), *Path(history.path).rglob("*")):
            os.chown(at, NOBODY, NOBODY)
        assert as_nobody(lambda: list(History(history.path).heads())) == [one] * 3
        Path(history.path, hidden).chmod(0)
        with pytest.raises(AssertionError, match="cannot be read"):
            as_nobody(lambda: list(History(history.path).heads()))


def test_an_object_that_lacks_is_corrupt(history: History) -> None:
    """A history names only what it holds."""
    with pytest.raises(Corrupt, match="lacks object"):
        history.tree(TreeId(bytes(20)))
    (blob,) = put(history, (b"blob", b"x"))
    with pytest.raises(Corrupt, match="another kind"):
        history.tree(TreeId(blob))


def test_rotten_bytes_are_corrupt(history: History) -> None:
    """A pack in which bytes changed is noticed, and said."""
    made = history.commit(commit(history, {"a": "1"}, "one"))
    (pack,) = Path(history.packs).glob("*.pack")
    pack.chmod(0o600)
    data = bytearray(pack.read_bytes())
    data[14:-20] = bytes(byte ^ 0xFF for byte in data[14:-20])
    pack.write_bytes(data)
    with pytest.raises(Corrupt):
        Nodes(History(history.path))(made.tree)


def test_what_is_no_repository_is_corrupt(tmp_path: Path) -> None:
    """A directory that something else is in."""
    with pytest.raises(Corrupt, match="cannot be opened"):
        _ = History(str(tmp_path)).git


FILE, BELOW = entry("a", "1"), entry("d", {})
LEAF = TreeId(b"\x01" * 20)
UNFIT: dict[str, tuple[list[Entry] | int, dict[ObjectId, TreeId], dict[int, TreeId]]] = {
    "a directory without its node": ([FILE, BELOW], {}, {}),
    "a node without its directory": ([FILE], {BELOW.id: LEAF}, {}),
    "a node under another id": ([FILE, BELOW], {object_id("other"): LEAF}, {}),
    "a node for a file": ([FILE], {FILE.id: LEAF}, {}),
    "entries beside shards": ([FILE], {}, {1: LEAF}),
    "split without shards": (5000, {}, {}),
}


@pytest.mark.parametrize("case", UNFIT)
def test_a_tree_and_entries_that_do_not_fit_are_corrupt(history: History, case: str) -> None:
    """A node is refused as a whole, before anybody follows it."""
    inside, subtrees, shards = UNFIT[case]
    made = encode_split(inside) if isinstance(inside, int) else encode_entries(inside)
    (blob,) = put(history, (b"blob", made.data))
    (tree,) = put(history, (b"tree", encode_tree(TreeParts(BlobId(blob), subtrees, shards, None))))
    with pytest.raises(Corrupt, match="do not belong together"):
        Nodes(history)(TreeId(tree))


def test_nodes_that_are_being_built_are_read_before_they_are_published(history: History) -> None:
    """Objects come from the place that takes them, and else from the history."""
    old = history.commit(commit(history, {"a": "1"}, "one"))
    pack = PackWriter(history.packs)
    nodes = Nodes(history, pack)
    made = nodes.save(nodes(old.tree)._replace(own=root(0o700), blob=None))
    assert nodes(made).own == root(0o700)
    assert nodes(made).entries == nodes(old.tree).entries
    with pytest.raises(Corrupt):
        Nodes(history)(made)
    pack.abandon()


def test_packs_that_another_process_wrote_are_seen(history: History) -> None:
    """A history that is open finds what came later."""
    commit(history, {"a": "1"}, "one")
    head = history.head()
    assert head is not None
    other = History(history.path)
    made = commit(other, {"a": "2"}, "two", head)
    history.refresh()
    assert history.commit(made).parents == (head,)


def test_a_commit_object_is_as_git_writes_it(history: History) -> None:
    """Git parses the bytes and prints them alike."""
    tree = history.commit(commit(history, {"a": "1"}, "one")).tree
    (made,) = put(history, (b"commit", commit_bytes(tree, "two")))
    assert git(history.path, "cat-file", "commit", made.hex()).encode() == commit_bytes(tree, "two")


def test_a_bare_repository_that_git_made_will_do(tmp_path: Path) -> None:
    """Nothing in it is annexish's own but the objects."""
    git(tmp_path, "init", "-q", "--bare", "-b", "main", "stock.git")
    stock = History(str(tmp_path / "stock.git"))
    made = commit(stock, {"a": "1"}, "one")
    assert stock.head() == made
    assert bare(tmp_path / "ours.git").is_dir()


def test_what_cannot_be_opened_for_a_moment_is_not_missing(history: History, tmp_path: Path) -> None:
    """Git's library says that it is; the system says why, and afterwards everything is there."""
    old = commit(history, {"a": "1"}, "old")
    tree = history.commit(old).tree
    for name in os.listdir(history.packs):
        os.utime(os.path.join(history.packs, name), (1, 1))
    new = commit(history, {"a": "2"}, "new", old)
    asked: list[Callable[[History], object]] = [lambda one: one.commit(old), lambda one: one.tree(tree)]
    for number, ask in enumerate(asked):
        # Git's library shares open packs, by their paths
        found = History(shutil.copytree(history.path, f"{tmp_path}/{number}.git"))
        # the newest pack is open then, and the older one not yet
        found.commit(new)
        with no_more_files(), pytest.raises(Unreachable, match="Too many open files"):
            ask(found)
        ask(found)
