"""Requests that no honest caller sends, for every operation of the indicators service."""

import gzip
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from hypothesis import strategies as st

from gateway.cli.identity import ROLES
from tests.gateway.contract import OPERATIONS
from tests.gateway.seeding import CODES, GRANDEUR, role_for

FOLLOWED = ("/v1/reorientations", "/v1/alertes", "/v1/statistiques/rio")
INDICATORS = [name for name, each in OPERATIONS.items() if each["x-service"] == "indicators"]
ORIENTATION = [name for name in OPERATIONS if name.partition(" ")[2].startswith(FOLLOWED)]
TEXTS = [
    *(
        "",
        " ",
        "\x00",
        "a\x00b",
        "\ud800",
        "é" * 3,
        "\u202e",
        "\ufeff",
        "\U0001f600",
        "a" * 5_000,
        "%00",
        "%ff",
        "null",
    ),
    *("' OR 1=1 --", '"; DROP TABLE mesure; --', "1;SELECT pg_sleep(9)", "{}", "[]", "$1", ":a", "%s", "\\", "'", '"'),
    *(
        "=cmd|' /C calc'!A0",
        "+1",
        "-1",
        "@a",
        "\t",
        "a,b",
        "a;b",
        "a|b",
        "a:b",
        ":",
        ",",
        "..",
        "../..",
        "2025..",
        "..2025",
    ),
    *(
        "a\r\nX-Evil: 1",
        "\n",
        "\x7f",
        "<script>alert(1)</script>",
        "NaN",
        "Infinity",
        "-0",
        "1e999",
        "1e-999",
        "9" * 400,
    ),
    *(
        "0001",
        "9999",
        "0000",
        "10000",
        "2025-13",
        "2025-Q5",
        "2025-W53",
        "2025-02-30",
        "2025-01..2025-Q4",
        "0001..9999",
    ),
    *(
        "9999-12-31T23:59:59+23:59",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "0001-01-01",
        "9999-12-31",
        "2025-01-01T00:00:00",
        "infinity",
        "-infinity",
        "now",
    ),
    *(
        "٢٠٢٥",
        "２０２５",
        "2025\n",
        "true",
        "on",
        "nul",
        "12,5",
        "1_000",
        "0x10",
        "69M:ctm",
        "69M:",
        ":communes",
        "69M:x:y",
    ),
    *("sexe:F", "sexe:F|sexe:F", "sexe", "total", "eyJhIjoxfQ", "W10", "bnVsbA==", "WzEsMl0", "Ñ" * 60, "a" * 60),
]
GOOD = [
    *CODES.values(),
    *("69M", "69266", "RHONE_AMONT", "2025", "2025-01", "2025-Q1", "2024-01..2025-12", "essai", "sexe:F", "public"),
    *("pmie-2022-2026", "30", "30.I1", "A", "1", "50", "true", "false", "courante", "epoque", "moyenne", "dernier"),
    *("2025-06-01T00:00:00Z", "2030-01-01T00:00:00+01:00", "bilan-2025", "valeur,motif", "RECU", "TERMINE", "complet"),
]
USUAL: dict[str, list[str]] = {
    "code": [GRANDEUR, "essai", "30.I1"],
    "grandeur": [*CODES.values(), f"{GRANDEUR},{CODES['ratio']}"],
    "territoire": ["69M", "69266", "69M:ctm", "69M:communes", "69266,69M"],
    "periode": ["2025-01", "2025", "2024-01..2025-12", "2025-Q1..2025-Q4"],
    "ventilation": ["public:brsa", "total"],
    "source": ["essai"],
    "plan": ["pmie-2022-2026"],
    "limite": ["1", "200"],
    "ventiler": ["public"],
    "filtrer": ["public:brsa"],
    "champs": ["valeur,motif"],
    "millesime": ["bilan-2025"],
    "modifie_depuis": ["2025-06-01T00:00:00Z"],
    "au": ["2030-01-01T00:00:00Z"],
    "historique": ["true"],
    "indicateur": ["30.I1"],
    "fiche": ["30"],
    "axe": ["1"],
    "debut": ["2025-01-01"],
    "fin": ["2025-12-31", "9998-12-31"],
    "perimetre": ["TOUS"],
    "ctm": ["LYON"],
    "etat": ["DEMANDEE", "REFUSE"],
    "type": ["ENVOI", "DELAI_LEGAL,AVIS_EP"],
}
SCALARS: list[Any] = [None, True, False, 0, -1, 1, 0.1, -0.0, 1e308, float("nan"), float("inf"), 2**63, 10**40, 10**400]
MEDIA_TYPES = [
    *(
        "application/json",
        "application/x-ndjson",
        "text/csv",
        "application/json; charset=utf-16",
        "text/plain",
        "",
        "x",
    ),
    *("application/merge-patch+json", "multipart/form-data; boundary=a", "application/x-www-form-urlencoded", "é/é"),
]
ROW = {"grandeur": GRANDEUR, "territoire": "69266", "periode": "2025-01", "valeur": 12}
ENVELOPE = {"source": "essai", "extrait_le": "2025-02-02T08:00:00+01:00"}
SCOPE = {"grandeurs": [GRANDEUR], "territoires": ["69266"], "debut": "2025-01-01", "fin": "2025-12-31"}
BODIES: dict[str, Any] = {
    "POST /v1/lots": {
        "enveloppe": ENVELOPE
        | {"mode": "partiel", "strategie": "remplacement", "simulation": True, "perimetre": SCOPE, "seuil_rejet": 0.5},
        "mesures": [ROW, ROW | {"ventilation": {"public": "brsa"}, "ref": "a", "statut": "p", "commentaire": "b"}],
    },
    "PUT /v1/mesures/{grandeur}/{territoire}/{periode}": {"valeur": 3, "extrait_le": "2025-02-02T08:00:00+01:00"},
    "PUT /v1/sources/{code}": {
        "libelle": "a",
        "seuil_secret": 5,
        "references": [{"indicateur": "30.I1"}],
    },
    "PUT /v1/cibles/{grandeur}/{territoire}/{periode}": {"valeur": 8, "valeur_max": 9, "commentaire": "a"},
    "POST /v1/verrous": {"codes": ["30"], "debut": "2001-01-01", "fin": "2001-12-31", "motif": "a"},
    "POST /v1/millesimes": {"nom": "essai", "libelle": "a", "au": "2030-01-01T00:00:00Z"},
    "POST /v1/reorientations": {"dossier": "dos-1", "vers": "TNS", "motif": "SOUHAIT"},
    "POST /v1/reorientations/{id}/avis": {"sens": "FAVORABLE"},
    "POST /v1/reorientations/{id}/decision": {"decision": "refuser", "motif": "Vu avec elle"},
    "POST /v1/statistiques/rio": {
        "periode": {"debut": "2025-01-01", "fin": "2025-12-31"},
        "personnes": [{"id": "P1", "evenements": [{"date": "2025-01-10", "type": "premier_rdv", "honore": True}]}],
    },
    "POST /v1/statistiques/rio/publication": {"debut": "2025-01", "fin": "2025-02"},
}

rarely = st.integers(0, 9).map(lambda drawn: drawn == 9)
text = st.sampled_from(TEXTS) | st.sampled_from(GOOD) | st.text(st.characters(codec=None), max_size=20)
scalar = st.sampled_from(SCALARS) | text
value = st.recursive(
    scalar, lambda part: st.lists(part, max_size=3) | st.dictionaries(text, part, max_size=3), max_leaves=5
)


@dataclass(frozen=True)
class Requete:
    """One request, its path already encoded."""

    name: str
    path: str
    headers: list[tuple[bytes, bytes]]
    role: str | None
    body: bytes | None


def encoded(given: str) -> str:
    """Percent-encode everything, what UTF-8 cannot write included."""
    return quote(given.encode("utf-8", "surrogatepass"), safe="")


@st.composite
def given_for(draw: st.DrawFn, name: str) -> str:
    """A value for the parameter ``name``: three times in four a right one, where we know of any."""
    absurd = draw(st.integers(0, 3)) == 0 or name not in USUAL
    return encoded((draw(text) or "x") if absurd else draw(st.sampled_from(USUAL[name])))


@st.composite
def paths(draw: st.DrawFn, name: str) -> str:
    """An address of the operation: known and absurd parts, known and unknown parameters, some repeated."""
    parts = [draw(given_for(part[1:-1])) if part[:1] == "{" else part for part in name.partition(" ")[2].split("/")]
    queries = [each for each in OPERATIONS[name].get("parameters", []) if each["in"] == "query"]
    known = [each["name"] for each in queries]
    names = draw(st.lists(st.sampled_from(known), max_size=4, unique=not draw(st.booleans()))) if known else []
    names += [draw(text)] if draw(rarely) else []
    asked = {each["name"] for each in queries if each["required"]}
    pairs = [f"{encoded(each)}={draw(given_for(each))}" for each in [*sorted(asked - set(names)), *names]]
    return "/".join(parts) + ("?" + "&".join(pairs) if pairs else "")


@st.composite
def mutated(draw: st.DrawFn, good: Any) -> Any:
    """``good`` with one of its parts, at some depth, replaced, repeated or taken away."""
    if isinstance(good, dict) and good and draw(st.integers(0, 4)):
        name = draw(st.sampled_from(sorted(good)))
        return good | {name: draw(mutated(good[name]))}
    if isinstance(good, list) and good and draw(st.integers(0, 4)):
        place = draw(st.integers(0, len(good) - 1))
        return [*good[:place], draw(mutated(good[place])), *good[place + 1 :]]
    if isinstance(good, dict):
        return draw(st.sampled_from([good | {draw(text): draw(value)}, dict(list(good.items())[1:]), draw(value)]))
    return draw(value)


def write(document: Any) -> bytes:
    """Return ``document`` as a careless caller writes it: NaN, Infinity and lone surrogates included."""
    return json.dumps(document).encode()


DIALECT = ["separateur", "decimale", "encodage", "mode", "strategie", "seuil_rejet", "simulation", "plan", "perimetre"]
DAMAGE: list[Callable[[bytes], bytes]] = [
    *[lambda body: body] * 20,
    lambda body: body[:-1],
    lambda body: b"",
    lambda body: b"[" * 10_000 + body,
    lambda body: b'{"a":' * 200 + b"1" + b"}" * 200,
    lambda body: b"\xff\xfe" + body,
    lambda body: b"\xef\xbb\xbf" + body,
    lambda body: body + b"\x00",
    lambda body: body.decode().encode("utf-16"),
    lambda body: b'{"a":1,"a":2}',
    lambda body: body.replace(b"12", b"1e400").replace(b": 8", b": 1e999999999999999999"),
    lambda body: body.replace(b"12", b"9" * 5_000),
    lambda body: body.replace(b"12", b"0." + b"1" * 5_000),
]
damage = st.sampled_from(DAMAGE)
ENCODINGS: dict[bytes, Callable[[bytes], bytes]] = {
    b"identity": lambda body: body,
    b"gzip": gzip.compress,
    b"GZIP": lambda body: gzip.compress(body)[:-3],
    b"gzip, gzip": gzip.compress,
    b"deflate": lambda body: body,
    b"br": lambda body: body,
}


@st.composite
def tables(draw: st.DrawFn) -> tuple[bytes, str]:
    """A push in CSV, and the query that says how to read it."""
    names = draw(
        st.lists(st.sampled_from(["commentaire", "ventilation.public", "ventilation.", "erreur.x"]), max_size=2)
    )
    columns = ["grandeur", "territoire", "periode", "valeur", *names, *([draw(text)] if draw(rarely) else [])]
    cells = st.sampled_from([str(each) for each in ROW.values()]) | text
    right = [[*map(str, ROW.values()), *(draw(text) for _ in names)]]
    rows = [columns, *right, *draw(st.lists(st.lists(cells, min_size=3, max_size=6), max_size=3))]
    end = draw(st.sampled_from(["\r\n", "\n", "\r"]))
    asked = dict(ENVELOPE) | ({draw(st.sampled_from(DIALECT) | text): draw(text)} if draw(st.booleans()) else {})
    query = "&".join(f"{encoded(name)}={encoded(given)}" for name, given in asked.items())
    return end.join(",".join(each) for each in rows).encode("utf-8", "surrogatepass"), f"?{query}"


@st.composite
def bodies(draw: st.DrawFn, name: str) -> tuple[bytes, bytes, str]:
    """A body, its media type, and the query that comes with it."""
    form = draw(st.sampled_from(("json", "ndjson", "csv"))) if name == "POST /v1/lots" else "json"
    if form == "csv":
        table, query = draw(tables())
        return table, b"text/csv", query
    if form == "ndjson":
        lines = [draw(mutated({"enveloppe": ENVELOPE})), ROW, *draw(st.lists(mutated(ROW), max_size=3))]
        return draw(damage)(b"\n".join(map(write, lines))), b"application/x-ndjson", ""
    document = draw(mutated(BODIES[name])) if draw(st.integers(0, 3)) else BODIES[name]
    return draw(damage)(write(document)), b"application/json", ""


@st.composite
def conditions(draw: st.DrawFn, name: str) -> list[tuple[bytes, bytes]]:
    """The headers of a request, but those of its body."""
    key = [(b"idempotency-key", draw(st.uuids()).hex.encode())]
    if draw(rarely):
        key = draw(st.sampled_from([[], key * 2, [(b"idempotency-key", b"\xff" * 300)]]))
    accept = draw(st.sampled_from([b"*/*", b"text/csv", b"application/vnd.apache.parquet", b"\xff;q=x"]))
    states = [(b"if-none-match", b"*"), (b"if-match", b"*"), (b"if-match", b'"\xff,')]
    state = [draw(st.sampled_from(states))] if name.startswith("PUT ") else []
    return [*key, *state, (b"accept", accept), *draw(st.sampled_from([[], [], [(b"prefer", b"respond-async")]]))]


@st.composite
def requetes(draw: st.DrawFn, names: Sequence[str] = INDICATORS) -> Requete:
    """One request to one operation, nearly right or absurd."""
    name = draw(st.sampled_from(names))
    operation = OPERATIONS[name]
    role = draw(st.sampled_from([*ROLES, None])) if draw(rarely) else role_for(operation)
    path, headers, body = draw(paths(name)), draw(conditions(name)), None
    if "requestBody" in operation:
        body, media_type, query = draw(bodies(name))
        path += query
        encoding = draw(st.sampled_from(list(ENCODINGS))) if draw(rarely) else b"identity"
        body = ENCODINGS[encoding](body)
        media_type = draw(st.sampled_from(MEDIA_TYPES)).encode("latin-1") if draw(rarely) else media_type
        headers += [(b"content-type", media_type), (b"content-encoding", encoding)]
    return Requete(name, path, headers, role, body)
