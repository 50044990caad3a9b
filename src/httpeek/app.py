"""The companion app for other servers: `gunicorn httpeek.app:app`, `uwsgi --module httpeek.app:app`."""

from httpeek.server.app import app

application = app

__all__ = ["app", "application"]
