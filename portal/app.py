"""The web application: sees every capability; nothing sees it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask, request
from flask_babel import Babel, get_locale
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from portal import wiring
from portal.briefs import views as briefs
from portal.certificates import public_views as authority
from portal.certificates import service_views as certification
from portal.certificates import views as certificates
from portal.content import readers
from portal.content import views as content
from portal.core import clock, jobs, logs
from portal.core import runtime as runtimes
from portal.core.keyfile import read_or_create_key
from portal.core.permissions import Permission
from portal.core.queueing import offer_to
from portal.core.runtime import Runtime
from portal.core.settings import Settings
from portal.core.text import both_names
from portal.desk import views as desk
from portal.disclosure import views as disclosure
from portal.documents import views as documents
from portal.exchange import inbox_check_views as inbox_checks
from portal.exchange import verification
from portal.exchange import views as exchange
from portal.health import views as health
from portal.journals import views as journals
from portal.notices import views as notices
from portal.people import admin_views as staff
from portal.people import computer_views, gates, headship_views, key_views, session_views
from portal.people import delegation_views as delegations
from portal.people import slip_views as slips
from portal.people import views as people
from portal.people.sessions import identify
from portal.registration import change_views as changes
from portal.registration import import_views
from portal.registration import views as registration
from portal.reports import views as reports
from portal.seals import (
    applying_views,
    carrier_views,
    ceremony_views,
    custody_views,
    face_views,
    paper_views,
    pki,
    register_views,
    rules_views,
    trust_views,
    use_views,
)
from portal.seals import views as seals
from portal.seals.ceremonies import require_rules
from portal.support import views as support
from portal.tasks import views as tasks
from portal.units import views as units
from portal.web import (
    access,
    database,
    errors,
    filters,
    limits,
    navigation,
    preferences,
    security,
    shortcuts,
)
from portal.workstatus import views as workstatus

ROOT = Path(__file__).parent.parent
CAPABILITIES = (
    desk,
    people,
    key_views,
    session_views,
    gates,
    computer_views,
    delegations,
    documents,
    exchange,
    inbox_checks,
    verification,
    content,
    notices,
    workstatus,
    tasks,
    reports,
    briefs,
    disclosure,
    journals,
    seals,
    applying_views,
    use_views,
    register_views,
    paper_views,
    rules_views,
    carrier_views,
    ceremony_views,
    custody_views,
    pki,
    face_views,
    trust_views,
    certificates,
    certification,
    authority,
    support,
    registration,
    units,
    changes,
    staff,
    headship_views,
    slips,
    import_views,
    health,
)
FORM_OVERHEAD = 2 * 1024 * 1024


def create_app(settings: Settings, runtime: Runtime | None = None) -> Flask:
    """The portal for `settings`. Raises LookupError when a route declares no access."""
    require_rules()
    runtime = runtime or Runtime(settings)
    runtimes.install(runtime)
    logs.configure(settings.log_format)
    app = database.PortalFlask(
        "portal", template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "portal" / "static")
    )
    configure(app, settings, runtime)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    wiring.wire()
    jobs.offer_through(offer_to(runtime.redis))
    for part in (security, errors, filters, database):
        part.install(app)
    limits.install(app, settings)
    CSRFProtect(app).exempt(pki.blueprint)  # other programs ask there, with nothing to forge
    Babel(app, locale_selector=preferences.chosen_locale)
    shortcuts.install(app)
    for capability in (*CAPABILITIES, preferences):
        app.register_blueprint(capability.blueprint)
    access.install(app, identify, (gates.require_computer, gates.require_proof))
    entries = [item for capability in CAPABILITIES for item in getattr(capability, "NAVIGATION", ())]
    navigation.install(app, entries, readers.asker_of)
    app.context_processor(_page_context)
    access.check_routes(app)
    return app


def configure(app: Flask, settings: Settings, runtime: Runtime) -> None:
    """Let the application work with `runtime`: everything in it that comes from the settings."""
    app.extensions["runtime"] = runtime
    app.config.update(
        SECRET_KEY=read_or_create_key(settings.session_key_file),
        SESSION_COOKIE_NAME="gongwen_form",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=12),
        WTF_CSRF_TIME_LIMIT=12 * 3600,
        MAX_CONTENT_LENGTH=runtime.rules.max_document_bytes + FORM_OVERHEAD,
        MAX_FORM_MEMORY_SIZE=8 * 1024 * 1024,
        BABEL_DEFAULT_LOCALE="zh_Hans_CN",
        BABEL_TRANSLATION_DIRECTORIES=str(ROOT / "portal" / "translations"),
        BABEL_DEFAULT_TIMEZONE="Asia/Shanghai",
    )


def _page_context() -> dict[str, Any]:
    settings = database.runtime().settings
    person = access.person_or_none()
    locale = get_locale()
    return {
        "current_person": person,
        "named": lambda who, stood_for: both_names(who.name, stood_for.name if stood_for else None),
        "navigation": navigation.navigation,
        "may": lambda name: person is not None and person.may(Permission(name)),
        "city_name": settings.city_name,
        "system_name": settings.system_name,
        "demo": settings.demo,
        "locale": locale.language if locale else "zh",
        "large_type": bool(request.cookies.get("large_type")),
        "now_city": clock.to_city(clock.now()),
        "rules": database.runtime().rules,
    }
