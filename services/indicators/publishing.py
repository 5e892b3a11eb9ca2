"""One publication unit: every cell of one quantity, one source and one year, and those to hide. Pure functions."""

from collections.abc import Collection, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property

from services.indicators.definitions import canonical, split_canonical
from services.indicators.geography import VueGeographique
from services.indicators.links import Cle, Liens, label_of
from services.indicators.periods import Periode, parse_periode, periode_of, split
from services.indicators.questions import Maille
from services.indicators.secrecy import Case, PublicationImpossibleError, protect
from services.indicators.series import Cellule, Lecture, Serie, Valeur
from services.indicators.tables import Etude
from services.indicators.vocabulary import MotifCellule, Nature, Periodicite

Lignes = Mapping[str, Mapping[tuple[str, str], Valeur]]
MOYENNE = "~moyenne"
"""Marks the mean of a stock over the dates of a longer period, beside its last value."""
WITH_HEADCOUNT = frozenset({Nature.MEDIANE, Nature.INDICE})
NO_THRESHOLD = 1
"""Under it nothing is small: only what is hidden for another reason is kept from being deduced."""


@dataclass(frozen=True)
class Unite:
    """What a unit is made from."""

    etude: Etude
    annee: int
    lignes: Lignes

    @cached_property
    def periodes(self) -> tuple[Periode, ...]:
        """The periods of the year for which something was supplied, and those that they make up."""
        supplied = {parse_periode(code) for rows in self.lignes.values() for _, code in rows}
        found = set(supplied)
        for genre in self.etude.grandeur.periodes:
            found |= {coarser for each in supplied if (coarser := _holder(each, genre)) is not None}
        return tuple(sorted(found, key=lambda periode: (periode.debut, periode.fin)))

    @cached_property
    def ventilations(self) -> tuple[str, ...]:
        """The supplied breakdowns, and those that they fold into."""
        found = set(self.lignes)
        for name in self.lignes:
            parts = split_canonical(name)
            found |= {canonical({k: v for k, v in parts.items() if k != each}) for each in parts}
        return tuple(sorted(found | {""}))

    def cells(self) -> dict[Cle, Cellule]:
        """Return every cell about which something is known."""
        found: dict[Cle, Cellule] = {}
        for name in self.ventilations:
            for vue in VueGeographique:
                found |= dict(self._known(self._read(name, vue), name, vue, self.periodes))
                if self.etude.grandeur.nature is Nature.STOCK:
                    longer = [each for each in self.periodes if self.etude.regles.list_splits(each)]
                    means = self._read(name, vue, mean=True)
                    found |= dict(self._known(means, name + MOYENNE, vue, longer))
        return found

    def _read(self, name: str, vue: VueGeographique, *, mean: bool = False) -> Serie:
        etude = replace(self.etude, lecture=Lecture(self.etude.lecture.today, vue, mean))
        return etude.folded_series(Maille(name, (name,)), self.lignes)

    def _known(
        self, serie: Serie, name: str, vue: VueGeographique, periodes: Collection[Periode]
    ) -> Iterator[tuple[Cle, Cellule]]:
        for periode in periodes:
            if self.etude.grandeur.straddles(periode):
                continue
            for code, label in self._sites(periode, vue):
                cellule = serie.compute(code, periode)
                if cellule.recus or cellule.motif is not MotifCellule.AUCUNE_DONNEE:
                    yield (label, periode.code, name), cellule

    def _sites(self, periode: Periode, vue: VueGeographique) -> Iterator[tuple[str, str]]:
        """Yield the territories read, and the names their cells are kept under."""
        geo, today, day = self.etude.geo, self.etude.lecture.today, periode.dernier_jour
        now = geo.read_at(today).territoires
        if vue is VueGeographique.COURANTE:
            yield from ((code, code) for code in now)
            return
        for code in geo.read_at(day).territoires:
            if code not in now or geo.list_parts(code, day, VueGeographique.COURANTE, today) != (code,):
                yield code, label_of(code, today_has=code in now)

    def list_hidden(self, cells: Mapping[Cle, Cellule], seuil: int, before: AbstractSet[Cle]) -> set[Cle]:
        """Return the cells to hide: what producers keep, what was hidden ``before``, too few persons, what tells them.

        ``seuil`` is 0 for what counts no person. Raises ``PublicationImpossibleError`` when some would be exposed.
        """
        hidden = {key for key, cellule in cells.items() if cellule.confidentialite is not None}
        hidden |= before & cells.keys()
        if seuil or hidden:
            hidden |= self._protect(cells, max(seuil, NO_THRESHOLD), hidden)
        return hidden | set(self._means_of(hidden, cells))

    def _protect(self, cells: Mapping[Cle, Cellule], seuil: int, hidden: AbstractSet[Cle]) -> set[Cle]:
        shown = {key: cell for key, cell in cells.items() if cell.motif is None and not key[2].endswith(MOYENNE)}
        cases = {key: case for key, cellule in shown.items() if (case := self._case(key, cellule)) is not None}
        if any(case.valeur < 0 for case in cases.values()):
            raise PublicationImpossibleError
        unsaid = seuil > NO_THRESHOLD and self.etude.grandeur.nature in WITH_HEADCOUNT
        own = {key for key in shown if key not in cases} if unsaid else set[Cle]()
        liens = Liens(self.etude, cases)
        found = protect(
            [*cases.values(), *liens.calcules],
            liens.groupes,
            seuil,
            egalites=list(liens.equalities()),
            deja_caches=hidden & cases.keys(),
        )
        return own | {(key[0], key[1], key[2]) for key in found}

    def _means_of(self, hidden: AbstractSet[Cle], cells: Mapping[Cle, Cellule]) -> Iterator[Cle]:
        """Yield the means in which a hidden date stands."""
        for territoire, code, name in cells:
            if not name.endswith(MOYENNE):
                continue
            own = name.removesuffix(MOYENNE)
            dates = [each.code for way in self.etude.regles.list_splits(parse_periode(code)) for each in way]
            if any((territoire, each, own) in hidden for each in dates):
                yield territoire, code, name

    def _case(self, key: Cle, cellule: Cellule) -> Case | None:
        """Return what counts persons in a cell, nothing when it does not say how many they are."""
        nature = self.etude.grandeur.nature
        if nature in WITH_HEADCOUNT:
            row = self.lignes.get(key[2], {}).get((key[0], key[1]))
            return None if row is None or row.diviseur is None else Case(key, row.diviseur)
        if nature in (Nature.RATIO, Nature.COHORTE):
            if cellule.numerateur is None or cellule.denominateur is None:
                return None
            sensible = any(self.etude.ventilations[name].sensible for name in split_canonical(key[2]))
            return Case(key, cellule.numerateur, cellule.denominateur, sensible=sensible)
        if nature is Nature.MOYENNE:
            return None if cellule.denominateur is None else Case(key, cellule.denominateur)
        if nature is Nature.TAUX:
            return None if cellule.numerateur is None else Case(key, cellule.numerateur)
        return Case(key, cellule.valeur) if isinstance(cellule.valeur, Decimal) else None


def _holder(periode: Periode, genre: Periodicite) -> Periode | None:
    """Return the longer period of type ``genre`` that ``periode`` helps to make up, within its year."""
    longer = periode_of(periode.debut, genre)
    return longer if periode in split(longer, periode.genre) else None
