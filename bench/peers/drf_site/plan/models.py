"""The same data as tables: fiches with their actions and indicateurs, measurements and their revisions."""

from django.db import models


class Fiche(models.Model):
    """A fiche-action; lists of plain texts and figures stay documents."""

    numero = models.PositiveIntegerField(primary_key=True)
    plan = models.CharField(max_length=80)
    titre = models.TextField()
    axe = models.CharField(max_length=20)
    objectif = models.CharField(max_length=20, null=True)
    statut = models.CharField(max_length=40)
    debut = models.DateField(null=True)
    fin = models.DateField(null=True)
    note = models.TextField(null=True)
    thematiques = models.JSONField()
    publics = models.JSONField()
    pilotes = models.JSONField()
    echeances = models.JSONField()
    autres = models.JSONField()

    class Meta:
        """In the order of the plan."""

        ordering = ("numero",)


class Action(models.Model):
    """An action of a fiche."""

    code = models.CharField(max_length=20, primary_key=True)
    fiche = models.ForeignKey(Fiche, models.CASCADE, related_name="actions")
    rang = models.PositiveIntegerField()
    numero_officiel = models.CharField(max_length=20, null=True)
    groupe = models.TextField(null=True)
    titre = models.TextField()
    contenu = models.JSONField()
    statut = models.CharField(max_length=40)
    debut = models.DateField(null=True)
    fin = models.DateField(null=True)
    note = models.TextField(null=True)

    class Meta:
        """In the order of the fiche."""

        ordering = ("rang",)


class Indicateur(models.Model):
    """An indicateur of a fiche."""

    code = models.CharField(max_length=20, primary_key=True)
    fiche = models.ForeignKey(Fiche, models.CASCADE, related_name="indicateurs")
    libelle = models.TextField()

    class Meta:
        """As it is read."""

        ordering = ("code",)


class Grandeur(models.Model):
    """What may be measured."""

    code = models.CharField(max_length=40, primary_key=True)
    definition = models.PositiveIntegerField()


class Territoire(models.Model):
    """Where it may be, and the commune of today for which it counts."""

    code = models.CharField(max_length=40, primary_key=True)
    commune = models.CharField(max_length=40)


class Etat(models.Model):
    """What a measurement says, now or once."""

    grandeur = models.CharField(max_length=40)
    territoire = models.CharField(max_length=40)
    commune = models.CharField(max_length=40)
    periode = models.CharField(max_length=20)
    annee = models.PositiveIntegerField()
    ventilation = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=80)
    definition = models.PositiveIntegerField()
    valeur = models.FloatField(null=True)
    numerateur = models.FloatField(null=True)
    denominateur = models.FloatField(null=True)
    somme = models.FloatField(null=True)
    effectif = models.FloatField(null=True)
    modalite = models.TextField(null=True)
    texte = models.TextField(null=True)
    statut = models.CharField(max_length=40, null=True)
    confidentialite = models.CharField(max_length=40, null=True)
    commentaire = models.TextField(null=True)
    extrait_le = models.DateTimeField()
    enregistre_le = models.DateTimeField()
    lot = models.CharField(max_length=60, null=True)
    supprimee = models.BooleanField(default=False)

    class Meta:
        """Two tables, not one."""

        abstract = True


CLE = ("grandeur", "territoire", "periode", "ventilation", "source")


class Mesure(Etat):
    """The current state."""

    class Meta:
        """One row a natural key."""

        constraints = (models.UniqueConstraint(fields=CLE, name="mesure_cle"),)


class Revision(Etat):
    """A state it had."""

    class Meta:
        """Found by its natural key."""

        indexes = (models.Index(fields=CLE, name="revision_cle"),)
