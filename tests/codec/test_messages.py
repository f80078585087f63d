"""What a commit says beside its snapshot."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annexish.codec.messages import decode_message, encode_message
from tests.codec.golden import stored

WORDS = ("added", "deleted", "metadata", "modified", "moved", "moved+modified")
messages = st.text().map(lambda text: text.strip("\n"))
counts = st.dictionaries(st.sampled_from(WORDS), st.integers(1, 10**12))
repositories = st.binary(min_size=16, max_size=16).map(bytes.hex)


@given(messages, repositories, counts)
def test_any_message_comes_back(message: str, repository: str, found: dict[str, int]) -> None:
    """What a person wrote is apart from what annexish adds, whatever it looks like."""
    assert decode_message(encode_message(message, repository, found)) == (message, repository, found)


@pytest.mark.parametrize(
    "message", ["", "one", "one\n\ntwo", "Annexish-Format: 1", "x\n\nAnnexish-Counts: added=7", "a: b"]
)
def test_messages_that_look_like_trailers_are_text(message: str) -> None:
    """Only the last paragraph is annexish's."""
    assert decode_message(encode_message(message, "id", {"added": 1})) == (message, "id", {"added": 1})


def test_empty_lines_around_a_message_are_left_out() -> None:
    """As Git does."""
    assert decode_message(encode_message("\n\none\n\n", "id", {}))[0] == "one"


def test_what_did_not_happen_is_not_written() -> None:
    """Numbers that are zero are not there, the others in order of their words."""
    text = encode_message("m", "id", {"moved": 2, "deleted": 0, "added": 1})
    assert text.endswith("\nAnnexish-Counts: added=1 moved=2\n")


def test_git_sees_trailers() -> None:
    """`git interpret-trailers` finds what annexish added, and only that."""
    command = ["git", "interpret-trailers", "--parse"]
    done = subprocess.run(command, input=stored("message.txt"), capture_output=True, check=True)
    assert [line.split(":")[0] for line in done.stdout.decode().splitlines()] == [
        "Annexish-Format", "Annexish-Repository", "Annexish-Counts",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["", "one", "one\n\nSigned-off-by: Ada\n", "\n\n\n"])
def test_a_foreign_commit_has_a_message_only(text: str) -> None:
    """Somebody may commit with Git itself."""
    assert decode_message(text) == (text.rstrip("\n"), "", {})


@pytest.mark.parametrize(
    "figures", ["", "added", "added=", "added=x", "added=-1", "added=²", "added=" + "9" * 5000, "=="]
)
def test_odd_counts_are_left_out(figures: str) -> None:
    """A message is a person's or a stranger's: what is no number is not one."""
    full = f"m\n\nAnnexish-Format: 1\nAnnexish-Repository: id\nAnnexish-Counts: moved=2 {figures}\n"
    assert decode_message(full) == ("m", "id", {"moved": 2})


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    """Reading never fails."""
    decode_message(text)
    decode_message("m\n\nAnnexish-Format: 1\n" + text)
