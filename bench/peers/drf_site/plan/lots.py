"""A push: rows are checked one by one, compared with what stands, written in bulk with their revisions."""

import uuid
from collections import Counter

from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from .models import CLE, Grandeur, Mesure, Revision, Territoire
from .serializers import LigneSerializer

CHANGED = ["valeur", "extrait_le", "enregistre_le", "lot", "definition", "annee"]


def recevoir(enveloppe, lignes):
    """Return the report of a push whose good rows are written."""
    definitions = dict(Grandeur.objects.values_list("code", "definition"))
    communes = dict(Territoire.objects.values_list("code", "commune"))
    serializer = LigneSerializer(data=lignes, many=True, context={"grandeurs": definitions, "territoires": communes})
    good = serializer.is_valid()
    rejets = [
        {"index": index, "fautes": fautes}
        for index, fautes in enumerate(serializer.errors if not good else ())
        if fautes
    ]
    refused = {each["index"] for each in rejets}
    bonnes = serializer.validated_data if good else _valid(lignes, refused, serializer.context)
    lot = uuid.uuid4().hex
    with transaction.atomic():
        verdicts = _write(enveloppe, bonnes, lot, (definitions, communes))
    return {"lot": lot, **verdicts, "rejetees": len(rejets), "rejets": rejets}


def _valid(lignes, refused, context):
    kept = [ligne for index, ligne in enumerate(lignes) if index not in refused]
    again = LigneSerializer(data=kept, many=True, context=context)
    again.is_valid(raise_exception=True)
    return again.validated_data


def _write(enveloppe, lignes, lot, known):
    """Write what is new or changed; count verdicts."""
    standing = {
        tuple(key): valeur
        for *key, valeur in Mesure.objects.filter(
            grandeur__in={ligne["grandeur"] for ligne in lignes},
            periode__in={ligne["periode"] for ligne in lignes},
            source=enveloppe["source"],
        ).values_list(*CLE, "valeur")
    }
    definitions, communes = known
    now, extrait_le = timezone.now(), parse_datetime(enveloppe["extrait_le"])
    verdicts, changed = Counter(creees=0, modifiees=0, inchangees=0), []
    for ligne in lignes:
        key = (*(ligne[name] for name in CLE[:4]), enveloppe["source"])
        verdict = _verdict(standing, key, ligne["valeur"])
        verdicts[verdict] += 1
        if verdict != "inchangees":
            changed.append(
                {
                    **ligne,
                    "commune": communes[ligne["territoire"]],
                    "annee": int(ligne["periode"][:4]),
                    "source": enveloppe["source"],
                    "definition": definitions[ligne["grandeur"]],
                    "extrait_le": extrait_le,
                    "enregistre_le": now,
                    "lot": lot,
                }
            )
    Mesure.objects.bulk_create(
        [Mesure(**each) for each in changed], update_conflicts=True, unique_fields=CLE, update_fields=CHANGED
    )
    Revision.objects.bulk_create([Revision(**each) for each in changed])
    return verdicts


def _verdict(standing, key, valeur):
    if key not in standing:
        return "creees"
    return "inchangees" if standing[key] == valeur else "modifiees"
