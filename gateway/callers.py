"""Who calls the door: by a credential checked here as services check it, else by the address they call from."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

from pydantic import IPvAnyNetwork
from starlette.types import Scope

from gateway.exchange import KeyExchange
from shared.errors import Refus
from shared.tokens import AccessControl, Identite
from shared.vocabulary import Terme

RawHeaders = list[tuple[bytes, bytes]]
IPV6_OF_ONE_CALLER = 64


class GenreAppelant(Terme):
    """Qui appelle, par ce que sa clé ouvre"""

    ANONYME = "anonyme", "Anonyme", "Sans clé, ou d'une clé qui n'ouvre rien de connu"
    LECTEUR = "lecteur", "Lecteur", "Une clé sans droit : un portail"
    PARTENAIRE = "partenaire", "Partenaire", "Une clé qui pousse des données"
    AGENT = "agent", "Agent", "Une clé qui lit ou écrit des dossiers"
    PILOTE = "pilote", "Pilote", "Une clé qui suit le plan, les valeurs ou les règles"
    ADMIN = "admin", "Administration", "Une clé qui gère les accès"


GENRES = (
    (GenreAppelant.ADMIN, frozenset({"acces:gerer"})),
    (GenreAppelant.AGENT, frozenset({"orientation:lire", "orientation:ecrire"})),
    (
        GenreAppelant.PILOTE,
        frozenset(
            {
                "catalogue:ecrire",
                "indicateurs:lire-brut",
                "indicateurs:valider",
                "orientation:statistiques",
                "orientation:regles",
            }
        ),
    ),
    (GenreAppelant.PARTENAIRE, frozenset({"indicateurs:pousser", "orientation:pousser"})),
)
"""The first of these scopes that a caller holds says what kind of caller it is."""


@dataclass(frozen=True)
class Caller:
    """One caller. ``name`` tells callers apart and is never shown; ``sees_public``: exactly what everyone sees."""

    name: str
    genre: GenreAppelant
    sees_public: bool


class Callers:
    """Names callers. Services check every credential again: nothing that is said here opens anything."""

    def __init__(self, control: AccessControl, exchange: KeyExchange | None, proxies: Iterable[IPvAnyNetwork]) -> None:
        self._control, self._exchange = control, exchange
        self._proxies = list(proxies)

    async def exchange(self, headers: RawHeaders) -> RawHeaders:
        """Return ``headers`` with a token of the door in place of a partner's key.

        Raises ``NonAuthentifie`` for a key that opens nothing, ``ServiceIndisponible`` without a database.
        """
        return headers if self._exchange is None else await self._exchange.renew(headers)

    async def identify(self, authorization: bytes, scope: Scope) -> Caller:
        """Return the holder of a credential; of one that is not good, only its address is known."""
        try:
            identite = await self._control.identify(authorization.decode("latin-1"))
        except Refus:
            identite = None
        if identite is None:
            return Caller(self.address_of(scope), GenreAppelant.ANONYME, sees_public=False)
        return Caller(f"sujet {identite.sujet}", genre_of(identite), sees_public=not identite.portees)

    def by_address(self, scope: Scope) -> Caller:
        """Return who calls without any credential."""
        return Caller(self.address_of(scope), GenreAppelant.ANONYME, sees_public=True)

    def address_of(self, scope: Scope) -> str:
        """Return where the call comes from; what proxies say is believed of the trusted ones only, from the nearest."""
        address = (scope.get("client") or ("",))[0]
        if self._proxies and self._is_trusted(address):
            told = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
            for each in reversed(b",".join(told).decode("latin-1").split(",")):
                address = each.strip() or address
                if not self._is_trusted(address):
                    break
        return _one_caller(address)

    def _is_trusted(self, address: str) -> bool:
        try:
            found = ip_address(address)
        except ValueError:
            return False
        return any(found in each for each in self._proxies)


def genre_of(identite: Identite) -> GenreAppelant:
    """Return what kind of caller someone is, by what their credential opens."""
    if not identite.portees:
        return GenreAppelant.LECTEUR
    held = (genre for genre, portees in GENRES if not portees.isdisjoint(identite.portees))
    return next(held, GenreAppelant.ANONYME)


@lru_cache(maxsize=4096)
def _one_caller(address: str) -> str:
    """Return an address as one caller has it: an IPv6 network of 64 bits is given to one (RFC 6177)."""
    try:
        found = ip_address(address)
    except ValueError:
        return "adresse inconnue"
    if isinstance(found, IPv6Address):
        return str(ip_network((found, IPV6_OF_ONE_CALLER), strict=False))
    return str(found)
