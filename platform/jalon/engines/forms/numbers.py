"""Numbers of the administration and other values with a shape: checked, normalised."""

import re
from collections.abc import Callable

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from stdnum import iban as iban_number
from stdnum.exceptions import ValidationError
from stdnum.fr import nir as nir_number
from stdnum.fr import siren as siren_number
from stdnum.fr import siret as siret_number

from jalon.base.i18n import fr

Outcome = tuple[bool, str, str]

_BLANK = re.compile(r"[\s\u00a0\u202f.\-]+")
_PHONE = re.compile(r"\+?[0-9().\s\u00a0\u202f/-]{4,40}")
_POSTCODE = re.compile(r"(?:0[1-9]|[1-8][0-9]|9[0-578])[0-9]{3}")
_COMMUNE = re.compile(r"(?:0[1-9]|1[0-9]|2[1-9AB]|[3-8][0-9]|9[0-5])[0-9]{3}|9[78][0-9]{3}")
_RNA = re.compile(r"W[0-9][0-9A-Z][0-9][0-9]{6}")
_DURATION = re.compile(
    r"P(?:[0-9]{1,6}W|(?:[0-9]{1,4}Y)?(?:[0-9]{1,5}M)?(?:[0-9]{1,6}D)?"
    r"(?:T(?:[0-9]{1,6}H)?(?:[0-9]{1,8}M)?(?:[0-9]{1,9}(?:[.,][0-9]{1,6})?S)?)?)"
)
_REGIONS = ("FR", "GP", "MQ", "GF", "RE", "YT", "PM", "BL", "MF", "NC", "PF", "WF")

_MESSAGES = {
    "nir": fr("Écrivez les 15 chiffres du numéro de sécurité sociale, clé comprise ; vérifiez les deux derniers."),
    "siren": fr("Écrivez les 9 chiffres du SIREN, tels qu’ils figurent sur l’avis de situation."),
    "siret": fr("Écrivez les 14 chiffres du SIRET, tels qu’ils figurent sur l’avis de situation."),
    "rna": fr("Écrivez le numéro RNA : la lettre W suivie de 9 chiffres, par exemple W751234567."),
    "iban": fr("Recopiez l’IBAN en entier, par exemple FR76 puis 23 caractères ; un chiffre semble faux."),
    "phone_fr": fr(
        "Écrivez un numéro de téléphone à 10 chiffres, par exemple 06 12 34 56 78, ou avec l’indicatif (+33)."
    ),
    "postcode_fr": fr("Écrivez les 5 chiffres du code postal, par exemple 31000."),
    "insee_commune": fr("Écrivez le code INSEE de la commune, 5 caractères, par exemple 31555 ou 2A004."),
    "email": fr("Écrivez une adresse électronique complète, par exemple nom@exemple.fr."),
    "duration": fr("Écrivez une durée ISO 8601, par exemple P7D (sept jours) ou PT2H (deux heures)."),
}


def check_value(kind: str, text: str) -> Outcome:
    """Check one value: (ok, normalised text, French message, empty when ok).

    Kinds: nir siren siret rna iban phone_fr postcode_fr insee_commune email duration. An unknown kind is not ok.
    """
    check = _CHECKS.get(kind)
    if check is None:
        return False, str(text), fr("Ce type de valeur n’est pas connu.")
    if not isinstance(text, str) or len(text) > 400 or not text.strip():
        return False, str(text)[:400], _MESSAGES[kind]
    try:
        normal = check(text)
    except (ValidationError, EmailNotValidError, phonenumbers.NumberParseException, ValueError, IndexError):
        normal = None
    return (True, normal, "") if normal is not None else (False, text.strip(), _MESSAGES[kind])


def grouped(kind: str, text: str) -> str:
    """Return a number with the spaces people write in it; the text itself when it has no such habit."""
    steps = {"nir": (1, 2, 2, 2, 3, 3, 2), "siren": (3, 3, 3), "siret": (3, 3, 3, 5)}
    if kind == "iban":
        return " ".join(text[i : i + 4] for i in range(0, len(text), 4))
    if kind == "phone" and re.fullmatch(r"\+33[0-9]{9}", text):
        national = "0" + text[3:]
        return " ".join(national[i : i + 2] for i in range(0, 10, 2))
    if kind not in steps or len(text) != sum(steps[kind]):
        return text
    pieces, start = [], 0
    for size in steps[kind]:
        pieces.append(text[start : start + size])
        start += size
    return " ".join(pieces)


def _compact(text: str) -> str:
    """Drop spaces, points and dashes; refuse digits that are not 0-9."""
    compact = _BLANK.sub("", text).upper()
    if not compact.isascii():
        raise ValueError("not ASCII")
    return compact


def _nir(text: str) -> str | None:
    number = _compact(text)
    return str(nir_number.validate(number)) if len(number) == 15 else None


def _siren(text: str) -> str:
    return str(siren_number.validate(_compact(text)))


def _siret(text: str) -> str:
    return str(siret_number.validate(_compact(text)))


def _rna(text: str) -> str | None:
    number = _compact(text)
    return number if _RNA.fullmatch(number) else None


def _iban(text: str) -> str:
    return str(iban_number.validate(_compact(text)))


def _phone(text: str) -> str | None:
    if not _PHONE.fullmatch(text.strip()):
        return None
    number = phonenumbers.parse(text, "FR")
    regions = (phonenumbers.region_code_for_number(number), *_REGIONS)
    valid = phonenumbers.is_valid_number(number) or any(
        phonenumbers.is_valid_number_for_region(number, region) for region in regions if region
    )
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)) if valid else None


def _postcode(text: str) -> str | None:
    code = _compact(text)
    return code if _POSTCODE.fullmatch(code) else None


def _commune(text: str) -> str | None:
    code = _compact(text)
    return code if _COMMUNE.fullmatch(code) else None


def _email(text: str) -> str:
    return str(validate_email(text.strip(), check_deliverability=False, test_environment=True).normalized)


def _duration(text: str) -> str | None:
    """ISO 8601 with at least one component; `P`, `PT` and `P1DT` are refused."""
    value = text.strip()
    ok = _DURATION.fullmatch(value) and any(char.isdigit() for char in value) and not value.endswith("T")
    return value if ok else None


_CHECKS: dict[str, Callable[[str], str | None]] = {
    "nir": _nir,
    "siren": _siren,
    "siret": _siret,
    "rna": _rna,
    "iban": _iban,
    "phone_fr": _phone,
    "postcode_fr": _postcode,
    "insee_commune": _commune,
    "email": _email,
    "duration": _duration,
}
