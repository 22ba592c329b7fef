"""Who vouches for a pack: an ed25519 signature of all it says, which travels in the pack as `signature.json`."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from jalon.base.errors import Problem
from jalon.base.json import Json, NotJson, canonical, read_json
from jalon.base.settings import SettingInvalid, Settings
from jalon.services.configuration.errors import KeyUnreadable, SignatureMissing, SignatureWrong, SignerUnknown
from jalon.services.configuration.packs.formats import pretty
from jalon.services.configuration.packs.manifest import KEY
from jalon.services.configuration.packs.model import Pack, Signature, wrong

SIGNATURE = "signature.json"
ALGORITHM = "ed25519"
MEANING = b"jalon pack 1\n"
"""Signed with the digest, so that a signature made for anything else is never one of a pack."""
_UNREADABLE = (ValueError, TypeError, UnsupportedAlgorithm)


@dataclass(frozen=True, slots=True)
class Trust:
    """Whose signatures count here: public key (32 bytes) -> name; `required` refuses a pack without one of them."""

    names: Mapping[bytes, str] = field(default_factory=dict)
    required: bool = False


def read_trust(settings: Settings) -> Trust:
    """Read the public keys `<name>.pub` of those trusted here; raises SettingInvalid, naming the file."""
    names: dict[bytes, str] = {}
    if settings.pack_signers:
        folder = Path(settings.pack_signers)
        if not folder.is_dir():
            raise _setting(f"le dossier « {folder} » n’existe pas")
        for file in sorted(folder.glob("*.pub")):
            names.setdefault(_trusted(file), file.stem)
    return Trust(names, settings.pack_signatures == "required")


def is_signer_name(name: str) -> bool:
    """Tell whether a name may be that of a signer: it is written in the audit, which takes codes only."""
    return len(name) <= 80 and KEY.fullmatch(name) is not None


def make_keys() -> tuple[bytes, bytes, str]:
    """Make a pair of keys: the private one and the public one as PEM files hold them, and their fingerprint."""
    private = Ed25519PrivateKey.generate()
    public = private.public_key()
    return (
        private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        Signature(public.public_bytes_raw(), b"").fingerprint,
    )


def sign_pack(pack: Pack, key: bytes, file: str) -> Pack:
    """Return the pack signed with a private key in PEM, read from `file`; raises KeyUnreadable."""
    try:
        private = load_pem_private_key(key, password=None)
    except _UNREADABLE as error:
        raise KeyUnreadable(file=file) from error
    if not isinstance(private, Ed25519PrivateKey):
        raise KeyUnreadable(file=file)
    return replace(pack, signature=Signature(private.public_key().public_bytes_raw(), private.sign(_signed(pack))))


def holds(pack: Pack) -> bool:
    """Tell whether the signature of a pack is that of what it says, whoever made it."""
    if pack.signature is None:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(pack.signature.public_key).verify(pack.signature.value, _signed(pack))
    except (InvalidSignature, *_UNREADABLE):
        return False
    return True


def check_signature(pack: Pack, trust: Trust, file: str) -> Pack:
    """Return the pack with the name of its signer, empty when nobody known here signed it.

    Raises SignatureWrong whatever is required; SignatureMissing and SignerUnknown when a signature is.
    `file` names the pack in the refusal.
    """
    if pack.signature is None:
        if trust.required:
            raise SignatureMissing(file=file)
        return pack
    if not holds(pack):
        raise SignatureWrong(file=file, fingerprint=pack.signature.fingerprint)
    name = trust.names.get(pack.signature.public_key, "")
    if trust.required and not name:
        raise SignerUnknown(file=file, fingerprint=pack.signature.fingerprint)
    return replace(pack, signature=replace(pack.signature, signer=name))


def signature_document(signature: Signature) -> dict[str, Json]:
    """Write a signature as plain data."""
    return {
        "algorithm": ALGORITHM,
        "public_key": base64.b64encode(signature.public_key).decode(),
        "signature": base64.b64encode(signature.value).decode(),
    }


def write_signature(signature: Signature) -> bytes:
    """Write `signature.json`."""
    return pretty(signature_document(signature))


def read_signature(data: bytes | None) -> tuple[Signature | None, list[Problem]]:
    """Read `signature.json`, None when there is none; what it is worth is for `check_signature` to say."""
    if data is None:
        return None, []
    try:
        return signature_of(read_json(data)), []
    except (NotJson, *_UNREADABLE, KeyError):
        message = (
            f"« {SIGNATURE} » n’est pas une signature : redemandez le paquet à qui l’a signé, ou retirez ce fichier."
        )
        return None, [wrong("signature_illisible", message, SIGNATURE)]


def signature_of(document: Json) -> Signature:
    """Read back what `signature_document` wrote; raises ValueError, TypeError or KeyError on anything else."""
    if document["algorithm"] != ALGORITHM:
        raise ValueError("another algorithm")
    public_key, value = (base64.b64decode(document[name], validate=True) for name in ("public_key", "signature"))
    return Signature(public_key, value)


def _signed(pack: Pack) -> bytes:
    """Return what is signed: a whole SHA-256, where the checksum that names a pack is cut short."""
    return MEANING + hashlib.sha256(canonical(pack.said()).encode()).digest()


def _trusted(file: Path) -> bytes:
    if not is_signer_name(file.stem):
        raise _setting(f"le nom de « {file.name} » attend des minuscules, des chiffres et des tirets")
    try:
        key = load_pem_public_key(file.read_bytes())
    except _UNREADABLE as error:
        raise _setting(f"« {file.name} » n’est pas une clé publique lisible") from error
    if not isinstance(key, Ed25519PublicKey):
        raise _setting(f"« {file.name} » n’est pas une clé publique ed25519")
    return key.public_bytes_raw()


def _setting(reason: str) -> SettingInvalid:
    return SettingInvalid(name="JALON_PACK_SIGNERS", reason=reason)
