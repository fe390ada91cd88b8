"""The server and its screens: answer questions and look at graphs in the browser."""

from likewise.web.app import make_app, require_web
from likewise.web.background import BackgroundTask
from likewise.web.context import AskContext
from likewise.web.serving import serve
from likewise.web.viewing import make_view_app

__all__ = ["AskContext", "BackgroundTask", "make_app", "make_view_app", "require_web", "serve"]
