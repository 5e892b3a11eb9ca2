"""The addresses: two viewsets by a router, and the push."""

from django.urls import include, path
from plan.views import FicheViewSet, LotView, MesureViewSet
from rest_framework.routers import DefaultRouter

router = DefaultRouter()
router.register("fiches", FicheViewSet)
router.register("mesures", MesureViewSet)
urlpatterns = [path("api/lots/", LotView.as_view()), path("api/", include(router.urls))]
