"""The scenarios of Git's tests of renamed files, of files against directories, and of additions, drawn anew."""

from __future__ import annotations

import pytest

from tests.merge.scenarios import Scenario, check

SCENARIOS: dict[str, Scenario] = {
    "git t6402: renamed on one side, edited on the other": (
        "A=1 B=1 M=1", "A=2 B=1 M=1", "A=1 C#B=1 N#M=1",
        "A=2 C=1 N=1",
    ),
    "git t6402: the same file is renamed and edited, and edited": (
        "A=1 M=1", "A=1 N#M=2", "A=2 M=1",
        "A=2 N=2",
    ),
    "git t6402: renamed to two names, edited on both sides": (
        "A=1 M=1", "A=1 N#M=1", "A=1 O#M=1",
        "A=1 O=1 | place O",
        "A=1 N=1 | place N",
    ),
    "git t6402: a rename and an edit alike on both sides": (
        "a=1", "b#a=2", "b#a=2",
        "b=2",
    ),
    "git t6402: a renamed file takes the name of a directory that is deleted, the other side edits it": (
        "sub/file=1 dir/in", "dir#file=1", "sub/file=2",
        "dir=2",
    ),
    "git t6402: a renamed file takes the name of a directory, in which the other side edits": (
        "sub/file=1 dir/in=1", "dir#file=1", "sub/file=2 dir/in=2",
        "dir/in=2 dir.from-A=2 | name dir | dir, dir/in",
    ),
    "git t6402: a renamed file takes the name of a directory, both edit the file": (
        "sub/file=1 dir/in", "dir#file=2", "sub/file=3 dir/in",
        "dir=3 dir.from-A=2 | content dir",
        "dir=2 dir.from-B=3 | content dir",
    ),
    "git t6402: a renamed file takes the name of a directory with an edit in it, both edit the file": (
        "sub/file=1 dir/in=1", "dir#file=2", "sub/file=3 dir/in=2",
        "dir/in=2 dir.from-A=3 dir.from-A.from-A=2 | name dir, content dir.from-A | dir, dir/in",
        "dir/in=2 dir.from-A=2 dir.from-B.from-A=3 | name dir, content dir.from-A | dir, dir/in",
    ),
    "git t6402: both where a file was and where it goes there is a directory on the other side": (
        "one/file", "dest#file", "dest#d2/foo one#o2",
        "dest/foo one=o2 | | dest",
    ),
    "git t6402: two files take the names of each other's directories": (
        "one/f1 two/f2", "two#f1", "one#f2",
        "| | one, two",
    ),
    "git t6402: one file is renamed to two names, where the other side has directories": (
        "orig two/file", "one#orig two/file", "two#orig one/file2",
        "one/file2 two=orig | place two",
        "one.from-A=orig one.from-B/file2 | name one, place one.from-A",
    ),
    "git t6402: one file is renamed to two names, directories move out of the way": (
        "orig one/f1 two/f2", "one#orig two/f2", "two#orig one/f1",
        "two=orig | place two",
        "one=orig | place one",
    ),
    "git t6402: a directory becomes a file, the other side deletes it": (
        "irr df/file", "irr df#dff=1", "irr",
        "df=1 irr",
    ),
    "git t6402: a directory becomes the file that was in it, edited": (
        "df/file=1", "df#file=2", "df/file=1 other",
        "df=2 other",
    ),
    "git t6402: edited and deleted": (
        "irr file", "irr file=1", "irr",
        "file=1 irr | | file",
    ),
    "git t6402: renamed and edited, the other side adds the new name": (
        "file=1", "new#file=2", "file=3 new#n2=4",
        "new.from-A=3 new.from-A.from-A=2 new.from-B=4 | name new, content new.from-A",
        "new.from-A=2 new.from-B=4 new.from-B.from-A=3 | name new, content new.from-A",
    ),
    "git t6402: renamed and edited, the other side adds a directory of the new name": (
        "file=1", "new#file=2", "file=3 new#nd/real",
        "new.from-A=3 new.from-A.from-A=2 new.from-B/real | name new, content new.from-A",
        "new.from-A=2 new.from-B/real new.from-B.from-A=3 | name new, content new.from-A",
    ),
    "git t6402: renamed with a small edit, edited": (
        "file=1", "new#file=1", "file=2",
        "new=2",
    ),
    "git t6402: a file of an emptied directory is renamed and edited, edited": (
        "sub/file=1", "new#file=2", "sub/file=3",
        "new=3 new.from-A=2 | content new",
        "new=2 new.from-B=3 | content new",
    ),
    "git t6402: empty files are not taken for each other": (
        "a=", "b#b1=", "a=",
        "b=b1",
    ),
    "git t6422: a file is deleted, an equal one is made elsewhere and renamed": (
        "one=1 two=1", "three#one=1 two=2", "one=1 two=1",
        "three=1 two=2",
    ),
    "git t6422: an edit, and a rename with a new file under the old name": (
        "a=1", "a=2", "b#a=1 a#a2=3",
        "a=3 b=2",
    ),
    "git t6422: renamed alike on both sides, one makes a new file of the old name": (
        "a=1", "b#a=1", "b#a=1 a#a2=3",
        "a=3 b=1",
    ),
    "git t6422: two files renamed to each other's names, edited": (
        "a=1 b=2", "b#a=1 a#b=2", "a=3 b=4",
        "a=4 b=3",
    ),
    "git t6422: a renamed file and a new directory of its new name, edited": (
        "file=1", "newfile#file=1", "file=2 newfile#nd/real",
        "newfile.from-A=2 newfile.from-B/real | name newfile",
    ),
    "git t6422: a renamed and edited file and a new directory of its new name, edited": (
        "file=1", "newfile#file=2", "file=3 newfile#nd/real",
        "newfile.from-A=3 newfile.from-A.from-A=2 newfile.from-B/real | name newfile, content newfile.from-A",
        "newfile.from-A=2 newfile.from-B/real newfile.from-B.from-A=3 | name newfile, content newfile.from-A",
    ),
    "git t6422: the directory of a renamed file vanishes": (
        "sub/file=1", "sub2#file=2", "sub/file=3",
        "sub2=3 sub2.from-A=2 | content sub2",
        "sub2=2 sub2.from-B=3 | content sub2",
    ),
    "git t6422: renamed and edited, the other side edits and adds another file of the new name": (
        "a=1", "b#a=2", "a=3 b#b2=4",
        "b.from-A=3 b.from-A.from-A=2 b.from-B=4 | name b, content b.from-A",
        "b.from-A=2 b.from-B=4 b.from-B.from-A=3 | name b, content b.from-A",
    ),
    "git t6422: two files renamed to one name, each edited where the other side renames it": (
        "a=1 b=2", "c#a=1 b=3", "c#b=2 a=4",
        "c.from-A=4 c.from-B=3 | name c",
    ),
    "git t6422: one file renamed to two names": (
        "a=1", "b#a=1", "c#a=1",
        "c=1 | place c",
        "b=1 | place b",
    ),
    "git t6422: one file renamed to two names, and a new one of the old name": (
        "a=1", "b#a=1", "c#a=1 a#a2=2",
        "a=2 c=1 | place c",
        "a=2 b=1 | place b",
    ),
    "git t6422: one file renamed to two names, each side has another file under the other one's name": (
        "a=1", "b#a=1 c#c2=2", "c#a=1 b#b2=3",
        "b=3 c.from-A=2 c.from-B=1 | name c, place c.from-B",
        "b.from-A=1 b.from-B=3 c=2 | name b, place b.from-A",
    ),
    "git t6422 rad: deleted and replaced by a new file at the name that the other side renames it to": (
        "foo=1", "bar#b2=2", "bar#foo=1",
        "bar=2 | | bar",
    ),
    "git t6422 rrdd: two files renamed to one name, each deleted on the other side": (
        "foo=1 bar=2", "baz#foo=1", "baz#bar=2",
        "| | baz, baz",
    ),
    "git t6422 rrdd, edited too": (
        "foo=1 bar=2", "baz#foo=3", "baz#bar=4",
        "baz.from-A=3 baz.from-B=4 | name baz | baz.from-A, baz.from-B",
    ),
    "git t6422 mod6: three files renamed in a circle of names": (
        "one=1 three=3 five=5", "two#one=1 four#three=3 six#five=5", "six#one=1 two#three=3 four#five=5",
        "four=5 six=1 two=3 | place four, place six, place two",
        "four=3 six=5 two=1 | place four, place six, place two",
    ),
    "git t6422: a file and a directory are added under one name": (
        "irr", "fd#f1=1", "fd#d1/x irr",
        "fd.from-A=1 fd.from-B/x | name fd",
    ),
    "git t6422: a file and a symbolic link are added under one name": (
        "irr", "irr p#f1=1", "irr p#l1->t",
        "irr p.from-A=1 p.from-B=t | name p",
    ),
    "git t6422: a symbolic link and a directory are added under one name": (
        "irr", "irr p#l1->t", "irr p#d1/x",
        "irr p.from-A=t p.from-B/x | name p",
    ),
    "git t6422: two symbolic links are added under one name": (
        "irr", "irr p#l1->s", "irr p#l2->t",
        "irr p.from-A=s p.from-B=t | name p",
    ),
    "git t6422: two equal symbolic links are added under one name": (
        "irr", "irr p#l1->t", "irr p#l2->t",
        "irr p=t",
    ),
    "git t6422: four versions come to one name": (
        "one=1 two=2", "three#one=11 two=21", "one=12 three#two=22",
        ("three.from-A=12 three.from-A.from-A=11 three.from-A.from-B=21 three.from-B=22 | name three, content "
        "three.from-A, content three.from-B"),
        ("three.from-A=11 three.from-B=21 three.from-B.from-A=12 three.from-B.from-B=22 | name three, content "
        "three.from-A, content three.from-B"),
    ),
    "git t6422: a file that is no text is renamed to two names and edited": (
        "orig=1", "orig-A#orig=2", "orig-B#orig=3",
        "orig-B=3 orig-B.from-A=2 | content orig-B, place orig-B",
        "orig-A=2 orig-A.from-B=3 | content orig-A, place orig-A",
    ),
    "git t6416: a directory is added where the other side adds a file": (
        "", "a#f=1", "a#d/file",
        "a.from-A=1 a.from-B/file | name a",
    ),
    "git t6035: a file is replaced by a directory, the other side edits it": (
        "a=1 x", "a#d/b x", "a=2 x",
        "a=2 a.from-A/b x | name a | a",
    ),
    "git t6035: a directory is replaced by a file, the other side edits in it": (
        "d/{a=1,b} x", "d#f=1 x", "d/{a=2,b} x",
        "d/a=2 d.from-A=1 x | name d | d, d/a",
    ),
    "git t6035: a directory is replaced by a file, the other side adds to it": (
        "d/a x", "d#f=1 x", "d/{a,n} x",
        "d/n d.from-A=1 x | name d | d",
    ),
    "git t6035: a directory is replaced by a file, the other side does nothing": (
        "d/a x", "d#f=1 x", "d/a x y",
        "d=1 x y",
    ),
    "git t6020: a file is renamed into a directory that takes its name": (
        "a=1", "a#d/a=1", "a=2",
        "a/a=2",
    ),
    "git t6031: the mode and the content change": (
        "a=1", "a=2", "a=1 b",
        "a=2 b",
    ),
    "git t4300: a directory and its file change places": (
        "d/a=1", "a#a=1", "d/a=2",
        "a=2",
    ),
    "git t6400: added alike on both sides": (
        "", "a#a1=1", "a#a2=1",
        "a=1",
    ),
    "git t6400: added differently on both sides": (
        "", "a#a1=1", "a#a2=2",
        "a.from-A=1 a.from-B=2 | name a",
    ),
    "git t6400: deleted on both sides": (
        "a b", "b", "b",
        "b",
    ),
    "git t6400: added on both sides in a new directory, one file alike and one not": (
        "", "d#d1/{a#a1=1,b#b1=1}", "d#d2/{a#a2=1,b#b2=2}",
        "d/{a=1,b.from-A=1,b.from-B=2} | name d/b",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_renamed_file(name: str) -> None:
    """In both directions."""
    check(SCENARIOS[name])
