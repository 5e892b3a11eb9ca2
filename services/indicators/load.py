"""Loads the definitions of the indicators: labels from the fiches' files, quantities from our own reviewed files."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from services.indicators.definition_checks import check_known, read_definitions
from services.indicators.definition_files import DATA, CibleFile, GrandeurFile, IndicateurFile
from services.indicators.definitions import COVERAGE_OF_PARTS
from services.indicators.models import SCHEMA, Cible, Definition, GrandeurVersion, IndicateurVersion, PlanVersion
from services.indicators.plan_heads import FicheHead, PlanFiles, PlanHead, read_heads
from services.indicators.settings import Settings
from services.indicators.vocabulary import OrigineCible
from shared import clock
from shared.data_files import DataFault
from shared.database import engine_of, transaction
from shared.territoires import arbre_of
from shared.versions import Rapport, VersionLoader

CATALOGUE_DATA = Path(__file__).parents[1] / "catalogue" / "data"
COVERAGE = {True: "0.5", False: "0.8"}
"""The least coverage by default: half the territory tells a share, not a total."""


async def load(settings: Settings | None = None) -> Rapport:
    """Load the definitions of the plan of ``SPIE_PLAN_DIR``, or of our own. Raises ``DataFault`` before writing."""
    settings = settings or Settings()
    files, indicateurs = read_plan(settings.plan_dir)
    engine = engine_of(settings, SCHEMA)
    try:
        async with transaction(engine) as session:
            return await load_definitions(session, files.plan, files.fiches, indicateurs)
    finally:
        await engine.dispose()


def read_plan(plan_dir: Path | None) -> tuple[PlanFiles, list[IndicateurFile]]:
    """Read the files of a plan; raise :class:`DataFault` naming every fault of every file."""
    catalogue, own = (plan_dir / "catalogue", plan_dir / "indicators") if plan_dir else (CATALOGUE_DATA, DATA)
    faults: list[str] = []
    files, indicateurs = None, list[IndicateurFile]()
    try:
        files = read_heads(catalogue)
    except DataFault as fault:
        faults += fault.faults
    try:
        indicateurs = read_definitions(own) if own.exists() else []
    except DataFault as fault:
        faults += fault.faults
    if files and not faults:
        territoires = arbre_of(plan_dir).codes()
        known = {"codes": files.codes, "organismes": files.organismes, "territoires": territoires}
        faults += check_known(indicateurs, **known)
    if faults or files is None:
        raise DataFault(faults)
    return files, indicateurs


async def load_definitions(
    session: AsyncSession, plan: PlanHead, fiches: list[FicheHead], indicateurs: list[IndicateurFile]
) -> Rapport:
    """Write what differs from the versions now known."""
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtext('indicators.load'))"))
    now = clock.now()
    loader = VersionLoader(session, plan.code, now)
    dates = {"contenu": {}, "debut": plan.debut, "fin": plan.fin}
    await loader.replace(PlanVersion, "plan", {plan.code: dates})
    await loader.replace(IndicateurVersion, "code", {row["code"]: row for row in _indicateurs(fiches)})
    grandeurs = [grandeur for indicateur in indicateurs for grandeur in indicateur.grandeurs]
    numbers = await _number_definitions(session, plan.code, grandeurs)
    rows = [_grandeur(each, grandeurs, numbers) for each in grandeurs]
    await loader.replace(GrandeurVersion, "cle", {row["cle"]: row for row in rows})
    await _load_cibles(session, plan, grandeurs, loader, now)
    return loader.rapport


def _indicateurs(fiches: Sequence[FicheHead]) -> Iterator[dict[str, Any]]:
    references: dict[str | None, list[dict[str, Any]]] = {}
    for fiche in fiches:
        for chiffre in fiche.chiffres:
            said = chiffre.model_dump(mode="json", exclude={"indicateur"}) | {"fiche": fiche.numero}
            references.setdefault(chiffre.indicateur, []).append(said)
    for fiche in fiches:
        for rang, libelle in enumerate(fiche.indicateurs, 1):
            code = f"{fiche.numero}.I{rang}"
            contenu = {"libelle": libelle.strip(), "references": references.get(code, [])}
            yield {"code": code, "fiche": fiche.numero, "rang": rang, "axe": fiche.axe, "contenu": contenu}


async def _number_definitions(
    session: AsyncSession, plan: str, grandeurs: Iterable[GrandeurFile]
) -> dict[tuple[str, int], int]:
    """Return the lasting number of each definition version, giving one to those that are new."""
    query = select(Definition).where(col(Definition.plan) == plan)
    present = {(each.grandeur, each.version): each for each in (await session.scalars(query)).all()}
    new = [
        Definition(plan=plan, grandeur=each.code, version=each.version)
        for each in grandeurs
        if (each.code, each.version) not in present
    ]
    session.add_all(new)
    await session.flush()
    present |= {(each.grandeur, each.version): each for each in new}
    return {key: each.id for key, each in present.items() if each.id is not None}


def _grandeur(grandeur: GrandeurFile, every: list[GrandeurFile], numbers: dict[tuple[str, int], int]) -> dict[str, Any]:
    indicateur = grandeur.code.rpartition(".")[0]
    return {
        "cle": f"{grandeur.code}#{grandeur.version}",
        "code": grandeur.code,
        "indicateur": indicateur,
        "fiche": int(indicateur.partition(".")[0]),
        "definition": numbers[grandeur.code, grandeur.version],
        "contenu": _document(grandeur, every),
    }


def _document(grandeur: GrandeurFile, every: Iterable[GrandeurFile]) -> dict[str, Any]:
    """Return the definition as the interface serves it."""
    following = (each.valide_du for each in every if each.code == grandeur.code and each.valide_du is not None)
    later = min((day for day in following if day > (grandeur.valide_du or date.min)), default=None)
    document = grandeur.model_dump(mode="json", exclude={"version", "valide_du", "cibles"})
    minimum = grandeur.couverture_minimale
    document["couverture_minimale"] = float(minimum if minimum is not None else COVERAGE[_is_share(grandeur)])
    document["definition"] = {
        "version": grandeur.version,
        "valide_du": grandeur.valide_du and grandeur.valide_du.isoformat(),
        "valide_au": later and (later - timedelta(days=1)).isoformat(),
    }
    return document


def _is_share(grandeur: GrandeurFile) -> bool:
    return grandeur.nature in COVERAGE_OF_PARTS


async def _load_cibles(
    session: AsyncSession, plan: PlanHead, grandeurs: Iterable[GrandeurFile], loader: VersionLoader, now: datetime
) -> None:
    """Bring the plan's own targets to what its files say; a target that people have set stays as they set it."""
    wanted = {
        (each.code, cible.territoire, cible.periode or str(plan.fin.year)): _cible(cible)
        for each in sorted(grandeurs, key=lambda each: each.version)
        for cible in each.cibles
    }
    query = select(Cible).where(col(Cible.plan) == plan.code, col(Cible.connu_au).is_(None))
    present = {(row.grandeur, row.territoire, row.periode): row for row in (await session.scalars(query)).all()}
    own = {key: row for key, row in present.items() if row.contenu["origine"] == OrigineCible.PLAN.value}
    ended = {key: row for key, row in own.items() if wanted.get(key) != row.contenu}
    for row in ended.values():
        row.connu_au = now
    await session.flush()  # the old ones end before the new ones begin
    new = [key for key in wanted if key in ended or key not in present]
    for key in new:
        names = dict(zip(("grandeur", "territoire", "periode"), key, strict=True))
        known = {"plan": plan.code, "contenu": wanted[key], "acteur": "plan", "connu_du": now}
        session.add(Cible.model_validate({**names, **known}))
    loader.rapport.crees += len(set(new) - set(ended))
    loader.rapport.modifies += len(set(new) & set(ended))
    loader.rapport.retires += len(set(ended) - set(new))
    loader.rapport.inchanges += len(present) - len(ended)


def _cible(cible: CibleFile) -> dict[str, Any]:
    origine = OrigineCible.PLAN.value
    return {"valeur": format(cible.valeur, "f"), "commentaire": cible.objet, "page": cible.page, "origine": origine}
