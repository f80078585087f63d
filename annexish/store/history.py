"""The history at rest: one bare Git repository, and the only file that imports pygit2.

pygit2 is imported when an object is read or a reference moved, not before: `status`
of an unchanged tree needs neither, and the import costs several times the rest of its start-up.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from annexish.codec.entries import Decoded, decode_entries, encode_entries, encode_split
from annexish.codec.messages import CONFIRMS, decode_message, name_in
from annexish.codec.objects import object_name
from annexish.codec.trees import TreeParts, decode_tree, encode_tree, without_confirmed
from annexish.errors import Corrupt, Missing, Unreachable, Usage
from annexish.model.commit import Commit, Signature
from annexish.model.entry import Kind
from annexish.model.ids import BlobId, CommitId, TreeId
from annexish.model.node import Node
from annexish.store.head import loose_head
from annexish.store.references import reference_names

if TYPE_CHECKING:
    import pygit2

    from annexish.model.objects import Objects

BRANCH = "refs/heads/main"
Answer = TypeVar("Answer")

_WRITTEN = ("heads", "annexish/heads", "annexish/holdings")
"""The folders of references that annexish writes."""
_KINDS: dict[int, bytes] = {1: b"commit", 2: b"tree", 3: b"blob", 4: b"tag"}
_WINDOW = 4 << 20
"""Bytes of a pack that are mapped at a time."""


class History:
    """Reads objects, moves the head."""

    def __init__(self, path: str) -> None:
        self.path = path

    @classmethod
    def create(cls, path: str) -> History:
        """Make an empty bare repository whose head is the branch `main`; it is there whole or not at all."""
        import shutil

        import pygit2

        unfinished = f"{path}.new"
        try:
            shutil.rmtree(unfinished, ignore_errors=True)
            made = pygit2.init_repository(unfinished, bare=True, initial_head="main")
            made.config["core.logAllRefUpdates"] = "always"
            made.config["gc.auto"] = 0
            os.rename(unfinished, path)
        except (OSError, pygit2.GitError) as error:
            raise Unreachable(f"the history cannot be made: {error}") from error
        return cls(path)

    @cached_property
    def git(self) -> pygit2.Repository:
        """The open repository; what is written through it is synced to disk."""
        import pygit2
        from pygit2.enums import RepositoryOpenFlag

        pygit2.settings.owner_validation = False
        # what is read is held where it is used; libgit2 would hold 256 MiB of it, and map every pack whole
        pygit2.settings.enable_caching(value=False)
        pygit2.settings.mwindow_size = _WINDOW
        pygit2.settings.mwindow_mapped_limit = 8 * _WINDOW
        pygit2.settings.enable_fsync_gitdir(value=True)
        try:
            return pygit2.Repository(self.path, RepositoryOpenFlag.BARE | RepositoryOpenFlag.NO_SEARCH)
        except pygit2.GitError as error:
            raise Corrupt(f"the history cannot be opened: {error}", hint="`annexish doctor` says more") from error

    @property
    def packs(self) -> str:
        """Where pack files lie."""
        return os.path.join(self.path, "objects", "pack")

    def head(self) -> CommitId | None:
        """Return the commit that the head names, None before the first one."""
        quick = loose_head(self.path)
        if quick is not None:
            return quick
        import pygit2

        try:
            return None if self.git.head_is_unborn else CommitId(str(self.git.head.target))
        except (ValueError, pygit2.GitError) as error:
            raise Corrupt(f"the head cannot be read: {error}") from error

    def move_head(self, commit: CommitId, why: str) -> None:
        """Let the head name `commit`, durably."""
        import pygit2

        branch = self._branch()
        try:
            self.git.set_ident("annexish", "annexish@localhost")
            if branch in self.git.references:
                self.git.references[branch].set_target(commit, why)
            else:
                self.git.references.create(branch, commit)
        except pygit2.GitError as error:
            raise Corrupt(f"the head cannot be moved: {error}") from error

    def unlock(self) -> None:
        """Remove the locks that a killed command left on what annexish writes; the writers' lock is held."""
        locks = [os.path.join(self.path, "HEAD.lock")]
        for kind in _WRITTEN:
            directory = os.path.join(self.path, "refs", kind)
            with suppress(FileNotFoundError):
                locks += [os.path.join(directory, name) for name in os.listdir(directory) if name.endswith(".lock")]
        for lock in locks:
            with suppress(FileNotFoundError):
                os.unlink(lock)

    def target(self, reference: str) -> str | None:
        """Return the object that a reference names, 40 hexadecimal digits; None if there is no such reference."""
        import pygit2

        try:
            return str(self.git.references[reference].target)
        except KeyError:
            return None
        except (ValueError, pygit2.GitError) as error:
            raise Corrupt(f"the reference {reference} cannot be read: {error}") from error

    def point(self, reference: str, target: str) -> None:
        """Let a reference, which is not the head, name an object, durably."""
        import pygit2

        try:
            self.git.set_ident("annexish", "annexish@localhost")
            self.git.references.create(reference, target, force=True)
        except (OSError, ValueError, pygit2.GitError) as error:
            raise Unreachable(f"the reference {reference} cannot be written: {error}") from error

    def add_blob(self, data: bytes) -> BlobId:
        """Put one blob beside the packs, durably; return its name."""
        import pygit2

        try:
            return BlobId(self.git.create_blob(data).raw)
        except (OSError, pygit2.GitError) as error:
            raise Unreachable(f"a blob cannot be written to the history: {error}") from error

    def has_commit(self, commit: CommitId) -> bool:
        """Whether a commit is in the history."""
        import pygit2

        return isinstance(self.git.get(commit), pygit2.Commit)

    def has(self, name: bytes) -> bool:
        """Whether an object of any kind is in the history; what cannot be opened now is not."""
        return name.hex() in self.git

    def refresh(self) -> None:
        """See packs that were written since the repository was opened."""
        self.git.odb.refresh() if hasattr(self.git.odb, "refresh") else self.__dict__.pop("git", None)

    def kind(self, name: bytes) -> bytes | None:
        """Return the kind of an object, b"commit", b"tree", b"blob" or b"tag"; None if there is none of this name."""
        import pygit2

        try:
            return _KINDS[self._asked(lambda: self.git.odb.read_header(name.hex()))[0]]
        except KeyError:
            return None
        except pygit2.GitError as error:
            raise Corrupt(f"object {name.hex()} of the history cannot be read: {error}") from error

    def size(self, name: bytes) -> int:
        """Return how many bytes an object has, 0 for one that is not here; its bytes are not read."""
        import pygit2

        try:
            return int(self.git.odb.read_header(name.hex())[1])
        except KeyError:
            return 0
        except pygit2.GitError as error:
            raise Corrupt(f"object {name.hex()} of the history cannot be read: {error}") from error

    def raw(self, name: bytes, kind: bytes) -> bytes:
        """Return the bytes of an object; raise Corrupt if it is missing, rotten or of another kind."""
        import pygit2

        try:
            found, data = self._asked(lambda: self.git.read(name.hex()))
        except KeyError as error:
            hint = "`git fsck` on the history says more"
            raise Corrupt(f"the history lacks object {name.hex()}", hint=hint) from error
        except pygit2.GitError as error:
            raise Corrupt(f"object {name.hex()} of the history cannot be read: {error}") from error
        if _KINDS[found] != kind:
            raise Corrupt(f"object {name.hex()} is of another kind than the history says")
        return data

    def tree(self, tree: TreeId) -> bytes:
        """Return the bytes of a Git tree."""
        return self.raw(tree, b"tree")

    def blob(self, blob: BlobId) -> bytes:
        """Return the bytes of a blob."""
        return self.raw(blob, b"blob")

    def commit(self, commit: CommitId) -> Commit:
        """Return one commit; raise Missing if there is none of this id."""
        found = self._commit(commit)
        message, repository, counts = decode_message(found.message)
        author, tree = found.author, TreeId(found.tree_id.raw)
        return Commit(
            id=CommitId(str(found.id)),
            tree=self._snapshot(tree) if CONFIRMS in counts else tree,
            parents=tuple(CommitId(str(parent)) for parent in found.parent_ids),
            author=Signature(author.name, author.email, author.time, author.offset),
            message=message,
            repository=repository,
            counts=counts,
            name=name_in(found.message),
        )

    def confirmed(self, commit: CommitId) -> bytes | None:
        """Return the blob of losses that a commit confirms for every repository, None if it is no confirmation."""
        found = self._commit(commit)
        if CONFIRMS not in decode_message(found.message)[2]:
            return None
        blob = without_confirmed(self.tree(TreeId(found.tree_id.raw)))[1]
        return None if blob is None else self.blob(blob)

    def since(self, known: CommitId | None, head: CommitId) -> Iterator[CommitId]:
        """Yield the commits that lead to a head and not to a known one, parents before children."""
        return self.between([head], [known] if known is not None else [])

    def between(self, heads: Sequence[CommitId], known: Iterable[CommitId]) -> Iterator[CommitId]:
        """Yield the commits that lead to heads and not to known ones, parents before children; some may be unknown."""
        import pygit2
        from pygit2.enums import SortMode

        try:
            walk = self.git.walk(None, SortMode.TOPOLOGICAL | SortMode.REVERSE)
            for head in heads:
                walk.push(head)
            for commit in known:
                if self.kind(bytes.fromhex(commit)) == b"commit":
                    walk.hide(commit)
            yield from (CommitId(str(commit.id)) for commit in walk)
        except (KeyError, ValueError, pygit2.GitError) as error:
            raise Corrupt(f"the commits before {', '.join(heads)} cannot be read: {error}") from error

    def leads_to(self, old: CommitId, new: CommitId) -> bool:
        """Whether a commit is another one, or comes before it."""
        import pygit2

        try:
            return old == new or self.git.descendant_of(new, old)
        except (KeyError, ValueError, pygit2.GitError) as error:
            raise Corrupt(f"the commits before {new} cannot be read: {error}") from error

    def heads(self, *, but: str = "") -> Iterator[CommitId]:
        """Yield the commits that references name, but for one: the head, those of other repositories, tags."""
        import pygit2

        for name in reference_names(self.path):
            if name == but:
                continue
            try:
                named = self.git.references[name].peel()
            except OSError as error:
                raise Unreachable(f"the reference {name} cannot be read: {error}") from error
            except (KeyError, ValueError, pygit2.GitError) as error:
                raise Corrupt(f"the reference {name} cannot be read: {error}") from error
            if isinstance(named, pygit2.Commit):
                yield CommitId(str(named.id))

    def resolve(self, revision: str) -> CommitId:
        """Return the commit that a revision names, in the words of `git rev-parse`; raise Missing."""
        import pygit2

        if revision.startswith("-"):
            raise Usage(f"{revision!r} is no revision")
        try:
            found = self._asked(lambda: self.git.revparse_single(revision).peel(pygit2.Commit))
            return CommitId(str(found.id))
        except (KeyError, ValueError, pygit2.GitError) as error:
            raise Missing(f"there is no revision {revision!r}", hint="`annexish log` lists the commits") from error

    def _asked(self, ask: Callable[[], Answer]) -> Answer:
        """Ask Git's library; it takes what it cannot open for missing, so what is missing is asked for once more."""
        try:
            return ask()
        except KeyError:
            self._require_readable()
            self.__dict__.pop("git", None)
            return ask()

    def _require_readable(self) -> None:
        """Raise Unreachable if a pack cannot be opened."""
        try:
            for entry in os.scandir(self.packs):
                os.close(os.open(entry.path, os.O_RDONLY | os.O_CLOEXEC))
        except OSError as error:
            raise Unreachable(f"the history cannot be read: {error.strerror}") from error

    def git_author(self) -> tuple[str | None, str | None]:
        """Return what Git's own settings call the person: name and address."""
        import pygit2

        try:
            config = pygit2.Config.get_global_config()
        except (OSError, pygit2.GitError):
            return None, None
        return (_setting(config, "user.name"), _setting(config, "user.email"))

    def _commit(self, commit: CommitId) -> pygit2.Commit:
        import pygit2

        try:
            return self._asked(lambda: self.git[commit].peel(pygit2.Commit))
        except (KeyError, ValueError) as error:
            raise Missing(f"there is no commit {commit}") from error
        except pygit2.GitError as error:
            raise Corrupt(f"commit {commit} cannot be read: {error}") from error

    def _snapshot(self, tree: TreeId) -> TreeId:
        """Return the snapshot that the tree of a confirmation is made of; the tree itself if that is no snapshot."""
        snapshot = object_name(b"tree", without_confirmed(self.tree(tree))[0])
        return TreeId(snapshot) if snapshot.hex() in self.git else tree

    def _branch(self) -> str:
        reference = self.git.lookup_reference("HEAD")
        return str(reference.target) if str(reference.target).startswith("refs/") else BRANCH


def node_from(parts: TreeParts, decoded: Decoded) -> Node:
    """Put a node together from its Git tree and its entries blob; raise Corrupt if they do not fit."""
    below = {entry.ids[0] for entry in decoded.entries if entry.kind is Kind.DIRECTORY}
    if below != parts.subtrees.keys() or bool(parts.shards) != (decoded.total > len(decoded.entries)):
        raise Corrupt("a tree object and its entries do not belong together")
    return Node(
        decoded.entries,
        parts.subtrees,
        parts.shards,
        decoded.total,
        decoded.own,
        parts.descriptive,
        parts.entries,
        parts.conflicts,
    )


class Nodes:
    """Loads nodes from objects that are being built, and else from the history."""

    def __init__(self, history: History, sink: Objects | None = None) -> None:
        self._history = history
        self._sink = sink
        self._last: tuple[BlobId, Decoded] | None = None

    def __call__(self, tree: TreeId) -> Node:
        """Return the node of a tree id; raise Corrupt if it is missing or malformed."""
        parts = self.parts(tree)
        # where only what is below a directory changed, both nodes that are compared have one blob
        if self._last is None or self._last[0] != parts.entries:
            self._last = parts.entries, decode_entries(self.blob(parts.entries))
        return node_from(parts, self._last[1])

    def parts(self, tree: TreeId) -> TreeParts:
        """Return what the Git tree of a node names, without its entries."""
        data = self._sink.get(tree) if self._sink is not None else None
        return decode_tree(self._history.tree(tree) if data is None else data)

    def blob(self, blob: BlobId) -> bytes:
        """Return the bytes of a blob."""
        data = self._sink.get(blob) if self._sink is not None else None
        return self._history.blob(blob) if data is None else data

    def put_blob(self, data: bytes) -> BlobId:
        """Put a blob where objects are being built."""
        assert self._sink is not None, "there is a place to save to"
        return BlobId(self._sink.put(b"blob", data))

    def save(self, node: Node) -> TreeId:
        """Put a node where objects are being built and return its id; entries that are stored already are not again."""
        assert self._sink is not None, "there is a place to save to"
        blob = node.blob
        if blob is None:
            made = encode_split(node.total, node.own) if node.shards else encode_entries(node.entries, node.own)
            blob = BlobId(self._sink.put(b"blob", made.data, made.random))
        parts = TreeParts(blob, node.subtrees, node.shards, node.descriptive, node.conflicts)
        return TreeId(self._sink.put(b"tree", encode_tree(parts)))


def _setting(config: pygit2.Config, key: str) -> str | None:
    try:
        return str(config[key])
    except KeyError:
        return None
