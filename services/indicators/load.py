"""Loads the definitions of the indicators from the fiches' reviewed files, the same data the catalogue reads."""

from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicators.models import SCHEMA, IndicateurVersion, PlanVersion
from services.indicators.settings import Settings
from shared import clock
from shared.data_files import DataFault, read_model
from shared.database import engine_of, transaction
from shared.versions import Rapport, VersionLoader

CATALOGUE_DATA = Path(__file__).parents[1] / "catalogue" / "data"


class PlanHead(BaseModel):
    """What this service needs of ``plan.yaml``; the catalogue checks the rest."""

    model_config = ConfigDict(extra="ignore")

    code: str
    debut: date
    fin: date


class FicheHead(BaseModel):
    """What this service needs of a fiche's file."""

    model_config = ConfigDict(extra="ignore")

    numero: int
    axe: str
    indicateurs: list[str]


async def load(settings: Settings | None = None) -> Rapport:
    """Load the definitions of the plan of ``SPIE_PLAN_DIR``, or of our own. Raises ``DataFault`` before writing."""
    settings = settings or Settings()
    folder = settings.plan_dir / "catalogue" if settings.plan_dir else CATALOGUE_DATA
    plan, fiches = read_heads(folder)
    engine = engine_of(settings, SCHEMA)
    try:
        async with transaction(engine) as session:
            return await load_definitions(session, plan, fiches)
    finally:
        await engine.dispose()


def read_heads(folder: Path) -> tuple[PlanHead, list[FicheHead]]:
    """Read what this service needs; raise :class:`DataFault` naming every fault of every file."""
    faults: list[str] = []
    fiches = []
    for path in sorted((folder / "fiches").glob("*.yaml")):
        try:
            fiches.append(read_model(path, FicheHead))
        except DataFault as fault:
            faults += fault.faults
    plan = read_model(folder / "plan.yaml", PlanHead)
    if faults:
        raise DataFault(faults)
    return plan, fiches


async def load_definitions(session: AsyncSession, plan: PlanHead, fiches: list[FicheHead]) -> Rapport:
    """Write what differs from the versions now known."""
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtext('indicators.load'))"))
    loader = VersionLoader(session, plan.code, clock.now())
    dates = {"contenu": {}, "debut": plan.debut, "fin": plan.fin}
    await loader.replace(PlanVersion, "plan", {plan.code: dates})
    wanted = {
        f"{fiche.numero}.I{rang}": {
            "code": f"{fiche.numero}.I{rang}",
            "fiche": fiche.numero,
            "rang": rang,
            "axe": fiche.axe,
            "contenu": {"libelle": libelle.strip()},
        }
        for fiche in fiches
        for rang, libelle in enumerate(fiche.indicateurs, 1)
    }
    await loader.replace(IndicateurVersion, "code", wanted)
    return loader.rapport
