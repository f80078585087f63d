"""Conflicts as terms: what the base, the sides, and merges of merges make of each other.

The scenarios of jj's tests of merged trees and of Git's merges whose base is a merge (t6416), drawn anew.
"""

from __future__ import annotations

import pytest

from tests.merge.scenarios import Answers, Scenario, check, check_answers, in_turn, outcome

SCENARIOS: dict[str, Scenario] = {
    "jj: nothing changed": (
        "a=1", "a=1", "a=1",
        "a=1",
    ),
    "jj: one side changed": (
        "a=1", "a=2", "a=1",
        "a=2",
    ),
    "jj: both sides made the same change": (
        "a=1", "a=2", "a=2",
        "a=2",
    ),
    "jj: both sides changed differently": (
        "a=1", "a=2", "a=3",
        "a=3 a.from-A=2 | content a",
        "a=2 a.from-B=3 | content a",
    ),
    "jj: one side changed and took it back": (
        "a=1", "a=1", "a=2",
        "a=2",
    ),
    "jj: two files, one changed on each side": (
        "d1/a=1 d2/b=1", "d1/a=2 d2/b=1", "d1/a=1 d2/b=2",
        "d1/a=2 d2/b=2",
    ),
    "jj: one file is merged and another one is not": (
        "d1/a=1 d2/b=1", "d1/a=2 d2/b=2", "d1/a=1 d2/b=3",
        "d1/a=2 d2/{b=3,b.from-A=2} | content d2/b",
        "d1/a=2 d2/{b=2,b.from-B=3} | content d2/b",
    ),
    "jj: added on one side": (
        "", "a", "",
        "a",
    ),
    "jj: added alike": (
        "", "a#a1=1", "a#a2=1",
        "a=1",
    ),
    "jj: added differently": (
        "", "a#a1=1", "a#a2=2",
        "a.from-A=1 a.from-B=2 | name a",
    ),
    "jj: removed on one side": (
        "a", "", "a",
        "",
    ),
    "jj: removed on both sides": (
        "a", "", "",
        "",
    ),
    "jj: removed and changed": (
        "a=1", "", "a=2",
        "a=2 | | a",
    ),
    "jj: a file became a directory on one side": (
        "a=1", "a#d/x", "a=1",
        "a/x",
    ),
    "jj: a file became a directory and was changed": (
        "a=1", "a#d/x", "a=2",
        "a=2 a.from-A/x | name a | a",
    ),
    "jj: a file became a directory on both sides": (
        "a=1", "a#d1/x#x1=2", "a#d2/x#x2=2",
        "a/x=2",
    ),
    "jj: a directory became a file and was added to": (
        "d/a", "d#f=1", "d/{a,b}",
        "d/b d.from-A=1 | name d | d",
    ),
    "jj: a file and a directory were added": (
        "", "p#f=1", "p#d/x",
        "p.from-A=1 p.from-B/x | name p",
    ),
    "jj: a directory in which all was removed, and a file was changed": (
        "d/{a=1,b=1}", "", "d/{a=2,b=1}",
        "d/a=2 | | d, d/a",
    ),
    "jj: a change in a directory that the other side removed and made anew": (
        "d/a=1", "d#d2/a#a2=3", "d/a=2",
        "d/{a=2,a.from-A=3} | name d/a | d, d/a",
    ),
}  # fmt: skip

ANSWERS: dict[str, Answers] = {
    "jj: both resolved alike": (
        "a=1", "a=2", "a=3", "a=2", "a=2",
        "a=2",
    ),
    "jj: both resolved by a third version": (
        "a=1", "a=2", "a=3", "a=4", "a=4",
        "a=4",
    ),
    "jj: resolved differently": (
        "a=1", "a=2", "a=3", "a=2", "a=3",
        "a=3 a.from-C=2 | content a",
        "a=2 a.from-D=3 | content a",
    ),
    "jj: resolved by the old version, and by one of the sides": (
        "a=1", "a=2", "a=3", "a=1", "a=3",
        "a=3 a.from-C=1 | content a",
        "a=1 a.from-D=3 | content a",
    ),
    "jj: resolved differently, and renamed": (
        "a=1", "a=2", "a=3", "b#a=2", "a=3",
        "b=3 b.from-C=2 | content b",
        "b=2 b.from-D=3 | content b",
    ),
    "jj: resolved by deleting it, and by one of the sides": (
        "a=1", "a=2", "a=3", "", "a=3",
        "a=3 | | a",
    ),
    "jj: resolved by one of the sides, and by a new version": (
        "a=1", "a=2", "a=3", "a=3", "a=4",
        "a=4 a.from-C=3 | content a",
        "a=3 a.from-D=4 | content a",
    ),
    "t6416: renamed on one side and edited on the other, merged twice": (
        "a=1", "b#a=1", "a=2", "b#a=2", "b#a=2",
        "b=2",
    ),
    "t6416: the same, then edited once": (
        "a=1", "b#a=1", "a=2", "b#a=2", "b#a=3",
        "b=3",
    ),
    "t6416: a renamed file and an added one, the added one dropped, and dropped with an edit": (
        "a=1", "n#a=1", "a=2 n#n2=3", "n#a=2", "n#a=4",
        "n=4",
    ),
    "t6416: edited and deleted, kept and deleted": (
        "a=1", "a=2", "", "a=2", "",
        "",
    ),
    "t6416: a file and a directory of one name, each kept by one": (
        "", "a#f=1", "a#d/x", "a#f=1", "a#d/x",
        "a.from-C=1 a.from-D/x | name a | a.from-C, a.from-D, a.from-D/x",
    ),
    "t6416: the same, and edited in the directory": (
        "", "a#f=1", "a#d/x=1", "a#f=1", "a#d/x=2",
        "a.from-C=1 a.from-D/x=2 | name a | a.from-C, a.from-D, a.from-D/x",
    ),
    "t6416: the same, the file is kept by both and edited by one": (
        "", "a#f=1", "a#d/x", "a#f=1", "a#f=2",
        "a=2",
    ),
    "t6416: the same, the file is kept by both and edited and renamed by one": (
        "", "a#f=1", "a#d/x", "a#f=1", "a2#f=2",
        "a2=2 | place a2",
        "a=2 | place a",
    ),
    "t6416: the same, one keeps both": (
        "", "a#f=1", "a#d/x", "a2#f=1 a#d/x", "a2#f=2",
        "a/x a2=2 | | a, a/x",
    ),
    "t6416: two new names, both take the same of them and one edits": (
        "a=1", "b#a=2", "c#a=1", "n#a=2", "n#a=3",
        "n=3",
    ),
    "t6416: two new names, each takes another one": (
        "a=1", "b#a=1", "c#a=1", "b#a=1", "c#a=1",
        "c=1 | place c",
        "b=1 | place b",
    ),
    "t6416: two new names, one keeps the file and one deletes it": (
        "a=1", "b#a=1", "c#a=1", "b#a=1", "",
        "b=1 | | b",
    ),
    "t6416: a rename and a new file of the old name, which both edit alike": (
        "a=1", "b#a=1", "c#a=1 a#a2=2", "b#a=1 a#a2=3", "b#a=1 a#a2=3",
        "a=3 b=1",
    ),
    "t6416: two new names, one of them is another file's": (
        "a=1", "b#a=1 c#c2=2", "c#a=1", "a=1 c#c2=2", "a=1 c#c2=3",
        "a=1 c=3",
    ),
    "t6416: a symbolic link pointed elsewhere twice, each keeps its own": (
        "l->1", "l->2", "l->3", "l->2", "l->3",
        "l=3 l.from-C=2 | content l",
        "l=2 l.from-D=3 | content l",
    ),
    "t6416: a symbolic link added twice, each keeps its own": (
        "", "l#l1->2", "l#l2->3", "l#l1->2", "l#l2->3",
        "l.from-C=2 l.from-D=3 | name l | l.from-C, l.from-D",
    ),
    "t6416: a file and a symbolic link of one name, each keeps its own": (
        "", "p#f=1", "p#l->t", "p#f=1", "p#l->t",
        "p.from-C=1 p.from-D=t | name p | p.from-C, p.from-D",
    ),
    "t6416: two directories renamed to one name, each deletes the other's": (
        "c/b d/a", "z#c/b d/a", "c/b z#d/a", "z#c/b", "z#d/a",
        "z.from-C/b z.from-D/a | name z | z.from-C, z.from-C/b, z.from-D, z.from-D/a",
    ),
    "t6416: nested: two files with two versions each are renamed to one name": (
        "b=1 a=1", "b=2 a=2", "b=3 a=3", "m#b=4 a=5", "b=6 m#a=7",
        "m.from-C=6 m.from-C.from-C=4 m.from-C.from-D=5 m.from-D=7 | name m, content m.from-C, content m.from-D",
        "m.from-C=4 m.from-D=5 m.from-D.from-C=6 m.from-D.from-D=7 | name m, content m.from-C, content m.from-D",
    ),
}  # fmt: skip

IN_TURN = {
    "three versions": ("a=1", "a=2", "a=3", "a=4", "a=4 a.from-A=2 a.from-A-60d02743=3 | content a"),
    "three versions in another order": ("a=1", "a=4", "a=3", "a=2", "a=2 a.from-A=4 a.from-A-4f139407=3 | content a"),
    "three sides, two alike": ("a=1", "a=2", "a=3", "a=2", "a=2 a.from-A=2 a.from-A-4f139407=3 | content a"),
    "three sides, one did nothing": ("a=1", "a=2", "a=3", "a=1", "a=3 a.from-A=2"),
    "three sides, two alike and one did nothing": ("a=1", "a=2", "a=1", "a=2", "a=2"),
    "three names": ("a=1", "b#a=1", "c#a=1", "d#a=1", "d=1 | place d"),
    "three new files of one name": ("", "a#x=1", "a#y=2", "a#z=3", "a=3 a.from-A=1 a.from-B=2"),
    "two editions and a deletion between": ("a=1", "a=2", "", "a=3", "a=3 a.from-A=2 | content a"),
    "a deletion and two editions": ("a=1", "", "a=2", "a=3", "a=3 a.from-A=2 | content a"),
    "moved, edited, deleted": ("a=1", "b#a=1", "a=2", "", "b=2 | | b"),
    "a directory renamed, added to, and removed": ("d/a", "e#d/a", "d/{a,b}", "", "e/b | | e"),
}  # fmt: skip


@pytest.mark.parametrize("name", SCENARIOS)
def test_two_sides(name: str) -> None:
    """In both directions."""
    check(SCENARIOS[name])


@pytest.mark.parametrize("name", ANSWERS)
def test_two_answers_to_what_a_merge_left(name: str) -> None:
    """The base is what merging two others gave; resolved alike there is no conflict, resolved differently there is."""
    check_answers(ANSWERS[name])


@pytest.mark.parametrize("name", IN_TURN)
def test_three_sides_in_turn(name: str) -> None:
    """Each version that a side made is there in the end."""
    *drawn, expected = IN_TURN[name]

    result = in_turn(*drawn)
    assert result == outcome(expected)
