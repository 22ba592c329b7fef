"""Papers: the name and the bytes must agree, one type at a time, nothing that runs, nothing that swells."""

import io
import struct
import zipfile
import zlib
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from factories.dossiers import make_dossier
from factories.processes import NOW, publish_basics, worker
from factories.units import make_network
from jalon.base.errors import NotFound
from jalon.gateways.files import FileFolder
from jalon.services import dossiers
from jalon.services.dossiers import FileRefused, TooManyDownloads, attaching, safe_name, sniff
from jalon.store.audit import AccessLog

MOST = 1024 * 1024
PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< >>\n%%EOF\n"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def png(width: int = 2, height: int = 2, tail: bytes = b"", text: bytes = b"") -> bytes:
    def chunk(tag: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + tag + data + struct.pack(">I", zlib.crc32(tag + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    said = chunk(b"tEXt", b"Comment\x00" + text) if text else b""
    pixels = chunk(b"IDAT", zlib.compress(b"\x00" + b"\x01\x02\x03" * 2))
    return b"\x89PNG\r\n\x1a\n" + head + said + pixels + chunk(b"IEND", b"") + tail


def jpeg(width: int = 2, height: int = 2, tail: bytes = b"") -> bytes:
    start = b"\xff\xe0" + struct.pack(">H", 16) + b"JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    frame = b"\xff\xc0" + struct.pack(">HBHHB", 17, 8, height, width, 3) + b"\x01\x11\x00\x02\x11\x01\x03\x11\x01"
    return b"\xff\xd8" + start + frame + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00\x12" + b"\xff\xd9" + tail


def office(*entries: tuple[str, bytes], kind: str = "word/document.xml") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in [("[Content_Types].xml", b"<Types/>"), (kind, b"<w/>"), *entries]:
            archive.writestr(name, content)
    return out.getvalue()


def open_document(media_type: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", media_type)
        archive.writestr("content.xml", b"<office/>")
    return out.getvalue()


ODT = "application/vnd.oasis.opendocument.text"

ACCEPTED = {
    "attestation.pdf": PDF,
    "photo.png": png(),
    "photo.jpg": jpeg(),
    "photo.JPEG": jpeg(tail=b"\x00" * 40),
    "lettre.docx": office(),
    "liste.xlsx": office(kind="xl/workbook.xml"),
    "lettre.odt": open_document(ODT),
    "liste.ods": open_document("application/vnd.oasis.opendocument.spreadsheet"),
    "note.txt": "À rappeler\n".encode(),
    "ancien.txt": "Élève\r\n".encode("cp1252"),
}

REFUSED = {
    "a type that announces itself otherwise": ("photo.png", PDF, "en réalité un fichier PDF"),
    "a program renamed": ("facture.pdf", b"MZ\x90\x00\x03\x00\x00\x00", "seuls PDF"),
    "a second ending": ("facture.pdf.exe", PDF, "en réalité un fichier PDF"),
    "a page": ("page.html", b"<html><body>bonjour</body></html>", "seuls PDF"),
    "a page as text": ("page.txt", b"<html><body>bonjour</body></html>", "pas un simple texte"),
    "a drawing with a script": ("dessin.svg", SVG, "seuls PDF"),
    "a drawing as text": ("dessin.txt", SVG, "pas un simple texte"),
    "a drawing as picture": ("dessin.png", SVG, "seuls PDF"),
    "a script": ("outil.txt", b"#!/bin/sh\nrm -rf /\n", "pas un simple texte"),
    "a picture and an archive": ("photo.png", png(tail=office()), "deux fichiers en un"),
    "a picture and a pdf": ("photo.jpg", jpeg(tail=PDF), "deux fichiers en un"),
    "a picture and a page": ("photo.png", png(text=b"<script>alert(1)</script>"), "deux fichiers en un"),
    "a pdf and an archive": ("fiche.pdf", PDF + office(("a", b"b")) + b"%%EOF", "deux fichiers en un"),
    "a pdf and a page": ("fiche.pdf", PDF[:9] + b"<script>alert(1)</script>" + PDF[9:], "deux fichiers en un"),
    "a pdf that runs": (
        "fiche.pdf",
        PDF.replace(b"/Catalog", b"/Catalog /OpenAction << /JavaScript (x) >>"),
        "programme",
    ),
    "a pdf cut short": ("fiche.pdf", b"%PDF-1.7\n1 0 obj", "incomplet"),
    "a flood of pixels": ("photo.png", png(60_000, 60_000), "démesurée"),
    "a long flood": ("photo.jpg", jpeg(65_000, 1), "démesurée"),
    "a picture without size": ("photo.png", png(0, 10), "démesurée"),
    "a picture cut short": ("photo.png", png()[:40], "abîmée"),
    "a bomb": ("lettre.docx", office(("bombe.xml", b"0" * 40_000_000)), "démesuré"),
    "many entries": ("lettre.docx", office(*((f"{n}.xml", b"") for n in range(2_100))), "démesuré"),
    "names that climb": ("lettre.docx", office(("../../etc/passwd", b"x")), "dangereux"),
    "absolute names": ("lettre.docx", office(("/etc/passwd", b"x")), "dangereux"),
    "a macro": ("lettre.docx", office(("word/vbaProject.bin", b"x")), "macro"),
    "bytes after the archive": ("lettre.docx", office() + SVG, "deux fichiers en un"),
    "any archive": ("tout.zip", office(kind="autre.xml"), "seuls PDF"),
    "nothing": ("vide.txt", b"", "vide"),
}


@pytest.mark.req("S11")
@pytest.mark.parametrize("name", ACCEPTED)
def test_ordinary_papers_are_accepted(name):
    ending = name.rpartition(".")[2].lower()
    assert ending in sniff(name, ACCEPTED[name]).endings


@pytest.mark.req("S11")
@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_what_it_says_is_refused_with_the_reason(case):
    name, content, reason = REFUSED[case]
    with pytest.raises(FileRefused) as refusal:
        sniff(name, content)
    assert reason in refusal.value.text()


@pytest.mark.req("S11")
@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\moi\\CV.pdf", "CV.pdf"),
        ("a\u202efdp.txt", "afdp.txt"),
        ("ligne\r\nSet-Cookie: a=b.txt", "ligneSet-Cookie_ a=b.txt"),
        ("  .caché.pdf ", "caché.pdf"),
        ('"<b>".pdf', "__b__.pdf"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
        ("..", "fichier"),
    ],
)
def test_names_lead_nowhere(name, kept):
    assert safe_name(name) == kept


@pytest.fixture
def files(tmp_path):
    return FileFolder(tmp_path)


@pytest.fixture
def units(session: Session):
    publish_basics(session)
    return make_network(session)


@pytest.fixture
def dossier(session, units):
    return make_dossier(session, units["ml_toulouse"])


def join(session, files, actor, dossier, name="attestation.pdf", content=PDF):
    return dossiers.attach(session, files, actor, dossier.id, name, content, NOW, most_bytes=MOST)


def test_a_paper_is_kept_once_listed_and_given_back(session, files, units, dossier):
    amina = worker(units["ml_toulouse"])
    paper = join(session, files, amina, dossier)
    again = join(session, files, amina, dossier)
    assert (again.id, paper.media_type, paper.size, paper.added_by) == (
        paper.id,
        "application/pdf",
        len(PDF),
        "Amina K.",
    )
    assert [one.name for one in dossiers.documents(session, dossier)] == ["attestation.pdf"]
    found, content = dossiers.download(session, files, amina, paper.id, NOW)
    assert (found.id, content) == (paper.id, PDF)
    assert [(one.action, one.target_id) for one in session.scalars(select(AccessLog))] == [
        ("document.telecharge", paper.id)
    ]


@pytest.mark.req("S11")
def test_what_is_too_heavy_is_refused_before_it_is_read(session, files, units, dossier):
    with pytest.raises(FileRefused) as refusal:
        join(session, files, worker(units["ml_toulouse"]), dossier, content=PDF + b" " * MOST)
    assert "il dépasse 1 Mo" in refusal.value.text()
    assert dossiers.documents(session, dossier) == []


@pytest.mark.req("S4")
def test_papers_of_elsewhere_do_not_exist(session, files, units, dossier):
    paper = join(session, files, worker(units["ml_toulouse"]), dossier)
    brest = worker(units["ml_brest"])
    with pytest.raises(NotFound):
        dossiers.download(session, files, brest, paper.id, NOW)
    with pytest.raises(NotFound):
        join(session, files, brest, dossier)


@pytest.mark.req("S16")
def test_an_extraction_stops_at_the_quota_of_the_day(session, files, units, dossier, monkeypatch):
    monkeypatch.setattr(attaching, "MOST_A_DAY", 2)
    amina = worker(units["ml_toulouse"])
    papers = [join(session, files, amina, dossier, f"{n}.txt", f"note {n}".encode()) for n in range(3)]
    for one in papers[:2]:
        dossiers.download(session, files, amina, one.id, NOW)
    with pytest.raises(TooManyDownloads):
        dossiers.download(session, files, amina, papers[2].id, NOW + timedelta(hours=1))
