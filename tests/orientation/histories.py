"""Histories of any shape, likely to be strange, and how tests put them in the database as a service would."""

import json
import random
import secrets
from datetime import date, timedelta
from typing import Any

import asyncpg

from tests.conftest import Base

Row = dict[str, Any]
Chance = random.Random
START = date(2023, 1, 1)
NEAR = (0, 1, 30, 59, 60, 61, 119, 120, 121)
MODALITES = ("RIO_COLLECTIVE", "ENTRETIEN_INDIVIDUEL")
PARCOURS = ("EMPLOI", "SOCIAL", "TNS")
BARE = ("signalement", "notification_sdd", "annulation_service", "contact", "contrat", "avis_ep", "abandon")
COMMUNES = ("69266", "69034", "69383", "69152", None)
COLUMNS = ("id", "dossier", "date", "type", "contenu", "acteur", "enregistre_le")


def draw_history(chance: Chance, most: int = 14) -> list[Row]:
    """Draw what happened to someone; some of it is told twice."""
    events = [draw_event(chance) for _ in range(chance.randint(0, most))]
    return events + chance.choices(events, k=chance.randint(0, 2)) if events else []


def draw_life(chance: Chance) -> list[Row]:
    """Draw what usually happens to someone, in about four months: convened, present, oriented, met, perhaps more."""
    day = chance.randint(0, 120)
    told: list[Row] = []

    def then(days: int, kind: str, **fields: Any) -> None:
        nonlocal day
        day += chance.randint(0, days)
        told.append({"date": (START + timedelta(days=day)).isoformat(), "type": kind, **fields})

    brsa = chance.random() < 0.7
    then(0, "statut", brsa=brsa, soumis_dd=brsa and chance.random() < 0.9)
    then(0, "notification_sdd" if brsa else "signalement")
    if chance.random() < 0.2:  # who comes to neither has given up sixty days later, unless a recipient
        then(10, "absence", modalite=MODALITES[0], excusee=False)
        then(10, "absence", modalite=MODALITES[1], excusee=False)
        return told
    if chance.random() < 0.7:
        then(10, "convocation", modalite=MODALITES[0])
    then(20, "presence", modalite=chance.choice(MODALITES))
    first, other = chance.sample((*PARCOURS, "GLOBAL"), 2)
    then(10, "orientation", parcours=first, etape=chance.choice(["DIRECTE", "APRES_RIO", "APRES_ENTRETIEN"]))
    if chance.random() < 0.8:
        then(30, "premier_rdv", honore=chance.random() < 0.9)
    if chance.random() < 0.4:
        then(20, "reorientation", vers=other)
        then(20, "premier_rdv", honore=True)
    elif not brsa and chance.random() < 0.5:
        then(20, "abandon")
    return told


def draw_event(chance: Chance) -> Row:
    """Draw one event; those that move a person forward come more often."""
    number = chance.choice(NEAR) if chance.random() < 0.4 else chance.randint(0, 400)
    maybe, modalite, parcours = (True, True, False, None), chance.choice(MODALITES), chance.choice(PARCOURS)
    shape: Row = chance.choice(
        [
            {"type": "statut", "brsa": chance.choice(maybe), "soumis_dd": chance.choice(maybe)},
            {"type": chance.choice(BARE)},
            {"type": "notification_sdd"},
            {"type": chance.choice(["convocation", "presence"]), "modalite": modalite},
            {"type": "absence", "modalite": modalite, "excusee": chance.random() < 0.3},
            {"type": "orientation", "parcours": parcours, "etape": chance.choice(["DIRECTE", "APRES_RIO"])},
            {"type": "premier_rdv", "honore": chance.random() < 0.7},
            {"type": "reorientation", "vers": parcours},
            {"type": "rectification", "parcours": parcours},
            {"type": "sortie", "motif": "MUTATION"},
        ]
    )
    return {"date": (START + timedelta(days=number)).isoformat(), **shape}


async def store(
    base: Base, histories: dict[str, list[Row]], places: dict[str, str | None] | None = None, *, ctm: str | None = None
) -> None:
    """Write dossiers that are not there yet, where their persons live, and events, in the order given."""
    places = places or {}
    driver = await asyncpg.connect(base.owner_url, server_settings={"search_path": "orientation"})
    try:
        for code in histories:
            await driver.execute(
                "INSERT INTO dossier (id, commune, ctm, cree_le, modifie_le) VALUES ($1, $2, $3, now(), now())"
                " ON CONFLICT DO NOTHING",
                code,
                places.get(code),
                ctm,
            )
        now = await driver.fetchval("SELECT now()")
        rows = [
            (f"evt-{secrets.token_hex(12)}", code, *written_as(each), "essai", now)
            for code, events in histories.items()
            for each in events
        ]
        await driver.copy_records_to_table("evenement", columns=COLUMNS, records=rows)
    finally:
        await driver.close()


def written_as(event: Row) -> tuple[date, str, str]:
    """The day, the type and the content of an event, as the table holds them."""
    content = {name: value for name, value in event.items() if name not in ("date", "type")}
    return date.fromisoformat(event["date"]), event["type"], json.dumps(content)
