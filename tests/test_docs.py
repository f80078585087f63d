"""The documents hold together: links lead somewhere, pages can be found, commands exist."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

TOP = Path(__file__).parent.parent
PAGES = sorted([TOP / "README.md", TOP / "CHANGELOG.md", *TOP.glob("docs/**/*.md")])
STARTS = (TOP / "README.md", TOP / "docs" / "index.md")
LINK = re.compile(r"\]\(([^)\s]+)\)")
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^(?:\$ )?annexish (?:-\S+ )*([a-z]+)\b", re.MULTILINE)
HEADINGS = ("Install and index a directory", "Run the tests")


def name(page: Path) -> str:
    """A page as it is called in the list of tests."""
    return str(page.relative_to(TOP))


def links(page: Path) -> Iterator[tuple[Path, str]]:
    """Yield the links to files of the project: file and anchor."""
    for target in LINK.findall(FENCED.sub("", page.read_text(encoding="utf-8"))):
        file, _, anchor = target.partition("#")
        if ":" not in file:
            yield (page.parent / file).resolve() if file else page, anchor


def anchors(page: Path) -> set[str]:
    """The anchors that headings make."""
    headings = re.findall(r"^#+ (.*)$", FENCED.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def command_below(heading: str) -> list[str]:
    """The lines of the sh blocks below a heading of the README."""
    _, _, rest = (TOP / "README.md").read_text(encoding="utf-8").partition(f"\n## {heading}\n")
    blocks = re.findall(r"^```sh\n(.*?)^```$", rest.partition("\n## ")[0], re.MULTILINE | re.DOTALL)
    assert len(blocks) == 1, f"one sh block below {heading!r}"
    return [line for line in blocks[0].splitlines() if line.strip()]


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_to_files_and_headings_that_exist(page: Path) -> None:
    """A reader who follows a link arrives."""
    for target, anchor in links(page):
        assert target.exists(), f"{name(page)} links to {target}"
        if anchor and target.suffix == ".md":
            assert anchor in anchors(target), f"{name(page)} links to #{anchor} of {name(target)}"


def test_every_page_can_be_reached() -> None:
    """Each page of docs is found by following links from the README or the index."""
    reached: set[Path] = set()
    todo = list(STARTS)
    while todo:
        page = todo.pop()
        if page not in reached and page in PAGES:
            reached.add(page)
            todo += [target for target, _ in links(page)]
    assert {name(page) for page in PAGES} - {name(page) for page in reached} <= {"CHANGELOG.md"}


@pytest.mark.parametrize("heading", HEADINGS)
def test_the_readme_has_one_command_to_install_and_one_to_test(heading: str) -> None:
    """Each is one line that a shell can parse: it is pasted as it stands."""
    lines = command_below(heading)
    assert len(lines) == 1
    subprocess.run(["bash", "-n", "-c", lines[0]], check=True)


def test_the_check_script_runs_the_test_command_of_the_readme() -> None:
    """There is one test command, written once."""
    script = (TOP / ".ci" / "run").read_text(encoding="utf-8")
    for heading in HEADINGS:
        assert f'readme "{heading}"' in script
        assert command_below(heading)[0] not in script


def commands_in(page: Path) -> set[str]:
    """The commands that the blocks of a page begin a line with."""
    return {command for block in FENCED.findall(page.read_text(encoding="utf-8")) for command in COMMAND.findall(block)}


def test_commands_in_the_documents_exist() -> None:
    """What a page shows can be typed."""
    for command in sorted(set().union(*map(commands_in, PAGES))):
        done = subprocess.run(
            [sys.executable, "-c", "from annexish.cli.main import main; main()", command, "--help"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"annexish {command}: {done.stderr}"
