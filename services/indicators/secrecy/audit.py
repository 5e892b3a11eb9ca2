"""The last word: an outsider who solves the published table must not narrow a hidden cell; else hide more."""

import itertools
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from services.indicators.secrecy.cases import (
    LINKED,
    PRECISION,
    Case,
    Cle,
    Groupe,
    PublicationImpossibleError,
    build_tableau,
)
from services.indicators.secrecy.linear import Systeme
from services.indicators.secrecy.primary import find_primary
from services.indicators.secrecy.secondary import Masque

if TYPE_CHECKING:
    from services.indicators.secrecy.linear import Vecteur

ROUNDS = 60
FAULTS = 8  # in a row that what was just chosen may already cure: time for another round
WORTH = 20  # a program for many cells is worth another as long as it proves one in so many


class Composante(NamedTuple):
    """Hidden cells bound together, and the equations that bind them."""

    rangs: list[int]
    equations: list[int]


@dataclass(frozen=True, slots=True)
class Exigence:
    """What must be possible of every hidden cell: some quantity of it up to a target, or down to one."""

    quantite: int
    haut: bool
    cible: float

    def is_met(self, valeur: float) -> bool:
        """Whether a table with this value proves it."""
        return valeur >= self.cible - PRECISION if self.haut else valeur <= self.cible + PRECISION


def protect(
    cases: Iterable[Case],
    groupes: Iterable[Groupe],
    seuil: int,
    *,
    egalites: Iterable[Sequence[Cle]] = (),
    deja_caches: Collection[Cle] = (),
) -> set[Cle]:
    """Return the keys to hide, those of ``deja_caches`` included.

    Raises :class:`PublicationImpossibleError` when some would still be exposed.
    """
    tableau = build_tableau(cases, groupes, egalites)
    masque = Masque(tableau, seuil, find_primary(tableau, seuil, deja_caches))
    Audit(masque).run()
    return {case.cle for rang in masque.caches for case in tableau.variables[rang].cases if case.publiee}


class Audit:
    """Rounds of proof; hiding more never takes away what is proven."""

    def __init__(self, masque: Masque) -> None:
        self.masque, self.tableau = masque, masque.tableau
        self.proven: set[tuple[int, Exigence]] = set()
        nombre = max((len(variable.quantites) for variable in self.tableau.variables), default=0)
        self.exigences = _list_exigences(nombre, masque.seuil)

    def run(self) -> None:
        """Hide until nothing is exposed; when that does not end, hide all that is bound to what is exposed."""
        for tour in itertools.count():
            exposed, chosen = False, set[int]()
            for composante in self._split():
                for exigence in self.exigences:
                    faults = list(self._find_faults(composante, exigence, chosen))
                    if faults and tour >= ROUNDS:
                        chosen.update(self._list_shown(composante.equations, exigence.quantite))
                    if faults:
                        exposed = True
                        break
            if not exposed:
                return
            if not chosen:
                raise PublicationImpossibleError("hidden cells remain exposed and nothing is left to hide")
            self.masque.hide(chosen)

    def _split(self) -> Iterator[Composante]:
        """Yield the components that hold something to prove."""
        seen: set[int] = set()
        for depart in sorted(self.masque.caches):
            if depart in seen:
                continue
            rangs, equations = [depart], dict[int, None]()
            seen.add(depart)
            for rang in rangs:  # grows as it goes
                equations.update(dict.fromkeys(self.tableau.equations_de[rang]))
                for numero in self.tableau.equations_de[rang]:
                    voisins = {voisin for voisin in self._members(numero) if not self.masque.is_shown(voisin)}
                    rangs += sorted(voisins - seen)
                    seen |= voisins
            if equations and any(self._list_unproven(rangs, exigence) for exigence in self.exigences):
                yield Composante(rangs, list(equations))

    def _members(self, numero: int) -> tuple[int, ...]:
        parent, enfants = self.tableau.equations[numero]
        return parent, *enfants

    def _list_unproven(self, rangs: Iterable[int], exigence: Exigence) -> list[int]:
        """Return the hidden cells for which neither the true table nor an earlier proof shows it possible."""
        return [
            rang
            for rang in rangs
            if rang in self.masque.caches
            and not exigence.is_met(self.tableau.variables[rang].quantites[exigence.quantite])
            and (rang, exigence) not in self.proven
        ]

    def _find_faults(self, composante: Composante, exigence: Exigence, chosen: set[int]) -> Iterator[int]:
        """Yield what is exposed, and add to ``chosen`` what to hide for it."""
        a_voir, spared = self._list_unproven(composante.rangs, exigence), 0
        if not a_voir:
            return
        systeme = Systeme(self.masque, exigence.quantite, *composante)
        planchers = [self.masque.floor(rang, exigence.quantite) for rang in composante.rangs]
        systeme.aim(exigence.cible, planchers if exigence.haut else None)
        a_voir = self._prove_together(systeme, exigence, a_voir)
        while a_voir and spared < FAULTS:
            one, reste = a_voir[0], self._prove(systeme, exigence, a_voir[:1], a_voir)
            if one in reste:
                yield one
                found = self._choose(systeme, composante, chosen)
                spared = 0 if found else spared + 1
            a_voir = [autre for autre in reste if autre != one]

    def _prove_together(self, systeme: Systeme, exigence: Exigence, a_voir: list[int]) -> list[int]:
        """Return what is left once a program for all that remains brings next to nothing."""
        while a_voir:
            reste = self._prove(systeme, exigence, a_voir, a_voir)
            if (len(a_voir) - len(reste)) * WORTH <= len(a_voir):
                return reste
            a_voir = reste
        return a_voir

    def _prove(self, systeme: Systeme, exigence: Exigence, aimed: list[int], a_voir: list[int]) -> list[int]:
        """Return what a table that an outsider cannot rule out leaves unproven."""
        table: Vecteur = systeme.raise_together(aimed) if exigence.haut else systeme.lower_together(aimed)
        found = {rang for rang in a_voir if exigence.is_met(float(table[systeme.place[rang]]))}
        self.proven.update((rang, exigence) for rang in found)
        return [rang for rang in a_voir if rang not in found]

    def _choose(self, systeme: Systeme, composante: Composante, chosen: set[int]) -> bool:
        """Choose one more cell to hide, unless one already chosen breaks the proof just found."""
        proof = systeme.read_proof()
        if not chosen.isdisjoint(itertools.chain.from_iterable(map(self._members, proof))):
            return False
        for choices in (proof, composante.equations):
            if shown := self._list_shown(choices, systeme.quantite):
                chosen.add(min(shown, key=self.masque.weigh))
                return True
        # Only zeros are left: a hidden cell that became zero (or its numerator is) would be given away by them.
        zeros = {
            rang for numero in composante.equations for rang in self._members(numero) if self.masque.is_shown(rang)
        }
        chosen.update(zeros)
        return bool(zeros)

    def _list_shown(self, equations: Iterable[int], quantite: int) -> list[int]:
        """Return what can still be hidden in these groups: children that weigh, then parents."""
        groupes = [self.tableau.equations[numero] for numero in equations]
        weighing = [
            enfant
            for groupe in groupes
            for enfant in groupe.enfants
            if self.tableau.variables[enfant].quantites[quantite] > 0 and self.masque.is_shown(enfant)
        ]
        parents = [groupe.parent for groupe in groupes if self.masque.is_shown(groupe.parent)]
        return [*self.masque.sort(weighing), *self.masque.sort(parents)]


def _list_exigences(nombre: int, seuil: int) -> list[Exigence]:
    """Every quantity may be 1 and t-1; a denominator may be 1 when numerator and complement add up to no more."""
    linked = nombre == LINKED
    lowered = [Exigence(rang, False, 0.5 if linked else 1.0) for rang in range(nombre) if not linked or rang != 1]
    return [*(Exigence(rang, True, seuil - 1.0) for rang in range(nombre)), *lowered]
