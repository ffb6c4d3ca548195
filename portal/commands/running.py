"""Bringing the embedded installation up."""

from __future__ import annotations

import os

import click

from portal.commands.preparation import prepare_data, prepare_softhsm, run_apart
from portal.commands.serving import Supervisor, environment_of
from portal.core import logs
from portal.core.settings import Settings


def run(settings: Settings) -> None:
    """Prepare, start, print the accounts and the address, watch until told to stop."""
    logs.configure(settings.log_format)
    os.environ.update(environment_of(settings))
    click.echo("Preparing data and device …")
    prepare_data(settings)
    if not settings.seal_server_file.exists():
        prepare_softhsm(settings)
        run_apart("hsm", "init")
    if settings.demo:
        click.echo("Loading the demo city 南澄市 …")
        run_apart("demo", "load")
    supervisor = Supervisor(settings)
    with supervisor.running():
        _announce(settings, supervisor)
        supervisor.watch()


def _announce(settings: Settings, supervisor: Supervisor) -> None:
    checks = supervisor.wait_until_ready()
    if supervisor.stopping.is_set():
        return
    if settings.demo:
        from portal.commands import demonstration

        click.echo(demonstration.accounts_table(settings))
    for name, good in checks.items():
        if not good:
            click.echo(f"not ready: {name} (see the messages above)")
    click.echo(settings.base_url)
