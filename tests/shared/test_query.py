"""Query strings: what is unknown, repeated or unstorable is refused by name."""

from collections.abc import AsyncIterator
from typing import Annotated, Any
from urllib.parse import quote

import httpx2
import pytest
from fastapi import APIRouter, Depends, Query, Response
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from shared.query import LATEST, CodePlan, Liste, Page, ParametresConnus
from shared.service_app import build_app
from shared.settings import IdentitySettings
from shared.tokens import Identite, public
from shared.vocabulary import Terme
from tests.conftest import client_of


class Statut(Terme):
    """Les états"""

    OUVERT = "ouvert", "Ouvert", "On entre"
    FERME = "ferme", "Fermé", "On n'entre pas"


class Filtres(Page, ParametresConnus):
    axe: Annotated[list[str], Liste] = Field([])
    numero: Annotated[list[Annotated[int, Field(ge=1)]], Liste] = Field([])
    statut: Statut | None = None
    autre: CodePlan | None = None


Lecture = Annotated[Identite | None, Depends(public)]
router = APIRouter()


@router.get("/choses")
async def list_choses(acces: Lecture, filtres: Annotated[Filtres, Query()]) -> Response:
    return Response(filtres.model_dump_json(), media_type="application/json")


@router.get("/choses/{code}")
async def read_chose(acces: Lecture, code: str, filtres: Annotated[ParametresConnus, Query()]) -> Response:
    return Response(code)


@pytest.fixture(scope="module")
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of(build_app(name="essai", title="Essai", routers=[router], identity=IdentitySettings())) as made:
        yield made


async def faults(client: httpx2.AsyncClient, path: str) -> dict[str, dict[str, Any]]:
    answer = await client.get(path)
    assert answer.status_code == 422, answer.text
    assert answer.json()["code"] == "DONNEES_REFUSEES"
    return {fault["champ"]: fault for fault in answer.json()["erreurs"]}


async def test_an_unknown_parameter_is_named_with_the_known_ones_and_the_nearest(client: httpx2.AsyncClient) -> None:
    (fault,) = (await faults(client, "/choses?limit=3")).values()
    assert (fault["champ"], fault["code"]) == ("limit", "PARAMETRE_INCONNU")
    assert (fault["valeur"], fault["suggestion"]) == ("limit", "limite")
    assert set(fault["attendu"]) == {"limite", "curseur", "plan", "au", "axe", "numero", "statut", "autre"}


async def test_every_bad_parameter_is_named(client: httpx2.AsyncClient) -> None:
    found = await faults(
        client, "/choses?limite=0&curseur=&plan=P%C3%A9&statut=ouver&numero=1,a&au=2026-01-01T00:00:00&x=1"
    )
    assert {champ: fault["code"] for champ, fault in found.items()} == {
        "limite": "HORS_BORNES",
        "curseur": "LONGUEUR_INVALIDE",
        "plan": "VALEUR_INVALIDE",
        "statut": "VALEUR_INCONNUE",
        "numero": "TYPE_INVALIDE",
        "au": "DECALAGE_REQUIS",
        "x": "PARAMETRE_INCONNU",
    }
    assert found["statut"]["suggestion"] == "ouvert"


@pytest.mark.parametrize("value", ["0", "201", "-1", "1.5", "a", "", "1e2", "9" * 5000])
async def test_a_page_has_1_to_200_elements(client: httpx2.AsyncClient, value: str) -> None:
    assert list(await faults(client, f"/choses?limite={value}")) == ["limite"]


async def test_a_cursor_too_long_is_refused(client: httpx2.AsyncClient) -> None:
    assert (await faults(client, f"/choses?curseur={'a' * 601}"))["curseur"]["code"] == "LONGUEUR_INVALIDE"


@pytest.mark.parametrize("value", ["1899-12-31T00:00:00Z", "9999-01-01T00:00:00Z", "2026-02-30T00:00:00Z", "hier"])
async def test_an_instant_that_cannot_be_known_is_refused(client: httpx2.AsyncClient, value: str) -> None:
    assert list(await faults(client, f"/choses?au={value}")) == ["au"]


def test_without_an_instant_everything_known_is_read() -> None:
    assert ParametresConnus().known_at == LATEST


async def test_each_scalar_given_twice_is_refused(client: httpx2.AsyncClient) -> None:
    found = await faults(client, "/choses?limite=1&limite=2&plan=a&plan=a&axe=1&axe=2")
    assert {champ: fault["code"] for champ, fault in found.items()} == dict.fromkeys(
        ("limite", "plan"), "PARAMETRE_REPETE"
    )


@given(codes=st.lists(st.text("abcÉ019.- ", min_size=1).filter(str.strip), min_size=1, max_size=6))
async def test_a_list_by_commas_is_the_parameter_repeated(client: httpx2.AsyncClient, codes: list[str]) -> None:
    repeated = await client.get("/choses", params=[("axe", code) for code in codes])
    joined = await client.get("/choses", params={"axe": ",".join(codes)})
    spaced = await client.get("/choses", params={"axe": ", " + " ,, ".join(codes) + ","})
    assert repeated.json()["axe"] == [code.strip() for code in codes]
    assert joined.content == spaced.content == repeated.content


@pytest.mark.parametrize("character", ["%00", "%0A", "%0D", "%09", "%1F", "%7F"])
@pytest.mark.parametrize(
    ("path", "champ"), [("/choses?plan=a{}b", "plan"), ("/choses?a{}=1", "a?"), ("/choses/a{}b", "code")]
)
async def test_a_control_character_is_refused_wherever_it_stands(
    client: httpx2.AsyncClient, path: str, champ: str, character: str
) -> None:
    found = await faults(client, path.format(character))
    assert found[champ]["code"] == "CARACTERE_INTERDIT"
    assert all(name.isprintable() for name in found)


@given(name=st.text(max_size=20), value=st.text(max_size=40))
async def test_any_parameter_is_taken_or_refused_never_a_failure(
    client: httpx2.AsyncClient, name: str, value: str
) -> None:
    query = f"{quote(name, errors='surrogatepass')}={quote(value, errors='surrogatepass')}"
    answer = await client.get(f"/choses?{query}")
    assert answer.status_code in (200, 422)


@pytest.mark.parametrize(
    "query", ["plan=%FF%FE", "%FF=1", "plan=%ED%A0%80", "plan", "=", "&&&", "plan=%", "limite=%zz"]
)
async def test_a_badly_encoded_query_is_never_a_failure(client: httpx2.AsyncClient, query: str) -> None:
    answer = await client.get(f"/choses?{query}")
    assert answer.status_code in (200, 422)
