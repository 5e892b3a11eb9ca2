"""The rule sets in force, held in memory: those of the product, and those published since by any process."""

import asyncio
import hashlib
from collections.abc import Sequence
from time import monotonic
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from services.orientation.load import ParcoursFile, read_jeux
from services.orientation.queries import regles as queries
from services.orientation.rule_files import JeuFile
from services.orientation.rules import Jeu
from services.orientation.rules.verification import Lexique
from services.orientation.service.propositions import Regles
from services.orientation.vocabulary import Modalite
from shared import clock
from shared.database import transaction
from shared.errors import ServiceIndisponible
from shared.territoires import Arbre

LOOK_SECONDS, AWAY_SECONDS, WAIT_SECONDS = 1.0, 5.0, 1.0


class EnVigueur:
    """What this process knows to be in force; it looks for what others published at most once a second.

    While the database is away, what was in force stays.
    """

    def __init__(self, faits: Sequence[Any], parcours: Sequence[ParcoursFile], arbre: Arbre) -> None:
        self._faits, self._arbre = faits, arbre
        self._own = self.regles = Regles(read_jeux(), faits, arbre)
        self.lexique = Lexique(self.regles.definitions, [each.code for each in parcours], list(Modalite))
        self.publie_le: dict[str, str] = {}
        self._publies: dict[str, Jeu] = {}
        self._until = 0.0
        self._turn = asyncio.Lock()

    def compile(self, source: JeuFile, empreinte: str | None = None) -> Jeu:
        """Return a rule set that can be asked, be it in force or not."""
        return Jeu(source, self._faits, self._arbre, empreinte)

    def expire(self) -> None:
        """Look again at once: something was published here."""
        self._until = 0.0

    async def renew(self, engine: AsyncEngine) -> Regles:
        """Return the rule sets in force."""
        if monotonic() >= self._until:
            async with self._turn:
                if monotonic() >= self._until:
                    await self._look(engine)
        return self.regles

    async def _look(self, engine: AsyncEngine) -> None:
        self._until = monotonic() + LOOK_SECONDS  # before reading, so that what expires meanwhile is not forgotten
        try:
            async with asyncio.timeout(WAIT_SECONDS), transaction(engine) as session:
                if await queries.read_mark(session) != len(self._publies):
                    await self._load(session)
        except (ServiceIndisponible, TimeoutError):
            self._until = monotonic() + AWAY_SECONDS

    async def read(self, session: AsyncSession) -> Regles:
        """Return the rule sets in force as ``session`` sees them: for who holds the turn to publish."""
        await self._load(session)
        return self.regles

    async def _load(self, session: AsyncSession) -> None:
        for row in await queries.list_published(session):
            if row["version"] not in self._publies:
                source = JeuFile.model_validate_json(row["contenu"])
                self._publies[row["version"]] = self.compile(source, hash_of(row["contenu"]))
                self.publie_le[row["version"]] = clock.write_instant(row["publie_le"])
        self.regles = self._own.with_published(list(self._publies.values()))


def hash_of(contenu: str) -> str:
    """Return the SHA-256 of the content of a rule set, as it was written."""
    return hashlib.sha256(contenu.encode()).hexdigest()
