"""The `portal` command. Each command imports what it needs when it runs: only those of the seal server see the HSM."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from portal.core.errors import PortalError
from portal.core.settings import Settings, load


class PlainErrors(click.Group):
    """Says refusals as sentences, not tracebacks."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except PortalError as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=PlainErrors)
@click.pass_context
def main(context: click.Context) -> None:
    """Gongwen 公文: the exchange of official documents between a city's offices."""
    context.obj = load()


@main.command()
@click.option("--demo/--no-demo", default=False, help="Load the fictional demo city 南澄市 and print its accounts.")
@click.pass_obj
def run(settings: Settings, demo: bool) -> None:
    """Prepare everything and serve until Ctrl-C; the last line is the address."""
    from dataclasses import replace

    from portal.commands import preparation, running

    preparation.require_redis(settings)
    running.run(replace(settings, demo=settings.demo or demo))


@main.command()
@click.pass_obj
def migrate(settings: Settings) -> None:
    """Bring the database to the newest schema."""
    from portal.commands.preparation import prepare_data

    prepare_data(settings)


@main.command()
@click.pass_obj
def worker(settings: Settings) -> None:
    """Run a worker: typesetting, checks, copies."""
    from portal import worker as process

    process.main(settings)


@main.command("seal-server")
@click.pass_obj
def seal_server(settings: Settings) -> None:
    """Run the seal server, the only process that holds the HSM."""
    from portal import sealserver

    sealserver.main(settings)


@main.command("seal-counts")
@click.pass_obj
def seal_counts(settings: Settings) -> None:
    """Compare the seal server's own count of each seal's uses with the use book; on the seal server's machine."""
    from portal.commands.seal_counts import lines

    said, agrees = lines(settings)
    for line in said:
        click.echo(line)
    if not agrees:
        raise click.exceptions.Exit(1)


@main.command()
@click.pass_obj
def scheduler(settings: Settings) -> None:
    """Run the scheduler."""
    from portal import scheduler as process

    process.main(settings)


@main.group()
def hsm() -> None:
    """The encryption device."""


@hsm.command("init")
@click.option("--module", help="Path of the PKCS#11 module; SoftHSM when left out.")
@click.pass_obj
def hsm_init(settings: Settings, module: str | None) -> None:
    """Initialise the device once; writes the shares of the two operators to two files."""
    from portal.commands.device_init import initialise

    for path in initialise(settings, module):
        click.echo(path)


@main.group()
def demo() -> None:
    """The demo city."""


@demo.command("load")
@click.pass_obj
def demo_load(settings: Settings) -> None:
    """Load the demo city and hold the ceremonies of its seals."""
    from portal.commands import demonstration

    demonstration.load(settings)


@demo.command("code")
@click.argument("account")
@click.option("--mobile", is_flag=True, help="The last short message instead: the demo has no gateway.")
@click.pass_obj
def demo_code(settings: Settings, account: str, mobile: bool) -> None:
    """Print the second-factor code of a demo account."""
    from portal.commands import demonstration

    click.echo(demonstration.message(settings, account) if mobile else demonstration.code(settings, account))


@main.command("demo-document")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--to", "folder", type=click.Path(file_okay=False, path_type=Path), help="Folder for the results.")
@click.pass_obj
def demo_document(settings: Settings, file: Path, folder: Path | None) -> None:
    """Drive a text file through the whole life of a document on the demo city; the last line is the folder."""
    from portal.commands import demo_document as drive

    click.echo(drive.run(settings, file, folder))


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--ca", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Certificate of the Seal CA.")
@click.option(
    "--certificate", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Certificate of the verification seal, to judge a code without a register.",
)  # fmt: skip
@click.option("--details", is_flag=True, help="Say what was looked at, line by line.")
@click.pass_obj
def verify(settings: Settings, file: Path, ca: Path | None, certificate: Path | None, details: bool) -> None:
    """Say `valid` or `invalid: why` of a sealed file or of a text file with a copy's code."""
    from portal.commands.verification import verdict

    answer = verdict(settings, file, ca, certificate)
    click.echo("\n".join((answer.line, *(answer.details if details else ()))))
    sys.exit(0 if answer.line == "valid" else 1)


if __name__ == "__main__":
    main()
