"""Answering a question about values, for whoever asks: raw ones by right, published ones for all."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from services.indicators import questions
from services.indicators.definitions import ventilations_of
from services.indicators.errors import fault
from services.indicators.geography import Geographie
from services.indicators.periods import Periode, parse_periode
from services.indicators.queries import publication as publication_queries
from services.indicators.queries.cadre import Cadre, held_cadre, read_etat
from services.indicators.questions import Question
from services.indicators.row_context import covers
from services.indicators.schemas.valeurs import FiltresValeurs
from services.indicators.service import valeurs, valeurs_publiees
from services.indicators.service.atelier import Atelier
from services.indicators.service.fonds import Fonds
from services.indicators.service.reperes import Repere, read_reperes
from shared import clock
from shared.clock import PARIS
from shared.errors import DonneesRefusees, DroitInsuffisant, Faute, Introuvable, Phrase
from shared.plans import choose_plan
from shared.problems import unknown_value
from shared.reading import Source
from shared.tokens import Identite

OUT_OF_REACH = Phrase(
    "Votre clé ne couvre pas toute la question : demandez moins, ou lisez sans clé ce qui est publié",
    "Your key does not cover the whole question: ask for less, or read what is published without a key",
)


@dataclass(frozen=True)
class Reponse:
    """Cells as JSON, when they were published (null for raw ones), and what they were read with."""

    cellules: Sequence[str]
    publie_le: datetime | None
    fonds: Fonds
    reperes: tuple[Repere, ...] = ()


async def answer_drawn(
    session: Source, atelier: Atelier, filtres: FiltresValeurs, *, lecteur: Identite | None
) -> Reponse:
    """Return the same as :func:`answer`, with what a drawing of today's knowledge is held against."""
    reponse = await answer(session, atelier, filtres, lecteur=lecteur)
    if filtres.au is not None or filtres.millesime is not None:
        return reponse
    return replace(reponse, reperes=await read_reperes(session, reponse.fonds, reponse.cellules))


async def answer(session: Source, atelier: Atelier, filtres: FiltresValeurs, *, lecteur: Identite | None) -> Reponse:
    """Return the cells asked for: raw ones for a ``lecteur`` who has that right, else published ones.

    Raises ``DonneesRefusees``, ``TropDeCellules``, ``PlanAbsent`` or :class:`DroitInsuffisant`.
    """
    cadre = await held_cadre(session)
    try:
        reponse, etat = await _answer(session, atelier, cadre, filtres, lecteur)
    except (DonneesRefusees, Introuvable):
        if await read_etat(session) == cadre.etat:
            raise
    else:
        if etat == cadre.etat:
            return reponse
    cadre = await held_cadre(session, afresh=True)
    return (await _answer(session, atelier, cadre, filtres, lecteur))[0]


async def _answer(
    session: Source,
    atelier: Atelier,
    cadre: Cadre,
    filtres: FiltresValeurs,
    lecteur: Identite | None,
) -> tuple[Reponse, str]:
    """Return the answer with the definitions held, and the mark of those that stand in the database."""
    plan = choose_plan(cadre.plans_at(filtres.known_at), filtres.plan, clock.today())
    fonds = Fonds(plan, cadre.definitions_of(plan), atelier.geo, ventilations_of(atelier.plan_dir))
    filtres, faults = await _at_millesime(session, filtres, plan)
    question = await _read_question(session, fonds, filtres, faults)
    if lecteur is not None and filtres.millesime is None:
        check_reach(lecteur, question, fonds.geo)
        cellules, etat = await valeurs.read_values(session, atelier.gardees, fonds, question, lecteur)
        return Reponse(cellules, None, fonds), etat
    trouvees = await valeurs_publiees.read_values(session, fonds, question)
    return Reponse(trouvees.cellules, trouvees.publie_le, fonds), trouvees.etat


async def _read_question(session: Source, fonds: Fonds, filtres: FiltresValeurs, faults: Iterable[Faute]) -> Question:
    today = clock.today()
    if filtres.au is not None:
        today = min(today, filtres.au.astimezone(PARIS).date())
    return questions.read_question(
        filtres,
        definitions=fonds.definitions,
        geo=fonds.geo,
        ventilations=fonds.ventilations,
        default=await default_periodes(session, fonds.plan, today) if not filtres.periode else (),
        today=today,
        faults=list(faults),
    )


async def _at_millesime(session: Source, filtres: FiltresValeurs, plan: str) -> tuple[FiltresValeurs, list[Faute]]:
    """Read as at the instant that a frozen publication names."""
    if filtres.millesime is None:
        return filtres, []
    known = await publication_queries.read_millesimes(session, plan)
    faults = []
    if filtres.millesime not in known:
        faults.append(unknown_value("millesime", filtres.millesime, known, code="VALEUR_INCONNUE"))
    if filtres.au is not None:
        faults.append(fault("au", "VALEUR_INVALIDE", valeur=filtres.au.isoformat(), attendu="sans millesime"))
    return filtres if faults else filtres.model_copy(update={"au": known[filtres.millesime]}), faults


async def default_periodes(session: Source, plan: str, today: date) -> list[Periode]:
    """Return the years of the plan that have begun, the first one at least."""
    debut, fin = await publication_queries.read_plan_dates(session, plan)
    last = max(debut.year, min(fin.year, today.year))
    return [parse_periode(str(annee)) for annee in range(debut.year, last + 1)]


def check_reach(lecteur: Identite, question: Question, geo: Geographie) -> None:
    """Refuse raw cells beyond what a key was restricted to. Raises :class:`DroitInsuffisant`."""
    grandeurs, territoires = lecteur.grandeurs, lecteur.territoires
    if grandeurs is not None and not all(covers(grandeurs, code) for code in question.grandeurs):
        raise DroitInsuffisant(OUT_OF_REACH)
    if territoires is not None:
        carte = geo.read_at(question.lecture.today)
        known = [code for code in territoires if code in carte.territoires]
        reached = {*territoires, *(below for code in known for below in carte.iter_subtree(code))}
        if not reached.issuperset(question.territoires):
            raise DroitInsuffisant(OUT_OF_REACH)
