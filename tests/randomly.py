"""Random work on a tree, as people and programs do it."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable


class Worker:
    """Changes a tree; the same seed does the same.

    Without `in_place`, files are replaced and never written to, without `links` none gets a second name.
    """

    def __init__(self, top: str, seed: int, *, in_place: bool = True, links: bool = True) -> None:
        self.random = random.Random(seed)
        self._top = top
        self._steps: list[tuple[Callable[[], None], int]] = [
            (self._write, 25), (self._make_directory, 10), (self._move_directory, 15), (self._move_file, 15),
            (self._replace, 8), (self._in_place, 4 if in_place else 0), (self._delete, 5), (self._delete_directory, 5),
            (self._symlink, 4), (self._mode, 4), (self._swap, 6), (self._swap_directories, 3), (self._kind, 4),
            (self._link, 5 if links else 0), (self._pipe, 1), (self._attribute, 2), (self._touch, 3),
        ]  # fmt: skip

    def work(self, steps: int) -> None:
        """Do some steps; what cannot be done (a directory into itself) is left out."""
        doings, weights = zip(*self._steps, strict=True)
        for _ in range(steps):
            try:
                self.random.choices(doings, weights)[0]()
            except (OSError, IndexError, ValueError):
                continue

    def _directories(self) -> list[str]:
        return sorted(at for at, _, _ in os.walk(self._top) if ".annexish" not in at)

    def _files(self) -> list[str]:
        return sorted(os.path.join(at, name) for at in self._directories() for name in self._names(at))

    def _names(self, at: str) -> list[str]:
        return [name for name in os.listdir(at) if os.path.islink(f"{at}/{name}") or not os.path.isdir(f"{at}/{name}")]

    def _regular(self) -> list[str]:
        return [path for path in self._files() if os.path.isfile(path) and not os.path.islink(path)]

    def _free(self) -> str:
        path = f"{self.random.choice(self._directories())}/n{self.random.randrange(12)}"
        if os.path.lexists(path):
            raise FileExistsError(path)
        return path

    def _any(self) -> str:
        return self.random.choice(self._files())

    def _inner(self) -> str:
        return self.random.choice(self._directories()[1:])

    def _fill(self, path: str) -> None:
        with open(path, "w") as file:
            # few contents, so that many files have the same
            file.write(f"content {self.random.randrange(10 if self.random.random() < 0.3 else 10**6)}")

    def _write(self) -> None:
        self._fill(self._free())

    def _make_directory(self) -> None:
        os.mkdir(self._free())

    def _move_directory(self) -> None:
        os.rename(self._inner(), self._free())

    def _move_file(self) -> None:
        os.rename(self._any(), self._free())

    def _replace(self) -> None:
        path = self._any()
        os.unlink(path)
        self._fill(path)

    def _in_place(self) -> None:
        self._fill(self.random.choice(self._regular()))

    def _delete(self) -> None:
        os.unlink(self._any())

    def _delete_directory(self) -> None:
        shutil.rmtree(self._inner())

    def _symlink(self) -> None:
        links = [path for path in self._files() if os.path.islink(path)]
        if links and self.random.random() < 0.5:
            path = self.random.choice(links)
            os.unlink(path)
        else:
            path = self._free()
        os.symlink(f"x{self.random.randrange(5)}", path)

    def _mode(self) -> None:
        if self.random.random() < 0.5:
            os.chmod(self._inner(), self.random.choice([0o700, 0o755, 0o2775]))
        else:
            os.chmod(self.random.choice(self._regular()), self.random.choice([0o600, 0o644, 0o755]))

    def _swap(self) -> None:
        self._exchange(*self.random.sample(self._files(), 2))

    def _swap_directories(self) -> None:
        self._exchange(*self.random.sample(self._directories()[1:], 2))

    def _exchange(self, one: str, other: str) -> None:
        if one.startswith(other + "/") or other.startswith(one + "/"):
            return
        os.rename(one, f"{self._top}/between")
        os.rename(other, one)
        os.rename(f"{self._top}/between", other)

    def _kind(self) -> None:
        """A file becomes a directory with a file in it, or a directory a file."""
        if self.random.random() < 0.5:
            path = self._any()
            os.unlink(path)
            os.mkdir(path)
            self._fill(f"{path}/n{self.random.randrange(12)}")
        else:
            path = self._inner()
            shutil.rmtree(path)
            self._fill(path)

    def _link(self) -> None:
        os.link(self.random.choice(self._regular()), self._free())

    def _pipe(self) -> None:
        os.mkfifo(self._free())

    def _attribute(self) -> None:
        path = self.random.choice(self._regular() + self._directories()[1:])
        os.setxattr(path, "user.a", b"%d" % self.random.randrange(5))

    def _touch(self) -> None:
        os.utime(self._any(), ns=(0, self.random.randrange(10**18)), follow_symlinks=False)
