"""What a person writes to say where a remote is."""

from __future__ import annotations

import pytest

from annexish.errors import Usage
from annexish.remote.url import Local, Ssh, absolute, parse


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
        "", "https://desk/f", "s3://bucket", "ssh://desk", "ssh:///f", "ssh://-oProxyCommand=x/f", "-oProxy:f",
        "ssh://-l@desk/f", "desk:-f", "desk:", "ssh://desk:0/f", "ssh://desk:99999/f", "ssh://desk:x/f", "a@b@c:f",
        "de sk:f", "/a\nb", "/a\0b", "/a\x1b[2J", "/a\u202eb", "/a\udcff",
    ],
)  # fmt: skip
def test_what_is_no_url_is_refused(url: str) -> None:
    """Another kind, no host, no path, what a program could take for an option, what cannot be printed."""
    with pytest.raises(Usage):
        parse(url)


def test_a_path_is_taken_from_a_directory() -> None:
    """Whatever the letters of it do; other URLs stay as they are."""
    assert absolute("../disk/", b"/home/ada") == "/home/disk"
    assert absolute("/mnt//disk/.", b"/home/ada") == "/mnt/disk"
    assert absolute("ada@desk:Files", b"/home/ada") == "ada@desk:Files"
    with pytest.raises(Usage):
        absolute("disk", b"/home/\xff")
