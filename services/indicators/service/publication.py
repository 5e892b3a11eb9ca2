"""Publishing: what callers without a right read, made again whenever a write touches it."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.indicators.cells import hide, hold, show_cell
from services.indicators.definitions import Grandeur
from services.indicators.links import EPOQUE, Cle
from services.indicators.periods import Periode, iter_between, periode_of
from services.indicators.publishing import MOYENNE, Unite
from services.indicators.queries import publication as queries
from services.indicators.secrecy import PublicationImpossibleError
from services.indicators.series import Cellule, Lecture
from services.indicators.service.fonds import Fonds, split_by_source
from services.indicators.tables import Etude
from services.indicators.vocabulary import MotifCellule, Nature
from shared import clock

Document = dict[str, Any]


@dataclass(frozen=True)
class Demande:
    """One quantity over one year, to publish again; ``demandes`` writes are known to have touched it."""

    definition: int
    annee: int
    demandes: int = 0


@dataclass
class Changement:
    """What a publication changes: cells to close, cells to show, and whether a person must agree first."""

    fermees: list[Cle] = field(default_factory=list)
    ouvertes: list[tuple[Cle, bool, Document]] = field(default_factory=list)
    en_attente: bool = False


@dataclass
class Tableau:
    """What a unit would show: its cells, those to hide, and why there are none."""

    cells: dict[Cle, Document] = field(default_factory=dict)
    hidden: set[Cle] = field(default_factory=set)
    motif: MotifCellule | None = None


async def publish_unit(session: AsyncSession, fonds: Fonds, demande: Demande, *, accord: bool = False) -> None:
    """Publish one quantity over one year again. ``accord``: a person agreed to what waits.

    A revision that would hide a cell shown before is not published without ``accord``: the cells it changes are held.
    """
    await queries.lock_publication(session)
    definition, annee = demande.definition, demande.annee
    grandeur = find_definition(fonds, definition)
    tableau = await _draw(session, fonds, grandeur, annee) if grandeur else Tableau()
    shown = await queries.read_shown(session, definition, annee)
    ever_shown = await queries.list_ever_shown(session, definition, annee)
    hidden_now = {key for key, cell in shown.items() if cell["cachee"]}
    must_wait = not accord and not tableau.hidden.isdisjoint(ever_shown - hidden_now)
    changement = compare(tableau.cells, tableau.hidden, shown, must_wait=must_wait)
    now = await queries.choose_instant(session, clock.now())
    await queries.replace_cells(
        session, definition, annee, closed=changement.fermees, opened=changement.ouvertes, now=now
    )
    await queries.close_unit(
        session,
        definition,
        annee,
        demandes=demande.demandes,
        now=now,
        en_attente=changement.en_attente,
        motif=tableau.motif,
    )


def find_definition(fonds: Fonds, definition: int) -> Grandeur | None:
    """Return the definition that has a number, among those of the plan."""
    every = (each for code in fonds.definitions.codes for each in fonds.definitions.versions(code))
    return next((each for each in every if each.definition == definition), None)


async def _draw(session: AsyncSession, fonds: Fonds, grandeur: Grandeur, annee: int) -> Tableau:
    """Compute a unit: each period from its own source, each source protected as if it were published whole."""
    lots = [
        lot
        for lot in (await split_by_source(session, fonds, [grandeur.code], _list_periodes(grandeur, annee)))[0]
        if lot.grandeur is grandeur
    ]
    sources = sorted({lot.source for lot in lots if lot.source is not None})
    seuil = await _read_seuil(session, grandeur, sources)
    before = await queries.list_ever_hidden(session, grandeur.definition, annee)
    etude = Etude(grandeur, fonds.geo, Lecture(clock.today()), fonds.ventilations)
    tableau = Tableau(motif=next((lot.motif for lot in lots if lot.motif is MotifCellule.SOURCE_A_CHOISIR), None))
    for source in sources:
        rows = await queries.read_unit_rows(session, grandeur.definition, source, annee)
        own = frozenset(periode.code for lot in lots if lot.source == source for periode in lot.periodes)
        try:
            part = await asyncio.to_thread(draw_source, Unite(etude, annee, rows), seuil, before, own)
        except PublicationImpossibleError:
            return Tableau(motif=MotifCellule.SECRET)
        tableau.cells |= part.cells
        tableau.hidden |= part.hidden
    return tableau


async def _read_seuil(session: AsyncSession, grandeur: Grandeur, sources: Sequence[str]) -> int:
    """Return under how many persons a cell is hidden: the higher of what the quantity and its sources ask for."""
    if not grandeur.seuil_secret:
        return 0
    return max(grandeur.seuil_secret, await queries.read_threshold(session, sources))


def _list_periodes(grandeur: Grandeur, annee: int) -> list[Periode]:
    """Return every period that belongs to a unit: those whose code begins with its year."""
    first, last = date(annee, 1, 1) - timedelta(days=3), date(annee, 12, 31)
    every = (each for genre in grandeur.periodes for each in iter_between(periode_of(first, genre), last))
    return [each for each in every if each.code.startswith(str(annee))]


def draw_source(unite: Unite, seuil: int, before: AbstractSet[Cle], periodes: AbstractSet[str]) -> Tableau:
    """Compute and hide, beside the event loop: a large table takes seconds. Raises ``PublicationImpossibleError``."""
    cells = unite.cells()
    hidden = unite.list_hidden(cells, seuil, before)
    grandeur = unite.etude.grandeur
    blurred = {key[1:] for key in hidden} if grandeur.nature is Nature.QUALITATIF else set()
    documents = {
        key: show_cell(
            grandeur,
            key[0].removesuffix(EPOQUE),
            key[1],
            key[2].removesuffix(MOYENNE),
            _restrain(cellule, secret=seuil > 0, blurred=key[1:] in blurred),
        )
        for key, cellule in cells.items()
        if key[1] in periodes
    }
    return Tableau(documents, hidden & documents.keys())


def _restrain(cellule: Cellule, *, secret: bool, blurred: bool) -> Cellule:
    """Take out what helps to understand a cell without a value, and may tell what secrecy hides."""
    if cellule.motif is not None:
        cellule = replace(cellule, numerateur=None, denominateur=None)
    if secret:
        cellule = replace(cellule, bornes=None)
    return replace(cellule, composants=None) if blurred else cellule


def compare(
    cells: Mapping[Cle, Document], hidden: AbstractSet[Cle], shown: Mapping[Cle, Document], *, must_wait: bool
) -> Changement:
    """Return what to change so that ``shown`` becomes ``cells``, with those ``hidden`` or held that must be."""
    changement = Changement(en_attente=must_wait)
    changement.fermees = [key for key in shown if key not in cells]
    for key, cell in cells.items():
        present = shown.get(key)
        is_hidden = key in hidden
        wanted = hide(cell) if is_hidden else cell
        if present is not None and _same(present["cellule"], wanted):
            continue
        if must_wait and not (present is not None and present["cachee"]):
            wanted, is_hidden = hold(cell), False
            if present is not None and _same(present["cellule"], wanted):
                continue
        if present is not None:
            changement.fermees.append(key)
        changement.ouvertes.append((key, is_hidden, wanted))
    return changement


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
