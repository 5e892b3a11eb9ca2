"""What a partner's program does with the client made from the contract: a list, one element, a refusal."""

import json
import os
from typing import Any

import client  # type: ignore[import-not-found]
from client.api.plan import catalogue_list_fiches, catalogue_read_fiche  # type: ignore[import-not-found]

door = client.Client(base_url=os.environ["PORTE"])
listed: Any = catalogue_list_fiches.sync(client=door, limite=200)
one: Any = catalogue_read_fiche.sync(client=door, numero=11)
refused: Any = catalogue_read_fiche.sync_detailed(client=door, numero=99)
print(json.dumps({"fiches": len(listed.elements), "titre": one.titre, "code": refused.parsed.code}))  # noqa: T201
