"""Receivers that lose answers, fail or count."""

from collections import Counter
from random import Random

from jalon.base.ports import Mail


class MailBox:
    """A mailer that keeps what it receives."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []

    def send(self, mail: Mail) -> None:
        self.mails.append(mail)


class LossyReceiver:
    """Takes each message, but loses a share of its answers; processes each key once."""

    def __init__(self, share: float, seed: int = 1) -> None:
        self._share, self._random = share, Random(seed)
        self.received: Counter[str] = Counter()
        self.processed: list[str] = []

    def send(self, mail: Mail) -> None:
        if mail.key not in self.received:
            self.processed.append(mail.key)
        self.received[mail.key] += 1
        if self._random.random() < self._share:
            raise TimeoutError


class DeadReceiver:
    """Never answers."""

    def send(self, mail: Mail) -> None:
        raise ConnectionRefusedError
