"""``./spie doctor``: what is wrong with this machine or configuration, in words, and what to do."""

import os
import socket
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text

from gateway.cli.database import REFUSALS, DatabaseError, check_url, explain
from migrations.run import SCHEMAS, owner_engine
from shared.database import role_of
from shared.postgresql import EmbeddedServerError, find_binaries, server_account

MINIMUM_FREE = 500 << 20


@dataclass(frozen=True)
class Finding:
    """One thing looked at. ``advice`` is empty when all is well."""

    subject: str
    told: str
    advice: str = ""


async def run_doctor(data: Path) -> int:
    """Tell each finding; return 1 when one needs care."""
    findings = [finding async for finding in examine(data)]
    for finding in findings:
        mark = "à voir" if finding.advice else "bon   "
        print(f"{mark}  {finding.subject} : {finding.told}")  # noqa: T201
        if finding.advice:
            print(f"        → {finding.advice}")  # noqa: T201
    wrong = sum(bool(finding.advice) for finding in findings)
    print(f"\n{wrong} point(s) à voir." if wrong else "\nTout va bien.")  # noqa: T201
    return min(wrong, 1)


async def examine(data: Path) -> AsyncIterator[Finding]:
    """Yield what is found, from the machine to the configuration."""
    yield Finding("Python", sys.version.split()[0])
    yield _examine_folder(data)
    yield _examine_port()
    if os.environ.get("DATABASE_URL"):
        async for finding in _examine_database(os.environ["DATABASE_URL"]):
            yield finding
        yield _examine_identity()
    else:
        yield _examine_binaries()
        yield Finding("identité", "émetteur de développement (mode embarqué)")


def _examine_folder(data: Path) -> Finding:
    subject = f"dossier {data}"
    place = next(parent for parent in (data, *data.resolve().parents) if parent.exists())
    if not os.access(place, os.W_OK | os.X_OK):
        return Finding(subject, "on ne peut pas y écrire", "donnez un autre dossier avec --data, ou changez ses droits")
    disk = os.statvfs(place)
    free = disk.f_bavail * disk.f_frsize
    told = f"{free >> 20} Mio libres"
    return Finding(subject, told, "" if free > MINIMUM_FREE else "libérez au moins 500 Mio sur ce disque")


def _examine_port(port: int = 8000) -> Finding:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return Finding(
                f"port {port}", "déjà pris", "arrêtez ce qui l'occupe, ou lancez ./spie up --port avec un autre"
            )
    return Finding(f"port {port}", "libre")


def _examine_binaries() -> Finding:
    try:
        binaries = find_binaries()
    except EmbeddedServerError as error:
        return Finding("PostgreSQL embarqué", str(error), "relancez ./spie up pour réinstaller, ou donnez PG_BIN")
    account = " (sous le compte nobody, car vous êtes root)" if server_account() else ""
    return Finding("PostgreSQL embarqué", f"version {binaries.major}, {binaries.folder}{account}")


async def _examine_database(url: str) -> AsyncIterator[Finding]:
    try:
        check_url("DATABASE_URL", url)
    except DatabaseError as error:
        yield Finding("base", "DATABASE_URL est illisible", str(error))
        return
    engine = owner_engine(url)
    try:
        async with engine.connect() as connection:
            version = (await connection.execute(text("SHOW server_version"))).scalar_one()
            number = int((await connection.execute(text("SHOW server_version_num"))).scalar_one())
            yield Finding(
                "base", f"PostgreSQL {version}", "" if number >= 150000 else "la version 15 au moins est nécessaire"
            )
            lowered = (await connection.execute(text("SELECT lower('É')"))).scalar_one()
            advice = (
                ""
                if lowered == "é"
                else "recréez la base avec une locale UTF-8 (C.UTF-8) : le français y est mal traité"
            )
            yield Finding("locale de la base", f"lower('É') = {lowered}", advice)
            known = set((await connection.execute(text("SELECT nspname FROM pg_namespace"))).scalars())
            missing = [schema for schema in SCHEMAS if schema not in known]
            told = f"manquent : {', '.join(missing)}" if missing else "présents"
            yield Finding("schémas", told, "lancez ./spie migrate" if missing else "")
    except REFUSALS as error:
        yield Finding("base", explain(error), "vérifiez DATABASE_URL : machine, port, compte, mot de passe et base")
    finally:
        await engine.dispose()
    for schema in SCHEMAS:
        own = f"{schema.upper()}_DATABASE_URL"
        told = "son propre rôle" if os.environ.get(own) else f"compte propriétaire avec SET ROLE {role_of(schema)}"
        yield Finding(
            f"service {schema}", f"se connecte par {told}" + ("" if os.environ.get(own) else f" ({own} absent)")
        )


def _examine_identity() -> Finding:
    keys = os.environ.get("IDENTITY_JWKS") or os.environ.get("IDENTITY_JWKS_URL")
    if keys and os.environ.get("IDENTITY_ISSUER"):
        return Finding("identité", f"jetons de {os.environ['IDENTITY_ISSUER']}")
    given = "IDENTITY_ISSUER, et IDENTITY_JWKS ou IDENTITY_JWKS_URL"
    advice = f"donnez {given} : sans eux, seules les lectures publiques répondent"
    return Finding("identité", "aucun émetteur", advice)
