"""Current values, for those who may read them before they are published: computed from what is stored now."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from services.indicators.cells import write_cell
from services.indicators.questions import Maille, Question
from services.indicators.series import Cellule
from services.indicators.service.fonds import Fonds, Lot, split_by_source
from services.indicators.service.gardees import Gardees
from services.indicators.service.lignes import read_rows, read_series, read_tranches
from services.indicators.service.lots import check_source
from services.indicators.service.revisions import Cle, compute_history, keep_changed
from services.indicators.tables import Etude, compute_all
from services.indicators.vocabulary import MotifCellule
from shared.reading import Source
from shared.tokens import Identite

REFUSED = Cellule(0, 0, motif=MotifCellule.NON_AGREGEABLE)


async def read_values(
    session: Source, gardees: Gardees, fonds: Fonds, question: Question, lecteur: Identite
) -> tuple[Sequence[str], str]:
    """Return the cells asked for as JSON, and the mark of the definitions that stand.

    Cells are in the order of quantities, territories, periods, breakdowns; they are computed again once anything of
    their quantities was written. Raises ``DroitInsuffisant`` for a source that the reader's key does not cover.
    """
    lots, sources = await split_by_source(session, fonds, question.grandeurs, question.periodes)
    for lot in lots:
        if lot.source is not None:
            check_source(lecteur, lot.source)
    key = (fonds.plan, question, sources.marque)
    cellules = gardees.find(key)
    if cellules is None:
        cellules = await _compute_values(session, fonds, question, lots)
        gardees.keep(key, cellules)
    return cellules, sources.etat


async def _compute_values(session: Source, fonds: Fonds, question: Question, lots: Iterable[Lot]) -> list[str]:
    found: dict[tuple[str, str, str, str], list[str]] = {}
    for lot in lots:
        for cle, cellule in await _compute_lot(session, fonds, question, lot):
            found.setdefault((lot.grandeur.code, *cle), []).append(write_cell(lot.grandeur, *cle, cellule))
    return list(_in_order(found, question))


def _in_order(found: Mapping[tuple[str, str, str, str], list[str]], question: Question) -> Iterator[str]:
    for code in question.grandeurs:
        for territoire in question.territoires:
            for periode in question.periodes:
                for maille in question.mailles:
                    yield from found.get((code, territoire, periode.code, maille.montree), ())


async def _compute_lot(session: Source, fonds: Fonds, question: Question, lot: Lot) -> Iterable[tuple[Cle, Cellule]]:
    etude = Etude(lot.grandeur, fonds.geo, question.lecture, fonds.ventilations)
    if lot.source is None:
        cells = _without_source(question, lot, etude)
    elif question.historique:
        return await compute_history(session, question, lot, etude)
    else:
        cells = await _compute_now(session, fonds, question, lot, etude)
        if question.modifie_depuis is not None:
            cells = await keep_changed(session, cells, question, lot, etude)
    return cells.items()


def _without_source(question: Question, lot: Lot, etude: Etude) -> dict[Cle, Cellule]:
    """Return cells without a value: no source to read, or one to choose; nothing of them ever changed."""
    if question.historique or question.modifie_depuis is not None:
        return {}
    serie = etude.empty_series()
    motif = None if lot.motif is MotifCellule.AUCUNE_DONNEE else lot.motif
    return {
        (*key, maille.montree): replace(cellule, motif=motif or cellule.motif)
        for key, cellule in compute_all(serie, question.territoires, lot.periodes).items()
        for maille in question.mailles
    }


async def _compute_now(session: Source, fonds: Fonds, question: Question, lot: Lot, etude: Etude) -> dict[Cle, Cellule]:
    """Compute from the kept sums first; what they do not cover, again from the rows, folding finer breakdowns."""
    found: dict[Cle, Cellule] = {}
    plain = [maille for maille in question.mailles if len(maille.fournies) == 1]
    again = [maille for maille in question.mailles if question.au is not None or maille not in plain]
    if question.au is None and plain:
        for maille, serie in (await read_series(session, question, lot, etude, plain)).items():
            cells = compute_all(serie, question.territoires, lot.periodes)
            found |= {(*key, maille.montree): cell for key, cell in cells.items()}
            if _may_gain(etude, maille) and any(_is_partial(cell) for cell in cells.values()):
                again.append(maille)
    if not again:
        return found
    lignes = await read_rows(session, question, lot, etude, again)
    tranches = await read_tranches(session, fonds, question, lot, etude)
    for maille in again:
        refused = len(maille.fournies) > 1 and not etude.can_fold(maille)
        serie = etude.folded_series(maille, lignes, tranches)
        cells = compute_all(serie, question.territoires, lot.periodes)
        found |= {(*key, maille.montree): REFUSED if refused else cell for key, cell in cells.items()}
    return found


def _may_gain(etude: Etude, maille: Maille) -> bool:
    """Tell whether rows of finer breakdowns, or buckets, may say what the kept sums do not."""
    return bool(etude.foldable(maille.fournies[0]) or etude.grandeur.tranches)


def _is_partial(cellule: Cellule) -> bool:
    return cellule.recus < cellule.attendus or not cellule.attendus
