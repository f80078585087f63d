"""Merges in one line: pictures in a notation for trees of few names.

    "z/{b,c} x/d=1"         files b and c in z, and d with the content 1 in x
    "y#z/{b,c}"             the directory that z was, under the name y
    "d/  l->b"              an empty directory, a symbolic link

An object is known by its name unless `#` says otherwise; what a file contains is its object's name
unless `=` says otherwise. What a merge gives is the tree, the conflicts and the paths of the notes:
"a b.from-A=2 | name b | a".
"""

from __future__ import annotations

import re

from annexish.model.entry import Kind
from tests.merge.pictures import Result, both_trees, contents_in, merged, result_of
from tests.pictures import Nodes, Picture, Thing

Drawn = dict[str, "str | Drawn | Thing"]

Scenario = tuple[str, str, str, str] | tuple[str, str, str, str, str]
"""Base, one side, the other side; what they give, and what they give if the first of them is the later one."""


Answers = tuple[str, str, str, str, str, str] | tuple[str, str, str, str, str, str, str]
"""Base, two sides that were merged, what became of that on two sides; what these give, as above."""


def check(scenario: Scenario) -> None:
    """A merge gives what a scenario says, whichever side is the later one."""
    base, one, other = map(picture, scenario[:3])

    assert merged(base, one, other) == outcome(scenario[3])
    assert merged(base, other, one, labels=(b"B", b"A")) == outcome(scenario[-1])


def check_answers(answers: Answers) -> None:
    """A merge of two sides that both began with a merge of two others, and resolved what that left."""
    drawn = [*map(picture, answers[:5])]
    nodes = Nodes()
    base, one, other, third, fourth = map(nodes.snapshot, drawn)
    before, middle, _ = both_trees(nodes, base, one, other)
    contents = contents_in(*drawn)

    made = both_trees(nodes, middle, third, fourth, labels=(b"C", b"D"), answered=before.conflicts)
    assert result_of(nodes, made, contents) == outcome(answers[5])
    turned = both_trees(nodes, middle, fourth, third, labels=(b"D", b"C"), answered=before.conflicts)
    assert result_of(nodes, turned, contents) == outcome(answers[-1])


def in_turn(base: str, one: str, two: str, three: str) -> Result:
    """What comes out when one side after the other is merged, each with the same base."""
    drawn = [*map(picture, (base, one, two, three))]
    nodes = Nodes()
    start, first, *others = map(nodes.snapshot, drawn)
    trees = both_trees(nodes, start, start, first)
    for label, other in zip((b"B", b"C"), others, strict=True):
        trees = both_trees(nodes, start, trees.one, other, labels=(b"A", label))
    return result_of(nodes, trees, contents_in(*drawn))


def picture(text: str) -> Picture:
    """The picture that a text stands for."""
    top: Drawn = {}
    here, open_braces = top, [top]
    for part in re.findall(r"[^\s,{}/]+/?|[{},]|\s+", text):
        if part == "{":
            open_braces.append(here)
        elif part.endswith("/"):
            here = _directory(here, part[:-1])
        elif part[0] not in "}, ":
            _put(here, part)
        else:
            if part == "}":
                open_braces.pop()
            here = open_braces[-1]
    return top


def _directory(here: Drawn, part: str) -> Drawn:
    label = part.replace("#", " #")
    inside = here.setdefault(next((each for each in here if each.split(" ")[0] == label), label), {})
    assert isinstance(inside, dict)
    return inside


def _put(here: Drawn, part: str) -> None:
    label, is_link, target = part.partition("->")
    name, _, content = label.partition("=")
    known_as = name.split("#")[1] if "#" in name else name
    here[name.replace("#", " #")] = Thing(target, kind=Kind.SYMLINK) if is_link else content or known_as


def outcome(text: str) -> Result:
    """What a text says that a merge gives."""
    tree, conflicts, notes = ([*map(str.strip, text.split("|")), "", ""])[:3]
    there: dict[str, str] = {}
    todo = [("", picture(tree))]
    while todo:
        path, inside = todo.pop()
        for name, what in inside.items():
            if isinstance(what, dict):
                there[path + name] = "/"
                todo.append((f"{path}{name}/", what))
            else:
                content = what.content if isinstance(what, Thing) else what
                assert isinstance(content, str)
                there[path + name] = content
    return Result(there, conflicts.split(", ") if conflicts else [], notes.split(", ") if notes else [])
