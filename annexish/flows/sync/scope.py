"""Which part of the files is wanted here: shown, and changed by what a person asks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from annexish.errors import Missing, Usage
from annexish.flows.contents.fill import Filled, Manner
from annexish.flows.contents.filled import fill_wanted, note_gaps
from annexish.flows.contents.telling import tell
from annexish.flows.place.held import Held
from annexish.flows.place.place import Place
from annexish.flows.remotes.doors import doors
from annexish.flows.remotes.proving import others_locked
from annexish.flows.state.scoped import scope_in
from annexish.flows.sync.narrow import Narrowed, narrow
from annexish.flows.sync.rules import rules_of
from annexish.flows.tree.settle import settle
from annexish.model.ids import TreeId
from annexish.model.node import Load
from annexish.model.path import TOP
from annexish.model.scope import Anchor, Rule, Scope
from annexish.plan.scope import Placed
from annexish.store.history import Nodes

SET, ADD, REMOVE = "set", "add", "remove"


class Asked(NamedTuple):
    """What a person asks: a word, and patterns from the top of the repository."""

    word: str
    only: Sequence[bytes] = ()
    without: Sequence[bytes] = ()


class Scoping(NamedTuple):
    """The scope as it is, in the snapshot of the head, and as it is to be there."""

    old: Placed
    new: Placed


class Scoped(NamedTuple):
    """What is wanted from now on, what was fetched therefore, and what went."""

    scope: Scope
    filled: Filled
    narrowed: Narrowed = Narrowed((), (), 0)


def show(place: Place) -> Scope:
    """Return what is wanted here, with the paths at which its objects are in the last commit."""
    load, tree = _head(place)
    return scope_in(load, tree, place.scope).scope if tree is not None else place.scope


def change(place: Place, asked: Asked, manner: Manner) -> Scoped:
    """Let another part be wanted: what leaves the scope goes once others prove that they hold it; the rest is fetched.

    Raise Missing for what the last commit does not have, Usage for what would say nothing, and Refused, with nothing
    changed, if too few others prove that they hold what would go.
    """
    with others_locked(place) as others:
        settle(place)
        old, new = scoping(place, asked)
        load, tree = _head(place)
        assert tree is not None, "there is a scope in a snapshot"
        narrowed = narrow(place, others, load, tree, old, new)
        note_gaps(place)
        with doors(place, manner.rate) as ways:
            filled = fill_wanted(place, ways, manner)
        tell(place)
        others.told()
    return Scoped(place.scope, filled, narrowed)


def scoping(place: Place, asked: Asked) -> Scoping:
    """Return the scope as it is and as it is asked for; nothing is written."""
    load, tree = _head(place)
    if tree is None:
        raise Missing("nothing was committed here yet", hint="`annexish commit -m TEXT` makes the first commit")
    old = scope_in(load, tree, place.scope)
    return Scoping(old, scope_in(load, tree, _asked(load, tree, old, asked)))


def _head(place: Place) -> tuple[Held, TreeId | None]:
    head = place.head()
    load = Held(Nodes(place.history))
    return load, place.history.commit(head).tree if head is not None else None


def _asked(load: Load, tree: TreeId, old: Placed, asked: Asked) -> Scope:
    if not asked.only and not asked.without:
        raise Usage("nothing says what is wanted", hint="`annexish scope set .` at the top wants everything")
    if asked.word == REMOVE:
        return _removed(load, tree, old, asked)
    only, without = rules_of(load, tree, asked.only), rules_of(load, tree, asked.without)
    if asked.word == SET:
        return old.scope._replace(only=_without_top(only), without=without)
    return _added(load, tree, old.scope, only, without)


def _added(load: Load, tree: TreeId, old: Scope, only: Sequence[Rule], without: Sequence[Rule]) -> Scope:
    """Take more in, which no longer is left out; leave more out."""
    # where everything is in scope already, one rule more would take the rest out
    more = _without_top((*old.only, *only)) if old.only else ()
    left = tuple(rule for rule in old.without if rule not in only)
    found = old._replace(only=more, without=_once((*left, *without)))
    placed = scope_in(load, tree, found)
    for rule in only:
        if isinstance(rule, Anchor) and not placed.takes(rule.path, directory=True):
            raise Usage(
                f"{rule.path.decode(errors='replace')!r} is left out by another rule",
                hint="`annexish scope` shows the rules; `annexish scope remove --except PATTERN` takes one back",
            )
    return found


def _removed(load: Load, tree: TreeId, old: Placed, asked: Asked) -> Scope:
    """Take rules back; what is still in scope by another rule, or because all is, is left out by a new one."""
    scope = old.scope
    back = [_known(scope.without, pattern) for pattern in asked.without]
    without = tuple(rule for rule in scope.without if rule not in back)
    known = [rule for pattern in asked.only if (rule := _find(scope.only, pattern)) is not None]
    only = tuple(rule for rule in scope.only if rule not in known)
    out = list(rules_of(load, tree, [pattern for pattern in asked.only if _find(scope.only, pattern) is None]))
    if scope.only and not only:
        # without any rule everything would be in scope
        only, out = scope.only, [*out, *known]
    found = scope._replace(only=only, without=_once((*without, *out)))
    placed = scope_in(load, tree, found)
    still = [rule for rule in known if isinstance(rule, Anchor) and placed.takes(rule.path, directory=True)]
    return found._replace(without=_once((*found.without, *still)))


def _known(rules: Sequence[Rule], pattern: bytes) -> Rule:
    found = _find(rules, pattern)
    if found is None:
        raise Missing(f"no rule leaves out {pattern.decode(errors='replace')!r}", hint="`annexish scope` shows all")
    return found


def _find(rules: Sequence[Rule], pattern: bytes) -> Rule | None:
    words = (rule.path if isinstance(rule, Anchor) else rule for rule in rules)
    return next((rule for rule, word in zip(rules, words, strict=True) if word == pattern), None)


def _without_top(rules: Sequence[Rule]) -> tuple[Rule, ...]:
    """Return the rules, none if one of them takes everything in."""
    everything = any(isinstance(rule, Anchor) and rule.path == TOP for rule in rules)
    return () if everything else _once(rules)


def _once(rules: Sequence[Rule]) -> tuple[Rule, ...]:
    return tuple(dict.fromkeys(rules))
