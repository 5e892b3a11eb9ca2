"""What conditions tell apart in a situation, so that what became of a group of rules is found again, not judged again.

A number is reduced to its place between the limits it is compared with, a fact of which rules only ask whether it is
known to that: what is left has few values, and a group of rules few outcomes.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from services.orientation.rules.conditions import COMPARED, PARCOURS, Seuil, Situation

Found = TypeVar("Found")
Item = TypeVar("Item")
MOST_KEPT = 1 << 14
MOST_OUTCOMES = 4_096
"""A group is closed before what it reads has more combinations than that."""
MANY, PATHWAYS = 70, 10


class Lues:
    """The names that the conditions of one engine read, each reduced to what these tell apart."""

    def __init__(
        self, comparisons: Iterable[Any], seuils: Mapping[str, Seuil], valeurs: Mapping[str, Sequence[Any]]
    ) -> None:
        bounds: dict[str, set[int]] = {}
        asked: dict[str, set[str]] = {}
        for each in comparisons:
            asked.setdefault(each.fait, set()).add(each.comparison)
            if each.comparison in COMPARED:
                bound = int(each.limit) if each.limit.isdigit() else seuils[each.limit].valeur
                bounds.setdefault(each.fait, set()).add(bound)
        self._bounds = {name: sorted(found) for name, found in bounds.items()}
        self._known = tuple(name for name, kinds in asked.items() if kinds == {"connu"})
        self._valeurs = valeurs

    def reduce(self, situation: dict[str, Any]) -> None:
        """Add to a situation its numbers as places, and what is known."""
        for name in self._bounds:
            if name in situation:
                self.reduce_one(situation, name)
        for name in self._known:
            if name in situation:
                situation[f"?{name}"] = True

    def reduce_one(self, situation: dict[str, Any], name: str) -> None:
        """Add one number as a place, if conditions read it."""
        bounds = self._bounds.get(name)
        if bounds is not None:
            value = situation[name]
            situation["#" + name] = bisect_left(bounds, value) + bisect_right(bounds, value)

    def names_in(self, comparisons: Iterable[Any]) -> frozenset[str]:
        """Return under which names a situation holds what ``comparisons`` tell apart."""
        names = set()
        for each in comparisons:
            number, known = each.fait in self._bounds, each.fait in self._known
            names.add(f"#{each.fait}" if number else f"?{each.fait}" if known else each.fait)
            names |= {PARCOURS} if each.differe_du_parcours else set()
        return frozenset(names)

    def count_of(self, names: Iterable[str]) -> int:
        """Return how many combinations ``names`` have at most."""
        total = 1
        for name in names:
            if name.startswith("#"):
                total *= 2 * len(self._bounds[name[1:]]) + 2
            elif name == PARCOURS:
                total *= PATHWAYS
            else:
                values = self._valeurs.get(name)
                total *= 3 if values is None or len(values) <= 2 else len(values) + 1
            total *= MANY if name == "commune_residence_insee" else 1
        return total


class Groupe(Generic[Found]):
    """What is found of some rules, kept by what they read."""

    def __init__(self, names: Iterable[str], judge: Callable[[Situation], Found]) -> None:
        self._names = tuple(sorted(names))
        self._judge = judge
        self._kept: dict[tuple[Any, ...], Found] = {}

    def look(self, situation: Situation) -> Found:
        """Return what is found in ``situation``."""
        key = tuple(map(situation.get, self._names))
        found = self._kept.get(key)
        if found is None:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            found = self._kept[key] = self._judge(situation)
        return found


def split(items: Sequence[Item], names_of: Callable[[Item], frozenset[str]], lues: Lues) -> list[list[Item]]:
    """Return the items in order, in runs whose names have few combinations together."""
    runs: list[list[Item]] = []
    names: frozenset[str] = frozenset()
    for item in items:
        wider = names | names_of(item)
        if runs and lues.count_of(wider) <= MOST_OUTCOMES:
            runs[-1].append(item)
            names = wider
        else:
            runs.append([item])
            names = names_of(item)
    return runs
