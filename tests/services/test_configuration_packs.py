"""Packs read from anything somebody may send: a report naming the file, never a crash, never much memory."""

import io
import json
import random
import stat
import tracemalloc
import zipfile

import pytest

from factories.packs import ACCUEIL, MODES, PROCESS, make_pack
from jalon.services.configuration import PackUnreadable, check_pack, read_pack, write_pack

TOML = b'[pack]\nkey = "essai"\ntitle = "Essai"\nversion = "1.0.0"\n'


def zipped(files, **changes):
    """A zip of these files; `changes` sets attributes of the last member."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            member = zipfile.ZipInfo(name)
            member.compress_type = zipfile.ZIP_DEFLATED
            for attribute, value in changes.items():
                setattr(member, attribute, value)
            archive.writestr(member, data)
    return stream.getvalue()


def codes(source):
    report = check_pack(source)
    assert report.ok is False
    assert all(problem.message for problem in report.problems)
    return {problem.code for problem in report.problems}


def test_a_pack_is_read_from_files_a_zip_or_a_folder(tmp_path):
    files = {
        "pack.toml": TOML,
        "accueil.bpmn": PROCESS.encode(),
        "accueil.schema.json": json.dumps(ACCUEIL["schema"]).encode(),
        "accueil.ui.json": json.dumps(ACCUEIL["ui"]).encode(),
        "lists/modes.csv": "# title: Modes de transport\ncode,label\nmarche,À pied\nvelo,Vélo\nbus,Autobus\n".encode(),
    }
    workflows, forms = tmp_path / "workflows" / "essai", tmp_path / "forms" / "essai"
    for path, data in files.items():
        side = workflows if path in ("pack.toml", "accueil.bpmn") else forms
        (side / path).parent.mkdir(parents=True, exist_ok=True)
        (side / path).write_bytes(data)

    pack = read_pack(files)

    assert pack.artifacts[("list", "modes")] == MODES
    assert pack.artifacts[("form", "accueil")] == ACCUEIL
    assert read_pack(zipped(files)) == pack
    assert read_pack(zipped({f"mon-paquet/{path}": data for path, data in files.items()})) == pack
    assert read_pack(workflows) == pack
    assert read_pack(write_pack(pack)) == pack
    assert write_pack(pack) == write_pack(read_pack(write_pack(pack)))
    assert check_pack(files).ok


@pytest.mark.req("R17", "S11")
@pytest.mark.parametrize(
    "name", ["../pack.toml", "/etc/passwd", "a/../../b", "a\\b", "C:/b", "a//b", "./a", "a\x01b", "x" * 301]
)
def test_a_zip_never_writes_outside(name):
    assert codes(zipped({"pack.toml": TOML, name: b"x"})) & {"paquet.zip_nom", "paquet.zip_illisible"}


@pytest.mark.req("R17", "S11")
def test_a_zip_holds_files_only():
    link = zipped({"pack.toml": b"/etc/passwd"}, external_attr=(stat.S_IFLNK | 0o777) << 16)
    assert codes(link) == {"paquet.zip_lien"}


@pytest.mark.req("R17", "S11")
def test_a_zip_bomb_is_cut():
    bomb = zipped({"pack.toml": TOML, "data/bombe.csv": b"0" * 30_000_000})
    tracemalloc.start()
    assert codes(bomb) == {"paquet.trop_gros"}
    assert tracemalloc.get_traced_memory()[1] < 64_000_000
    tracemalloc.stop()
    assert codes(zipped({f"data/{number}": b"" for number in range(2_001)})) == {"paquet.zip_trop_de_fichiers"}


@pytest.mark.req("R17")
@pytest.mark.parametrize(
    ("path", "data", "code", "line"),
    [
        ("pack.toml", b"[pack\n", "paquet.toml_illisible", 1),
        ("pack.toml", b"\xff\xfe", "paquet.toml_illisible", None),
        ("pack.toml", b"", "paquet.identite", None),
        ("pack.toml", TOML + b"requires = 3\n", "paquet.liste_de_textes", None),
        ("pack.toml", TOML + b'[closed]\nx = ["a"]\n', "paquet.nom", None),
        ("pack.toml", TOML + b"[surprise]\n", "paquet.section_inconnue", None),
        ("accueil.bpmn", b"<a><b></a>", "configuration.bpmn_illisible", 1),
        ("accueil.bpmn", b"<a/>", "paquet.bpmn_sans_processus", None),
        ("accueil.schema.json", b'{"a": 1,\n}', "paquet.json_illisible", 2),
        ("accueil.schema.json", b'{"a": 1, "a": 2}', "paquet.json_illisible", None),
        ("accueil.schema.json", b"[" * 100_000, "paquet.json_illisible", None),
        ("accueil.ui.json", b"{}", "paquet.presentation_seule", None),
        ("lists/modes.csv", b"code,nom\n", "paquet.csv_colonnes", 1),
        ("lists/modes.csv", b"code,label\na,A\na,B\n", "paquet.code_double", None),
        ("lists/modes.csv", b"code,label\na\n", "paquet.csv_ligne", 2),
        ("lists/modes.csv", b'code,label\na,"A\n', "paquet.csv_illisible", None),
        ("parameters.toml", b"a = [\n", "paquet.toml_illisible", None),
        ("regles.dmn", b"<a", None, None),
        ("overlays/fr.json", b"[]", None, None),
        (
            "scenarios/a.json",
            b'{"title": "A", "process": "x", "steps": [{"do": "danser"}]}',
            "paquet.scenario_etape",
            None,
        ),
        ("messages/Été!.json", b"{}", "paquet.nom_de_fichier", None),
    ],
)
def test_what_is_wrong_is_said_with_its_file_and_line(path, data, code, line):
    report = check_pack({"pack.toml": TOML, path: data})
    errors = [problem for problem in report.problems if problem.severity == "error"]
    assert errors
    if code is not None:
        found = next(problem for problem in errors if problem.code == code)
        assert found.file == path
        assert line is None or found.line == line


@pytest.mark.req("R17", "S7")
def test_entities_and_foreign_code_are_refused():
    doctype = PROCESS.replace("?>", '?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>', 1)
    assert codes({"pack.toml": TOML, "accueil.bpmn": doctype.encode()}) == {"configuration.bpmn_doctype"}
    python = PROCESS.replace("permis = true", "__import__('os').system('id')")
    assert codes({"pack.toml": TOML, "accueil.bpmn": python.encode()})


@pytest.mark.req("R17")
def test_damaged_zips_are_reported_and_never_raise():
    whole = write_pack(make_pack())
    chance = random.Random(7)
    for _ in range(150):
        damaged = bytearray(whole)
        for _ in range(chance.randint(1, 20)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        report = check_pack(bytes(damaged[: chance.randint(1, len(damaged))]))
        assert report.problems or report.ok


def test_reading_raises_with_every_problem():
    with pytest.raises(PackUnreadable) as refusal:
        read_pack({"pack.toml": b"", "a.bpmn": b"<"})
    assert len(refusal.value.problems) >= 3


def test_a_list_the_pack_does_not_define_is_an_error_when_it_needs_nobody():
    form = json.dumps(ACCUEIL["schema"]).encode()
    assert codes({"pack.toml": TOML, "accueil.schema.json": form}) == {"paquet.liste_absente"}
    needy = TOML + b'requires = ["reseau"]\n'
    assert check_pack({"pack.toml": needy, "accueil.schema.json": form}).ok


def test_the_report_is_plain_data():
    report = check_pack({"pack.toml": TOML}).as_json()
    assert report == {"ok": True, "pack": "essai", "version": "1.0.0", "problems": []}
