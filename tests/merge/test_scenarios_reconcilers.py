"""The scenarios of Mutagen's and Unison's tests of reconciliation, drawn anew."""

from __future__ import annotations

import pytest

from tests.merge.scenarios import Scenario, check

SCENARIOS: dict[str, Scenario] = {
    "mutagen: nothing anywhere": (
        "", "", "",
        "",
    ),
    "mutagen: the same file everywhere": (
        "a", "a", "a",
        "a",
    ),
    "mutagen: the same directory everywhere": (
        "d/a e/", "d/a e/", "d/a e/",
        "d/a e/",
    ),
    "mutagen: both created the same file": (
        "", "a#a1=1", "a#a2=1",
        "a=1",
    ),
    "mutagen: both created the same symbolic link": (
        "", "l#l1->t", "l#l2->t",
        "l=t",
    ),
    "mutagen: both created the same empty directory": (
        "", "d#d1/", "d#d2/",
        "d/",
    ),
    "mutagen: both created the same directory": (
        "", "d#d1/a#a1=1", "d#d2/a#a2=1",
        "d/a=1",
    ),
    "mutagen: both created the same file in a directory": (
        "d/", "d/a#a1=1", "d/a#a2=1",
        "d/a=1",
    ),
    "mutagen: both deleted a file": (
        "a", "", "",
        "",
    ),
    "mutagen: both deleted a file in a directory": (
        "d/a", "d/", "d/",
        "d/",
    ),
    "mutagen: both deleted a symbolic link": (
        "l->t", "", "",
        "",
    ),
    "mutagen: both deleted an empty directory": (
        "d/", "", "",
        "",
    ),
    "mutagen: both deleted a directory": (
        "d/{a,b}", "", "",
        "",
    ),
    "mutagen: one created a file": (
        "", "a", "",
        "a",
    ),
    "mutagen: one created an empty directory": (
        "", "d/", "",
        "d/",
    ),
    "mutagen: one created a directory": (
        "", "d/a", "",
        "d/a",
    ),
    "mutagen: one created a file in an existing directory": (
        "d/", "d/a", "d/",
        "d/a",
    ),
    "mutagen: one modified a file": (
        "a=1", "a=2", "a=1",
        "a=2",
    ),
    "mutagen: one replaced a file by a directory": (
        "a=1", "a#d/x", "a=1",
        "a/x",
    ),
    "mutagen: one deleted a file": (
        "a", "", "a",
        "",
    ),
    "mutagen: one deleted a directory": (
        "d/a", "", "d/a",
        "",
    ),
    "mutagen: both created different files": (
        "", "a#a1=1", "a#a2=2",
        "a.from-A=1 a.from-B=2 | name a",
    ),
    "mutagen: one created a file, the other a directory": (
        "", "a#a1=1", "a#d/x",
        "a.from-A=1 a.from-B/x | name a",
    ),
    "mutagen: both created a directory, one a file in it": (
        "", "d#d1/a", "d#d2/",
        "d/a",
    ),
    "mutagen: both created a directory with different files of one name": (
        "", "d#d1/a#a1=1", "d#d2/a#a2=2",
        "d/{a.from-A=1,a.from-B=2} | name d/a",
    ),
    "mutagen: one modified a file, the other deleted it": (
        "a=1", "a=2", "",
        "a=2 | | a",
    ),
    "mutagen: one deleted a directory, the other a part of it": (
        "d/{a,b}", "", "d/a",
        "",
    ),
    "mutagen: one emptied a directory, the other deleted it": (
        "d/a", "d/", "",
        "",
    ),
    "mutagen: one replaced a directory by a file, the other deleted a part of it": (
        "d/{a,b}", "d#f=1", "d/a",
        "d=1",
    ),
    "mutagen: one replaced a directory by a symbolic link, the other deleted a part of it": (
        "d/{a,b}", "d#l->t", "d/a",
        "d=t",
    ),
    "mutagen: one replaced a directory by a file, the other deleted it": (
        "d/a", "d#f=1", "",
        "d=1",
    ),
    "mutagen: one replaced a file by a directory, the other modified it": (
        "a=1", "a#d/x", "a=2",
        "a=2 a.from-A/x | name a | a",
    ),
    "mutagen: one replaced a file by a directory, the other deleted it": (
        "a=1", "a#d/x", "",
        "a/x",
    ),
    "mutagen: both replaced a file by a directory": (
        "a=1", "a#d1/x", "a#d2/y",
        "a/{x,y}",
    ),
    "mutagen: one replaced a file by a directory, the other by a symbolic link": (
        "a=1", "a#d1/x", "a#l->t",
        "a.from-A/x a.from-B=t | name a",
    ),
    "mutagen: a file becomes a symbolic link, and is modified": (
        "a=1", "a->t", "a=2",
        "a=2 a.from-A=t | content a",
        "a=t a.from-B=2 | content a",
    ),
    "mutagen: a symbolic link points elsewhere on both sides": (
        "l->1", "l->2", "l->3",
        "l=3 l.from-A=2 | content l",
        "l=2 l.from-B=3 | content l",
    ),
    "mutagen: a symbolic link points elsewhere alike on both sides": (
        "l->1", "l->2", "l->2",
        "l=2",
    ),
    "mutagen: a directory is deleted, deep in it a file is modified": (
        "d/{e/f/{a=1,b},c}", "", "d/{e/f/{a=2,b},c}",
        "d/e/f/a=2 | | d, d/e, d/e/f, d/e/f/a",
    ),
    "mutagen: a directory is deleted, deep in it a directory is created": (
        "d/{e/f/{a,b},c}", "", "d/{e/f/{a,b,g/},c}",
        "d/e/f/g/ | | d, d/e, d/e/f",
    ),
    "mutagen: a directory is deleted in one that is deleted, with something new on the other side": (
        "d/{e/{a,b},c}", "d/c", "d/{e/{a,b,n},c}",
        "d/{c,e/n} | | d/e",
    ),
    "mutagen: all is deleted, the other side adds one file": (
        "a b d/{x,y}", "", "a b d/{x,y} n",
        "n",
    ),
    "mutagen: all is deleted, the other side adds deep": (
        "a b d/{x,y}", "", "a b d/{x,y,n}",
        "d/n | | d",
    ),
    "unison 1: a file is renamed": (
        "x d/a", "y#x d/a", "x d/a",
        "d/a y=x",
    ),
    "unison 1: a directory is renamed": (
        "x d/a", "x e#d/a", "x d/a",
        "e/a x",
    ),
    "unison 1: a file is moved": (
        "y e/a", "e/{a,y}", "y e/a",
        "e/{a,y}",
    ),
    "unison 1: a directory is moved": (
        "d/a q/", "q/d/a", "d/a q/",
        "q/d/a",
    ),
    "unison 1: many moves, renames and a copy at once": (
        "x y z c/b d/a", "y o#z c/{b,x,z#z2=y} e#d/a", "x y z c/b d/a",
        "c/{b,x,z=y} e/a o=z y",
    ),
    "unison 1: a file is deleted and another one is new": (
        "y", "x", "y",
        "x",
    ),
    "unison 3: a file is renamed over a directory": (
        "x y c/b d/a", "c#x y d/a", "x y c/b d/a",
        "c=x d/a y",
    ),
    "unison 3: a directory is renamed over a file": (
        "x y c/b d/a", "x c/b y#d/a", "x y c/b d/a",
        "c/b x y/a",
    ),
    "unison 3: a file is renamed over another one": (
        "x y", "y#x", "x y",
        "y=x",
    ),
    "unison 3: a file is renamed over another one, which is edited": (
        "x y=1", "y#x", "x y=2",
        "y=2 y.from-A=x | name y | y",
    ),
    "unison 3: a directory is renamed over another one": (
        "c/b d/a", "d#c/b", "c/b d/a",
        "d/b",
    ),
    "unison 3: a file is renamed over a directory, in which there is an edit": (
        "x c/b=1", "c#x", "x c/b=2",
        "c/b=2 c.from-A=x | name c | c, c/b",
    ),
    "unison 3: a directory is renamed over a file, which is edited": (
        "y=1 d/a", "y#d/a", "y=2 d/a",
        "y=2 y.from-A/a | name y | y",
    ),
    "unison 5: a file is renamed over a directory, which the other side deletes": (
        "x y c/b d/a", "c#x y d/a", "x y d/a",
        "c=x d/a y",
    ),
    "unison 5: a directory is renamed over a file, which the other side deletes": (
        "x y c/b d/a", "x y#c/b d/a", "x c/b d/a",
        "d/a x y/b",
    ),
    "unison 5: a file is renamed, and edited": (
        "x=1 y", "z#x=1 y", "x=2 y",
        "y z=2",
    ),
    "unison 5: a directory is renamed, the file in it too": (
        "x d/a", "x e#d/a", "x d/b#a",
        "e/b=a x",
    ),
    "unison 5: a file is renamed, the other side makes another file of that name": (
        "x y", "z#x y", "x y z#z2=1",
        "y z.from-A=x z.from-B=1 | name z",
    ),
    "unison 5: a file is renamed, the other side makes an equal file of that name": (
        "x=1 y", "z#x=1 y", "x=1 y z#z2=1",
        "y z=1",
    ),
    "unison 5: a file is renamed, the other side makes a directory of that name": (
        "x y", "z#x y", "x y z#zd/",
        "y z.from-A=x z.from-B/ | name z",
    ),
    "unison 5: a directory is renamed, the other side makes a file of that name": (
        "x c/b", "x z#c/b", "x c/b z#zf=1",
        "x z.from-A/b z.from-B=1 | name z",
    ),
    "unison 5: a directory is renamed, the other side makes a directory of that name": (
        "c/b", "z#c/b", "c/b z#zd/n",
        "z/{b,n}",
    ),
    "unison 6: two files are renamed to one name": (
        "x y", "z#x y", "x z#y",
        "z.from-A=x z.from-B=y | name z",
    ),
    "unison 6: two directories are renamed to one name": (
        "c/b d/a", "z#c/b d/a", "c/b z#d/a",
        "z.from-A/b z.from-B/a | name z",
    ),
    "unison: both sides rename a file alike": (
        "x", "z#x", "z#x",
        "z=x",
    ),
    "unison: both sides rename a directory alike, and add to it": (
        "d/a", "e#d/{a,b}", "e#d/{a,c}",
        "e/{a,b,c}",
    ),
    "unison: a renamed file, deleted with its old directory on the other side": (
        "d/{a,b}", "d/b e/a", "",
        "e/ | | e/a",
    ),
    "unison: a directory is renamed, and deleted": (
        "d/a", "e#d/a", "",
        "| | e",
    ),
    "unison: a directory is renamed and a file in it edited, and deleted": (
        "d/{a=1,b}", "e#d/{a=2,b}", "",
        "e/a=2 | | e, e/a",
    ),
    "unison: a directory is moved into one that is deleted": (
        "c/a d/b", "d/{b,c/a}", "c/a",
        "d/c/a | | d",
    ),
    "unison: a directory is moved into one that is deleted, with it": (
        "c/a d/b", "d/{b,c/a}", "",
        "| | d/c",
    ),
    "unison: a directory is moved into one that is moved into it": (
        "c/a d/b", "d/{b,c/a}", "c/{a,d/b}",
        "c/{a,d/b} | place c",
        "d/{b,c/a} | place d",
    ),
    "unison: three directories in a circle": (
        "a/x b/y c/z", "a/x c/{z,b/{y}}", "b/{y,a/x} c/z",
        "c/{b/{a/x,y},z}",
    ),
    "unison: three directories in a circle, moves of both sides": (
        "a/x b/y c/z", "b/{y,a/x} c/z", "a/{x,c/{z,b/y}}",
        "a/{c/{b/y,z},x} | place a",
        "b/{a/{c/z,x},y} | place b",
    ),
    "unison: names that differ in case": (
        "", "Foo#f1=1", "foo#f2=1",
        "Foo=1 foo=1 | | foo",
    ),
    "unison: names that differ in Unicode form": (
        "", "\xe9#f1=1", "e\u0301#f2=1",
        "e\u0301=1 \xe9=1 | | \xe9",
    ),
    "unison: a rename that changes only the case, and an edit": (
        "foo=1", "Foo#foo=1", "foo=2",
        "Foo=2",
    ),
    "unison: swapped files, one edited": (
        "a=1 b=2", "b#a=1 a#b=2", "a=1 b=3",
        "a=3 b=1",
    ),
    "unison: swapped directories, added to both": (
        "a/x b/y", "b#a/x a#b/y", "a/{x,n} b/{y,m}",
        "a/{m,y} b/{n,x}",
    ),
    "unison: the levels of two directories are swapped, something is added to both": (
        "a/b/x", "b/a/x", "a/{n,b/{x,m}}",
        "b/{a/{n,x},m}",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SCENARIOS)
def test_what_reconcilers_meet(name: str) -> None:
    """In both directions."""
    check(SCENARIOS[name])
