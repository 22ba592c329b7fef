"""Mail: to a server over TLS, or as files one can open when there is no server."""

import hashlib
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate
from pathlib import Path
from urllib.parse import unquote, urlsplit

from jalon.base.ports import Mail, Mailer
from jalon.base.settings import SettingInvalid, Settings

TIMEOUT_SECONDS = 20
_LOCAL = {"localhost", "127.0.0.1", "::1"}


def mailer_for(settings: Settings) -> Mailer:
    """Return the mailer an installation asks for: its SMTP server, else files in var/mail."""
    if settings.smtp_url:
        return SmtpMailer(settings.smtp_url, settings.mail_from)
    return MailFolder(settings.var / "mail", settings.mail_from)


class SmtpMailer:
    """Hands mail to a server: `smtps://` (TLS at once) or `smtp://` (STARTTLS, mandatory but on this machine)."""

    def __init__(self, url: str, sender: str) -> None:
        parsed = urlsplit(url)
        if parsed.scheme not in {"smtp", "smtps"} or not parsed.hostname:
            raise SettingInvalid(name="JALON_SMTP_URL", reason="smtp://hôte:port ou smtps://hôte:port attendu")
        self._tls_at_once = parsed.scheme == "smtps"
        self._host = parsed.hostname
        self._port = parsed.port or (465 if self._tls_at_once else 587)
        self._user, self._password = unquote(parsed.username or ""), unquote(parsed.password or "")
        self._sender = sender

    def send(self, mail: Mail) -> None:
        """Hand the mail over, or raise: the outbox will try again."""
        with self._connect() as server:
            if self._user:
                server.login(self._user, self._password)
            server.send_message(message_of(mail, self._sender))

    def reach(self) -> None:
        """Connect, sign in and leave, or raise."""
        with self._connect() as server:
            if self._user:
                server.login(self._user, self._password)
            server.noop()

    def _connect(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self._tls_at_once:
            return smtplib.SMTP_SSL(self._host, self._port, timeout=TIMEOUT_SECONDS, context=context)
        server = smtplib.SMTP(self._host, self._port, timeout=TIMEOUT_SECONDS)
        try:
            server.ehlo()
            if self._host not in _LOCAL or server.has_extn("starttls"):
                server.starttls(context=context)
        except BaseException:
            server.close()
            raise
        return server


class MailFolder:
    """Writes each mail as an .eml file; the same key gives the same file."""

    def __init__(self, folder: Path, sender: str = "ne-pas-repondre@localhost") -> None:
        self._folder, self._sender = folder, sender

    def send(self, mail: Mail) -> None:
        """Write the mail."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{key_digits(mail.key)}.eml"
        path.write_bytes(message_of(mail, self._sender).as_bytes())


def message_of(mail: Mail, sender: str) -> EmailMessage:
    """Return the mail as it travels; its Message-ID comes from its key, so a second copy can be told."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, mail.to, mail.subject
    message["Date"] = formatdate()
    message["Message-ID"] = f"<{key_digits(mail.key)}@{sender.rpartition('@')[2] or 'localhost'}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    return message


def key_digits(key: str) -> str:
    """Return 32 digits that name a key in a file name or a header."""
    return hashlib.sha256(key.encode()).hexdigest()[:32]
