"""Whatever is sent about a dossier, it is answered as the contract says, and what was planted never comes back."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.gateway.hostile import Requete, damage, encoded, mutated, rarely, text, write
from tests.gateway.seeding import SEEDED, seed_dossier
from tests.gateway.test_hostile_requests import check_answer, send
from tests.processes import Door

PLANTED = "Quetzalcoatl"
IDENTITE = {
    "nom": PLANTED,
    "prenom": PLANTED,
    "date_naissance": "1990-01-01",
    "commune": "69266",
    "matricule": "1234567",
}
DOSSIER, PLACE = "/v1/dossiers", "/v1/dossiers/{id}"
ORIENTATIONS = f"{PLACE}/orientations"
BODIES: dict[str, Any] = {
    f"POST {DOSSIER}": {"identite": IDENTITE, "commune": "69266", "faits": {"brsa": True, "logement": "STABLE"}},
    f"POST {PLACE}/faits": {"faits": {"revenu_activite_moyen_trim": 12, "aah": None}, "confirme": False},
    f"POST {PLACE}/evenements": {
        "date": "2026-02-01",
        "type": "absence",
        "modalite": "RIO_COLLECTIVE",
        "excusee": True,
    },
    f"POST {ORIENTATIONS}": {"date_reference": "2026-02-01"},
    f"POST {ORIENTATIONS}/{{oid}}/decision": {"parcours": "SOCIAL", "etape": "OFFICE", "motif": PLANTED},
}
READS = [f"GET {each}" for each in (DOSSIER, PLACE, f"{PLACE}/evenements", f"{PLACE}/acces", f"{PLACE}/donnees")]
READS += [f"GET {ORIENTATIONS}", f"GET {ORIENTATIONS}/{{oid}}", f"GET {ORIENTATIONS}/{{oid}}/rejeu"]
FILTERS = ("limite", "curseur", "etat", "ctm", "commune", "inconnu")


@pytest.fixture(scope="module")
def client(embedded_door: Door) -> Iterator[httpx2.Client]:
    with embedded_door.client() as client:
        seed_dossier(embedded_door, client)
        yield client


@pytest.fixture(scope="module")
def known(embedded_door: Door, client: httpx2.Client) -> dict[str, str]:
    """The ids of a dossier and of its orientation."""
    key = embedded_door.bearer("agent")
    code = client.get(f"{DOSSIER}?commune={SEEDED}", headers=key).json()["elements"][0]["id"]
    oid = client.get(f"{DOSSIER}/{code}/orientations", headers=key).json()["elements"][0]["id"]
    return {"id": code, "oid": oid}


@st.composite
def requetes(draw: st.DrawFn) -> tuple[str, str, list[tuple[bytes, bytes]], bytes | None]:
    """One request about a dossier; its ids are written ``{id}`` when they are the right ones."""
    name = draw(st.sampled_from([*BODIES] * 2 + READS))
    path = name.partition(" ")[2]
    for part in ("{id}", "{oid}"):
        if draw(rarely):
            path = path.replace(part, encoded(draw(text) or "x"))
    headers = [(b"idempotency-key", draw(st.uuids()).hex.encode())]
    headers += [(b"x-motif", PLANTED.encode() * draw(st.sampled_from([1, 20])))] if draw(rarely) else []
    if name not in BODIES:
        pairs = draw(st.lists(st.tuples(st.sampled_from(FILTERS), text), max_size=2))
        return name, path + "?" + "&".join(f"{key}={encoded(value)}" for key, value in pairs), headers, None
    document = draw(mutated(BODIES[name])) if draw(st.integers(0, 3)) else BODIES[name]
    return name, path, [*headers, (b"content-type", b"application/json")], draw(damage)(write(document))


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(drawn=requetes())
def test_no_request_about_a_dossier_is_the_product_s_own_failure(
    embedded_door: Door, client: httpx2.Client, known: dict[str, str], drawn: Any
) -> None:
    name, path, headers, body = drawn
    for part, value in known.items():
        path = path.replace(f"{{{part}}}", value)
    requete = Requete(name, path, headers, "agent", body)
    answer = send(embedded_door, client, requete)
    check_answer(requete, answer)
    assert answer.status_code < 400 or PLANTED not in answer.text
