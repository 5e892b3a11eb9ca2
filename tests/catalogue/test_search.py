"""French full-text search."""

import html
import re
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


async def search(client: httpx2.AsyncClient, q: str, more: str = "") -> list[dict[str, Any]]:
    answer = await client.get(f"/v1/recherche?q={quote(q)}{more}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["elements"]
    return found


async def test_accents_are_indifferent(catalogue: httpx2.AsyncClient) -> None:
    without, with_accents = await search(catalogue, "hebergement"), await search(catalogue, "hébergement")
    assert without == with_accents
    assert any("hébergement" in result["extrait"] for result in without)


@pytest.mark.parametrize(
    ("q", "first"),
    [
        ("jeunes logement", "1"),
        ("jeune logements", "1"),
        ("rencontres information orientation", "11"),
        ("RIO", "11"),
        ("mobilité", "7"),
        ("femmes", "21"),
        ("maîtrise du français", "6"),
    ],
)
async def test_the_fiche_that_speaks_of_it_comes_first(catalogue: httpx2.AsyncClient, q: str, first: str) -> None:
    results = await search(catalogue, q)
    assert (results[0]["type"], results[0]["code"]) == ("fiche", first)


async def test_an_abbreviation_finds_its_meaning(catalogue: httpx2.AsyncClient) -> None:
    results = await search(catalogue, "FSL")
    assert (results[0]["type"], results[0]["lien"]) == ("lexique", "/v1/lexique/fsl")


async def test_types_can_be_chosen(catalogue: httpx2.AsyncClient) -> None:
    results = await search(catalogue, "logement", "&type=indicateur,action&limite=200")
    assert {result["type"] for result in results} == {"indicateur", "action"}


async def test_the_match_is_marked_in_safe_html(catalogue: httpx2.AsyncClient) -> None:
    for result in await search(catalogue, "formation", "&limite=200"):
        assert "<mark>" in result["extrait"]
        rest = re.sub(r"</?mark>", "", result["extrait"])
        assert rest == html.escape(html.unescape(rest), quote=False)


async def test_every_link_of_the_catalogue_answers(catalogue: httpx2.AsyncClient) -> None:
    for result in await search(catalogue, "insertion", "&limite=200"):
        if result["type"] != "indicateur":
            assert (await catalogue.get(result["lien"])).status_code == 200, result


async def test_pages_of_results_give_each_once_in_the_same_order(catalogue: httpx2.AsyncClient) -> None:
    whole = [(result["type"], result["code"]) for result in await search(catalogue, "insertion", "&limite=200")]
    seen: list[tuple[str, str]] = []
    curseur = ""
    while True:
        page = (await catalogue.get(f"/v1/recherche?q=insertion&limite=7{curseur}")).json()
        seen += [(result["type"], result["code"]) for result in page["elements"]]
        if page["curseur_suivant"] is None:
            break
        curseur = f"&curseur={page['curseur_suivant']}"
    assert seen == whole
    assert page["total"] == len(whole)


@pytest.mark.parametrize(
    "q", ["%", "_", "'", '"', "&", "|", "!", "(", ")", "% _ ' \" & | ! ( )", "a' OR 1=1 --", "\\", ":*", "<->"]
)
async def test_signs_never_fail(catalogue: httpx2.AsyncClient, q: str) -> None:
    await search(catalogue, q)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(q=st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=200))
async def test_no_text_makes_the_search_fail(catalogue: httpx2.AsyncClient, q: str) -> None:
    await search(catalogue, q)


async def test_an_empty_search_is_refused(catalogue: httpx2.AsyncClient) -> None:
    for query in ("", "?q="):
        answer = await catalogue.get(f"/v1/recherche{query}")
        assert answer.status_code == 422
        assert answer.json()["erreurs"][0]["champ"] == "q"
