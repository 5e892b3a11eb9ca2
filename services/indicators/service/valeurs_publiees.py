"""Published values: cells made beforehand, looked up in the versions that were shown."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from services.indicators.cells import show_cell, write_shown
from services.indicators.definitions import Grandeur
from services.indicators.folding import fold
from services.indicators.geography import VueGeographique
from services.indicators.links import label_of
from services.indicators.periods import Periode
from services.indicators.publishing import MOYENNE
from services.indicators.queries import publication as queries
from services.indicators.questions import MAX_CELLS, Maille, Question, too_many
from services.indicators.series import Cellule
from services.indicators.service.fonds import Fonds
from services.indicators.tables import Etude
from services.indicators.vocabulary import MotifCellule, Nature
from shared import clock
from shared.reading import Source

Key = tuple[int, str, str, str]
Cell = dict[str, Any]


@dataclass(frozen=True)
class Etat:
    """What was shown of a cell from an instant on; nothing once it was withdrawn."""

    depuis: datetime
    cell: Cell | None


@dataclass(frozen=True)
class Place:
    """One cell that is asked for."""

    etude: Etude
    territoire: str
    label: str
    periode: Periode
    maille: Maille

    def key(self, name: str) -> Key:
        """Return where the cell of a supplied breakdown is published."""
        suffix = MOYENNE if self.mean else ""
        return self.etude.grandeur.definition, self.label, self.periode.code, name + suffix

    @property
    def mean(self) -> bool:
        """Whether it is the mean of a stock over its dates."""
        etude = self.etude
        asked = etude.lecture.stock_moyenne and etude.grandeur.nature is Nature.STOCK
        return asked and bool(etude.regles.list_splits(self.periode))

    def show(self, cellule: Cellule) -> Cell:
        """Return the cell as it is answered."""
        return show_cell(self.etude.grandeur, self.territoire, self.periode.code, self.maille.montree, cellule)

    def show_nothing(self, motif: MotifCellule | None, depuis: datetime | None = None) -> Cell:
        """Return the cell without a value: what a complete answer would need, and why there is none."""
        cellule = self.etude.empty_series().compute(self.territoire, self.periode)
        return self.show(replace(cellule, motif=motif or cellule.motif, revise_le=depuis))


@dataclass(frozen=True)
class Trouvees:
    """Published cells as JSON, when they were last published, and the mark of the definitions that stand."""

    cellules: list[str]
    publie_le: datetime | None
    etat: str


async def read_values(session: Source, fonds: Fonds, question: Question) -> Trouvees:
    """Return the published cells asked for, in order."""
    places = list(_iter_places(fonds, question))
    keys = {place.key(name) for place in places for name in place.maille.fournies}
    columns: list[list[Any]] = [sorted({key[rank] for key in keys}) for rank in range(4)]
    scope: dict[str, list[Any]] = dict(
        zip(("definitions", "territoires", "periodes", "ventilations"), columns, strict=True)
    )
    scope["annees"] = sorted({int(code[:4]) for code in columns[2]})
    found: dict[Key, list[Any]] = {}
    rows = await queries.list_cells(
        session, scope, au=question.au, depuis=question.modifie_depuis, historique=question.historique
    )
    if len(rows) > 4 * MAX_CELLS:
        raise too_many(len(rows))
    for row in rows:
        found.setdefault((row["definition"], row["territoire"], row["periode"], row["ventilation"]), []).append(row)
    units, etat = await queries.list_units(session, scope["definitions"], scope["annees"])
    cellules = [cell for place in places for cell in _write(question, place, found, units)]
    instants = [unit["publie_le"] for unit in units.values() if unit["publie_le"]]
    if question.au is not None:
        instants = [row["publie_du"] for row in rows]
    return Trouvees(cellules, max(instants, default=None), etat)


def _write(
    question: Question, place: Place, found: Mapping[Key, Sequence[Any]], units: Mapping[tuple[int, int], Any]
) -> Iterator[str]:
    """Yield what is answered of one place; a cell that is answered as it was published is not read."""
    if not question.historique and question.modifie_depuis is None and question.au is None:
        name = place.maille.montree
        rows = found.get(place.key(name), ()) if place.maille.fournies == (name,) and not place.mean else ()
        if len(rows) == 1:
            yield rows[0]["cellule"]
            return
    yield from map(write_shown, _answer(question, place, found, units))


def _iter_places(fonds: Fonds, question: Question) -> Iterator[Place]:
    etudes: dict[Grandeur, Etude] = {}
    for code in question.grandeurs:
        for territoire in question.territoires:
            for periode in question.periodes:
                grandeur = fonds.definitions.find(code, periode)
                etude = etudes.get(grandeur)
                if etude is None:
                    etude = etudes[grandeur] = Etude(grandeur, fonds.geo, question.lecture, fonds.ventilations)
                label = _label(fonds, question, territoire, periode)
                for maille in question.mailles:
                    yield Place(etude, territoire, label, periode, maille)


def _label(fonds: Fonds, question: Question, code: str, periode: Periode) -> str:
    """Return the name under which a territory is published, for the geography asked for."""
    geo, today, day = fonds.geo, question.lecture.today, periode.dernier_jour
    if question.lecture.geographie is VueGeographique.COURANTE or code not in geo.read_at(today).territoires:
        return code
    same = geo.list_parts(code, day, VueGeographique.COURANTE, today) == (code,)
    return label_of(code, today_has=code in geo.read_at(day).territoires and not same)


def _answer(
    question: Question, place: Place, found: Mapping[Key, Sequence[Any]], units: Mapping[tuple[int, int], Any]
) -> Iterator[Cell]:
    states = [_states_of(found.get(place.key(name), ()), question.au) for name in place.maille.fournies]
    if question.historique:
        yield from _tell_all(question, place, states)
        return
    last = max((each[-1].depuis for each in states if each), default=None)
    partial = question.modifie_depuis is not None
    if question.modifie_depuis is not None and (last is None or last <= question.modifie_depuis):
        return
    cells = [each[-1].cell if each else None for each in states]
    if cells == [None]:
        unit = units.get((place.etude.grandeur.definition, int(place.periode.code[:4])))
        motif = _reason(unit) if question.au is None else None
        if place.etude.grandeur.straddles(place.periode):
            motif = MotifCellule.NON_AGREGEABLE
        yield place.show_nothing(motif, last if partial else None)
        return
    yield _tell(place, cells, last if partial else None)


def _tell(place: Place, cells: Sequence[Cell | None], depuis: datetime | None) -> Cell:
    """Return one cell: as it was published, or put together from those of several modalities."""
    if len(cells) == 1 and cells[0] is not None:
        kept = {name for part in place.maille.montree.split("|") if (name := part.split(":")[0])}
        shown = {name: mod for name, mod in cells[0]["ventilation"].items() if name in kept}
        cell = {**cells[0], "ventilation": shown}
    else:
        cell = place.show(fold(place.etude, place.maille, cells))
    return cell if depuis is None else {**cell, "revise_le": clock.write_instant(depuis)}


def _tell_all(question: Question, place: Place, states: Sequence[Sequence[Etat]]) -> Iterator[Cell]:
    """Yield every state of a cell, the oldest first; ``revise_le`` says when it was published or withdrawn."""
    instants = sorted({each.depuis for every in states for each in every})
    for instant in instants:
        if question.modifie_depuis is not None and instant <= question.modifie_depuis:
            continue
        known = [[each for each in every if each.depuis <= instant] for every in states]
        cells = [each[-1].cell if each else None for each in known]
        yield place.show_nothing(None, instant) if cells == [None] else _tell(place, cells, instant)


def _states_of(rows: Sequence[Any], au: datetime | None) -> list[Etat]:
    """Return what was shown of one cell, one state after the other, up to ``au``."""
    states: list[Etat] = []
    for row, following in zip(rows, [*rows[1:], None], strict=False):
        states.append(Etat(row["publie_du"], json.loads(row["cellule"])))
        closed = row["publie_au"]
        if closed is None or (au is not None and closed > au):
            continue
        if following is None or following["publie_du"] > closed:
            states.append(Etat(closed, None))
    return states


def _reason(unit: Any) -> MotifCellule | None:
    """Say why nothing is published there, when it is not for want of data: a choice to make, a publication to come."""
    if unit is None:
        return None
    if unit["motif"]:
        return MotifCellule.of(unit["motif"])
    return None if unit["publie_le"] else MotifCellule.PUBLICATION_EN_ATTENTE
