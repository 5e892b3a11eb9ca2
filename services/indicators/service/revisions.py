"""What changed since an instant, and every state that cells went through."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from services.indicators.queries import valeurs as queries
from services.indicators.questions import MAX_CELLS, Question, too_many
from services.indicators.series import Besoins, Cellule
from services.indicators.service.fonds import Lot
from services.indicators.service.lignes import raw_needs
from services.indicators.tables import Etude, compute_all
from services.indicators.vocabulary import MotifCellule
from shared.reading import Source

Cle = tuple[str, str, str]
"""Territory, period, breakdown as shown."""
MAX_COMPUTED = 20 * MAX_CELLS


async def keep_changed(
    session: Source, cells: dict[Cle, Cellule], question: Question, lot: Lot, etude: Etude
) -> dict[Cle, Cellule]:
    """Keep the cells that something written after the instant stands in, be it a deletion; they tell when it was."""
    assert question.modifie_depuis is not None
    changed = await queries.list_changed(
        session, lot.scope(etude.finer(question.mailles)), question.modifie_depuis, question.au
    )
    places: dict[str, list[tuple[str, str, datetime]]] = {}
    for (site, code, name), instant in changed.items():
        places.setdefault(site, []).append((code, name, instant))
    names = {maille.montree: frozenset(etude.finer((maille,))) for maille in question.mailles}
    needed = {
        (territoire, periode.code): raw_needs(etude, question.lecture, (territoire,), (periode,))
        for territoire in question.territoires
        for periode in lot.periodes
    }
    kept = {}
    for (territoire, periode, montree), cellule in cells.items():
        instants = list(_iter_instants(places, needed[territoire, periode], names[montree]))
        if instants:
            revise_le = max([*instants, *([cellule.revise_le] if cellule.revise_le else [])])
            kept[territoire, periode, montree] = replace(cellule, revise_le=revise_le)
    return kept


def _iter_instants(
    places: Mapping[str, Iterable[tuple[str, str, datetime]]], besoins: Besoins, names: Collection[str]
) -> Iterator[datetime]:
    for site in besoins.lignes & places.keys():
        for code, name, instant in places[site]:
            if code in besoins.periodes and name in names:
                yield instant


async def compute_history(session: Source, question: Question, lot: Lot, etude: Etude) -> list[tuple[Cle, Cellule]]:
    """Play every revision again, in order; a cell is told each time it changes. Raises ``TropDeCellules``."""
    besoins = raw_needs(etude, question.lecture, question.territoires, lot.periodes)
    rows = await queries.list_revisions(session, lot.scope(etude.finer(question.mailles)), besoins, question.au)
    instants = list(_by_instant(rows))
    size = len(question.territoires) * len(lot.periodes) * len(question.mailles)
    if len(instants) * size > MAX_COMPUTED:
        raise too_many(len(instants) * size)
    film = Film(etude, question, lot)
    for instant, together in instants:
        film.play(instant, together)
    if len(film.told) > MAX_CELLS:
        raise too_many(len(film.told))
    return film.told


@dataclass
class Film:
    """The state of the rows at an instant, and what was told so far."""

    etude: Etude
    question: Question
    lot: Lot
    lignes: queries.Lignes = field(default_factory=dict)
    last: dict[Cle, Cellule] = field(default_factory=dict)
    told: list[tuple[Cle, Cellule]] = field(default_factory=list)

    def play(self, instant: datetime, rows: Iterable[Any]) -> None:
        """Take in the rows of one write, and tell the cells that it changed."""
        self._take(rows)
        since = self.question.modifie_depuis
        for where, cellule in self._compute():
            if self.last.get(where) == cellule or (where not in self.last and _is_nothing(cellule)):
                continue
            self.last[where] = cellule
            if since is None or instant > since:
                self.told.append((where, replace(cellule, revise_le=instant)))

    def _take(self, rows: Iterable[Any]) -> None:
        for row in rows:
            inside = self.lignes.setdefault(row["ventilation"], {})
            key = (row["territoire"], row["periode"])
            if row["supprimee"]:
                inside.pop(key, None)
            else:
                inside[key] = queries.value_of(row)

    def _compute(self) -> Iterator[tuple[Cle, Cellule]]:
        for maille in self.question.mailles:
            serie = self.etude.folded_series(maille, self.lignes)
            for (territoire, periode), cellule in compute_all(
                serie, self.question.territoires, self.lot.periodes
            ).items():
                yield (territoire, periode, maille.montree), cellule


def _is_nothing(cellule: Cellule) -> bool:
    return cellule.motif in (MotifCellule.AUCUNE_DONNEE, MotifCellule.IMMATURE) and not cellule.recus


def _by_instant(rows: Iterable[Any]) -> Iterator[tuple[datetime, list[Any]]]:
    together: list[Any] = []
    for row in rows:
        if together and row["revise_le"] != together[0]["revise_le"]:
            yield together[0]["revise_le"], together
            together = []
        together.append(row)
    if together:
        yield together[0]["revise_le"], together
