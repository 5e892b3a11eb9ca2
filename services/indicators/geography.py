"""The tree of territories as sums need it: who adds up into whom on a day, in how many units, with which population.

A view over :class:`shared.territoires.Arbre`. Everything is computed once for a state of the tree, then looked up.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from shared.territoires import ORDRE, Arbre, Niveau, Territoire

RANGS = {niveau: rang for rang, niveau in enumerate(ORDRE)}
SUFFIXES = {"ctm": Niveau.CTM, "communes": Niveau.COMMUNE, "arrondissements": Niveau.ARRONDISSEMENT}
ENFANTS = "enfants"
POPULATION_MILLESIME = "2026"
ONE_DAY = timedelta(days=1)

Unites = tuple[int, ...]
"""A count for each level of the tree, from the widest to the finest: the leaves, were the tree cut at that level."""


class SelecteurInvalideError(ValueError):
    """Not ``code`` nor ``code:ctm|communes|arrondissements|enfants``, or a code that means nothing on that day."""


class VueGeographique(StrEnum):
    """Avec quels territoires une période passée est lue : ceux d'aujourd'hui, ou ceux de son dernier jour"""

    COURANTE = "courante"
    EPOQUE = "epoque"


@dataclass(frozen=True, slots=True, eq=False)
class Carte:
    """The tree as it is between two changes; children are those of partition levels only.

    ``branches`` are the children that have children, ``rangs_feuilles`` the finest level among those that have none.
    Names alone may have changed in between.
    """

    territoires: Mapping[str, Territoire]
    parents: Mapping[str, str]
    enfants: Mapping[str, tuple[str, ...]]
    branches: Mapping[str, tuple[str, ...]]
    rangs: Mapping[str, int]
    rangs_feuilles: Mapping[str, int]
    unites: Mapping[str, Unites]
    populations: Mapping[str, int | None]

    def iter_subtree(self, code: str) -> Iterator[str]:
        """Yield ``code`` and what it is made of, down to the leaves."""
        yield code
        for enfant in self.enfants.get(code, ()):
            yield from self.iter_subtree(enfant)

    def list_branches(self, code: str) -> tuple[str, ...]:
        """Return ``code`` and its descendants, those only that have children."""
        return tuple(each for each in self.iter_subtree(code) if each in self.enfants)


class Geographie:
    """The tree read on any day; ``millesime`` is the vintage of its populations."""

    def __init__(self, arbre: Arbre, millesime: str = POPULATION_MILLESIME) -> None:
        self.millesime = millesime
        self.arbre = arbre
        entries = [arbre.entry(code) for code in arbre.codes()]
        born = {each.valide_du for each in entries if each.valide_du}
        self._changes = sorted(born | {each.valide_au + ONE_DAY for each in entries if each.valide_au})
        self._cartes: dict[int, Carte] = {}
        self._parts: dict[tuple[Carte, Carte], dict[str, tuple[str, ...]]] = {}

    def codes(self) -> list[str]:
        """Return every code that ever stood in the tree."""
        return self.arbre.codes()

    def children(self, code: str) -> tuple[str, ...]:
        """Return every territory that ever was a part of ``code``."""
        entries = map(self.arbre.entry, self.arbre.codes())
        return tuple(each.code for each in entries if each.parent == code and each.partition)

    def read_at(self, day: date) -> Carte:
        """Return the tree of that day; two days without a change between them share one."""
        changes = bisect_right(self._changes, day)
        carte = self._cartes.get(changes)
        if carte is None:
            carte = self._cartes[changes] = self._draw(tuple(self.arbre.list_at(day)))
        return carte

    def list_parts(self, code: str, day: date, vue: VueGeographique, today: date) -> tuple[str, ...]:
        """Return the territories of ``day`` that make up ``code``: itself, or all that became it by ``today``."""
        there, now = self.read_at(day), self.read_at(today)
        if vue is VueGeographique.EPOQUE or code not in now.territoires:
            return (code,) if code in there.territoires else ()
        if there is now:
            return (code,)
        parts = self._parts.get((there, now))
        if parts is None:
            parts = self._parts[there, now] = self._trace(there, today)
        return parts.get(code, ())

    def expand(self, selecteur: str, day: date) -> tuple[str, ...]:
        """Return the codes that a selector means on ``day``. Raises :class:`SelecteurInvalideError`."""
        code, colon, suffixe = selecteur.partition(":")
        found = self.arbre.find(code, day)
        if found is None or (colon and suffixe != ENFANTS and suffixe not in SUFFIXES):
            raise SelecteurInvalideError(selecteur)
        if not colon:
            return (found.code,)
        carte = self.read_at(day)
        if suffixe == ENFANTS:
            return carte.enfants.get(found.code, ())
        subtree = carte.iter_subtree(found.code)
        return tuple(sorted(each for each in subtree if carte.territoires[each].niveau is SUFFIXES[suffixe]))

    def _trace(self, there: Carte, today: date) -> dict[str, tuple[str, ...]]:
        parts: dict[str, tuple[str, ...]] = {}
        for code in sorted(there.territoires):
            became = self.arbre.find(code, today)
            if became is not None:
                parts[became.code] = (*parts.get(became.code, ()), code)
        return parts

    def _draw(self, state: tuple[Territoire, ...]) -> Carte:
        territoires = {each.code: each for each in state}
        enfants: dict[str, tuple[str, ...]] = {}
        parents: dict[str, str] = {}
        for each in state:
            if each.partition and each.parent in territoires:
                parents[each.code] = each.parent
                enfants[each.parent] = (*enfants.get(each.parent, ()), each.code)
        unites: dict[str, Unites] = {}
        populations = self._share_populations(state)
        for each in reversed(state):  # Level by level: children before parents.
            dessous = enfants.get(each.code, ())
            unites[each.code] = _count_units(RANGS[each.niveau], [unites[code] for code in dessous])
            if populations[each.code] is None:
                populations[each.code] = _add_known([populations[code] for code in dessous])
        rangs = {each.code: RANGS[each.niveau] for each in state}
        branches = {code: tuple(each for each in dessous if each in enfants) for code, dessous in enfants.items()}
        feuilles = {
            code: max([rangs[each] for each in dessous if each not in enfants], default=0)
            for code, dessous in enfants.items()
        }
        return Carte(territoires, parents, enfants, branches, rangs, feuilles, unites, populations)

    def _share_populations(self, state: tuple[Territoire, ...]) -> dict[str, int | None]:
        """Take from a merged territory those not yet merged into it: its population counts them already."""
        shares = {each.code: each.population for each in state}
        for each in state:
            for heir in self._iter_heirs(each):
                whole = shares.get(heir)
                if whole is not None:
                    shares[heir] = None if each.population is None else whole - each.population
                    break  # The heir's own heirs hold it through that heir.
        return shares

    def _iter_heirs(self, territoire: Territoire) -> Iterator[str]:
        """Yield what the territory becomes, then what that becomes, and so on."""
        here: Territoire | None = territoire
        while here is not None and here.valide_au is not None:
            here = self.arbre.find(here.code, here.valide_au + ONE_DAY)
            if here is not None:
                yield here.code


def _count_units(rang: int, dessous: list[Unites]) -> Unites:
    if not dessous:
        return (1,) * len(ORDRE)
    return tuple(1 if niveau <= rang else sum(unites[niveau] for unites in dessous) for niveau in range(len(ORDRE)))


def _add_known(populations: list[int | None]) -> int | None:
    known = [each for each in populations if each is not None]
    return sum(known) if known and len(known) == len(populations) else None
