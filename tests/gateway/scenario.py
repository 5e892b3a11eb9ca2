"""Every operation of the contract done with success, in an order that makes sense, by the examples of the contract.

What is sent is the example that the document shows, its identifiers replaced by those of this run.
"""

import copy
import json
import secrets
from collections.abc import Callable
from typing import Any

import httpx2

from gateway.cli.identity import ROLES
from tests.gateway.contract import OPERATIONS
from tests.gateway.seeding import GRANDEUR, NEEDED, nir, role_for
from tests.orientation.feeds import as_file, person
from tests.orientation.meetings import day

Bearer = Callable[[str], dict[str, str]]
Answer = httpx2.Response
BY_ID: dict[str, str] = {operation["operationId"]: name for name, operation in OPERATIONS.items()}
NDJSON, JSON = "application/x-ndjson", "application/json"


def operation_of(name: str) -> dict[str, Any]:
    """Return what the document says of an ``operationId``."""
    return OPERATIONS[BY_ID[name]]


def takes(name: str, header: str) -> bool:
    """Whether the operation takes this header."""
    return any(each["name"].lower() == header.lower() for each in operation_of(name).get("parameters", []))


def example_body(name: str, media_type: str | None = None) -> Any:
    """Return a copy of the body that the document shows."""
    content = operation_of(name)["requestBody"]["content"]
    return copy.deepcopy(content[media_type or next(iter(content))]["example"])


class Play:
    """Calls operations by their names, and remembers which statuses each has given."""

    def __init__(self, client: httpx2.AsyncClient, bearer: Bearer) -> None:
        self.client, self._bearer = client, bearer
        self.seen: dict[str, set[str]] = {}
        self.answers: list[tuple[str, Answer]] = []
        self.places: dict[str, dict[str, str]] = {}
        self.sent: dict[str, tuple[dict[str, str], bytes]] = {}

    def key_for(self, name: str) -> dict[str, str]:
        """Return the credential that the operation needs."""
        role = role_for(operation_of(name))
        return self._bearer(role) if role else {}

    def may(self, name: str, role: str) -> bool:
        """Whether the key of a role opens the operation."""
        return any(set(need["jeton"]) <= set(ROLES[role]) for need in operation_of(name)["security"])

    def address(self, name: str, **places: str) -> str:
        """Return the path, with places that were given before unless said now."""
        path = BY_ID[name].partition(" ")[2]
        for place, value in {**self.places.get(name, {}), **places}.items():
            path = path.replace(f"{{{place}}}", value)
        return path

    async def do(
        self,
        name: str,
        body: Any = None,
        *,
        places: dict[str, str] | None = None,
        media_type: str = JSON,
        query: str = "",
        role: str | None = None,
        **headers: str,
    ) -> Answer:
        """Call ``name``; whatever it answers must be documented, by its status and by its type."""
        self.places[name] = {**self.places.get(name, {}), **(places or {})}
        known = self._bearer(role) if role else self.key_for(name)
        sent = {**known, **{key.replace("_", "-"): value for key, value in headers.items()}}
        if takes(name, "Idempotency-Key"):
            sent.setdefault("Idempotency-Key", secrets.token_hex(8))
        content = b""
        if body is not None:
            sent.setdefault("Content-Type", media_type)
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
        method = BY_ID[name].partition(" ")[0]
        answer = await self.client.request(method, self.address(name) + query, content=content, headers=sent)
        self.note(name, answer)
        if answer.is_success:
            self.sent[name] = (sent, content)
        return answer

    def note(self, name: str, answer: Answer) -> None:
        """Remember an answer; it must be documented."""
        documented = operation_of(name)["responses"]
        assert str(answer.status_code) in documented, f"{name}: {answer.status_code} {answer.text[:300]}"
        self.seen.setdefault(name, set()).add(str(answer.status_code))
        self.answers.append((name, answer))

    async def ok(self, name: str, body: Any = None, **more: Any) -> Any:
        """Call ``name`` with success and return what it answers, parsed."""
        answer = await self.do(name, body, **more)
        assert answer.is_success, f"{name}: {answer.status_code} {answer.text[:600]}"
        return answer.json()

    async def etag(self, name: str, **places: str) -> str:
        """Return the present ETag of what ``name`` reads."""
        answer = await self.do(name, places=places)
        return str(answer.headers["etag"])


async def play_all(play: Play) -> None:
    """Do every operation that writes, then every one that reads."""
    await play_catalogue(play)
    await play_indicators(play)
    await play_dossiers(play)
    await play_meetings(play)
    await play_feeds(play)
    await play_rules(play)
    await play_keys(play)
    await play_reads(play)


async def play_catalogue(play: Play) -> None:
    """Say where a fiche and an action stand."""
    for name, read, place in (
        ("catalogue_change_fiche", "catalogue_read_fiche", {"numero": "11"}),
        ("catalogue_change_action", "catalogue_read_action", {"code": "11.A1"}),
    ):
        etag = await play.etag(read, **place)
        await play.ok(name, example_body(name), places=place, If_Match=etag, media_type="application/merge-patch+json")
    for name, code in (("axe", "1"), ("lexique", "faj"), ("organisme", "caf"), ("territoire", "69266")):
        play.places[f"catalogue_read_{name}"] = {"code": code}
    for name in ("catalogue_list_historique", "gateway_read_tableau_fiche"):
        play.places[name] = {"numero": "11"}


async def play_indicators(play: Play) -> None:
    """Push, in each form; write, fix and close."""
    await put_twice(play, "indicators_put_source", {"code": "essai"})
    pushed = await play.ok("indicators_push_lot", example_body("indicators_push_lot"))
    spoilt = example_body("indicators_push_lot")
    spoilt["mesures"][0]["territoire"] = "nulle-part"
    refused = await play.ok("indicators_push_lot", {**spoilt, "enveloppe": {**spoilt["enveloppe"], "seuil_rejet": 1}})
    ndjson = example_body("indicators_push_lot", NDJSON).encode()
    await play.ok("indicators_push_lot", ndjson, media_type=NDJSON, Prefer="respond-async")
    csv = example_body("indicators_push_lot", "text/csv").encode()
    query = "?source=essai&extrait_le=2026-02-03T08:00:00%2B01:00&separateur=;"
    await play.ok("indicators_push_lot", csv, media_type="text/csv", query=query)
    place = {"grandeur": GRANDEUR, "territoire": "69256", "periode": "2026-01"}
    for _ in range(2):
        await play.ok(
            "indicators_put_mesure", example_body("indicators_put_mesure"), places=place, query="?source=essai"
        )
    await put_twice(play, "indicators_put_cible", {"grandeur": GRANDEUR, "territoire": "69M", "periode": "2027"})
    verrou = (await play.ok("indicators_add_verrou", example_body("indicators_add_verrou")))["id"]
    await play.ok("indicators_add_millesime", example_body("indicators_add_millesime"))
    play.places |= {
        "indicators_read_mesure": place,
        "indicators_read_cible": play.places["indicators_put_cible"],
        "indicators_read_source": {"code": "essai"},
        "indicators_read_lot": {"id": pushed["lot"]},
        "indicators_list_rejets": {"id": refused["lot"]},
        "indicators_export_rejets": {"id": refused["lot"]},
        "indicators_read_verrou": {"id": verrou},
        "indicators_lift_verrou": {"id": verrou},
        "indicators_read_grandeur": {"code": GRANDEUR},
        "indicators_read_schema": {"code": GRANDEUR},
        "indicators_read_indicateur": {"code": "30.I1"},
    }


async def put_twice(play: Play, name: str, places: dict[str, str]) -> None:
    """Create, then replace."""
    body, read = example_body(name), name.replace("_put_", "_read_")
    await play.ok(name, body, places=places, If_None_Match="*")
    await play.ok(name, body, places=places, If_Match=await play.etag(read, **places))


async def play_dossiers(play: Play) -> None:
    """Open a dossier, tell what happens, propose, decide, ask for another pathway."""
    code = (await play.ok("orientation_create_dossier", example_body("orientation_create_dossier")))["id"]
    place = {"id": code}
    await play.ok("orientation_add_dossier_facts", example_body("orientation_add_dossier_facts"), places=place)
    for event in (
        {"date": "2026-01-05", "type": "statut", "brsa": True, "soumis_dd": True},
        {"date": "2026-01-05", "type": "notification_sdd"},
        example_body("orientation_add_evenement"),
    ):
        await play.ok("orientation_add_evenement", event, places=place)
    proposed = await play.ok("orientation_propose_orientation", {}, places=place)
    one = {**place, "oid": proposed["id"]}
    decision = example_body("orientation_decide_orientation")
    await play.ok("orientation_decide_orientation", decision, places=one)
    asked = {**example_body("orientation_add_reorientation"), "dossier": code}
    reorientation = {"id": (await play.ok("orientation_add_reorientation", asked))["id"]}
    for name in ("orientation_add_avis", "orientation_decide_reorientation"):
        await play.ok(name, example_body(name), places=reorientation)
    for name in ("dossier", "donnees"):
        play.places[f"orientation_read_{name}"] = place
    for name in ("acces", "evenements", "orientations"):
        play.places[f"orientation_list_{name}"] = place
    play.places |= {
        "orientation_read_orientation": one,
        "orientation_replay_orientation": one,
        "orientation_read_reorientation": reorientation,
    }
    gone = await opened(play)
    play.places["orientation_erase_dossier_identity"] = {"id": gone}


async def opened(play: Play) -> str:
    """Open the dossier of someone else."""
    body = {"identite": {"identifiant_ft": f"{secrets.randbelow(10**11):011d}"}, "commune": "69266"}
    code: str = (await play.ok("orientation_create_dossier", body))["id"]
    return code


async def play_meetings(play: Play) -> None:
    """Hold meetings, give seats, wait, come, cancel."""
    body = {**example_body("orientation_add_rencontre"), "debut": f"{day(30)}T09:00", "capacite": 1}
    code = (await play.ok("orientation_add_rencontre", body))["id"]
    place = {"id": code}
    await play.ok("orientation_add_serie", {**example_body("orientation_add_serie"), "debut": f"{day(40)}T14:00"})
    one, two, three = [await opened(play) for _ in range(3)]
    seat = (await play.ok("orientation_add_inscription", {"dossier": one}, places=place))["id"]
    await play.ok("orientation_add_attente", {"dossier": two}, places=place)
    queued = (await play.ok("orientation_add_attente", {"dossier": three}, places=place))["id"]
    await play.ok("orientation_withdraw_attente", places={**place, "attente": queued})
    motif = example_body("orientation_cancel_inscription")
    await play.ok("orientation_cancel_inscription", motif, places={**place, "inscription": seat})
    etag = await play.etag("orientation_read_rencontre", **place)
    change = example_body("orientation_change_rencontre")
    await play.ok("orientation_change_rencontre", change, places=place, If_Match=etag)
    held = {**body, "debut": f"{day(-1)}T09:00", "capacite": 5}
    past = {"id": (await play.ok("orientation_add_rencontre", held))["id"]}
    seat = (await play.ok("orientation_add_inscription", {"dossier": three}, places=past))["id"]
    issue = {**example_body("orientation_note_presence"), "inscription": seat}
    await play.ok("orientation_note_presence", issue, places=past)
    other = {"id": (await play.ok("orientation_add_rencontre", body | {"lieu": "Salle des essais"}))["id"]}
    await play.ok("orientation_cancel_rencontre", example_body("orientation_cancel_rencontre"), places=other)
    for name in ("read_rencontre", "read_calendrier", "list_inscriptions", "list_attente"):
        play.places[f"orientation_{name}"] = place
    play.places["orientation_list_presences"] = past


async def play_feeds(play: Play) -> None:
    """Send a partner's file, whole then with a fault; count and propose without keeping anything."""
    text = example_body("orientation_push_flux", NDJSON).encode()
    await play.ok("orientation_push_flux", text, media_type=NDJSON)
    known = {"nir": nir(71_234_567_890), "date_naissance": "1990-04-01"}
    rows = [{"identite": known, "faits": {"brsa": True}}, person(2, {"inconnu": True})]
    report = await play.ok("orientation_push_flux", as_file(rows), media_type=NDJSON)
    for name in ("orientation_read_flux", "orientation_list_flux_rejets"):
        play.places[name] = {"id": report["id"]}
    for name in ("propose", "measure_rio", "publish_rio"):
        await play.ok(f"orientation_{name}", example_body(f"orientation_{name}"))
    batch = example_body("orientation_propose_lot")
    await play.ok("orientation_propose_lot", batch)
    await play.ok("orientation_propose_lot", {"cas": [*batch["cas"], {"ref": "b-1", "faits": {"inconnu": 1}}]})


async def play_rules(play: Play) -> None:
    """Write a draft, play its cases, simulate it, have it published by someone else."""
    made = await play.ok("orientation_add_regles", example_body("orientation_add_regles") | {"valide_du": f"{day(1)}"})
    place = {"version": made["version"]}
    play.places["orientation_read_jeu"] = place
    shown = await play.do("orientation_read_jeu", role="pilote")
    etag = shown.headers["etag"]
    await play.ok("orientation_put_regles", shown.json(), places=place, If_Match=etag)
    await play.ok("orientation_play_cas", example_body("orientation_play_cas"), places=place)
    await play.ok("orientation_add_simulation", {"version": made["version"]})
    agreed = {"empreinte": made["empreinte"]}
    await play.ok("orientation_publish_regles", agreed, places=place, role="admin")


async def play_keys(play: Play) -> None:
    """Issue a key and renew it; it is revoked with the deletions."""
    issued = await play.ok("gateway_issue_cle", example_body("gateway_issue_cle"))
    place = {"id": issued["id"]}
    await play.ok("gateway_rotate_cle", places=place)
    play.places["gateway_revoke_cle"] = place


async def play_reads(play: Play) -> None:
    """Read everything, in each form, then whether it is still the same; then delete what can be."""
    for name, shown in BY_ID.items():
        if shown.startswith("GET "):
            query = query_of(name)
            for media_type in operation_of(name)["responses"]["200"]["content"]:
                answer = await play.do(name, query=query, Accept=media_type)
                assert answer.status_code == 200, f"{name}: {answer.text[:300]}"
                assert answer.headers["content-type"].partition(";")[0] == media_type
            if "304" in operation_of(name)["responses"]:
                await play.do(name, query=query, If_None_Match="*")
    for name, shown in BY_ID.items():
        if shown.startswith("DELETE "):
            await play.ok(name)


def query_of(name: str) -> str:
    """Return the query that an operation cannot do without."""
    needed = [
        each["name"]
        for each in operation_of(name).get("parameters", [])
        if each["in"] == "query" and each.get("required")
    ]
    values = NEEDED | {"grandeur": GRANDEUR, "source": "essai"}
    asked = [f"{each}={values[each]}" for each in needed if f"{{{each}}}" not in BY_ID[name]]
    return f"?{'&'.join(asked)}" if asked else ""
