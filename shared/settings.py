"""Settings every process reads: the database and who issues identities. No secret has a default."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class IdentitySettings(BaseSettings):
    """Which access tokens are believed (OIDC): those of ``IDENTITY_ISSUER``, and those of the door.

    The issuer's public keys are ``IDENTITY_JWKS`` (JSON), else what it publishes at ``IDENTITY_JWKS_URL``: a key set,
    or its ``/.well-known/openid-configuration``. ``IDENTITY_DOOR_JWKS`` are those of the door, which exchanges partner
    keys. As in every setting, an empty variable is an absent one: Compose names variables that it was not given.
    """

    model_config = SettingsConfigDict(env_prefix="IDENTITY_", frozen=True, env_ignore_empty=True)

    issuer: str = ""
    audience: str = "spie"
    jwks: str = ""
    jwks_url: str = ""
    door_jwks: str = ""
    algorithms: list[str] = ["RS256", "ES256"]
    typ: list[str] = ["JWT", "at+jwt"]
    scope_claim: str = "scope"


class ServiceSettings(BaseSettings):
    """What a service needs: its database, as its own role, and the issuer.

    Subclasses bind ``database_url`` (``postgresql://…``) to their own variable. Without it the owner's ``DATABASE_URL``
    is used with ``SET ROLE``. With ``SPIE_WORKER`` the application also does its background work, as in embedded mode;
    elsewhere ``./spie worker`` does.
    """

    model_config = SettingsConfigDict(frozen=True, populate_by_name=True, env_ignore_empty=True)

    database_url: SecretStr | None = None
    owner_database_url: SecretStr | None = Field(None, validation_alias="DATABASE_URL")
    pool_size: int = Field(10, ge=1, le=100, validation_alias="DATABASE_POOL_SIZE")
    worker: bool = Field(False, validation_alias="SPIE_WORKER")
    plan_dir: Path | None = Field(None, validation_alias="SPIE_PLAN_DIR")
    identity: IdentitySettings = Field(default_factory=IdentitySettings)
