"""What the tutorial tells of a second disk and of a Git server, by the command line itself."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import MakeFilesystem
from tests.trees import draw, real

DONE, PARTLY, CONFLICTS, REFUSED = 0, 3, 4, 5

PICTURES = {f"img_{number}.jpg": f"{number}" * 30_000 for number in range(4)}
FILES = {
    "Documents": {"letter.txt": "dear ada\n", "list.txt": "milk\n"},
    "Music": {"song.ogg": "la" * 8_000},
    "Photos": {"2024-lisbon": {"cover.jpg": "c" * 40_000}, "2025-alps": PICTURES},
}
EDITED = "e" * 50_000


class Typed:
    """A directory in which commands are typed, each with the exit code that it must have."""

    def __init__(self, top: Path) -> None:
        self.top = top

    def __call__(self, *words: str | Path, code: int = DONE) -> list[dict[str, Any]]:
        """Run a command with --json and return its items, the summary last."""
        command = [sys.executable, "-c", "from annexish.cli.main import main; main()", "--json", *map(str, words)]
        done = subprocess.run(command, cwd=self.top, capture_output=True, text=True, check=False)
        assert done.returncode == code, f"{words}: {done.returncode}\n{done.stdout}{done.stderr}"
        return [json.loads(line) for line in done.stdout.splitlines()]

    def clean(self) -> None:
        """Nothing is left to record."""
        assert [one for one in self("status") if one["type"] == "change"] == []

    def files(self, path: str = "") -> list[str]:
        """What is here at and below a path that is no directory."""
        found = (os.path.join(above, name) for above, _, names in os.walk(self.top / path) for name in names)
        inside = (os.path.relpath(one, self.top) for one in found)
        return sorted(one for one in inside if not one.startswith(".annexish"))

    def holders(self, path: str) -> set[str]:
        """Who is known to hold all of it."""
        return {one["name"] for one in self("whereis", path) if one["type"] == "copy" and one["all"]}


def steps(items: list[dict[str, Any]]) -> set[tuple[str, str, str]]:
    """The steps of a sync: side, word, path."""
    return {(one["side"], one["step"], one["path"]) for one in items if one["type"] == "step"}


@pytest.mark.parametrize("kind", ["ext4", "xfs"])
def test_a_second_disk(tmp_path: Path, filesystem: MakeFilesystem, kind: str) -> None:
    """Clone a part, work on both sides, become equal, lose and recover, let go and fetch again."""
    laptop, disk = Typed(tmp_path / "Files"), Typed(filesystem(kind) / "mes fichiers ☃")
    _cloned(laptop, disk)
    _worked_on_both(laptop, disk)
    _deleted_by_accident(laptop)
    _dropped(laptop, disk)
    _in_conflict(laptop, disk)
    _in_scope(laptop, disk)
    _away(laptop, disk)


@pytest.mark.skipif(shutil.which("git") is None, reason="there is no git")
def test_a_meeting_at_a_git_server(tmp_path: Path) -> None:
    """The history comes over it, what was moved too, and the contents from who has them."""
    laptop, travels = Typed(tmp_path / "Files"), Typed(tmp_path / "travels")
    hub = tmp_path / "files.git"
    draw(laptop.top, FILES)
    laptop("init", "--name", "laptop")
    laptop("commit", "-m", "As it was")
    subprocess.run(["git", "init", "-q", "--bare", hub], check=True)
    laptop("remote", "add", "hub", hub)
    assert steps(laptop("sync", "hub")) == set()
    laptop("clone", "--name", "travels", hub, travels.top)
    assert travels.files() == []
    travels("remote", "add", "laptop", laptop.top)
    assert travels("sync", "laptop")[-1]["bytes_copied"] == sum(os.path.getsize(laptop.top / p) for p in laptop.files())
    assert travels.files() == laptop.files()
    (travels.top / "Photos/2025-alps").rename(travels.top / "Photos/Alps")
    (travels.top / "Music/song.ogg").unlink()
    (travels.top / "Documents/new.txt").write_text("new")
    travels("remote", "remove", "laptop")
    travels("sync")
    done = laptop("sync", code=PARTLY)
    assert steps(done) == {("here", "move", "Photos/Alps"), ("here", "delete", "Music/song.ogg")}
    assert [one["path"] for one in done if one["type"] == "problem"] == ["Documents/new.txt"]
    laptop("remote", "add", "travels", travels.top)
    laptop("sync")
    assert travels.files() == laptop.files()
    for side in laptop, travels:
        side.clean()


def _cloned(laptop: Typed, disk: Typed) -> None:
    draw(laptop.top, FILES)
    laptop("init", "--name", "laptop")
    for word in ("media.tags", "off"), ("copies.minimum", "1"):
        laptop("config", "set", *word)
    laptop("commit", "-m", "As it was")
    done = laptop("clone", ".", disk.top, "--only", "Photos", "--name", "disk")[-1]
    assert (done["files"], done["bytes_copied"]) == (5, 160_000)
    assert disk.files() == laptop.files("Photos")
    laptop("remote", "add", "disk", disk.top)
    assert laptop("sync")[-1]["bytes_copied"] == 0
    assert laptop.holders("Photos") == disk.holders("Photos") == {"laptop", "disk"}
    assert laptop.holders("Music") == {"laptop"}
    laptop("safe", "Music", code=REFUSED)
    laptop.clean()
    disk.clean()


def _worked_on_both(laptop: Typed, disk: Typed) -> None:
    """A move costs nothing, and what was edited elsewhere lands where the file is now."""
    (laptop.top / "Photos/Trips").mkdir()
    (laptop.top / "Photos/2025-alps").rename(laptop.top / "Photos/Trips/Alps")
    before = real(str(disk.top))
    assert steps(laptop("sync", "--dry-run")) == {
        ("disk", "mkdir", "Photos/Trips"), ("disk", "move", "Photos/Trips/Alps"),
    }  # fmt: skip
    assert real(str(disk.top)) == before
    (disk.top / "Photos/2025-alps/new").write_text(EDITED)
    (disk.top / "Photos/2025-alps/new").rename(disk.top / "Photos/2025-alps/img_2.jpg")
    done = laptop("sync")
    assert ("disk", "move", "Photos/Trips/Alps") in steps(done)
    assert done[-1]["bytes_copied"] == len(EDITED)
    for side in laptop, disk:
        assert (side.top / "Photos/Trips/Alps/img_2.jpg").read_text() == EDITED
        side.clean()
    assert laptop.files("Photos") == disk.files()
    (laptop.top / "Photos/2024-lisbon").rename(laptop.top / "Photos/Trips/Lisbon")
    assert laptop("sync")[-1]["bytes_copied"] == 0
    assert laptop.files("Photos") == disk.files()
    assert steps(laptop("sync")) == set()


def _deleted_by_accident(laptop: Typed) -> None:
    """It comes back from the safety net, and nobody else hears of it."""
    (laptop.top / "Photos/Trips/Alps/img_1.jpg").unlink()
    laptop("recover", "Photos/Trips")
    assert (laptop.top / "Photos/Trips/Alps/img_1.jpg").read_text() == PICTURES["img_1.jpg"]
    laptop.clean()
    assert steps(laptop("sync")) == set()


def _dropped(laptop: Typed, disk: Typed) -> None:
    """What the disk proves goes here and stays there, through each sync, until it is fetched again."""
    laptop("safe", "Photos/Trips")
    laptop("drop", "Photos/Trips/Alps")
    laptop("drop", "Documents", code=REFUSED)
    assert laptop.files("Photos/Trips/Alps") == []
    assert len(laptop.files("Documents")) == 2
    laptop.clean()
    assert laptop.holders("Photos/Trips/Alps") == {"disk"}
    disk("safe", "Photos/Trips/Alps", code=REFUSED)
    disk("drop", "Photos/Trips/Alps", code=REFUSED)
    assert steps(laptop("sync")) == set()
    assert len(disk.files("Photos/Trips/Alps")) == 4
    assert laptop("get", "Photos/Trips/Alps")[-1]["bytes_copied"] == 3 * 30_000 + len(EDITED)
    laptop("sync")
    assert laptop.holders("Photos/Trips/Alps") == {"laptop", "disk"}
    laptop.clean()


def _in_conflict(laptop: Typed, disk: Typed) -> None:
    """Both versions are on both sides until it is settled."""
    for side, text in (laptop, "left"), (disk, "right"):
        (side.top / "Photos/saved").write_text(text)
        (side.top / "Photos/saved").rename(side.top / "Photos/Trips/Lisbon/cover.jpg")
    done = laptop("sync", code=CONFLICTS)
    assert done[-1]["conflicts"] == 1
    assert laptop.files("Photos") == disk.files()
    assert {(side.top / path).read_text() for side in (laptop, disk) for path in side.files("Photos/Trips/Lisbon")} == {
        "left", "right",
    }  # fmt: skip
    laptop("conflicts", code=CONFLICTS)
    laptop("resolve", "Photos/Trips/Lisbon/cover.jpg", "--ours")
    laptop("sync")
    disk("conflicts")
    for side in laptop, disk:
        assert side.files("Photos/Trips/Lisbon") == ["Photos/Trips/Lisbon/cover.jpg"]
        assert (side.top / "Photos/Trips/Lisbon/cover.jpg").read_text() == "left"
        side.clean()


def _in_scope(laptop: Typed, disk: Typed) -> None:
    """What comes into the scope is fetched, and what leaves it goes there only."""
    assert disk("scope", "add", "Documents")[-1]["bytes_copied"] == 14
    assert disk.files("Documents") == laptop.files("Documents")
    disk("scope", "remove", "Documents")
    assert disk.files("Documents") == []
    disk.clean()
    assert steps(laptop("sync")) == set()
    assert len(laptop.files("Documents")) == 2


def _away(laptop: Typed, disk: Typed) -> None:
    """Nothing is proved, and nothing is taken for deleted."""
    away = disk.top.with_name("away")
    disk.top.rename(away)
    laptop("sync", code=PARTLY)
    laptop("drop", "Photos", code=REFUSED)
    laptop("safe", "Photos")
    disk.top.mkdir()
    laptop("sync", code=PARTLY)
    disk.top.rmdir()
    away.rename(disk.top)
    assert steps(laptop("sync")) == set()
    assert laptop.files("Photos") == disk.files()
    for side in laptop, disk:
        assert side("verify")[-1]["type"] == "summary"
    assert laptop("verify", "--remote", "disk", "--repair")[-1]["remote"] == "disk"
    assert all(one["verified"] for one in laptop("whereis", "Photos") if one.get("name") == "disk")
