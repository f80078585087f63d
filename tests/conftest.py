"""What every test gets: an empty home, no settings of anyone, file systems on request."""

from __future__ import annotations

import gc
import itertools
import os
import shutil
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

DEEP = os.environ.get("DEEP", "") not in ("", "0")

settings.register_profile("fast", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("deep", deadline=None, max_examples=5_000, suppress_health_check=list(HealthCheck))
settings.load_profile("deep" if DEEP else "fast")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Half as many again as there are cores: a third of the time is spent waiting for disks, and for silence."""
    cores = len(os.sched_getaffinity(0))
    return cores + (cores + 1) // 2


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip, with the reason, what needs root or time that is not there."""
    for item in items:
        if item.get_closest_marker("root") and os.geteuid() != 0:
            item.add_marker(pytest.mark.skip(reason="needs root"))
        if item.get_closest_marker("deep") and not DEEP:
            item.add_marker(pytest.mark.skip(reason="takes minutes; runs with DEEP=1"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how much was tried by tests that record ("tried", (what, how many))."""
    counts: Counter[str] = Counter()
    for report in itertools.chain.from_iterable(terminalreporter.stats.values()):
        for name, value in getattr(report, "user_properties", ()):
            if name == "tried" and report.when == "call":
                counts[value[0]] += value[1]
    for what, count in sorted(counts.items()):
        terminalreporter.write_line(f"tried: {count:,} {what}")


@pytest.fixture(scope="session", autouse=True)
def _nobodys_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """An empty home, UTC and a usual umask, for this process and its children."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("GIT_", "ANNEXISH", "XDG_"))]:
            patch.delenv(name)
        patch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
        patch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        patch.setenv("LC_ALL", "C.UTF-8")
        patch.setenv("TZ", "UTC")
        patch.delenv("NO_COLOR", raising=False)
        time.tzset()
        _blank_libgit2(tmp_path_factory.mktemp("no-git-configuration"))
        umask = os.umask(0o022)
        yield
        os.umask(umask)
    time.tzset()


def _blank_libgit2(empty: Path) -> None:
    """libgit2 heeds neither HOME set late nor GIT_CONFIG_GLOBAL."""
    import pygit2
    from pygit2.enums import ConfigLevel

    for level in (ConfigLevel.PROGRAMDATA, ConfigLevel.SYSTEM, ConfigLevel.XDG, ConfigLevel.GLOBAL):
        pygit2.settings.search_path[level] = str(empty)


@dataclass(frozen=True, slots=True)
class _Type:
    """How a file system is made: the command gets the image as its last word; None for one in memory."""

    make: tuple[str, ...] | None
    least_mib: int


_TYPES = {
    "ext4": _Type(("mkfs.ext4", "-q", "-F", "-I", "256"), 8),
    "ext4-4k": _Type(("mkfs.ext4", "-q", "-F", "-b", "4096"), 8),
    "xfs": _Type(("mkfs.xfs", "-q", "-f", "-m", "reflink=1"), 300),
    "btrfs": _Type(("mkfs.btrfs", "-q", "-f"), 114),
    "vfat": _Type(("mkfs.vfat",), 8),
    "tmpfs": _Type(None, 1),
    "ramfs": _Type(None, 1),
}

MakeFilesystem = Callable[..., Path]


@pytest.fixture
def hears_signals(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As in a command: a process that runs tests beside others ignores Ctrl-C, and has a thread, so it never forks."""
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def filesystem(tmp_path: Path) -> Iterator[MakeFilesystem]:
    """Mount a new file system: `filesystem("xfs")`, `filesystem("tmpfs", mib=2)`; unmounted after the test.

    `at` is a directory on which it is mounted.
    """
    mounted: list[Path] = []

    def make(kind: str, *, mib: int = 0, at: Path | None = None) -> Path:
        name = tmp_path / f"mount-{len(mounted)}-{kind}"
        at = at or name
        _mount(kind, max(mib, _TYPES[kind].least_mib), at, name.with_suffix(".img"))
        mounted.append(at)
        return at

    try:
        yield make
    finally:
        for at in reversed(mounted):
            _unmount(at)


def _mount(kind: str, mib: int, at: Path, image: Path) -> None:
    """Make and mount it, or skip the test and say why."""
    if os.geteuid() != 0:
        pytest.skip(f"needs root, to mount a {kind}")
    at.mkdir(exist_ok=True)
    make = _TYPES[kind].make
    if make is None:
        _try(kind, "mount", "-t", kind, "-o", f"size={mib}m", kind, str(at))
        return
    with image.open("wb") as file:
        file.truncate(mib << 20)
    if shutil.which(make[0]) is None:
        pytest.skip(f"needs {make[0]}")
    _try(kind, *make, str(image))
    _try(kind, "mount", "-o", "loop", str(image), str(at))


def _try(kind: str, *command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"cannot have a {kind} here: {command[0]}: {done.stderr.strip()[-200:]}")


def _unmount(at: Path) -> None:
    """Unmount even while a process that was killed still lets go; what nobody holds any more lets go now."""
    gc.collect()
    for _ in range(40):
        if subprocess.run(["umount", str(at)], capture_output=True, check=False).returncode == 0:
            return
        time.sleep(0.25)
    subprocess.run(["umount", "--lazy", str(at)], check=True)
