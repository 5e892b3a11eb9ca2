"""Something to read of every kind, given to a running product through its door, as callers give it."""

import secrets
import time
from typing import Any

import httpx2

from gateway.cli.identity import ROLES
from tests.gateway.contract import OPERATIONS
from tests.orientation.feeds import as_file, person
from tests.orientation.meetings import a_meeting
from tests.processes import Door

Headers = dict[str, str]
CODES = {"flux": "30.I1.a", "ratio": "11.I5.a", "stock": "17.I1.a", "qualitatif": "9.I1.c", "texte": "36.I4.a"}
GRANDEUR = CODES["flux"]
NEW = {"If-None-Match": "*"}
NDJSON = {"Content-Type": "application/x-ndjson"}
PUBLISHED = f"/v1/valeurs?grandeur={GRANDEUR}&territoire=69266&periode=2025-01"
ROWS: list[dict[str, Any]] = [
    {"grandeur": GRANDEUR, "territoire": "69266", "periode": "2025-01", "valeur": 12},
    {"grandeur": CODES["ratio"], "territoire": "69266", "periode": "2025-01", "numerateur": 40, "denominateur": 100},
    {"grandeur": CODES["stock"], "territoire": "69266", "periode": "2025-01", "valeur": 7, "statut": "p"},
    {"grandeur": CODES["qualitatif"], "territoire": "69M", "periode": "2024", "modalite": "peu-adaptes"},
    {"grandeur": CODES["texte"], "territoire": "69M", "periode": "2024", "texte": "Entendus, disent-ils."},
    {"grandeur": CODES["flux"], "territoire": "nulle-part", "periode": "2025-01", "valeur": 1},
]
PATIENCE = 60
SENT = "/v1/statistiques/rio/envois"
SEEDED = "69296"
NEEDED = {"q": "logement", "debut": "2025-01-01", "fin": "2025-12-31", "grandeur": ",".join(CODES.values())}
LISTED = {"/v1/lots": {"id": "lot"}, "/v1/dossiers/{id}/orientations": {"oid": "id"}}
"""Where an element of the list above does not name itself as the path does."""
ABOVE = {"/v1/dossiers": f"?commune={SEEDED}"}
"""Which elements of the list above have something of each kind below them."""
ASKED = {"/v1/dossiers/{id}/acces": "?limite=1"}
"""What makes the same answer twice, where reading adds to what is read."""
GIVEN = {"/v1/grandeurs": {"code": GRANDEUR}}


def role_for(operation: dict[str, Any]) -> str | None:
    """Return the first role whose key may do ``operation``; ``None`` when no key is needed."""
    needs = [set(need["jeton"]) for need in operation["security"]]
    return next(role for role, held in ROLES.items() if any(need <= set(held) for need in needs)) if needs else None


def key_of(door: Door, name: str) -> Headers:
    """Return what the operation ``name`` (``GET /v1/lots``) needs as a credential."""
    role = role_for(OPERATIONS[name])
    return door.bearer(role) if role else {}


def post(client: httpx2.Client, path: str, headers: Headers, **sent: Any) -> httpx2.Response:
    """Post under a new key."""
    return client.post(path, headers={"Idempotency-Key": secrets.token_hex(8), **headers}, **sent)


def push(
    client: httpx2.Client, headers: Headers, rows: list[dict[str, Any]], *, key: str | None = None, **enveloppe: Any
) -> httpx2.Response:
    """Push rows in JSON, as source ``essai`` unless said."""
    head = {"source": "essai", "extrait_le": "2025-02-02T08:00:00+01:00", **enveloppe}
    named = {"Idempotency-Key": key} if key else {}
    return post(client, "/v1/lots", headers | named, json={"enveloppe": head, "mesures": rows})


def wait_value(client: httpx2.Client, question: str, value: Any) -> dict[str, Any]:
    """Return the first cell that answers ``question`` without a credential, once it has ``value``."""
    begun = time.monotonic()
    while (cell := client.get(question).json()["elements"][0])["valeur"] != value:
        assert time.monotonic() - begun < PATIENCE, cell
        time.sleep(0.1)
    found: dict[str, Any] = cell
    return found


def seed(door: Door, client: httpx2.Client) -> None:
    """Put something of every kind: pushes, a target, a lock, a publication, a partner's file and key, a meeting."""
    partner, pilot = door.bearer("partenaire"), door.bearer("pilote")
    source = {"libelle": "Un essai", "references": [{"indicateur": GRANDEUR.rpartition(".")[0]}]}
    verrou = {"codes": ["30.I1"], "debut": "2023-01-01", "fin": "2023-12-31", "motif": "Comptes arrêtés"}
    made = [
        client.put("/v1/sources/essai", json=source, headers=pilot | NEW),
        push(client, partner, ROWS),
        client.put(f"/v1/cibles/{GRANDEUR}/69M/2027", json={"valeur": 80}, headers=pilot | NEW),
        post(client, "/v1/verrous", pilot, json=verrou),
        post(client, "/v1/flux", partner | NDJSON, content=as_file([person(1, {"brsa": True}), {"inconnu": 1}])),
        post(client, "/v1/rencontres", door.bearer("agent"), json=a_meeting()),
    ]
    seed_dossier(door, client)
    wait_value(client, PUBLISHED, 12)
    cle = {"libelle": "Un essai", "portees": ["indicateurs:pousser"], "sources": ["essai"]}
    assert post(client, "/v1/acces/cles", door.bearer("admin"), json=cle).status_code == 201
    orient(door, client)
    made.append(post(client, "/v1/millesimes", pilot, json={"nom": "bilan-2025", "libelle": "Un essai"}))
    assert [answer.status_code for answer in made] == [201, 207, 201, 201, 207, 201, 201], [
        answer.text for answer in made
    ]


def orient(door: Door, client: httpx2.Client) -> None:
    """Have a person oriented last year by France Travail, a new pathway asked for, and figures sent."""
    partner, adviser = door.bearer("partenaire") | NDJSON, door.bearer("agent")
    known, number = {"nir": nir(71_234_567_890), "date_naissance": "1990-04-01"}, {"identifiant_ft": "12345678901"}
    past = {"type": "signalement", "date": "2025-01-06"}
    decided = {"type": "orientation", "date": "2025-02-03", "parcours": "SOCIAL", "etape": "APRES_ENTRETIEN"}
    france_travail = {"source": "france-travail", "flux": "ft-liste-mensuelle"}
    for rows, enveloppe in (
        ([{"identite": known, "faits": {}, "evenement": past}], {}),
        ([{"identite": known, "faits": {"brsa": True}}], {}),
        ([{"identite": known | number, "faits": {"inscrit_ft": True}}], france_travail),
        ([{"identite": number, "faits": {}, "evenement": decided}], france_travail | {"flux": "ft-orientations"}),
    ):
        answer = post(client, "/v1/flux", partner, content=as_file(rows, **enveloppe))
        assert answer.status_code == 200, answer.text
    social = client.get("/v1/alertes?type=SOCIAL_A_REVOIR", headers=adviser).json()["elements"]
    body = {"dossier": social[0]["dossier"], "vers": "EMPLOI", "motif": "REEXAMEN_SOCIAL"}
    made = [
        post(client, "/v1/reorientations", adviser, json=body),
        post(client, "/v1/statistiques/rio/publication", adviser, json={"debut": "2025-01", "fin": "2025-02"}),
    ]
    assert [answer.status_code for answer in made] == [201, 202], [answer.text for answer in made]


def nir(first: int) -> str:
    """Return a number with its key, as the feeds want it."""
    return f"1{first:012}{97 - (10**12 + first) % 97:02}"


def wait_sent(door: Door, client: httpx2.Client) -> list[dict[str, Any]]:
    """Return the sendings of figures once all are received by the indicators."""
    begun = time.monotonic()
    while True:
        found: list[dict[str, Any]] = client.get(SENT, headers=door.bearer("pilote")).json()["elements"]
        if found and all(each["etat"] == "ENVOYE" for each in found):
            return found
        assert time.monotonic() - begun < PATIENCE, found
        time.sleep(0.2)


def seed_dossier(door: Door, client: httpx2.Client) -> None:
    """Put a dossier in a commune of its own, with an event, a proposal and a decision."""
    agent, identite = door.bearer("agent"), {"identifiant_ft": "00000000001"}
    faits = {"activite_non_salariee": "ACTIVE"}
    made = post(client, "/v1/dossiers", agent, json={"identite": identite, "commune": SEEDED, "faits": faits})
    place = f"/v1/dossiers/{made.json()['id']}"
    event = post(client, f"{place}/evenements", agent, json={"date": "2026-01-05", "type": "signalement"})
    proposed = post(client, f"{place}/orientations", agent, json={})
    decision = {"parcours": "TNS", "etape": "DIRECTE"}
    decided = post(client, f"{place}/orientations/{proposed.json()['id']}/decision", agent, json=decision)
    answers = [made, event, proposed, decided]
    assert {answer.status_code for answer in answers} == {201}, [answer.text for answer in answers]


def example_of(door: Door, client: httpx2.Client, path: str) -> str:
    """Return ``path`` with values that exist, found in the lists above it, and a query where one is needed."""
    shown = path
    while "{" in shown:
        there = shown.partition("/{")[0]
        above = "/".join(path.split("/")[: there.count("/") + 1])
        element = GIVEN.get(above)
        if element is None:
            query = ABOVE.get(above, "")
            element = _last_of(client.get(there + query, headers=key_of(door, f"GET {above}")))
        told = element | {name: element[source] for name, source in LISTED.get(above, {}).items()}
        for name, value in told.items():
            shown = shown.replace(f"{{{name}}}", str(value))
    needed = [each["name"] for each in OPERATIONS[f"GET {path}"].get("parameters", []) if each.get("required")]
    query = "&".join(f"{name}={NEEDED[name]}" for name in needed if f"{{{name}}}" not in path)
    return shown + ASKED.get(path, "") + (f"?{query}" if query else "")


def _last_of(answer: httpx2.Response) -> dict[str, Any]:
    element: dict[str, Any] = answer.json()["elements"][-1]
    return element
