"""What the page of results says whatever the results are: how to read them, what the peers are, what is not shown."""

from bench.peers import directus, drf, product
from bench.zen import VERSION as ZEN

HEAD = """# How fast it is, and compared with what

Written by `./spie bench --write-docs FILE`, from the JSON of the runs below: to change a number, run again. A median is
that of the passes; candidates take turns (A B C A B C), one process a side, and a ratio is made pass by pass. Names of
jobs and series are those of the command, in French."""
PEERS_TEXT = f"""## Who is compared

- {product.ABOUT[product.NAME]}
- {product.ABOUT[product.WITHOUT_CACHE]}
- {drf.ABOUT}
- {directus.ABOUT}
- zen-engine {ZEN} (decisions), `psql` COPY (pushes), nginx and HAProxy (hop), bare uvicorn and bare asyncpg: floors and
  limits of the machine, one job each.

All sides of the `pairs-` jobs share one PostgreSQL, each has a database of its own with the same rows: the run stops
unless they answer the same rows. Every caller sends a token and every side gives an ETag: ours is signed and checked
without a query, Django looks its own up in a table, Directus keeps a static one. Peers are installed by name and pinned
version into a scratch folder outside the clone; the product never needs them."""
NOT_SHOWN = """## What this does not show

- **One machine**: client, servers and PostgreSQL share its processors. The client takes part of them, the same for all;
  CPU per request does not suffer from it, requests per second do.
- **One process a side.** Each would be deployed with several; none shares work better than its CPU per request says.
- **The cache** answers public reads only (`porte` in `pairs-liste`, `pairs-fiche`, `pairs-304`). `porte-sans-cache` is
  what a first reader gets. Django and Directus can be put behind a cache too; it is not how they come.
- **Peers do less, or otherwise**: neither hides small counts, keeps series breaks, explains a missing cell or knows a
  natural key's history; Django's push was written for this comparison; Directus makes items one by one, and its
  administrator's token spares it its rights.
- **The aggregate** is a plain sum there; ours says of each cell whether all of it was received.
- **Writing the code** of the Django side took models, serializers and views by people who know the product better than
  Django: whoever knows how to make it faster is asked to.
- **No network**, no TLS, no concurrent writers during reads, no day-long run."""
