"""Settings: one frozen record read from `JALON_*` variables when the application starts."""

import os
import secrets
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from jalon.base.errors import JalonError
from jalon.base.i18n import fr


class SettingInvalid(JalonError):
    """A setting whose value cannot be used."""

    code, message = "reglage.invalide", fr("Le réglage {name} est invalide : {reason}.")


def _setting(default: Any, doc: str) -> Any:
    return field(default=default, metadata={"doc": doc})


@dataclass(frozen=True, slots=True)
class Settings:
    """What an operator may decide; each field is the variable `JALON_<NAME>`."""

    database_url: str = _setting("sqlite:///var/jalon.db", "Base de données : SQLite ou PostgreSQL 15+.")
    secret_key: str = _setting(
        "", "Clé des signatures, 32 caractères ou plus, obligatoire en production ; vide : gardée dans var/secret.key."
    )
    production: bool = _setting(False, "Refuse de démarrer avec des réglages dangereux ; cookies réservés au HTTPS.")
    host: str = _setting("127.0.0.1", "Adresse d’écoute de `jalon serve`.")
    port: int = _setting(8000, "Port d’écoute de `jalon serve`.")
    base_url: str = _setting("http://127.0.0.1:8000", "Adresse publique, écrite dans les liens envoyés.")
    var_dir: str = _setting("var", "Dossier des fichiers produits : base SQLite, pièces jointes, courriels de test.")
    packs: str = _setting("", "Paquets publiés par `jalon init`, séparés par des virgules ; vide : tous ceux livrés.")
    pack_signatures: str = _setting(
        "optional", "`required` refuse d’importer un paquet sans signature reconnue ; ceux livrés n’en ont pas besoin."
    )
    pack_signers: str = _setting(
        "", "Dossier des clés publiques `nom.pub` dont la signature d’un paquet est reconnue, sous ce nom."
    )
    proxy_hops: int = _setting(0, "Nombre de serveurs mandataires de confiance devant l’application.")
    smtp_url: str = _setting("", "Serveur de courriel, smtp://hôte:port ; vide : courriels écrits dans var/mail.")
    mail_from: str = _setting("ne-pas-repondre@localhost", "Adresse d’expédition des courriels.")
    second_factor: bool = _setting(True, "Second facteur pour les rôles qui le demandent ; « non » : essais seulement.")
    session_idle_minutes: int = _setting(60, "Durée d’inactivité qui ferme une session.")
    session_hours: int = _setting(12, "Durée totale d’une session.")
    max_upload_mb: int = _setting(10, "Taille maximale d’une pièce jointe, en mégaoctets.")
    connectors: str = _setting(
        "", "`simulateur` joue les exemples des connecteurs, `reel` appelle ; vide : `reel` en production seulement."
    )
    connector_hosts: str = _setting("", "Hôtes que les connecteurs peuvent appeler, séparés par des virgules.")
    connector_secrets: str = _setting("", 'Fichier TOML des secrets des connecteurs, `nom = "valeur"`.')
    zone: str = _setting("Europe/Paris", "Fuseau horaire des unités qui n’en déclarent pas.")

    @property
    def var(self) -> Path:
        """The folder for files the product writes."""
        return Path(self.var_dir)


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from the environment, refusing what cannot be used."""
    environ = os.environ if environ is None else environ
    values: dict[str, Any] = {}
    for item in fields(Settings):
        text = environ.get(f"JALON_{item.name.upper()}")
        if text is not None:
            values[item.name] = _convert(item.name, text, item.default)
    settings = Settings(**values)
    if settings.connectors not in {"", "simulateur", "reel"}:
        raise SettingInvalid(name="JALON_CONNECTORS", reason="simulateur ou reel attendu")
    if settings.pack_signatures not in {"optional", "required"}:
        raise SettingInvalid(name="JALON_PACK_SIGNATURES", reason="optional ou required attendu")
    if settings.pack_signatures == "required" and not settings.pack_signers:
        raise SettingInvalid(name="JALON_PACK_SIGNERS", reason="un dossier de clés est nécessaire pour les exiger")
    if settings.production:
        _refuse_danger(settings)
    return settings


def _refuse_danger(settings: Settings) -> None:
    """Refuse in production what only trials may do."""
    if len(settings.secret_key) < 32:
        raise SettingInvalid(name="JALON_SECRET_KEY", reason="32 caractères au moins sont nécessaires en production")
    if not settings.base_url.startswith("https://"):
        raise SettingInvalid(name="JALON_BASE_URL", reason="une adresse https:// est nécessaire en production")
    if not settings.second_factor:
        raise SettingInvalid(name="JALON_SECOND_FACTOR", reason="le second facteur ne se coupe pas en production")


def development_key(folder: Path) -> str:
    """Return the key of an installation that names none, kept in `secret.key`: signatures outlive a restart."""
    file = folder / "secret.key"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=folder) as written:  # readable by its owner only
            written.write(secrets.token_hex(32))
            written.flush()
            with suppress(FileExistsError):  # another process was first: its key is the key
                file.hardlink_to(written.name)
    return file.read_text()


def _convert(name: str, text: str, default: Any) -> Any:
    variable = f"JALON_{name.upper()}"
    if isinstance(default, bool):
        if text.lower() not in {"0", "1", "true", "false", "oui", "non"}:
            raise SettingInvalid(name=variable, reason="oui ou non attendu")
        return text.lower() in {"1", "true", "oui"}
    if isinstance(default, int):
        try:
            return int(text)
        except ValueError as error:
            raise SettingInvalid(name=variable, reason="nombre entier attendu") from error
    return text
