"""`jalon serve` and `jalon worker`."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import click
from flask import Flask
from waitress import create_server, wasyncore

from jalon.base.settings import Settings
from jalon.doors.cli.group import Composition, composed, main
from jalon.doors.cli.logs import write_logs
from jalon.store.wiring import Wiring

THREADS = 8
DRAIN_SECONDS = 20  # a supervisor waits longer than this before it kills


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
    """Serve until told to stop; the requests at hand are answered first."""
    settings = wiring.settings
    host, port = host or settings.host, port or settings.port
    write_logs(texts=not settings.production)
    app = composition.create_app(wiring)
    stop = threading.Event()
    worker = threading.Thread(target=_work, args=(composition, wiring, stop), name="worker", daemon=True)
    if with_worker:
        worker.start()
    try:
        with _stopped_by_signals(stop):
            _serve(app, settings, host, port, stop)
    finally:
        stop.set()
        if with_worker:
            worker.join(timeout=DRAIN_SECONDS)


@main.command()
@click.option("--once", is_flag=True, help="Faire ce qui est dû, puis s’arrêter.")
@composed
def worker(composition: Composition, once: bool) -> None:
    """Exécuter minuteurs, envois et travaux ; autant de processus que voulu."""
    wiring = composition.ready
    write_logs(texts=not wiring.settings.production)
    done = composition.run_worker(wiring, once)
    if once:
        click.echo(f"{done} actions faites.")


def _work(composition: Composition, wiring: Wiring, stop: threading.Event) -> None:
    composition.run_worker(wiring, False, stop=stop)


def _serve(app: Flask, settings: Settings, host: str, port: int, stop: threading.Event) -> None:
    sockets: dict[int, Any] = {}
    server = create_server(
        app,
        map=sockets,
        host=host,
        port=port,
        threads=THREADS,
        ident="jalon",
        max_request_body_size=2 * settings.max_upload_mb * 1024 * 1024,
        # the application reads these headers itself, and only as many hops as the operator declared
        clear_untrusted_proxy_headers=not settings.proxy_hops,
    )
    click.echo(f"Jalon répond sur http://{host}:{port} (Ctrl+C pour arrêter).")
    while not stop.is_set():
        _turn(sockets)
    for listener in [one for one in sockets.values() if getattr(one, "accepting", False)]:
        listener.del_channel()  # newcomers find another process, or are told at once
        listener.socket.close()
    end = time.monotonic() + DRAIN_SECONDS
    while time.monotonic() < end and any(_busy(one) for one in sockets.values()):
        _turn(sockets)
    server.task_dispatcher.shutdown()


def _turn(sockets: dict[int, Any]) -> None:
    wasyncore.loop(timeout=0.2, map=sockets, use_poll=True, count=1)


def _busy(channel: Any) -> bool:
    """Tell whether a connection has a request under way or an answer not sent yet."""
    return bool(
        getattr(channel, "requests", None)
        or getattr(channel, "request", None)
        or getattr(channel, "total_outbufs_len", 0)
    )


@contextmanager
def _stopped_by_signals(stop: threading.Event) -> Iterator[None]:
    """Have SIGTERM and Ctrl+C set the event once; a second one ends the process at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before: dict[int, Any] = {}

    def ask(_number: int, _frame: FrameType | None) -> None:
        stop.set()
        for number, handler in before.items():
            signal.signal(number, handler)

    before.update({number: signal.signal(number, ask) for number in (signal.SIGTERM, signal.SIGINT)})
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
