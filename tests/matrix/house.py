"""The application over the test city with the scene set, in a folder of its own. SQLite: it is about who gets in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from portal import wiring
from portal.core import runtime as runtimes
from portal.core.crypto import StorageKeys
from portal.core.db import unit_of_work
from portal.core.runtime import Runtime
from portal.core.settings import Settings
from tests.city import City, read_city
from tests.clients import app_for
from tests.databases import SqliteMaker
from tests.matrix.actors import ACTING, Actor, enter
from tests.matrix.objects import Scene, set_scene
from tests.matrix.walking import Tried, try_all


@dataclass(frozen=True)
class Stage:
    """Where the actors come on."""

    app: Flask
    runtime: Runtime
    city: City
    scene: Scene
    database: Path

    def walk(self, actor: Actor) -> list[Tried]:
        """The actor tries all doors."""
        client = enter(self.app, self.runtime, self.city, actor)
        person = None if actor.role is None or actor is ACTING else actor.person(self.city)
        return list(try_all(self.app, client, person, self.scene, self.database))


@contextmanager
def stage(maker: SqliteMaker, folder: Path) -> Iterator[Stage]:
    """Build it."""
    with maker.fresh(folder, with_city=True) as url:
        settings = Settings(data_dir=folder, database_url=url)
        StorageKeys.create(settings.storage_keys_file)
        runtime = Runtime(settings)
        runtimes.install(runtime)
        wiring.wire()
        with unit_of_work(runtime.engine) as session:
            city = read_city(session)
            scene = set_scene(session, runtime, city)
        app = app_for(runtime)
        app.config["PROPAGATE_EXCEPTIONS"] = False
        yield Stage(app, runtime, city, scene, folder / "portal.db")
        runtime.engine.dispose()
