"""`jalon serve` and `jalon worker`."""

import threading

import click
from waitress import serve as serve_http

from jalon.doors.cli.group import Composition, composed, main
from jalon.store.wiring import Wiring


@main.command()
@click.option("--host", default=None, help="Adresse d’écoute.")
@click.option("--port", default=None, type=int, help="Port d’écoute.")
@click.option("--with-worker/--without-worker", default=True, help="Exécuter aussi les travaux, dans ce processus.")
@composed
def serve(composition: Composition, host: str | None, port: int | None, with_worker: bool) -> None:
    """Servir l’application, avec les travaux de fond pour une seule machine."""
    run(composition, composition.ready, host=host, port=port, with_worker=with_worker)


def run(
    composition: Composition,
    wiring: Wiring,
    *,
    host: str | None = None,
    port: int | None = None,
    with_worker: bool = True,
) -> None:
    """Serve until interrupted."""
    settings = wiring.settings
    host, port = host or settings.host, port or settings.port
    stop = threading.Event()
    worker = threading.Thread(target=_work, args=(composition, wiring, stop), name="worker", daemon=True)
    if with_worker:
        worker.start()
    click.echo(f"Jalon répond sur http://{host}:{port} (Ctrl+C pour arrêter).")
    try:
        serve_http(composition.create_app(wiring), host=host, port=port, threads=8, ident="jalon")
    finally:
        stop.set()
        if with_worker:
            worker.join(timeout=10)


@main.command()
@click.option("--once", is_flag=True, help="Faire ce qui est dû, puis s’arrêter.")
@composed
def worker(composition: Composition, once: bool) -> None:
    """Exécuter minuteurs, envois et travaux ; autant de processus que voulu."""
    done = composition.run_worker(composition.ready, once)
    if once:
        click.echo(f"{done} actions faites.")


def _work(composition: Composition, wiring: Wiring, stop: threading.Event) -> None:
    composition.run_worker(wiring, False, stop=stop)
