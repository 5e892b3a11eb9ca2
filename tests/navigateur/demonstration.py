"""A plan that has lived for three years, told to a product through its public API: what pages are looked at on."""

import random
from datetime import date, timedelta
from typing import Any

import httpx2

from shared import clock
from shared.territoires import Niveau, read_arbre
from tests.gateway.seeding import Headers, post, push, wait_value
from tests.orientation.meetings import a_meeting
from tests.processes import Door

CONTACTS, PERSONNES = "30.I1.a", "30.I1.d"
YEARS = (2023, 2024, 2025)
STATUTS = {11: "en-cours", 17: "realisee", 24: "en-pause", 30: "en-cours"}
ACTIONS = {"11.A1": "realisee", "11.A2": "en-cours"}
COLLECTIVE = "RIO_COLLECTIVE"


def tell(door: Door, client: httpx2.Client) -> None:
    """Tell it all; what is published can be read when this returns."""
    _tell_progress(client, door.bearer("pilote"))
    _tell_values(client, door)
    _tell_lives(client, door.bearer("agent"))


def _tell_progress(client: httpx2.Client, pilot: Headers) -> None:
    told = {f"/v1/fiches/{numero}": statut for numero, statut in STATUTS.items()}
    told |= {f"/v1/actions/{code}": statut for code, statut in ACTIONS.items()}
    for path, statut in told.items():
        etag = client.get(path).headers["etag"]
        answer = client.patch(path, json={"statut": statut}, headers=pilot | {"If-Match": etag})
        assert answer.status_code == 200, answer.text


def _tell_values(client: httpx2.Client, door: Door) -> None:
    """Push contacts by commune and month, and distinct persons of a year, some of them few enough to be hidden."""
    partner, pilot = door.bearer("partenaire"), door.bearer("pilote")
    references = [{"indicateur": "30.I1"}]
    new = pilot | {"If-None-Match": "*"}
    source = {"libelle": "Guichet unique des métiers de l'autonomie", "references": references}
    assert client.put("/v1/sources/essai", json=source, headers=new).status_code == 201
    drawn = random.Random(30)  # noqa: S311 - always the same picture
    known = read_arbre().list_at(date(YEARS[-1], 12, 31))
    communes = [each.code for each in known if each.niveau is Niveau.COMMUNE]
    for year in YEARS:
        months = [f"{year}-{month:02d}" for month in range(1, 13)]
        rows: list[dict[str, Any]] = [
            {"grandeur": CONTACTS, "territoire": commune, "periode": month, "valeur": drawn.randint(1, 40)}
            for commune in communes
            for month in months
        ]
        rows += [
            {"grandeur": PERSONNES, "territoire": commune, "periode": str(year), "valeur": drawn.randint(1, 60)}
            for commune in communes
        ]
        rows.append({"grandeur": PERSONNES, "territoire": "69M", "periode": str(year), "valeur": 1400})
        answer = push(client, partner, rows, extrait_le=f"{year + 1}-01-05T08:00:00+01:00")
        assert answer.status_code == 200, answer.text
    for code, cible in ((CONTACTS, 16_000), (PERSONNES, 1_500)):
        made = client.put(f"/v1/cibles/{code}/69M/2026", json={"valeur": cible}, headers=new)
        assert made.status_code == 201, made.text
    wait_value(client, f"/v1/valeurs?grandeur={PERSONNES}&territoire=69M&periode={YEARS[-1]}", 1400)


def _tell_lives(client: httpx2.Client, adviser: Headers) -> None:
    """Tell of a dozen persons who came more or less far this year, and hold two meetings."""
    today = clock.today()
    begun = max(today.replace(month=1, day=1), today - timedelta(days=90))
    steps: list[dict[str, Any]] = [
        {"type": "statut", "brsa": True, "soumis_dd": True},
        {"type": "notification_sdd"},
        {"type": "convocation", "modalite": COLLECTIVE},
        {"type": "presence", "modalite": COLLECTIVE},
        {"type": "orientation", "parcours": "EMPLOI", "etape": "APRES_RIO"},
        {"type": "premier_rdv", "honore": True},
    ]
    for number, length in enumerate((2, 2, 3, 3, 3, 4, 4, 5, 5, 6, 6, 6)):
        identite = {"identifiant_ft": f"{number:011}"}
        made = post(client, "/v1/dossiers", adviser, json={"identite": identite, "commune": "69266", "faits": {}})
        assert made.status_code == 201, made.text
        for rank, step in enumerate(steps[:length]):
            day = min(today, begun + timedelta(days=12 * rank + number))
            happened = {"date": str(day), **step}
            answer = post(client, f"/v1/dossiers/{made.json()['id']}/evenements", adviser, json=happened)
            assert answer.status_code == 201, answer.text
    for ahead, lieu in ((20, "Maison de la Métropole, Villeurbanne"), (27, "Médiathèque du Rize")):
        meeting = a_meeting(f"{today + timedelta(days=ahead)}T09:30", lieu=lieu, capacite=15)
        assert post(client, "/v1/rencontres", adviser, json=meeting).status_code == 201
