"""What a person writes to say where a remote is."""

from __future__ import annotations

from pathlib import Path

import pytest

from annexish.errors import Usage
from annexish.remote.url import Git, Local, Ssh, absolute, parse


@pytest.mark.parametrize(
    ("url", "meant"),
    [
        ("/mnt/disk", Local("/mnt/disk")),
        ("disk", Local("disk")),
        ("./a:b", Local("./a:b")),
        ("/a:b", Local("/a:b")),
        ("my disk/Files", Local("my disk/Files")),
        ("ssh://ada@desk:2222/home/ada", Ssh("ada", "desk", 2222, "/home/ada")),
        ("ssh://desk/~/Files", Ssh("", "desk", 0, "/~/Files")),
        ("ssh://[::1]:22/f", Ssh("", "::1", 22, "/f")),
        ("ada@desk:Files", Ssh("ada", "desk", 0, "Files")),
        ("desk:/srv/it's $(here)", Ssh("", "desk", 0, "/srv/it's $(here)")),
    ],
)  # fmt: skip
def test_a_url_means_a_place(url: str, meant: Local | Ssh) -> None:
    """As Git reads it: what has a colon before its first slash is on another machine."""
    assert parse(url) == meant


@pytest.mark.parametrize(
    "url",
    [
        "", "http://desk/f", "s3://bucket", "ext::sh -c x.git",
        "https://ada:secret@desk/f", "git://desk", "git@-x:f.git",
        "git@desk:-x.git", "https://-x/f", "file:///x.git", "fd::7", "desk:.annexish/history.git",
        "ssh://desk", "ssh:///f", "ssh://-oProxyCommand=x/f", "-oProxy:f",
        "ssh://-l@desk/f", "desk:-f", "desk:", "ssh://desk:0/f", "ssh://desk:99999/f", "ssh://desk:x/f", "a@b@c:f",
        "de sk:f", "/a\nb", "/a\0b", "/a\x1b[2J", "/a\u202eb", "/a\udcff",
    ],
)  # fmt: skip
def test_what_is_no_url_is_refused(url: str) -> None:
    """Another kind, no host, no path, what a program could take for an option, what cannot be printed."""
    with pytest.raises(Usage):
        parse(url)


@pytest.mark.parametrize(
    ("url", "meant"),
    [
        ("git@desk:ada/files", Git("git@desk:ada/files", "desk")),
        ("ssh://git@desk:2222/files", Git("ssh://git@desk:2222/files", "desk")),
        ("ada@desk:files.git", Git("ada@desk:files.git", "desk")),
        ("desk:files.git/", Git("desk:files.git/", "desk")),
        ("ssh://desk/srv/files.git", Git("ssh://desk/srv/files.git", "desk")),
        ("git://[::1]:9418/files", Git("git://[::1]:9418/files", "::1")),
        ("https://ada@desk:8443/files", Git("https://ada@desk:8443/files", "desk")),
        ("git+ssh://desk/files", Git("ssh://desk/files", "desk")),
        ("/mnt/files.git", Git("/mnt/files.git")),
        ("ada@desk:files.github", Ssh("ada", "desk", 0, "files.github")),
    ],
)  # fmt: skip
def test_a_git_server_is_told_by_how_it_is_written(url: str, meant: Git | Ssh) -> None:
    """Its user is `git`, its path ends in `.git`, or the kind of URL is one of Git's."""
    assert parse(url) == meant


def test_a_directory_is_told_by_what_is_in_it(tmp_path: Path) -> None:
    """A bare repository of Git needs no ending, a repository of annexish may have one; a history is none of both."""
    bare, ours = tmp_path / "bare", tmp_path / "ours.git"
    for name in ("objects", "refs"):
        (bare / name).mkdir(parents=True)
    assert parse(str(bare)) == Local(str(bare))
    (bare / "HEAD").touch()
    assert parse(str(bare)) == Git(str(bare))
    (ours / ".annexish").mkdir(parents=True)
    assert parse(str(ours)) == Local(str(ours))
    with pytest.raises(Usage, match="history"):
        parse(str(ours / ".annexish" / "history.git"))


def test_a_path_is_taken_from_a_directory() -> None:
    """Whatever the letters of it do; other URLs stay as they are."""
    assert absolute("../disk/", b"/home/ada") == "/home/disk"
    assert absolute("/mnt//disk/.", b"/home/ada") == "/mnt/disk"
    assert absolute("ada@desk:Files", b"/home/ada") == "ada@desk:Files"
    assert absolute("git@desk:files", b"/home/ada") == "git@desk:files"
    assert absolute("../files.git", b"/home/ada") == "/home/files.git"
    with pytest.raises(Usage):
        absolute("disk", b"/home/\xff")
