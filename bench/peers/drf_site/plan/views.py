"""Reads by viewsets; the push by a view of its own."""

from django.db.models import Count, Q, Sum
from rest_framework.decorators import action
from rest_framework.pagination import CursorPagination, PageNumberPagination
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ReadOnlyModelViewSet

from .lots import recevoir
from .models import Fiche, Mesure
from .serializers import FicheEntiereSerializer, FicheSerializer, MesureSerializer


class ParPage(PageNumberPagination):
    """The whole plan in a page."""

    page_size = 38


class ParCurseur(CursorPagination):
    """A page of raw rows, without counting the others."""

    page_size = 100
    ordering = ("territoire", "periode", "ventilation", "source")


class FicheViewSet(ReadOnlyModelViewSet):
    """Fiches; what belongs to one is fetched in two more queries."""

    queryset = Fiche.objects.annotate(
        nombre=Count("actions"), realisees=Count("actions", filter=Q(actions__statut="realisee"))
    ).order_by("numero")
    pagination_class = ParPage

    def get_queryset(self):
        """Fetch beside what the whole fiche shows."""
        found = super().get_queryset()
        if self.action == "retrieve":
            return found.prefetch_related("actions", "indicateurs")
        return found.defer("autres")

    def get_serializer_class(self):
        """A list shows less."""
        return FicheEntiereSerializer if self.action == "retrieve" else FicheSerializer


class MesureViewSet(ReadOnlyModelViewSet):
    """Raw rows of a grandeur, and their sums."""

    queryset = Mesure.objects.filter(supprimee=False)
    serializer_class = MesureSerializer
    pagination_class = ParCurseur

    def get_queryset(self):
        """Keep the grandeur asked for."""
        return super().get_queryset().filter(grandeur=self.request.query_params["grandeur"])

    @action(detail=False)
    def agregat(self, request):
        """Add up the totals by commune of today and year."""
        found = self.get_queryset().filter(
            ventilation="",
            annee__gte=request.query_params["de"],
            annee__lte=request.query_params["a"],
        )
        cells = found.values("commune", "annee").annotate(valeur=Sum("valeur")).order_by("commune", "annee")
        return Response({"elements": list(cells)})


class LotView(APIView):
    """A push: every row gets its verdict."""

    def post(self, request):
        """Check, write, report."""
        return Response(recevoir(request.data["enveloppe"], request.data["mesures"]))
