"""The application over the test city with the scene set, in a folder of its own. SQLite: it is about who gets in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from portal import wiring
from portal.core import jobs
from portal.core import runtime as runtimes
from portal.core.crypto import StorageKeys
from portal.core.db import unit_of_work
from portal.core.runtime import Runtime
from portal.core.settings import Settings
from tests.city import City, read_city
from tests.clients import app_for
from tests.databases import SqliteMaker, share_compiled
from tests.matrix.actors import ACTING, Actor, enter
from tests.matrix.objects import Scene, set_scene
from tests.matrix.walking import Kept, Tried, try_all


@dataclass(frozen=True)
class Stage:
    """Where the actors come on."""

    app: Flask
    runtime: Runtime
    city: City
    scene: Scene
    kept: Kept
    """The database as it is before anybody comes."""

    def walk(self, actor: Actor) -> list[Tried]:
        """The actor tries all doors, of a stage on which nobody has been before."""
        self.kept.put_back()
        runtimes.install(self.runtime)
        jobs.offer_through(None)
        client = enter(self.app, self.runtime, self.city, actor)
        person = None if actor.role is None or actor is ACTING else actor.person(self.city)
        return list(try_all(self.app, client, person, self.scene, self.kept.database))


@contextmanager
def stage(maker: SqliteMaker, folder: Path) -> Iterator[Stage]:
    """Build it."""
    with maker.fresh(folder, with_city=True) as url:
        settings = Settings(data_dir=folder, database_url=url)
        StorageKeys.create(settings.storage_keys_file)
        runtime = Runtime(settings)
        share_compiled(runtime.engine)
        runtimes.install(runtime)
        wiring.wire()
        with unit_of_work(runtime.engine) as session:
            city = read_city(session)
            scene = set_scene(session, runtime, city)
        app = app_for(runtime)
        app.config["PROPAGATE_EXCEPTIONS"] = False
        with closing(Kept(folder / "portal.db", "empty")) as kept:
            yield Stage(app, runtime, city, scene, kept)
        runtime.engine.dispose()
