"""Fill the tables: ``python charger.py FILE``, where FILE holds what was read from the product; print a token."""

import json
import os
import sys
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_drf.settings")
django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from plan.models import Action, Fiche, Grandeur, Indicateur, Territoire  # noqa: E402
from rest_framework.authtoken.models import Token  # noqa: E402


def main(corpus):
    """Make the tables and write the plan."""
    call_command("migrate", run_syncdb=True, verbosity=0)
    Fiche.objects.bulk_create(Fiche(**each) for each in corpus["fiches"])
    Action.objects.bulk_create(Action(**each) for each in corpus["actions"])
    Indicateur.objects.bulk_create(Indicateur(**each) for each in corpus["indicateurs"])
    Grandeur.objects.bulk_create(Grandeur(**each) for each in corpus["grandeurs"])
    Territoire.objects.bulk_create(Territoire(**each) for each in corpus["territoires"])
    user = User.objects.create_user("banc")
    sys.stdout.write(Token.objects.create(user=user).key)


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
