"""The cells of one series, each computed from the fewest look-ups."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from services.indicators.geography import Geographie
from services.indicators.periods import Periode, parse_periode
from services.indicators.series.arrondis import CALCUL
from services.indicators.series.cellules import (
    Candidat,
    Cellule,
    close,
    close_empty,
    close_refused,
    close_supplied,
    close_whole,
)
from services.indicators.series.lieux import Lecture, Lieux
from services.indicators.series.medianes import Intervalle, find_middle, interpolate
from services.indicators.series.regles import Regles
from services.indicators.series.sommes import Donnees, Somme, combine
from services.indicators.vocabulary import MotifCellule, Nature, StatutMesure


class Serie:
    """The cells of one series. Keeps what it computed: make a new one when data change."""

    def __init__(
        self, regles: Regles, geo: Geographie, donnees: Donnees, lecture: Lecture, tranches: "Sequence[Tranche]" = ()
    ) -> None:
        self.regles = regles
        self._geo = geo
        self._lieux = Lieux(regles, geo, donnees, lecture)
        self._tranches = tranches
        self._mean = lecture.stock_moyenne and regles.nature is Nature.STOCK
        self._plain = regles.rolled_up and not (self._mean or regles.horizon_jours)
        codes = {code for _, code in (*donnees.valeurs, *donnees.sommes)}
        self._genres = {parse_periode(code).genre for code in codes}
        self._ways: dict[str, list[tuple[Periode, ...]]] = {}

    def compute(self, territoire: str, periode: Periode) -> Cellule:
        """Return one cell."""
        whole = self._lieux.read_whole(territoire, periode) if self._plain else None
        if whole is not None:
            return close_whole(self.regles, whole, self._geo.millesime)
        supplied = self._find_supplied(territoire, periode)
        if supplied is not None:
            return supplied
        if not self.regles.summed:
            return self._refuse(territoire, periode)
        best = self._find_best(territoire, periode)
        if best.reaches(self.regles.seuil):
            return close(self.regles, best, self._geo.millesime, mean=self._mean)
        return close_empty(self.regles, best, self._explain(territoire, periode, best))

    def _find_supplied(self, territoire: str, periode: Periode) -> Cellule | None:
        """Return the cell of a value supplied for that very territory and period, if it may be shown as such."""
        somme = self._lieux.find_row(territoire, periode)
        if somme is None or self._lieux.is_immature(periode) or self._list_ways(periode)[0] != (periode,):
            return None
        return close_supplied(self.regles, somme, self._geo.millesime)

    def _list_ways(self, periode: Periode) -> list[tuple[Periode, ...]]:
        """Return the periods to add up for each granularity, the coarsest first; a mean is made of finer dates only."""
        ways = self._ways.get(periode.code)
        if ways is None:
            splits = self.regles.list_splits(periode)
            first, others = (splits[0], splits[1:]) if self._mean and splits else ((periode,), splits)
            found = [parts for parts in others if parts[0].genre in self._genres]
            ways = [first, *(parts[-1:] if self.regles.last and not self._mean else parts for parts in found)]
            self._ways[periode.code] = ways
        return ways

    def _find_best(self, territoire: str, periode: Periode) -> Candidat:
        """Return the granularity that covers most, the coarsest of equals."""
        first, *others = self._list_ways(periode)
        best = self._weigh(territoire, first)
        for way in others:
            if best.complete:
                break
            candidat = self._weigh(territoire, way)
            best = candidat if candidat.beats(best) else best
        return best

    def _weigh(self, territoire: str, way: tuple[Periode, ...]) -> Candidat:
        places = [self._lieux.read(territoire, periode) for periode in way]
        parts = [part for part, _ in places if part is not None]
        maille = max([part.maille for part in parts], default=0)
        immatures = sum(map(self._lieux.is_immature, way)) if self.regles.horizon_jours else 0
        return Candidat(
            self._sum_over_time([part.somme for part in parts]) if parts else None,
            sum([part.unites[maille] for part in parts]),
            sum([unites[maille] for _, unites in places]),
            immatures,
            self._mean and sum(part.somme.recus > 0 for part in parts) < len(way),
        )

    def _sum_over_time(self, sommes: list[Somme]) -> Somme:
        """A rate keeps one population however many periods there are; a mean is over the number of dates."""
        somme = combine(sommes)
        dates = Decimal(sum(each.valeur is not None for each in sommes))
        if self._mean:
            return replace(somme, diviseur=dates)
        if self.regles.nature is Nature.TAUX and dates > 1 and somme.diviseur is not None:
            return replace(somme, diviseur=CALCUL.divide(somme.diviseur, dates))
        return somme

    def _refuse(self, territoire: str, periode: Periode) -> Cellule:
        """Return what may be said when territories do not add up: the last date's own value, else why there is none."""
        for way in self._list_ways(periode)[1:] if self.regles.last else ():
            supplied = self._find_supplied(territoire, way[-1])
            if supplied is not None:
                return supplied
        cellule = self._interpolate(territoire, periode) if self._tranches else None
        if cellule is not None:
            return cellule
        best = self._find_best(territoire, periode)
        if best.recus:
            return close_refused(self.regles, best, self._geo.millesime)
        return close_empty(self.regles, best, self._explain(territoire, periode, best))

    def _interpolate(self, territoire: str, periode: Periode) -> Cellule | None:
        """Return the median of the buckets; nothing when none is known."""
        cells = [(each, each.serie.compute(territoire, periode)) for each in self._tranches]
        if all(cellule.recus == 0 for _, cellule in cells):
            return None
        worst = min((cellule for _, cellule in cells), key=lambda cellule: cellule.part)
        revisions = [cellule.revise_le for _, cellule in cells if cellule.revise_le]
        base = Cellule(worst.recus, worst.attendus, revise_le=max(revisions, default=None))
        if any(cellule.motif for _, cellule in cells):
            return replace(base, motif=MotifCellule.COUVERTURE)
        middle = find_middle([each.count(cellule) for each, cellule in cells])
        if middle is None:
            return replace(base, motif=MotifCellule.DENOMINATEUR_NUL)
        valeur = interpolate(*middle, self.regles.decimales)
        if valeur is None:
            return replace(base, motif=MotifCellule.NON_AGREGEABLE, bornes=(middle[0].debut, middle[0].fin))
        return replace(base, valeur=valeur, statut=StatutMesure.E)

    def _explain(self, territoire: str, periode: Periode, best: Candidat) -> MotifCellule:
        """Say why there is no value: not yet, not enough, or nothing at all."""
        if best.recus == 0 and self._lieux.is_immature(periode):
            return MotifCellule.IMMATURE
        if best.somme is not None or self._is_known_otherwise(territoire, periode):
            return MotifCellule.COUVERTURE
        return MotifCellule.AUCUNE_DONNEE

    def _is_known_otherwise(self, territoire: str, periode: Periode) -> bool:
        """Whether dates other than those that count are known."""
        if not (self.regles.last or self._mean):
            return False
        splits = [way for way in self.regles.list_splits(periode) if way[0].genre in self._genres]
        return any(self._lieux.read(territoire, each)[0] for way in ((periode,), *splits) for each in way)


@dataclass(frozen=True, slots=True)
class Tranche:
    """One interval of the distribution that a median is recomputed from, and the series of its numbers."""

    debut: Decimal | None
    fin: Decimal | None
    serie: Serie

    def count(self, cellule: Cellule) -> Intervalle:
        """Return the interval with the number of its cell: none where it cannot exist."""
        effectif = cellule.valeur if isinstance(cellule.valeur, Decimal) else Decimal(0)
        return Intervalle(self.debut, self.fin, effectif)


def compute_cell(
    regles: Regles, geo: Geographie, donnees: Donnees, lecture: Lecture, territoire: str, periode: Periode
) -> Cellule:
    """Return one cell; for many, keep the :class:`Serie`."""
    return Serie(regles, geo, donnees, lecture).compute(territoire, periode)
