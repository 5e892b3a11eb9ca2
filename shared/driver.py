"""The driver's own connection of a session, for the statements that must stand in its transaction."""

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


async def driver_in_transaction(session: AsyncSession) -> "asyncpg.Connection[asyncpg.Record]":
    """Return the connection under ``session``, whose transaction has begun at the server.

    SQLAlchemy sends ``BEGIN`` with the first statement that goes through it: before that, what is given to the driver
    is committed at once and alone.
    """
    connection = await (await session.connection()).get_raw_connection()
    driver: asyncpg.Connection[asyncpg.Record] = connection.driver_connection  # type: ignore[assignment]
    if not driver.is_in_transaction():
        await session.execute(text("SELECT 1"))
    return driver
