"""What is known of each territory in each period, from its own row or from what it is made of."""

from dataclasses import dataclass
from datetime import date

from services.indicators.geography import Carte, Geographie, Unites, VueGeographique
from services.indicators.periods import Periode
from services.indicators.series.regles import Regles
from services.indicators.series.sommes import Donnees, Somme, Valeur, combine, weigh
from shared.territoires import ORDRE

NO_UNITS: Unites = (0,) * len(ORDRE)


@dataclass(frozen=True, slots=True)
class Lecture:
    """How the caller reads: on which day, with which territories, whether a stock is the mean of its dates."""

    today: date
    geographie: VueGeographique = VueGeographique.COURANTE
    stock_moyenne: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """What is known of a territory in a period; ``unites`` counts what was received, the tree cut at each level."""

    somme: Somme
    unites: Unites
    maille: int


class Lieux:
    """The territories of one series; each is computed once a period."""

    def __init__(self, regles: Regles, geo: Geographie, donnees: Donnees, lecture: Lecture) -> None:
        self._regles = regles
        self._geo = geo
        self._valeurs = donnees.valeurs
        self._sommes = donnees.sommes
        self._lecture = lecture
        self._cartes: dict[str, Carte] = {}
        self._wholes: dict[tuple[str, Carte], int] = {}
        self._places: dict[tuple[str, str], tuple[Part | None, Unites]] = {}

    def find_row(self, territoire: str, periode: Periode) -> Somme | None:
        """Return what is supplied for that very territory, unless it then meant only a part of what it means now."""
        valeur = self._valeurs.get((territoire, periode.code))
        if valeur is None:
            return None
        parts = self.list_parts(territoire, periode)
        if parts and parts != (territoire,):
            return None
        populations = self._geo.read_at(periode.dernier_jour).populations
        return weigh(self._regles, valeur, populations.get(territoire))

    def read_whole(self, territoire: str, periode: Periode) -> Somme | None:
        """Return the kept sum of a territory all of whose children are leaves and received, else nothing.

        That is what the general way finds too, the first it looks at: this only goes there without a detour.
        """
        cle = (territoire, periode.code)
        somme = self._sommes.get(cle)
        if somme is None or cle in self._valeurs:
            return None
        carte = self._cartes.get(periode.code)
        if carte is None:
            carte = self._cartes[periode.code] = self._geo.read_at(periode.dernier_jour)
        attendus = self._wholes.get((territoire, carte))
        if attendus is None:
            attendus = self._wholes[territoire, carte] = self._count_leaves(territoire, periode, carte)
        return somme if 0 < somme.recus == attendus else None

    def _count_leaves(self, territoire: str, periode: Periode, carte: Carte) -> int:
        """Return how many children a territory has, 0 unless all are leaves and it is made of itself alone."""
        if carte.branches.get(territoire) or self.list_parts(territoire, periode) != (territoire,):
            return 0
        return carte.unites[territoire][carte.rangs_feuilles[territoire]]

    def is_immature(self, periode: Periode) -> bool:
        """Whether the period is too young to be read."""
        return self._regles.is_immature(periode, self._lecture.today)

    def list_parts(self, territoire: str, periode: Periode) -> tuple[str, ...]:
        """Return the territories of the period that make up the one that is read."""
        lecture = self._lecture
        return self._geo.list_parts(territoire, periode.dernier_jour, lecture.geographie, lecture.today)

    def read(self, territoire: str, periode: Periode) -> tuple[Part | None, Unites]:
        """Return what is known of a territory in a period, and the units that it is made of."""
        place = self._places.get((territoire, periode.code))
        if place is None:
            place = self._places[territoire, periode.code] = self._compute(territoire, periode)
        return place

    def _compute(self, territoire: str, periode: Periode) -> tuple[Part | None, Unites]:
        carte = self._geo.read_at(periode.dernier_jour)
        codes = self.list_parts(territoire, periode)
        unites = _add_units([carte.unites[code] for code in codes])
        if self.is_immature(periode):
            return None, unites
        parts = [part for code in codes if (part := self._read_node(code, periode.code, carte)) is not None]
        if len(parts) <= 1:
            return (parts[0] if parts else None), unites
        somme = combine([part.somme for part in parts])
        return Part(somme, _add_units([part.unites for part in parts]), max(part.maille for part in parts)), unites

    def _read_node(self, code: str, periode: str, carte: Carte) -> Part | None:
        """Return what is supplied for a node of the tree, else what its children give."""
        valeur = self._valeurs.get((code, periode))
        return self._read_children(code, periode, carte) if valeur is None else self._read_row(code, valeur, carte)

    def _read_row(self, code: str, valeur: Valeur, carte: Carte) -> Part:
        somme = weigh(self._regles, valeur, carte.populations[code])
        return Part(somme, carte.unites[code], carte.rangs[code]) if somme.recus else Part(somme, NO_UNITS, 0)

    def _read_children(self, code: str, periode: str, carte: Carte) -> Part | None:
        """Add what is kept of the supplied children to what the others are made of; a leaf's row is never read."""
        direct = self._sommes.get((code, periode))
        rest = 0 if direct is None else direct.recus
        sommes = [] if direct is None else [direct]
        unites, mailles = [], [0]
        for branche in carte.branches.get(code, ()):
            valeur = self._valeurs.get((branche, periode))
            part = self._read_node(branche, periode, carte)
            if part is None:
                continue
            unites.append(part.unites)
            mailles.append(part.maille)
            if valeur is None:
                sommes.append(part.somme)
            else:
                rest -= part.somme.recus
        if rest > 0:
            unites.append((rest,) * len(ORDRE))
            mailles.append(carte.rangs_feuilles[code])
        return Part(combine(sommes), _add_units(unites), max(mailles)) if sommes else None


def _add_units(unites: list[Unites]) -> Unites:
    if len(unites) == 1:
        return unites[0]
    return tuple(map(sum, zip(*unites, strict=True))) if unites else NO_UNITS
