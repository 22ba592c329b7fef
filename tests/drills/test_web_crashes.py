"""Web servers killed and restarted while people submit: nothing acknowledged is lost, nothing is done twice."""

import random
import time
from collections.abc import Callable

import pytest

from drills.ledger import CLEAN, account
from drills.rig import Crowd, Installation, Server, size

PEOPLE = 4


def drill(installation: Installation, kills: int, submissions: int, seed: int = 3) -> dict[str, float]:
    """Kill servers at random instants until `submissions` are acknowledged and `kills` are done; return figures."""
    chance = random.Random(seed)
    installation.prepare(submissions)
    servers = [Server(installation), Server(installation)]
    for server in servers:
        server.wait()
    crowd = Crowd([server.port for server in servers], installation.tasks, PEOPLE)
    begun, done = time.monotonic(), 0
    crowd.start()
    try:
        while done < kills and crowd.busy:
            # spread over the submissions, at any point of the work on one
            while len(crowd.acknowledged) < done * submissions / kills and crowd.busy:
                time.sleep(0.002)
            time.sleep(chance.uniform(0, 0.03))
            victims = [server for server in servers if server.ready()]
            if not victims:
                continue
            victim = chance.choice(victims)
            victim.kill()
            victim.start()
            done += 1
        crowd.join()
    finally:
        for server in servers:
            server.kill()
    seconds = time.monotonic() - begun
    logs = "".join(server.log.read_text() for server in servers)
    assert "database is locked" not in logs
    assert (crowd.refused, len(crowd.acknowledged)) == ([], submissions)
    assert account(installation, crowd) == CLEAN
    assert done == kills
    return {
        "kills": done,
        "acknowledged": submissions,
        "lost": 0,
        "doubled": 0,
        "retries": crowd.retries,
        "seconds": seconds,
    }


@pytest.mark.drill
@pytest.mark.req("R3", "R12")
@pytest.mark.parametrize("installation", ["sqlite"], indirect=True)
def test_a_few_kills_of_web_servers_lose_and_double_nothing(
    installation: Installation, figure: Callable[..., None]
) -> None:
    figure(**drill(installation, kills=3, submissions=30))


@pytest.mark.drill
@pytest.mark.req("R3", "R12")
def test_three_hundred_kills_of_web_servers_lose_and_double_nothing(
    installation: Installation, figure: Callable[..., None]
) -> None:
    figure(**drill(installation, kills=size(300), submissions=size(3_000)))
