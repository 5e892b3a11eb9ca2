"""The yardstick of raw rows, ``python -m bench.bare_page FOLDER``: uvicorn, a pool of asyncpg, one ``json_agg``."""

import json
import sys
from pathlib import Path
from typing import Any

import asyncpg
from starlette.types import ASGIApp, Receive, Scope, Send

from bench.bare import serve

SETTINGS = "page.json"
POOL = 10  # as many as the product's own
QUERY = """
SELECT json_build_object('elements', json_agg(json_build_object(
  'grandeur', d.grandeur, 'territoire', m.territoire, 'periode', m.periode,
  'ventilation', CASE m.ventilation WHEN '' THEN '{}'
    ELSE '{"' || replace(replace(m.ventilation, ':', '":"'), '|', '","') || '"}' END::json,
  'source', m.source, 'definition', d.version, 'valeur', m.valeur, 'numerateur', NULL, 'denominateur', NULL,
  'somme', NULL, 'effectif', NULL, 'modalite', NULL, 'texte', m.texte, 'statut', m.statut,
  'confidentialite', m.confidentialite, 'commentaire', m.commentaire, 'extrait_le', m.extrait_le,
  'enregistre_le', e.enregistre_le, 'lot', e.lot, 'supprimee', m.supprimee)
  ORDER BY m.definition, m.territoire, m.periode, m.ventilation, m.source))::text
FROM (SELECT * FROM mesure WHERE definition = $1 AND NOT supprimee
  ORDER BY definition, territoire, periode, ventilation, source LIMIT $2) m
JOIN ecriture e ON e.id = m.ecriture JOIN definition d ON d.id = m.definition
"""


def make_app(settings: dict[str, Any]) -> ASGIApp:
    """Return the application that reads the same page each time."""
    pools: list[Any] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if not pools:
            pools.append(asyncpg.create_pool(min_size=POOL, max_size=POOL, **settings["database"]))
        pool = await pools[0]
        body: str = await pool.fetchval(QUERY, settings["definition"], settings["limite"])
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body.encode())).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body.encode()})

    return app


if __name__ == "__main__":
    serve(make_app(json.loads((Path(sys.argv[1]) / SETTINGS).read_text())))
