"""What goes out and comes in."""

import re
from datetime import date

from rest_framework import serializers

from .models import Action, Fiche, Indicateur, Mesure

CLOS = ("realisee", "abandonnee")
PERIODE = re.compile(r"\d{4}(-(0[1-9]|1[0-2]))?$")


class EnRetardMixin(serializers.Serializer):
    """Late: its last day is over and nobody closed it."""

    en_retard = serializers.SerializerMethodField()

    def get_en_retard(self, element):
        """Compare with today."""
        return element.fin is not None and element.fin < date.today() and element.statut not in CLOS  # noqa: DTZ011


class ActionSerializer(EnRetardMixin, serializers.ModelSerializer):
    """An action inside its fiche."""

    class Meta:
        """Its members."""

        model = Action
        fields = (
            *("code", "rang", "numero_officiel", "groupe", "titre", "contenu"),
            *("statut", "debut", "fin", "en_retard", "note"),
        )


class IndicateurSerializer(serializers.ModelSerializer):
    """An indicateur inside its fiche."""

    class Meta:
        """Its members."""

        model = Indicateur
        fields = ("code", "libelle")


class FicheSerializer(EnRetardMixin, serializers.ModelSerializer):
    """A fiche in a list; how far it is comes from counts that the query makes."""

    avancement = serializers.SerializerMethodField()

    class Meta:
        """Its members."""

        model = Fiche
        fields = (
            *("numero", "titre", "axe", "objectif", "thematiques", "publics", "statut", "debut", "fin", "en_retard"),
            *("note", "avancement", "pilotes", "echeances"),
        )

    def get_avancement(self, fiche):
        """Count what is done."""
        part = round(100 * fiche.realisees / fiche.nombre) if fiche.nombre else 0
        return {"actions": fiche.nombre, "realisees": fiche.realisees, "part": part}


class FicheEntiereSerializer(FicheSerializer):
    """A fiche and what belongs to it."""

    actions = ActionSerializer(many=True)
    indicateurs = IndicateurSerializer(many=True)

    class Meta:
        """Its members; the documents of ``autres`` come beside them."""

        model = Fiche
        fields = ("plan", *FicheSerializer.Meta.fields, "actions", "indicateurs")

    def to_representation(self, instance):
        """Put the documents beside the other members."""
        return {**super().to_representation(instance), **instance.autres}


class VentilationField(serializers.Field):
    """A breakdown: an object outside, ``dimension:modalite`` inside."""

    def to_representation(self, value):
        """Write the object."""
        return dict(part.split(":", 1) for part in value.split("|")) if value else {}

    def to_internal_value(self, data):
        """Read it; dimensions are put in order."""
        if not isinstance(data, dict):
            raise serializers.ValidationError("un objet est attendu")
        return "|".join(f"{name}:{data[name]}" for name in sorted(data))


class MesureSerializer(serializers.ModelSerializer):
    """A measurement, read or pushed."""

    ventilation = VentilationField(default="")

    class Meta:
        """Its members."""

        model = Mesure
        fields = (
            *("grandeur", "territoire", "periode", "ventilation", "source", "definition", "valeur", "numerateur"),
            *("denominateur", "somme", "effectif", "modalite", "texte", "statut", "confidentialite", "commentaire"),
            *("extrait_le", "enregistre_le", "lot", "supprimee"),
        )


class LigneSerializer(serializers.Serializer):
    """A row of a push, checked against what is known."""

    grandeur = serializers.CharField(max_length=40)
    territoire = serializers.CharField(max_length=40)
    periode = serializers.CharField(max_length=20)
    ventilation = VentilationField(default="")
    valeur = serializers.FloatField(min_value=0, allow_null=True)

    def validate_grandeur(self, value):
        """Refuse what is not measured."""
        if value not in self.context["grandeurs"]:
            raise serializers.ValidationError("grandeur inconnue")
        return value

    def validate_territoire(self, value):
        """Refuse what is not a place."""
        if value not in self.context["territoires"]:
            raise serializers.ValidationError("territoire inconnu")
        return value

    def validate_periode(self, value):
        """Refuse what is not a year or a month."""
        if not PERIODE.match(value):
            raise serializers.ValidationError("période mal formée")
        return value
