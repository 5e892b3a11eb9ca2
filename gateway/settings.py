"""Settings of the gateway."""

from pydantic import Field, IPvAnyNetwork, SecretStr
from pydantic_settings import SettingsConfigDict

from shared.settings import ServiceSettings

SERVICES = ("catalogue", "indicators", "orientation")


class Settings(ServiceSettings):
    """Where each service is: an URL (``http://127.0.0.1:8001``), or an import string to run it in this process.

    Partner keys need the door's own database, ``GATEWAY_POIVRE`` (32 characters or more, never in the database: their
    HMAC is made with it) and ``GATEWAY_CLE_SIGNATURE`` (a private ES256 JWK: services believe its public half, in
    ``IDENTITY_DOOR_JWKS``). ``./spie cles-porte`` makes both.

    A caller may send ``GATEWAY_LIMITE`` requests over ``GATEWAY_LIMITE_SECONDES`` (0: any number). Only the networks of
    ``GATEWAY_MANDATAIRES`` are believed when they say whom they call for. ``GATEWAY_SIMULTANEES`` requests at most are
    with one service at a time. ``GATEWAY_HSTS_SECONDES`` tells browsers to keep to HTTPS for so long (0: not told).
    Counts of use are sent to ``GATEWAY_INDICATEURS_URL`` (the door, usually) under ``GATEWAY_INDICATEURS_JETON``, which
    may push as ``porte``. ``GATEWAY_JOURNAL_ACCES`` writes a line for each request (absent: when lines are JSON);
    ``GATEWAY_METRIQUES`` serves what is measured at ``/metriques``, never on a public door. ``GATEWAY_EDITEUR`` and
    ``GATEWAY_CONTACT`` are who publishes the pages and whom to write to, for the legal notice.

    Signing in to the pages needs ``GATEWAY_SECRET_SESSIONS`` (32 characters or more, the same for each door), and
    either ``GATEWAY_CLES_DEV`` (keys by role, embedded mode) or ``GATEWAY_OIDC_CLIENT`` and ``GATEWAY_ADRESSE``, the
    address that browsers know the door by; the client's secret is ``GATEWAY_OIDC_SECRET``, what it asks for
    ``GATEWAY_OIDC_PORTEES``, for which API ``GATEWAY_OIDC_RESSOURCE`` where the issuer wants it named (RFC 8707). The
    issuer is the one whose tokens are believed.
    """

    model_config = SettingsConfigDict(env_prefix="GATEWAY_", frozen=True, populate_by_name=True)

    database_url: SecretStr | None = Field(None, validation_alias="GATEWAY_DATABASE_URL")
    poivre: SecretStr | None = Field(None, min_length=32)
    cle_signature: SecretStr | None = None

    indicateurs_url: str | None = None
    indicateurs_jeton: SecretStr | None = None

    catalogue: str = "services.catalogue.app:create_app"
    indicators: str = "services.indicators.app:create_app"
    orientation: str = "services.orientation.app:create_app"
    cors_origins: list[str] = Field(default_factory=list)
    limite: int = Field(600, ge=0)
    limite_secondes: int = Field(60, ge=1)
    mandataires: list[IPvAnyNetwork] = Field(default_factory=list)
    hsts_secondes: int = Field(0, ge=0)
    simultanees: int = Field(200, ge=1)
    journal_acces: bool | None = None
    metriques: bool = False
    secret_sessions: SecretStr | None = Field(None, min_length=32)
    cles_dev: dict[str, SecretStr] = Field(default_factory=dict)
    adresse: str | None = Field(None, pattern=r"^https?://[^/]+$")
    oidc_client: str | None = None
    oidc_secret: SecretStr | None = None
    oidc_portees: str = "openid"
    oidc_ressource: str | None = None
    editeur: str | None = Field(None, max_length=300)
    contact: str | None = Field(None, max_length=300)
    first_byte_seconds: float = Field(30, gt=0)
    push_first_byte_seconds: float = Field(120, gt=0)
    cache_bytes: int = Field(64 << 20, ge=0)

    def address_of(self, service: str) -> str:
        """Return where ``service`` is."""
        address: str = getattr(self, service)
        return address
