"""Packs signed: who signed is said, what changed since is refused, and what is unsigned where it must be."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from factories.packs import MODES, list_pack, make_pack, start
from jalon.base.actor import SYSTEM
from jalon.base.settings import SettingInvalid, Settings
from jalon.services import audit, publication
from jalon.services.configuration import (
    KeyUnreadable,
    Pack,
    PackUnreadable,
    SignatureMissing,
    SignatureWrong,
    SignerUnknown,
    Trust,
    check_signature,
    make_keys,
    read_pack,
    read_trust,
    sign_pack,
    write_pack,
)
from jalon.services.publication.acts import asked_pack, import_of
from jalon.store.audit import AuditEvent

PRIVATE, PUBLIC, FINGERPRINT = make_keys()
LONGER = (*MODES["values"], {"code": "tram", "label": "Tramway"})


@pytest.fixture
def trust(tmp_path: Path) -> Trust:
    (tmp_path / "region-nord.pub").write_bytes(PUBLIC)
    return read_trust(Settings(pack_signatures="required", pack_signers=str(tmp_path)))


def signed(pack: Pack) -> Pack:
    """The pack as somebody receives it: signed, written in one file, read."""
    return read_pack(write_pack(sign_pack(pack, PRIVATE, "nord.key")))


def test_a_signature_travels_in_the_file_and_its_signer_is_recognised(trust: Trust) -> None:
    pack = signed(make_pack())
    assert pack.checksum == make_pack().checksum
    assert pack.signature is not None
    assert pack.signature.signer == ""
    known = check_signature(pack, trust, "essai.zip")
    assert known.signature is not None
    assert (known.signature.signer, known.signature.fingerprint) == ("region-nord", FINGERPRINT)


@pytest.mark.parametrize("required", [True, False])
def test_a_pack_changed_since_it_was_signed_is_always_refused(trust: Trust, required: bool) -> None:
    pack = signed(make_pack(files={"data/note.txt": b"avant"}))
    changes = (
        {"title": "Autre"},
        {"files": {**pack.files, "data/note.txt": b"apres"}},
        {"scenarios": {"autre": {"steps": []}}},
        {"artifacts": {**pack.artifacts, ("list", "modes"): {**MODES, "title": "Autre"}}},
    )
    for change in changes:
        with pytest.raises(SignatureWrong) as refusal:
            check_signature(replace(pack, **change), replace(trust, required=required), "essai.zip")
        assert "« essai.zip »" in refusal.value.text()


def test_a_signature_taken_from_another_key_is_refused(trust: Trust) -> None:
    pack = signed(make_pack())
    other = sign_pack(make_pack(), make_keys()[0], "autre.key")
    assert pack.signature is not None
    assert other.signature is not None
    forged = replace(pack, signature=replace(other.signature, public_key=pack.signature.public_key))
    with pytest.raises(SignatureWrong):
        check_signature(forged, trust, "essai.zip")


def test_a_pack_nobody_known_signed_is_refused_only_where_a_signature_is_required(trust: Trust) -> None:
    stranger = sign_pack(make_pack(), make_keys()[0], "autre.key")
    free = replace(trust, required=False)
    with pytest.raises(SignatureMissing):
        check_signature(make_pack(), trust, "essai.zip")
    with pytest.raises(SignerUnknown) as refusal:
        check_signature(stranger, trust, "essai.zip")
    assert stranger.signature is not None
    assert stranger.signature.fingerprint in refusal.value.text()
    assert check_signature(make_pack(), free, "essai.zip").signature is None
    checked = check_signature(stranger, free, "essai.zip")
    assert checked.signature is not None
    assert checked.signature.signer == ""


@pytest.mark.parametrize(
    "document", [b"[]", b"{}", b"pas du JSON", b'{"algorithm": "rsa"}', b'{"algorithm": "ed25519"}']
)
def test_a_signature_that_cannot_be_read_refuses_the_pack(document: bytes) -> None:
    files = {"pack.toml": b'[pack]\nkey = "essai"\ntitle = "Essai"\nversion = "1.0.0"\n', "signature.json": document}
    with pytest.raises(PackUnreadable) as refusal:
        read_pack(files)
    assert [problem.code for problem in refusal.value.problems] == ["paquet.signature_illisible"]


def test_a_key_of_the_wrong_length_is_a_wrong_signature(trust: Trust) -> None:
    document = {"algorithm": "ed25519", "public_key": "AAAA", "signature": "AAAA"}
    files = {"pack.toml": b'[pack]\nkey = "essai"\ntitle = "Essai"\nversion = "1.0.0"\n'}
    pack = read_pack({**files, "signature.json": json.dumps(document).encode()})
    with pytest.raises(SignatureWrong):
        check_signature(pack, trust, "essai.zip")


def test_keys_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    with pytest.raises(KeyUnreadable, match="paquet"):
        sign_pack(make_pack(), PUBLIC, "nord.pub")
    for name, content in (("nord.pub", PRIVATE), ("Région Nord.pub", PUBLIC)):
        folder = tmp_path / name
        folder.mkdir()
        (folder / name).write_bytes(content)
        with pytest.raises(SettingInvalid) as refusal:
            read_trust(Settings(pack_signers=str(folder)))
        assert name in refusal.value.text()
    with pytest.raises(SettingInvalid):
        read_trust(Settings(pack_signers=str(tmp_path / "absent")))


def test_who_signed_is_audited_and_the_signature_is_exported_while_it_holds(session, trust: Trust) -> None:
    start(session)
    pack = check_signature(signed(list_pack("1.1.0", *LONGER)), trust, "essai.zip")

    release = publication.import_pack(session, SYSTEM, pack)

    assert release.reason.endswith("signé par region-nord")
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "paquet.signature_reconnue")).one()
    assert event.target_id == release.id
    assert event.facts == {"pack": "essai", "signer": "region-nord", "key": FINGERPRINT}
    assert audit.verify(session).ok
    back = read_pack(publication.export_pack(session, "essai"))
    assert check_signature(back, trust, "essai.zip").signature == pack.signature

    publication.import_pack(session, SYSTEM, list_pack("1.2.0", *LONGER))  # unsigned: the old signature goes
    assert publication.published_pack(session, "essai").signature is None


def test_what_waits_for_a_second_reading_keeps_the_name_of_its_signer(session, trust: Trust) -> None:
    pack = check_signature(signed(make_pack()), trust, "essai.zip")
    kept, _day = asked_pack(session, import_of(session, pack, None).terms)
    assert kept.signature is not None
    assert kept.signature.signer == "region-nord"
