"""Entry of the web processes: `gunicorn wsgi:app`."""

from portal.core.isolation import forbid_hsm

forbid_hsm()

from portal.app import create_app  # noqa: E402 - the HSM is locked out before anything else is imported
from portal.core.settings import load  # noqa: E402

app = create_app(load())
