"""The application of the pages: what anyone reads, in French by default, and what stands beside it."""

from collections.abc import Mapping

from starlette.applications import Starlette
from starlette.routing import Route

from gateway.joins import Answered
from gateway.pages import adviser, partner, signin, views
from gateway.pages.addresses import PORTAL
from gateway.pages.rendering import Renderer
from gateway.pages.sessions import Sessions
from gateway.settings import Settings
from gateway.upstreams import Upstream
from shared.errors import Refus
from shared.tokens import AccessControl


def create_pages(settings: Settings, upstreams: Mapping[str, Upstream]) -> Starlette:
    """Return the portal; it asks ``upstreams`` as any caller would."""
    routes = [
        Route("/", views.show_plan),
        Route("/fiches/{numero}", views.show_fiche),
        Route("/indicateurs/{code}", views.show_indicateur),
        Route("/recherche", views.show_recherche),
        Route("/rio", adviser.show_rio),
        Route("/rio/proposition", adviser.show_proposition, methods=["GET", "POST"]),
        Route("/lots", partner.show_lots, methods=["GET", "POST"]),
        Route("/lots/{id}", partner.show_lot),
        Route("/lots/{id}/rejets.csv", partner.give_rejets),
        Route("/connexion", signin.show_connexion, methods=["GET", "POST"]),
        Route("/connexion/depart", signin.depart),
        Route("/connexion/retour", signin.come_back),
        Route("/connexion/sortie", signin.leave_issuer),
        Route("/deconnexion", signin.leave, methods=["POST"]),
        Route("/accessibilite", views.show_accessibilite),
        Route("/mentions-legales", views.show_mentions),
        Route("/statique/{nom}", views.show_statique),
    ]
    app = Starlette(
        routes=routes,
        exception_handlers={
            Answered: views.show_refusal,
            Refus: views.show_refusal,
            404: views.show_missing,
            405: views.show_missing,
        },
    )
    app.state.name = PORTAL
    app.state.upstreams = upstreams
    app.state.join_seconds = settings.first_byte_seconds / 2
    sessions = Sessions(settings.secret_sessions, secure=(settings.adresse or "").startswith("https:"))
    app.state.signin = signin.SignIn(settings, sessions, AccessControl(settings.identity))
    app.state.renderer = Renderer(editeur=settings.editeur, contact=settings.contact)
    return app
