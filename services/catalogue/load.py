"""Loads the reviewed files of a plan: what is unchanged stays, what changed becomes a new version with history.

Loading the same files twice changes nothing. One transaction: a plan is loaded whole or not at all.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.catalogue.models import (
    ActionVersion,
    Changement,
    FicheVersion,
    LexiqueVersion,
    OrganismeVersion,
    PlanVersion,
    RoleVersion,
)
from services.catalogue.plan_files import Chiffre, Echeance, FicheFile
from services.catalogue.plan_reading import PlanData, read_plan
from services.catalogue.settings import Settings
from services.catalogue.vocabulary import NatureChangement, Role
from shared import clock
from shared.database import engine_of, transaction
from shared.versions import Rapport, VersionLoader

OWN_DATA = Path(__file__).parent / "data"
AUTEUR = "chargement"


async def load(settings: Settings | None = None) -> Rapport:
    """Load the plan of ``SPIE_PLAN_DIR/catalogue``, or our own. Raises ``DataFault`` before writing anything."""
    settings = settings or Settings()
    data = read_plan(settings.plan_dir / "catalogue" if settings.plan_dir else OWN_DATA)
    engine = engine_of(settings, "catalogue")
    try:
        async with transaction(engine) as session:
            return await load_plan(session, data)
    finally:
        await engine.dispose()


async def load_plan(session: AsyncSession, data: PlanData) -> Rapport:
    """Write what differs from the versions now known."""
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtext('catalogue.load'))"))
    now = clock.now()
    loader = VersionLoader(session, data.plan.code, now)
    plan = {"contenu": _dump(data.plan), "debut": data.plan.debut, "fin": data.plan.fin}
    await loader.replace(PlanVersion, "plan", {data.plan.code: plan})
    for new, old in await loader.replace(FicheVersion, "numero", {f.numero: _fiche_values(f) for f in data.fiches}):
        if new is not None:
            session.add_all([*_actions(new), *_roles(new)])
        _record(session, now, new, old)
    organismes = {o.code: {"contenu": _dump(o), "code": o.code} for o in data.organismes}
    await loader.replace(OrganismeVersion, "code", organismes)
    lexique = {e.code: {"contenu": _dump(e), "code": e.code, "rang": r} for r, e in enumerate(data.lexique, 1)}
    await loader.replace(LexiqueVersion, "code", lexique)
    await _index_new_versions(session)
    return loader.rapport


def _record(session: AsyncSession, now: datetime, new: FicheVersion | None, old: FicheVersion | None) -> None:
    """Write in the history what a load changed: the members that differ, before and after."""
    fiche = new or old
    if fiche is None:
        return
    avant = old.contenu if old else {}
    apres = new.contenu if new else {}
    names = [name for name in {**avant, **apres} if avant.get(name) != apres.get(name)]
    if old is None:
        apres, names = {"version": 1}, ["version"]
    session.add(
        Changement(
            plan=fiche.plan,
            fiche=fiche.numero,
            portee="fiche",
            nature=NatureChangement.CHARGEMENT,
            auteur=AUTEUR,
            quand=now,
            avant={name: avant[name] for name in names if name in avant} if old else None,
            apres={name: apres[name] for name in names if name in apres} if new else None,
        )
    )


def _fiche_values(file: FicheFile) -> dict[str, Any]:
    debut, fin = period_of(file.echeances)
    return {
        "contenu": _fiche_document(file),
        "numero": file.numero,
        "axe": file.axe,
        "objectif": file.objectif,
        "thematiques": list(file.thematiques),
        "publics": list(file.publics),
        "debut": debut,
        "fin": fin,
    }


def _fiche_document(file: FicheFile) -> dict[str, Any]:
    document = _dump(file, exclude={"indicateurs", "actions", "objectifs_operationnels", "chiffres"})
    document["actions"] = [
        {"code": code, "rang": rang, **_dump(action)}
        for rang, (code, action) in enumerate(zip(file.code_actions(), file.actions, strict=True), 1)
    ]
    document["indicateurs"] = [
        {"code": code, "libelle": libelle}
        for code, libelle in zip(file.code_indicateurs(), file.indicateurs, strict=True)
    ]
    document["objectifs_operationnels"] = [
        {"rang": rang, **_dump(objectif)} for rang, objectif in enumerate(file.objectifs_operationnels, 1)
    ]
    document["chiffres"] = [_chiffre(chiffre) for chiffre in file.chiffres]
    return document


def _chiffre(chiffre: Chiffre) -> dict[str, Any]:
    numbers = {"valeur": _number(chiffre.valeur), "valeur_max": _number(chiffre.valeur_max)}
    return {**_dump(chiffre, exclude={"valeur", "valeur_max"}), **numbers}


def _number(value: Decimal | None) -> int | float | None:
    """Return a JSON number, exact to 15 significant digits as the contract says."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def period_of(echeances: Sequence[Echeance]) -> tuple[date | None, date | None]:
    """Return the first start and the last end; the end is unknown as soon as one line has none."""
    starts = [e.debut for e in echeances if e.debut]
    ends = [e.fin for e in echeances]
    known_ends = [end for end in ends if end is not None]
    return min(starts, default=None), max(known_ends) if ends and len(known_ends) == len(ends) else None


def _actions(fiche: FicheVersion) -> list[ActionVersion]:
    assert fiche.id is not None  # flushed
    echeances = [Echeance.model_validate(e) for e in fiche.contenu["echeances"]]
    actions = []
    for action in fiche.contenu["actions"]:
        code = action["code"]
        own = [e for e in echeances if e.portee == code] or [e for e in echeances if e.portee == "fiche"]
        debut, fin = period_of(own)
        # What is said of the whole fiche holds for each of its actions.
        parts = {
            name: [part for part in fiche.contenu[name] if part["portee"] in ("fiche", code)]
            for name in ("echeances", "pilotes", "partenaires")
        }
        actions.append(
            ActionVersion(
                fiche_version=fiche.id, rang=action["rang"], code=code, contenu=action | parts, debut=debut, fin=fin
            )
        )
    return actions


def _roles(fiche: FicheVersion) -> list[RoleVersion]:
    assert fiche.id is not None  # flushed
    places = [(p["portee"], p["organisme"], Role.PILOTE) for p in fiche.contenu["pilotes"]]
    places += [
        (p["portee"], organisme, Role.PARTENAIRE) for p in fiche.contenu["partenaires"] for organisme in p["organismes"]
    ]
    return [
        RoleVersion(fiche_version=fiche.id, portee=portee, organisme=organisme, role=role)
        for portee, organisme, role in dict.fromkeys(places)
    ]


def _dump(model: Any, *, exclude: set[str] | None = None) -> dict[str, Any]:
    dumped: dict[str, Any] = model.model_dump(mode="json", exclude=exclude)
    return dumped


async def _index_new_versions(session: AsyncSession) -> None:
    """Write what the search can find in the versions that are not indexed yet."""
    await session.flush()
    for statement in SEARCH_ROWS:
        await session.execute(text(statement))


_INSERT = "INSERT INTO recherche ({version}, type, code, titre, texte, lien, vecteur)"
_FICHE, _LEXIQUE = _INSERT.format(version="fiche_version"), _INSERT.format(version="lexique_version")
_NEW = "NOT EXISTS (SELECT FROM recherche r WHERE r.{version} = f.id AND r.type = '{type}')"
_VECTOR = """setweight(to_tsvector('catalogue.francais', {a}), 'A') ||
  setweight(to_tsvector('catalogue.francais', {b}), 'B') || setweight(to_tsvector('catalogue.francais', {c}), 'C')"""
_TEXTS = "coalesce((SELECT string_agg(x->>'{member}', ' ') FROM jsonb_array_elements(f.contenu->'{part}') x), '')"


def _texts(part: str, member: str) -> str:
    return _TEXTS.format(part=part, member=member)


_TITLES = " || ' ' || ".join((_texts("actions", "titre"), _texts("indicateurs", "libelle")))
_BODY = " || ' ' || ".join(
    (
        _texts("constats", "texte"),
        _texts("objectifs_operationnels", "libelle"),
        _texts("objectifs_operationnels", "detail"),
        _texts("points_vigilance", "texte"),
        _texts("partenaires", "texte"),
        _texts("pilotes", "texte"),
        """coalesce((SELECT string_agg(b, ' ') FROM jsonb_array_elements(f.contenu->'actions') a,
        jsonb_array_elements_text(a->'contenu') b), '')""",
    )
)
_CONTENU = "coalesce((SELECT string_agg(b, ' ') FROM jsonb_array_elements_text(a->'contenu') b), '')"

SEARCH_ROWS = (
    f"""{_FICHE} SELECT f.id, 'fiche', numero::text, f.contenu->>'titre',
        (f.contenu->>'titre') || '. ' || {_TITLES} || ' ' || {_BODY}, '/v1/fiches/' || numero,
        {_VECTOR.format(a="f.contenu->>'titre'", b=_TITLES, c=_BODY)}
        FROM fiche_version f WHERE {_NEW.format(version="fiche_version", type="fiche")} ORDER BY numero""",
    f"""{_FICHE} SELECT f.id, 'action', a->>'code', a->>'titre', (a->>'titre') || '. ' || {_CONTENU},
        '/v1/actions/' || (a->>'code'), {_VECTOR.format(a="a->>'titre'", b=_CONTENU, c="''")}
        FROM fiche_version f, jsonb_array_elements(f.contenu->'actions') a
        WHERE {_NEW.format(version="fiche_version", type="action")} ORDER BY numero, (a->>'rang')::int""",
    f"""{_FICHE} SELECT f.id, 'indicateur', i->>'code', i->>'libelle', i->>'libelle',
        '/v1/indicateurs/' || (i->>'code'), {_VECTOR.format(a="i->>'libelle'", b="''", c="''")}
        FROM fiche_version f, jsonb_array_elements(f.contenu->'indicateurs') WITH ORDINALITY AS t (i, rang)
        WHERE {_NEW.format(version="fiche_version", type="indicateur")} ORDER BY numero, rang""",
    f"""{_LEXIQUE} SELECT f.id, 'lexique', code, f.contenu->>'sigle', f.contenu->>'developpe',
        '/v1/lexique/' || code,
        {_VECTOR.format(a="f.contenu->>'sigle'", b="f.contenu->>'developpe'", c="''")}
        FROM lexique_version f WHERE {_NEW.format(version="lexique_version", type="lexique")} ORDER BY rang""",
)
