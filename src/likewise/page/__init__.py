"""The page: an engine that asks several people, and the screens on which they answer and look."""

from likewise.page.app import make_app, require_web
from likewise.page.engine import Engine
from likewise.page.ledger import Ledger
from likewise.page.serving import serve
from likewise.page.setting import Setting
from likewise.page.standing import Standing, standing_of
from likewise.page.viewing import make_view_app
from likewise.page.working import Work

__all__ = [
    "Engine",
    "Ledger",
    "Setting",
    "Standing",
    "Work",
    "make_app",
    "make_view_app",
    "require_web",
    "serve",
    "standing_of",
]
