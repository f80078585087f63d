"""The scenarios of Git's tests of renamed directories (t6423), by their numbers there, drawn anew.

That renamed directories are known again is settled at commit, so many of Git's questions do not come up here.
"""

from __future__ import annotations

import pytest

from tests.merge.scenarios import Scenario, check

SCENARIOS: dict[str, Scenario] = {
    "git 1a: files and a directory are added to a directory that the other side renamed": (
        "z/{b,c}", "y#z/{b,c}", "z/{b,c,d,e/f}",
        "y/{b,c,d,e/f}",
    ),
    "git 1b: a file is added to a directory that the other side merged into another": (
        "z/{b,c} y/d", "z/{b,c,e} y/d", "y/{b,c,d}",
        "y/{b,c,d,e}",
    ),
    "git 1c: a file is moved into a directory that the other side renamed": (
        "z/{b,c} x/d", "y#z/{b,c} x/d", "z/{b,c,d}",
        "y/{b,c,d}",
    ),
    "git 1d: each side renames another directory to one new name, and both add to them": (
        "z/{b,c} y/{d,e}", "x#z/{b,c} y/{d,e,m,w#w1}", "z/{b,c,n,w#w2} x#y/{d,e}",
        "x.from-A/{b,c,n,w=w2} x.from-B/{d,e,m,w=w1} | name x",
    ),
    "git 1e: a directory and all files in it are renamed, a file is added": (
        "z/{ob,oc}", "y#z/{nb#ob,nc#oc}", "z/{ob,oc,d}",
        "y/{d,nb=ob,nc=oc}",
    ),
    "git 1e, where the renamed directory was not known again": (
        "z/{ob,oc}", "y/{nb#ob,nc#oc}", "z/{ob,oc,d}",
        "y/{d,nb=ob,nc=oc}",
    ),
    "git 1f: a directory is split in two, a file is added to it": (
        "z/{b,c,d,e,f}", "z/{b,c,d,e,f,g}", "y/{b,c} x#z/{d,e,f}",
        "x/{d,e,f,g} y/{b,c}",
    ),
    "git 1f, where both parts are new directories": (
        "z/{b,c,d,e,f}", "z/{b,c,d,e,f,g}", "y/{b,c} x/{d,e,f}",
        "x/{d,e,f,g} y/{b,c}",
    ),
    "git 2a: a directory is split in equal parts, a file is added to it": (
        "z/{b,c}", "y/b w/c", "z/{b,c,d}",
        "w/c y/b z/d | | z",
    ),
    "git 2b: a directory is split in equal parts, a file is added elsewhere": (
        "z/{b,c}", "y/b w/c", "z/{b,c} x/d",
        "w/c x/d y/b",
    ),
    "git 3a: a directory is split, the other side does nothing": (
        "z/{b,c,d}", "z/{b,c,d}", "y#z/{b,c} x/d",
        "x/d y/{b,c}",
    ),
    "git 3b: a file is moved out of a directory to two places, by one side with the rest": (
        "z/{b,c,d}", "y#z/{b,c} x/d", "z/{b,c} w/d",
        "w/d x/ y/{b,c} | place w/d",
        "w/ x/d y/{b,c} | place x/d",
    ),
    "git 4a: most files of a directory move, and it stays": (
        "z/{b,c,d,e}", "y/{b,c,d} z/e", "z/{b,c,d,e,f}",
        "y/{b,c,d} z/{e,f}",
    ),
    "git 5a: a directory merged into another, the other side adds a file of one name to both": (
        "z/{b,c} y/d", "z/{b,c,e#e1,f} y/{d,e#e2}", "y/{b,c,d}",
        "y/{b,c,d,e=e2,e.from-A=e1,f} | name y/e",
    ),
    "git 5b: a renamed directory, and a file that was replaced in it and is new in a directory of its name": (
        "z/{b,c,d#d1}", "y#z/{b,c,d#d2}", "z/{b,c,d#d1,e} y/d#d3",
        "y/{b,c,d.from-A=d2,d.from-B=d3,e} | name y/d",
    ),
    "git 5c: three new files of one name and a file moved twice": (
        "z/{b,c} x/d#d1", "y#z/{b,c,d#d2} w/d#d1", "z/{b,c,d#d1,e} w/d#d3 y/d#d4",
        "w/d=d3 y/{b,c,d.from-A=d2,d.from-B=d1,d.from-B-9ebcabc4=d4,e} | name y/d, place y/d.from-B",
        "w/{d.from-A=d1,d.from-B=d3} y/{b,c,d.from-A=d2,d.from-B=d4,e} | name w/d, place w/d.from-A, name y/d",
    ),
    "git 5d: a directory stands where a renamed directory brings a file": (
        "z/{b,c}", "y#z/{b,c,d#d1}", "z/{b,c,d#d2,f} y/d#dd/e",
        "y/{b,c,d.from-A=d1,d.from-B=d2,d.from-B-2b846f05/e,f} | name y/d",
    ),
    "git 6a: a file is deleted that the other side moved away with others": (
        "z/{b,c,d}", "z/b", "y#z/{b,c} z#z2/d",
        "y/b z/ | | z/d",
    ),
    "git 6b1: both sides move the same files, one adds a file where they were, the other one empties it": (
        "z/{b,c,d,e}", "y#ya/{b,c,d} x/e", "y#yb/{b,c,d} z/{e,f}",
        "x/e y/{b,c,d,f}",
    ),
    "git 6b2: both sides move the same files, one adds a file where they were": (
        "z/{b,c}", "y#ya/{b,c}", "y#yb/{b,c} z/d",
        "y/{b,c,d}",
    ),
    "git 6b2, where the directory was known again": (
        "z/{b,c}", "y#z/{b,c}", "y#z/{b,c} z#zb/d",
        "y/{b,c} z/d",
    ),
    "git 6c: one side moves all files out and adds one, the other does nothing": (
        "z/{b,c}", "z/{b,c}", "y/{b,c} z/d",
        "y/{b,c} z/d",
    ),
    "git 6d: one side moves all files out and another one in, the other does nothing": (
        "z/{b,c} x/d", "z/{b,c} x/d", "y/{b,c} z/d",
        "y/{b,c} z/d",
    ),
    "git 6e: one side moves all files out and adds one to both, the other does nothing": (
        "z/{b,c}", "z/{b,c}", "y/{b,c,d#d1} z/d#d2",
        "y/{b,c,d=d1} z/d=d2",
    ),
    "git 7a: a directory is renamed, the other side splits it and adds to it": (
        "z/{b,c}", "y#z/{b,c}", "w/b x/c z/d",
        "w/b x/c y/d",
    ),
    "git 7b: two files come to one name through a renamed directory": (
        "z/{b,c} x/d#d1 w/d#d2", "y#z/{b,c,d#d2} x/d#d1", "z/{b,c,d#d1} w/d#d2",
        "y/{b,c,d.from-A=d2,d.from-B=d1} | name y/d",
    ),
    "git 7c: a file is moved elsewhere, and into a directory that was renamed": (
        "z/{b,c} x/d", "y#z/{b,c} w/d", "z/{b,c,d}",
        "w/ y/{b,c,d} | place y/d",
        "w/d y/{b,c} | place w/d",
    ),
    "git 7d: a file is deleted, and moved into a directory that was renamed": (
        "z/{b,c} x/d", "y#z/{b,c}", "z/{b,c,d}",
        "y/{b,c} | | y/d",
    ),
    "git 7e: a file is deleted, and moved to where a directory is now": (
        "z/{b,c} x/d#d1", "y#z/{b,c,d#dy/g} x/d#dx/f", "z/{b,c,d#d1}",
        "y/{b,c,d/{f,g}} | | y/d",
    ),
    "git 8a: directories are renamed one into the place of the other, files are added to both": (
        "x/{a,b} y/{c,d}", "x/{a,b,e} y/{c,d,f}", "y#x/{a,b} z#y/{c,d}",
        "y/{a,b,e} z/{c,d,f}",
    ),
    "git 8b: the same, the added files have one name": (
        "x/{a#a1,b#b1} y/{a#a2,b#b2}", "x/{a#a1,b#b1,e#e1} y/{a#a2,b#b2,e#e2}", "y#x/{a#a1,b#b1} z#y/{a#a2,b#b2}",
        "y/{a=a1,b=b1,e=e1} z/{a=a2,b=b2,e=e2}",
    ),
    "git 8c: a file is deleted in a renamed directory, and edited": (
        "z/{b,c,d}", "y#z/{b,c}", "z/{b,c,d=1,e}",
        "y/{b,c,d=1,e} | | y/d",
    ),
    "git 8d: a file is deleted in a renamed directory, another one is added": (
        "z/{b,c,d}", "y#z/{b,c}", "z/{b,c,d,e}",
        "y/{b,c,e}",
    ),
    "git 8e: both sides rename a directory, one adds a new one of the old name": (
        "z/{b,c}", "y#z/{b,c}", "w#z/{b,c} z#z2/d",
        "w/{b,c} z/d | place w",
        "y/{b,c} z/d | place y",
    ),
    "git 9a: a directory is renamed within one that is renamed, files are added to both": (
        "z/{b,c,d/{e,f,g}}", "y#z/{b,c} x/w#d/{e,f,g}", "z/{b,c,d/{e,f,g,h},i}",
        "x/w/{e,f,g,h} y/{b,c,i}",
    ),
    "git 9b: a file is edited, moved and edited into a directory that was renamed": (
        "z/{b,c} x/d=1", "y#z/{b,c} x/d=2", "z/{b,c,d=3}",
        "y/{b,c,d=3,d.from-A=2} | content y/d",
        "y/{b,c,d=2,d.from-B=3} | content y/d",
    ),
    "git 9b, edited on one side only": (
        "z/{b,c} x/d=1", "y#z/{b,c} x/d=2", "z/{b,c,d=1}",
        "y/{b,c,d=2}",
    ),
    "git 9c: one side merges a directory into one that the other renames, which puts more into the first": (
        "z/{b,c} x/{d,e} w/f", "y#z/{b,c} x/{d,e,f,g}", "z/{b,c,d,e} w/f",
        "y/{b,c,d,e,f,g}",
    ),
    "git 9d: a chain of directories that are merged into each other": (
        "z/a y/b x/c w/d v/e u/f", "y/{a,b} w/{c,d} u/{e,f}", "z/{a,t} x/{b,c} v/{d,e} u/f",
        "u/{a,b,c,d,e,f,t}",
    ),
    "git 9e: three directories become one, files of one name are added to all": (
        "d1/{a,b} d2/{d,e} d3/{g,h}", "d1/{a,b,c,yo#y1} d2/{d,e,f,yo#y2} d3/{g,h,i,yo#y3}", "all/{a,b,d,e,g,h}",
        "all/{a,b,c,d,e,f,g,h,i,yo.from-A=y2,yo.from-A-7b920f84=y3,yo.from-A-f1fa9326=y1} | name all/yo",
    ),
    "git 9f: a directory that has only directories is renamed, a file is added": (
        "goal/{a/x,b/y}", "prio#goal/{a/x,b/y}", "goal/{a/x,b/y,c}",
        "prio/{a/x,b/y,c}",
    ),
    "git 9g: the same, and the directories in it are renamed": (
        "goal/{a/x,b/y}", "prio#goal/{al#a/x,br#b/y}", "goal/{a/x,b/y,c}",
        "prio/{al/x,br/y,c}",
    ),
    "git 9h: a directory is split, a file of it is edited": (
        "z/{b,c,d=1}", "z/{b,c,d=2}", "y#z/{b,c} x/d=1",
        "x/d=2 y/{b,c}",
    ),
    "git 10a: a file is deleted and another one is new under its name, the other side renames it away": (
        "z/{b,c}", "z/{b,c#c2=2,d#dd}", "z/{b,d#c}",
        "z/{b,c=2,d=dd} | | z/d",
    ),
    "git 10b: a directory is renamed and files are new in it, the other side renames a file to one of their names": (
        "z/{b,c}", "y#z/{b,c#c2,d#d2,e#e2}", "z/{b,d#c,e}",
        "y/{b,c=c2,d=d2,e.from-A=e2,e.from-B=e} | name y/e | y/d",
    ),
    "git 10c: a file moved elsewhere, and into a renamed directory where its name is taken": (
        "z/{a,b} x/{c,d}", "y#z/{a,b,c#c2} w/c x/d", "z/{a,b,c} x/d",
        "w/ x/d y/{a,b,c.from-A=c2,c.from-B=c} | name y/c, place y/c.from-B",
        "w/c x/d y/{a,b,c=c2} | place w/c",
    ),
    "git 10d: two directories are renamed to one name, files move between them to one name": (
        "z/{a,b,c=1} x/{d,e,f=2}", "y#z/{a,b,wham#w} x/{d,e,f=2,wham#c=1}", "z/{a,b,c=1,wham#f=2} y#x/{d,e}",
        "y.from-A/{a,b,wham.from-A=w,wham.from-B=2} y.from-B/{d,e,wham=1} | name y, name y.from-A/wham",
    ),
    "git 10e: a new file under the old name of a renamed directory": (
        "z/{a,b}", "y#z/{a,b} z#z2/c", "z/{a,b,c#c2}",
        "y/{a,b,c=c2} z/c",
    ),
    "git 11a: a file renamed and edited, and edited": (
        "z/{a,b=1}", "z/{a,c#b=2}", "z/{a,b=3}",
        "z/{a,c=3,c.from-A=2} | content z/c",
        "z/{a,c=2,c.from-B=3} | content z/c",
    ),
    "git 11b: a file moved and edited, its new directory renamed, the file edited alike": (
        "z/a x/{b,c=1}", "z/{a,c=2} x/b", "y#z/a x/{b,c=2}",
        "x/b y/{a,c=2}",
    ),
    "git 11c: a file moved to where the other side has a directory": (
        "y/a x/{b,c=1}", "y/{a,c=1} x/b", "y/{a,c#cc/d} x/{b,c=2}",
        "x/b y/{a,c.from-A=2,c.from-B/d} | name y/c",
    ),
    "git 11d: the same, in a renamed directory": (
        "z/a x/{b,c=1}", "z/{a,c=1} x/b", "y#z/{a,c#cc/d} x/{b,c=2}",
        "x/b y/{a,c.from-A=2,c.from-B/d} | name y/c",
    ),
    "git 11e: a file moved twice, one place is taken by a new file": (
        "z/{a,b} x/{c=1,d}", "y#z/{a,b,c#c2} x/d w/c=1", "z/{a,b,c=1} x/d",
        "w/ x/d y/{a,b,c.from-A=c2,c.from-B=1} | name y/c, place y/c.from-B",
        "w/c=1 x/d y/{a,b,c=c2} | place w/c",
    ),
    "git 11f: two known files come to one name of a renamed directory": (
        "z/{a,b} x/{c=1,d=2}", "y#z/{a,b,wham#c=1} x/d=2", "z/{a,b,wham#d=2} x/c=1",
        "x/ y/{a,b,wham.from-A=1,wham.from-B=2} | name y/wham",
    ),
    "git 12a: a directory is moved into another, files are added to both": (
        "n1/{l1,l2} n2/{l3,l4}", "n1/{l1,l2,n2/{l3,l4}}", "n1/{l1,l2,l5} n2/{l3,l4,l6}",
        "n1/{l1,l2,l5,n2/{l3,l4,l6}}",
    ),
    "git 12b1: two directories are moved into each other": (
        "n1/{l1,l2} n2/{l3,l4}", "n1/{l1,l2,n2/{l3,l4}}", "n2/{l3,l4,n1/{l1,l2}}",
        "n2/{l3,l4,n1/{l1,l2}} | place n2",
        "n1/{l1,l2,n2/{l3,l4}} | place n1",
    ),
    "git 12b2: two directories are moved into each other, files are added": (
        "n1/{l1,l2} n2/{l3,l4}", "n1/{l1,l2,l5,n2/{l3,l4}}", "n2/{l3,l4,l6,n1/{l1,l2}}",
        "n2/{l3,l4,l6,n1/{l1,l2,l5}} | place n2",
        "n1/{l1,l2,l5,n2/{l3,l4,l6}} | place n1",
    ),
    "git 12c1: two directories are moved into each other, files are edited": (
        "n1/l1=1 n2/l3=1", "n1/{l1=2,n2/l3=2}", "n2/{l3=3,n1/l1=3}",
        "n2/{l3=3,l3.from-A=2,n1/{l1=3,l1.from-A=2}} | place n2, content n2/l3, content n2/n1/l1",
        "n1/{l1=2,l1.from-B=3,n2/{l3=2,l3.from-B=3}} | place n1, content n1/l1, content n1/n2/l3",
    ),
    "git 12c2: two directories are moved into each other, files are edited and added": (
        "n1/l1=1 n2/l3=1", "n1/{l1=2,l5,n2/l3=2}", "n2/{l3=3,l6,n1/l1=3}",
        "n2/{l3=3,l3.from-A=2,l6,n1/{l1=3,l1.from-A=2,l5}} | place n2, content n2/l3, content n2/n1/l1",
        "n1/{l1=2,l1.from-B=3,l5,n2/{l3=2,l3.from-B=3,l6}} | place n1, content n1/l1, content n1/n2/l3",
    ),
    "git 12d: a directory is moved to the root and those above it are gone, a file is added above it": (
        "a/b/sub/foo", "sub/foo", "a/b/{sub/foo,bar}",
        "bar sub/foo",
    ),
    "git 12e: a file is moved to the root and its directories are gone, a file is added beside it": (
        "a/b/foo", "foo", "a/b/{foo,bar}",
        "bar foo",
    ),
    "git 12f: a large directory is renamed and edited, it is edited twice on the other side": (
        "d/{a=1,b=1,c=1,s/{x=1,y=1}}", "n#d/{a=2,b=1,c=1,s/{x=2,y=1}}", "d/{a=1,b=2,c=1,s/{x=1,y=2},t/z}",
        "n/{a=2,b=2,c=1,s/{x=2,y=2},t/z}",
    ),
    "git 12g: a file and a directory are renamed, both are edited and one is added to": (
        "f=1 sub/{a=1,b=1}", "f=2 sub/{a=1,b=1,c}", "n#f=3 dir#sub/{a=2,b=2}",
        "dir/{a=2,b=2,c} n=3 n.from-A=2 | content n",
        "dir/{a=2,b=2,c} n=2 n.from-B=3 | content n",
    ),
    "git 12h: a directory is renamed and a file in it edited, the file is renamed": (
        "old/{a=1,b}", "new#old/{a=2,b}", "old/{alpha#a=1,b}",
        "new/{alpha=2,b}",
    ),
    "git 12i: a directory's only file moves up, the other side moves the file beside it down": (
        "s/{sub/foo,bar,baz=1}", "s/{foo,bar,baz=1}", "s/{sub/{foo,bar},baz=2}",
        "s/{bar,baz=2,foo}",
    ),
    "git 12i2: the same, the file that moves down is edited": (
        "s/{sub/foo,bar=1,baz=1}", "s/{foo,bar=2,baz=1}", "s/{sub/{foo,bar=1},baz=2}",
        "s/{bar=2,baz=2,foo}",
    ),
    "git 12j: the same at the root": (
        "sub/foo bar baz=1", "foo bar baz=1", "sub/{foo,bar} baz=2",
        "bar baz=2 foo",
    ),
    "git 12k: the same between two directories": (
        "B/foo A/{bar,baz=1}", "A/{foo,bar,baz=1}", "B/{foo,bar} A/baz=2",
        "A/{bar,baz=2,foo}",
    ),
    "git 12l: one directory is renamed and another moved into it, both add to them": (
        "s1/file s2/other", "s3#s1/file s2/{other,new#n1}", "s1/{file,newfile,s2/{other,new#n2}}",
        "s3/{file,newfile,s2/{new.from-A=n1,new.from-B=n2,other}} | name s3/s2/new",
    ),
    "git 12m: a directory is renamed, the one in it is replaced by a symbolic link": (
        "dir/sub/file", "ren#dir/sub/file", "dir/sub#link->t",
        "ren/sub=t",
    ),
    "git 12n: a file moves up out of a directory and back down in the other": (
        "tools/hello=1", "tools/hello=2", "hello=1",
        "hello=2",
    ),
    "git 12n2: the same, and the directory stays with another file": (
        "tools/hello=1", "tools/hello=2", "hello=1 tools/other",
        "hello=2 tools/other",
    ),
    "git 12o: a directory is renamed to the place from which a file was moved": (
        "A/f1 B/stuff", "A/f1 C#B/stuff", "D/f2#f1 A#B/stuff",
        "A/stuff D/f2=f1 | place A",
        "C/stuff D/f2=f1 | place C",
    ),
    "git 12p: the same, and the sides did half of it each": (
        "A/f1 B/stuff", "D#A/f2#f1 B/stuff", "A/{f1,stuff}",
        "D/{f2=f1,stuff}",
    ),
    "git 12q: a file is renamed away with its directory, the other side puts one into it": (
        "A/f1=1", "A/stuff#f1=1", "D/f2#f1=1",
        "D/f2=1 | place D/f2",
        "D/stuff=1 | place D/stuff",
    ),
    "git 13b: a file moved into a renamed directory, edited on both sides": (
        "z/{b,c} x/d=1", "y#z/{b,c} x/d=2", "z/{b,c,d=3} x/",
        "x/ y/{b,c,d=3,d.from-A=2} | content y/d",
        "x/ y/{b,c,d=2,d.from-B=3} | content y/d",
    ),
    "git 13c: both sides bring a file into a directory, which one of them renamed": (
        "z/{b,c} x/{d,e}", "y#z/{b,c,d} x/e", "z/{b,c,d} x/e",
        "x/e y/{b,c,d}",
    ),
    "git 13d: a file moved twice, to directories that are merged and renamed": (
        "a/{z,y} b/x c/w", "a/z b/{y,x} d#c/w", "a/z d#b/x c/{y,w}",
        "a/z d.from-A/{w,y} d.from-B/x | name d, place d.from-A/y",
        "a/z d.from-A/w d.from-B/{x,y} | name d, place d.from-B/y",
    ),
    "git 13e: the base is a merge: a file is where the rename put it, and where it was added": (
        "b#a/{z,y,x}", "b#a/{z,y,x}", "b#a/{z,y} a#a2/x",
        "a/x b/{y,z}",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_renamed_directory(name: str) -> None:
    """In both directions."""
    check(SCENARIOS[name])
