"""What the C rules give for every completion of the unknown facts: an answer is given when all of them agree.

Values that no C rule tells apart are one class, and the obstacles that C rules only count are folded into two numbers:
a few hundred cells hold every completion, each with the rule that is first there.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Any

from services.orientation.rules.conditions import Check
from services.orientation.rules.situation import BLOCKING, STRONG

COMPLETED: Mapping[str, tuple[Any, ...] | None] = {
    "disponible_emploi": (True, False),
    "projet_pro": None,
    "derniere_activite": None,
    "activite_non_salariee": ("CESSEE", "PROJET", "AUCUNE"),
}
"""Facts that are completed when unknown, beside the obstacles; ``None``: with every value they have."""
ORDRE = (
    "disponible_emploi",
    "sante",
    "logement",
    "projet_pro",
    "derniere_activite",
    "famille",
    "mobilite",
    "langue",
    "finances",
    "administratif",
)
"""The order in which facts are asked."""
NAMED = "sante"
"""The obstacle that a C rule names; the others are only counted."""
Poids = tuple[bool, int]
"""Whether an obstacle blocks, and how many are strong."""


@dataclass(frozen=True)
class Issue:
    """What the completions give: the rules that are first somewhere, their pathways, the facts that matter."""

    regles: tuple[int, ...]
    parcours: frozenset[str]
    faits: tuple[str, ...]


@dataclass(frozen=True)
class Terrain:
    """What C rules tell apart: the values of facts, the lists these are compared with, the most strong obstacles."""

    valeurs: Mapping[str, Sequence[Any]]
    niveaux: Mapping[str, Mapping[str, int]]
    listes: Mapping[str, Sequence[frozenset[Any]]]
    most_strong: int

    def classes(self, name: str) -> dict[Any, Any]:
        """Return, for each value of a fact, the first value that no rule tells from it."""
        first: dict[Any, Any] = {}
        found = {}
        for value in self.valeurs[name]:
            weight = _weight(self.niveaux[name][value]) if name in self.niveaux else None
            seen = (weight, *(value in given for given in self.listes.get(name, ())))
            found[value] = first.setdefault(seen, value)
        return found


class Completions:
    """The C rules of one engine, played over every completion."""

    def __init__(self, terrain: "Terrain", checks: Sequence[Check], parcours: Sequence[str]) -> None:
        self._checks = checks
        self._parcours = parcours
        self._niveaux = terrain.niveaux
        self._most = terrain.most_strong
        self._first = {name: terrain.classes(name) for name in (*COMPLETED, NAMED)}
        self._values = {
            name: tuple(dict.fromkeys(self._first[name][value] for value in given or terrain.valeurs[name]))
            for name, given in {**COMPLETED, NAMED: None}.items()
        }
        self._cells: dict[tuple[Any, ...], int] = {}
        self._counted = tuple(name for name in self._niveaux if name != NAMED)
        self._levels = {name: frozenset(map(_weight, levels.values())) for name, levels in self._niveaux.items()}
        self._find = lru_cache(maxsize=1 << 16)(self._play)

    def of(self, situation: Mapping[str, Any]) -> Issue:
        """Return what the completions of ``situation`` give."""
        plain = tuple(self._first[name].get(situation.get(name)) for name in (*COMPLETED, NAMED))
        known, unknown = (False, 0), []
        for name in self._counted:
            value = situation.get(name)
            if value is None:
                unknown.append(name)
            else:
                known = self._add(known, _weight(self._niveaux[name][value]))
        return self._find(plain, known, tuple(unknown))

    def _play(self, plain: tuple[Any, ...], known: Poids, unknown: tuple[str, ...]) -> Issue:
        options = [
            (value,) if value is not None else values
            for value, values in zip(plain, self._values.values(), strict=True)
        ]
        reached = self._reach(known, unknown)
        found = {self._cell(values, weight) for values in product(*options) for weight in reached}
        rules = tuple(sorted(found))
        paths = frozenset(self._parcours[rule] for rule in rules)
        faits = tuple(self._iter_decisive(options, known, unknown)) if len(paths) > 1 else ()
        return Issue(rules, paths, faits)

    def _reach(self, known: Poids, unknown: Sequence[str]) -> frozenset[Poids]:
        """Return every weight that the counted obstacles may add up to."""
        reached = {known}
        for name in unknown:
            reached = {self._add(weight, more) for weight in reached for more in self._levels[name]}
        return frozenset(reached)

    def _add(self, one: Poids, other: Poids) -> Poids:
        return one[0] or other[0], min(one[1] + other[1], self._most)

    def _cell(self, values: tuple[Any, ...], weight: Poids) -> int:
        """Return the first rule that holds; computed once a cell."""
        key = (values, weight)
        rule = self._cells.get(key)
        if rule is None:
            sante = _weight(self._niveaux[NAMED][values[-1]])
            bloquant, forts = self._add(weight, sante)
            names = dict(zip((*COMPLETED, NAMED), values, strict=True))
            situation = {**names, "frein_bloquant": bloquant, "freins_forts": forts}
            rule = next(rank for rank, check in enumerate(self._checks) if check(situation) is None)
            self._cells[key] = rule
        return rule

    def _iter_decisive(self, options: list[tuple[Any, ...]], known: Poids, unknown: tuple[str, ...]) -> Iterator[str]:
        """Yield the unknown facts of which two values, the others completed alike, lead to different pathways."""
        names = (*COMPLETED, NAMED)
        for fait in ORDRE:
            if fait in unknown:
                others = self._reach(known, [name for name in unknown if name != fait])
                lines = (
                    [self._cell(values, self._add(weight, more)) for more in self._levels[fait]]
                    for values in product(*options)
                    for weight in others
                )
            elif fait in names and len(options[place := names.index(fait)]) > 1:
                reached = self._reach(known, unknown)
                lines = (
                    [self._cell((*before, value, *after), weight) for value in options[place]]
                    for before in product(*options[:place])
                    for after in product(*options[place + 1 :])
                    for weight in reached
                )
            else:
                continue
            if any(len({self._parcours[rule] for rule in line}) > 1 for line in lines):
                yield fait


def _weight(level: int) -> Poids:
    return level >= BLOCKING, int(level >= STRONG)
