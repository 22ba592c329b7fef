"""Mail on a real socket or in a folder, files by their hash, other systems."""

import email
import socketserver
import threading
from collections.abc import Iterator
from email.policy import default
from pathlib import Path

import pytest

from jalon.base.errors import NotFound
from jalon.base.ports import Mail
from jalon.base.settings import SettingInvalid, Settings
from jalon.gateways.connectors import HttpConnector
from jalon.gateways.files import FileDamaged, FileFolder
from jalon.gateways.sms import SmsFolder
from jalon.gateways.smtp import MailFolder, SmtpMailer, mailer_for, message_of
from jalon.runtime.connectors import ConnectorFailed

MAIL = Mail("amina@exemple.test", "Échéance : bilan", "Bonjour Amina,\nà bientôt.\n", "rappel/1")


class _Server(socketserver.BaseRequestHandler):
    """Speaks just enough SMTP to keep one message."""

    received: bytes = b""

    def handle(self) -> None:
        stream = self.request.makefile("rwb")

        def say(line: bytes) -> None:
            stream.write(line + b"\r\n")
            stream.flush()

        say(b"220 ici")
        for line in stream:
            verb = line[:4].upper()
            if verb == b"DATA":
                say(b"354 vas-y")
                lines = iter(stream.readline, b".\r\n")
                type(self).received = b"".join(lines)
            say(b"221 au revoir" if verb == b"QUIT" else b"250 bien")
            if verb == b"QUIT":
                return


@pytest.fixture
def smtp_port() -> Iterator[int]:
    with socketserver.TCPServer(("127.0.0.1", 0), _Server) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def test_a_mail_travels_whole(smtp_port: int) -> None:
    SmtpMailer(f"smtp://127.0.0.1:{smtp_port}", "jalon@exemple.test").send(MAIL)
    message = email.message_from_bytes(_Server.received, policy=default)
    assert (message["To"], message["Subject"], message["From"]) == (MAIL.to, MAIL.subject, "jalon@exemple.test")
    assert message.get_content().replace("\r\n", "\n") == MAIL.text


def test_the_same_key_gives_the_same_message_id() -> None:
    first, again = message_of(MAIL, "a@b.test"), message_of(MAIL, "a@b.test")
    other = message_of(Mail(MAIL.to, MAIL.subject, MAIL.text, "rappel/2"), "a@b.test")
    assert first["Message-ID"] == again["Message-ID"] != other["Message-ID"]


def test_without_server_mails_are_files(tmp_path: Path) -> None:
    mailer = mailer_for(Settings(var_dir=str(tmp_path)))
    assert isinstance(mailer, MailFolder)
    mailer.send(MAIL)
    mailer.send(MAIL)
    (path,) = (tmp_path / "mail").glob("*.eml")
    message = email.message_from_bytes(path.read_bytes(), policy=default)
    assert message.get_content() == MAIL.text


@pytest.mark.parametrize("url", ["http://x", "smtp://", "localhost:25"])
def test_a_server_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(SettingInvalid):
        mailer_for(Settings(smtp_url=url))


def test_text_messages_are_files(tmp_path: Path) -> None:
    SmsFolder(tmp_path).send("+33639980001", "Rendez-vous à 9 h", "sms/1")
    (path,) = tmp_path.glob("*.json")
    assert path.read_text(encoding="utf-8") == '{"key":"sms/1","text":"Rendez-vous à 9 h","to":"+33639980001"}'


def test_a_content_is_kept_once_and_read_back(tmp_path: Path) -> None:
    files = FileFolder(tmp_path)
    assert files.put(b"contenu") == files.put(b"contenu")
    assert files.get(files.put(b"contenu")) == b"contenu"
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


def test_a_damaged_or_missing_file_is_told(tmp_path: Path) -> None:
    files = FileFolder(tmp_path)
    name = files.put(b"contenu")
    (tmp_path / name[:2] / name[2:]).write_bytes(b"autre")
    with pytest.raises(FileDamaged):
        files.get(name)
    files.remove(name)
    with pytest.raises(NotFound):
        files.get(name)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "0" * 63 + "/"])
def test_a_name_that_is_no_hash_is_not_found(tmp_path: Path, name: str) -> None:
    with pytest.raises(NotFound):
        FileFolder(tmp_path).get(name)


@pytest.mark.parametrize(
    "base", ["http://api.exemple.test", "https://ailleurs.test", "https://api.exemple.test@mal.test"]
)
def test_only_hosts_of_the_list_are_called(base: str) -> None:
    with pytest.raises(SettingInvalid):
        HttpConnector(base, allowed=frozenset({"api.exemple.test"}), system="essai")


def test_an_answer_not_agreed_is_a_failure_to_try_again() -> None:
    connector = HttpConnector("https://api.exemple.test/v1", allowed=frozenset({"api.exemple.test"}), system="essai")
    assert connector._answer(200, b'{"ok": true}') == {"ok": True}
    assert connector._answer(404, b"<html>", {200, 404}) == {}
    for status, content in [(302, b"{}"), (500, b"{}"), (200, b"[]"), (200, b"<html>"), (200, b" " * 1_000_001)]:
        with pytest.raises(ConnectorFailed):
            connector._answer(status, content)
    with pytest.raises(ConnectorFailed):
        connector.exchange("../autre", {}, key="k", timeout=1)
