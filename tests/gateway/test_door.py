"""The whole product seen from outside, in one process and in four."""

import itertools
import json
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from typing import Any

import httpx2
import pytest

from gateway.settings import SERVICES
from tests.gateway.contract import DOCUMENT, OPERATIONS, faults_of
from tests.processes import Door

TITLE_OF_FICHE_11 = (
    "La généralisation des Rencontres Information et Orientation (RIO) pour une orientation plus rapide et dynamique"
)
CHANGING = {"date", "x-request-id"}


@pytest.fixture(scope="module")
def client(door: Door) -> Iterator[httpx2.Client]:
    with door.client() as client:
        yield client


def check_problem(answer: httpx2.Response, status: int, code: str) -> dict[str, Any]:
    """Check that ``answer`` is the refusal ``code`` as the contract describes it, and return it."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    problem: dict[str, Any] = answer.json()
    assert faults_of(problem, {"$ref": "#/components/schemas/Probleme"}) == []
    assert (problem["code"], problem["status"], problem["type"]) == (code, status, f"/problemes/{code}")
    assert problem["request_id"] == answer.headers["x-request-id"]
    return problem


def lasting(answer: httpx2.Response) -> list[tuple[str, str]]:
    """Return the headers that do not change from one answer to the next."""
    return [pair for pair in answer.headers.multi_items() if pair[0] not in CHANGING]


def change(client: httpx2.Client, door: Door, path: str, **suivi: Any) -> httpx2.Response:
    """Change ``path`` as the pilot of the plan does."""
    headers = door.bearer("pilote") | {"If-Match": client.head(path).headers["etag"]}
    return client.patch(path, json=suivi, headers=headers)


def test_fiche_11_has_its_title(client: httpx2.Client) -> None:
    fiche = client.get("/v1/fiches/11").json()
    assert fiche["titre"] == TITLE_OF_FICHE_11


def test_an_unknown_parameter_is_refused_with_the_nearest(client: httpx2.Client) -> None:
    problem = check_problem(client.get("/v1/fiches?limit=3&inconnu=1"), 422, "DONNEES_REFUSEES")
    named = {fault["champ"]: fault for fault in problem["erreurs"]}
    assert set(named) == {"limit", "inconnu"}
    assert named["limit"]["code"] == "PARAMETRE_INCONNU"
    assert named["limit"]["suggestion"] == "limite"
    assert "axe" in named["limit"]["attendu"]


@pytest.mark.parametrize("path", ["/v1", "/v1/", "/v2/fiches", "/v1/inconnu", "/favicon.ico", "/v1/fiches/11/x"])
def test_an_unknown_path_is_a_404_problem(client: httpx2.Client, path: str) -> None:
    check_problem(client.get(path), 404, "INTROUVABLE")


@pytest.mark.parametrize("path", ["/v1/fiches/", "/v1/fiches/11/", "/docs/", "/sante/pret/", "/v1/codes-erreur/"])
def test_a_trailing_slash_is_a_404_and_never_a_redirect(client: httpx2.Client, path: str) -> None:
    answer = client.get(path)
    check_problem(answer, 404, "INTROUVABLE")
    assert "location" not in answer.headers


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/v1/fiches", {"GET", "HEAD"}),
        ("DELETE", "/v1/fiches/11", {"GET", "HEAD", "PATCH"}),
        ("PUT", "/v1/parcours", {"GET", "HEAD"}),
        ("PATCH", "/v1/indicateurs", {"GET", "HEAD"}),
        ("POST", "/openapi.json", {"GET", "HEAD"}),
        ("POST", "/sante/pret", {"GET", "HEAD"}),
    ],
)
def test_a_method_not_taken_is_a_405_that_says_which_are(
    client: httpx2.Client, method: str, path: str, allowed: set[str]
) -> None:
    answer = client.request(method, path)
    check_problem(answer, 405, "METHODE_REFUSEE")
    assert set(answer.headers["allow"].split(", ")) == allowed


@pytest.mark.parametrize(
    "path", ["/v1/fiches/11", "/v1/fiches?limite=3", "/v1/faits", "/openapi.json", "/docs", "/sante/pret"]
)
def test_head_says_what_get_says_without_the_body(client: httpx2.Client, path: str) -> None:
    got, head = client.get(path), client.head(path)
    assert head.status_code == got.status_code == 200
    assert lasting(head) == lasting(got)
    assert head.content == b""
    assert int(head.headers["content-length"]) == len(got.content)


@pytest.mark.parametrize(("path", "status"), [("/v1/fiches/99", 404), ("/v1/inconnu", 404), ("/v1/axes?x=1", 422)])
def test_head_of_a_refusal_has_no_body_either(client: httpx2.Client, path: str, status: int) -> None:
    head = client.head(path)
    assert (head.status_code, head.content) == (status, b"")
    assert head.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/v1/axes/A", "/v1/parcours", "/sante/vivant", "/v1/axes/inconnu", "/inconnu"])
def test_a_well_formed_request_id_is_given_back_from_everywhere(client: httpx2.Client, path: str) -> None:
    for number in range(2):  # the second answer to a public read comes from the cache
        answer = client.get(path, headers={"X-Request-Id": f"Appel.numero_{number}-ok"})
        assert answer.headers.get_list("x-request-id") == [f"Appel.numero_{number}-ok"]


@pytest.mark.parametrize("given", ["court", "x" * 65, "avec espace", "<script>alert(1)</script>"])
def test_another_request_id_is_replaced(client: httpx2.Client, given: str) -> None:
    for path in ("/v1/axes/A", "/v1/axes/inconnu"):
        answers = [client.get(path, headers={"X-Request-Id": given}) for _ in range(2)]
        made = [answer.headers["x-request-id"] for answer in answers]
        assert given not in made
        assert len(set(made)) == 2


def test_no_header_names_the_software(client: httpx2.Client) -> None:
    for path in ("/v1/fiches/11", "/v1/inconnu", "/docs", "/v1/parcours"):
        answer = client.get(path)
        assert {"server", "x-powered-by", "via"}.isdisjoint(answer.headers)
        assert len(answer.headers.get_list("date")) == 1


def test_what_is_written_is_read_at_once(client: httpx2.Client, door: Door) -> None:
    path = "/v1/actions/11.A1"
    before = client.get(path)
    answer = change(client, door, path, statut="en-cours", note="réunion du 3")
    assert answer.status_code == 200, answer.text
    after = client.get(path)
    assert after.json() == answer.json()
    assert after.json()["statut"] == "en-cours"
    assert after.headers["etag"] == answer.headers["etag"] != before.headers["etag"]
    assert client.get(path, headers={"If-None-Match": before.headers["etag"]}).status_code == 200


def test_what_is_written_is_read_at_once_while_reads_are_hot(client: httpx2.Client, door: Door) -> None:
    path = "/v1/actions/11.A2"
    over = threading.Event()

    def read_on() -> set[int]:
        statuses = set()
        with door.client() as reader:
            while not over.is_set():
                statuses.add(reader.get(path).status_code)
        return statuses

    with ThreadPoolExecutor(3) as pool:
        readers = [pool.submit(read_on) for _ in range(3)]
        try:
            for statut in itertools.islice(itertools.cycle(["en-cours", "en-pause", "realisee"]), 12):
                assert change(client, door, path, statut=statut).status_code == 200
                assert client.get(path).json()["statut"] == statut
        finally:
            over.set()
    assert [reader.result() for reader in readers] == [{200}] * 3


def test_a_change_is_told_in_the_history_and_counted_in_the_fiche(client: httpx2.Client, door: Door) -> None:
    done = client.get("/v1/fiches/12").json()["avancement"]["realisees"]
    assert change(client, door, "/v1/actions/12.A1", statut="realisee").status_code == 200
    assert client.get("/v1/fiches/12").json()["avancement"]["realisees"] == done + 1
    assert client.get("/v1/fiches/12/historique").json()["elements"][-1]["portee"] == "12.A1"


def test_who_may_only_read_is_refused_a_change(client: httpx2.Client, door: Door) -> None:
    for role in ("lecteur", "agent", "partenaire"):
        answer = client.patch("/v1/actions/11.A1", json={"statut": "abandonnee"}, headers=door.bearer(role))
        check_problem(answer, 403, "DROIT_INSUFFISANT")
        assert 'scope="catalogue:ecrire"' in answer.headers["www-authenticate"]


def test_a_change_without_a_key_is_a_401_even_with_a_broken_body(client: httpx2.Client) -> None:
    answer = client.patch("/v1/actions/11.A1", content=b"{", headers={"Content-Type": "application/json"})
    check_problem(answer, 401, "NON_AUTHENTIFIE")
    assert answer.headers["www-authenticate"].startswith("Bearer ")


@pytest.mark.parametrize("path", ["/v1/axes/A", "/v1/indicateurs", "/v1/parcours", "/docs"])
@pytest.mark.parametrize("sent", [b"Bearer faux", b"Bearer", b"", b"Basic eDp5", b"Bearer \xff"])
def test_a_broken_token_is_a_401_even_where_none_is_needed(client: httpx2.Client, path: str, sent: bytes) -> None:
    client.get(path)
    answer = client.get(path, headers=[(b"Authorization", sent)])
    check_problem(answer, 401, "NON_AUTHENTIFIE")
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


@pytest.mark.parametrize("role", ["lecteur", "partenaire", "agent", "pilote", "admin"])
def test_every_development_key_is_believed_by_every_service(client: httpx2.Client, door: Door, role: str) -> None:
    for path in ("/v1/axes/A", "/v1/indicateurs/11.I1", "/v1/parcours", "/docs"):
        assert client.get(path, headers=door.bearer(role)).status_code == 200


@pytest.mark.parametrize(
    ("path", "fr", "en"),
    [
        ("/v1/inconnu", "Rien à cette adresse", "Nothing at this address"),
        ("/v1/axes/inconnu", "Cet axe n'existe pas", "No such axis"),
        ("/problemes/INCONNU", "Rien à cette adresse", "Nothing at this address"),
    ],
)
def test_problems_are_french_unless_english_is_preferred(client: httpx2.Client, path: str, fr: str, en: str) -> None:
    told = {"": fr, "de": fr, "fr,en;q=0.5": fr, "en": en, "en-GB,fr;q=0.8": en}
    for language, title in told.items():
        answer = client.get(path, headers={"Accept-Language": language})
        assert answer.json()["title"] == title
        assert "Accept-Language" in answer.headers["vary"]


class PageReader(HTMLParser):
    """Notes what a page runs or fetches."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.addresses: list[str] = []
        self.actions: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in {"href", "src", "srcset", "action", "data"}]
        self.actions += [name for name, _ in attrs if name.startswith("on")]


def check_page(answer: httpx2.Response) -> None:
    """Check that ``answer`` is a page that fetches nothing from elsewhere and runs nothing."""
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    page = PageReader()
    page.feed(answer.text)
    assert {"html", "title", "body", "h1"} <= page.tags
    assert page.tags.isdisjoint({"script", "link", "iframe", "img", "object", "embed", "base", "form"})
    assert not page.actions
    assert all(address.startswith("/") and not address.startswith("//") for address in page.addresses)
    assert "@import" not in answer.text
    assert "url(" not in answer.text


def test_the_documentation_names_every_operation_and_fetches_nothing(client: httpx2.Client) -> None:
    answer = client.get("/docs")
    check_page(answer)
    check_page(client.get("/docs?langue=en"))
    for name, operation in OPERATIONS.items():
        assert f"<code>{name.split()[1]}</code>" in answer.text
        assert f"id='{operation['operationId']}'" in answer.text
    for name in DOCUMENT["components"]["schemas"]:
        assert f"<code>{name}</code>" in answer.text


def pages_of(client: httpx2.Client, path: str, limite: int) -> list[dict[str, Any]]:
    """Return every page of a list, checking that each one is full but the last."""
    pages = [client.get(path, params={"limite": limite}).json()]
    while (curseur := pages[-1]["curseur_suivant"]) is not None:
        assert len(pages[-1]["elements"]) == limite
        pages.append(client.get(path, params={"limite": limite, "curseur": curseur}).json())
    return pages


@pytest.mark.parametrize("path", ["/v1/codes-erreur", "/v1/vocabulaires"])
def test_codes_and_vocabularies_come_in_pages(client: httpx2.Client, path: str) -> None:
    pages = pages_of(client, path, 4)
    codes = [element["code"] for page in pages for element in page["elements"]]
    assert len(pages) > 2
    assert codes == sorted(set(codes))
    assert {page["total"] for page in pages} == {len(codes)}


def test_every_error_code_has_a_page(client: httpx2.Client) -> None:
    for element in client.get("/v1/codes-erreur?limite=200").json()["elements"]:
        answer = client.get(f"/problemes/{element['code']}")
        check_page(answer)
        assert element["code"] in answer.text
        assert "lang='en'" in answer.text


def test_a_cursor_of_another_list_is_refused(client: httpx2.Client) -> None:
    curseur = client.get("/v1/vocabulaires?limite=1").json()["curseur_suivant"]
    problem = check_problem(client.get(f"/v1/codes-erreur?curseur={curseur}"), 422, "DONNEES_REFUSEES")
    assert [fault["code"] for fault in problem["erreurs"]] == ["CURSEUR_INVALIDE"]


def test_health_names_the_three_services(client: httpx2.Client) -> None:
    answer = client.get("/sante/pret")
    assert answer.json() == {"etat": "pret", "services": dict.fromkeys(SERVICES, "pret")}
    assert answer.headers["cache-control"] == "no-store"


def exchange(door: Door, request: bytes) -> bytes:
    """Send raw bytes to the door and return everything that comes back until it closes."""
    host, port = door.url.removeprefix("http://").split(":")
    received = bytearray()
    with socket.create_connection((host, int(port)), 10) as connection:
        connection.sendall(request)
        while chunk := connection.recv(1 << 16):
            received += chunk
    return bytes(received)


HOSTILE = {
    "nul in path": b"GET /v1/axes/%00",
    "nul in query": b"GET /v1/recherche?q=%00",
    "nul in a name": b"GET /v1/axes?%00=1",
    "newline in path": b"GET /v1/axes/A%0d%0aX-Evil:%201",
    "newline in query": b"GET /v1/recherche?q=a%0d%0aX-Evil:%201",
    "newline in a problem code": b"GET /problemes/A%0d%0aX-Evil:%201",
    "invalid UTF-8": b"GET /v1/axes/%ff%fe?plan=%ed%a0%80",
    "broken percent": b"GET /v1/recherche?q=%&limite=%zz",
    "long query": b"GET /v1/recherche?q=" + b"a" * 60_000,
    "long path": b"GET /v1/axes/" + b"a" * 60_000,
    "many values": b"GET /v1/fiches?" + b"axe=1&" * 5_000 + b"axe=2",
    "many commas": b"GET /v1/fiches?axe=" + b"," * 50_000,
    "wildcards": b"GET /v1/recherche?q=%25_'\"%26|!():*\\",
    "dots": b"GET /v1/axes/../../sante/pret",
    "encoded dots": b"GET /v1/axes/%2e%2e/%2e%2e/sante/pret",
    "encoded slash": b"GET /v1%2Faxes%2FA",
    "two slashes": b"GET //v1/axes",
    "another host": b"GET http://ailleurs.example/v1/axes/A",
    "raw UTF-8": "GET /v1/recherche?q=hébergement".encode(),
    "unknown method": b"EFFACER /v1/axes",
    "trace": b"TRACE /v1/axes",
    "everything": b"OPTIONS *",
    "header in a header": b"GET /v1/axes/A HTTP/1.1\r\nX-Request-Id: a%0d%0aX-Evil: 1\r\nX-Autre: \xff",
    "two lengths": b"PATCH /v1/actions/11.A1 HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2",
    "length and chunks": b"PATCH /v1/actions/11.A1 HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked",
    "long header": b"GET /v1/axes/A HTTP/1.1\r\nX-Long: " + b"a" * 60_000,
    "odd conditions": b'GET /v1/axes/A HTTP/1.1\r\nIf-None-Match: \xff,,"\r\nAccept-Language: en;q=nan,\xff;q=inf',
}


@pytest.mark.parametrize("request_line", HOSTILE.values(), ids=HOSTILE.keys())
def test_nothing_a_caller_writes_is_the_product_s_own_failure(door: Door, request_line: bytes) -> None:
    begun = request_line if b" HTTP/1.1\r\n" in request_line else request_line + b" HTTP/1.1"
    answer = exchange(door, begun + b"\r\nHost: porte\r\nConnection: close\r\n\r\n")
    head = answer.partition(b"\r\n\r\n")[0]
    assert head.startswith((b"HTTP/1.1 2", b"HTTP/1.1 4")), head
    assert b"x-evil" not in head.lower()


def test_what_a_caller_says_of_its_way_changes_nothing(client: httpx2.Client, door: Door) -> None:
    said = {"X-Forwarded-Host": "ailleurs.example", "X-Forwarded-Proto": "https", "X-Forwarded-Prefix": "/x"}
    said |= {"X-Forwarded-For": "10.0.0.1", "Forwarded": "host=ailleurs.example", "X-Real-IP": "10.0.0.1"}
    said |= {"X-Spie-Sujet": "admin", "X-Forwarded-User": "admin", "Host": "ailleurs.example"}
    for path in ("/v1/fiches?limite=2", "/v1/fiches/11", "/v1/inconnu", "/v1/fiches/11/", "/docs"):
        plain = client.get(path, headers=door.bearer("lecteur") | {"X-Request-Id": "meme-appel"})
        told = client.get(path, headers=door.bearer("lecteur") | {"X-Request-Id": "meme-appel"} | said)
        assert told.status_code == plain.status_code
        assert lasting(told) == lasting(plain)
        assert told.content == plain.content
    assert client.patch("/v1/actions/11.A1", json={"statut": "en-cours"}, headers=said).status_code == 401


def test_what_is_not_http_is_refused_by_a_problem_too(door: Door) -> None:
    for sent in (b"\x00\x01\x02\r\n\r\n", b"GET /" + b"x" * (1 << 17) + b" HTTP/1.1\r\nhost: x\r\n\r\n"):
        answer = exchange(door, sent)
        head, _, body = answer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 400 ")
        assert b"content-type: application/problem+json" in head
        assert json.loads(body)["code"] == "REQUETE_ILLISIBLE"


def test_joined_reads_pass_between_processes_too(door: Door) -> None:
    with door.client() as client:
        joined = client.get("/v1/fiches/30/tableau").json()
        assert joined["fiche"]["numero"] == 30
        assert joined["indicateurs"]
        assert joined["parties_indisponibles"] == []
