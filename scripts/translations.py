"""Extract the sentences of the product, update the catalogues, or check that they are up to date.

French is the source language: `fr` only needs its plurals, `en` must be complete.
"""

import io
import sys
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parent.parent
FOLDERS = ("platform/jalon", "admin/jalon_admin")
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
KEYWORDS = {"fr": None, "_": None, "gettext": None, "ngettext": (1, 2), "lazy_gettext": None, "pgettext": ((1, "c"), 2)}
OPTIONS = {"**/templates/**.html": {"silent": "false"}}  # a template that cannot be read is an error
LANGUAGES = ("fr", "en")


def extracted() -> Catalog:
    """Return the sentences found in code and templates."""
    catalog = Catalog(project="jalon", charset="utf-8", fuzzy=False)
    for folder in FOLDERS:
        found = extract_from_dir(
            str(ROOT / folder), METHODS, {"**/templates/**.html": {"silent": "false"}}, keywords=KEYWORDS
        )
        for filename, _line, message, comments, context in found:
            catalog.add(message, None, [(f"{folder}/{filename}", None)], auto_comments=comments, context=context)
    return catalog


def catalogue_path(language: str) -> Path:
    """Return where the catalogue of a language is kept."""
    return ROOT / "locales" / language / "LC_MESSAGES" / "messages.po"


def updated(language: str) -> Catalog:
    """Return the catalogue of a language brought up to date with the code."""
    path = catalogue_path(language)
    catalog = Catalog(locale=language, project="jalon", charset="utf-8", fuzzy=False)
    if path.exists():
        with path.open("rb") as file:
            catalog = read_po(file, locale=language)
    catalog.update(extracted(), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    return catalog


def text(catalog: Catalog) -> str:
    """Write a catalogue without dates, so that equal content is equal text."""
    catalog.creation_date = catalog.revision_date = datetime(2026, 1, 1, tzinfo=UTC)
    catalog.header_comment = f"# Jalon, {catalog.locale}"
    catalog.version, catalog.msgid_bugs_address = "1", "-"
    catalog.last_translator = catalog.language_team = "-"
    buffer = io.BytesIO()
    write_po(buffer, catalog, width=100, sort_output=True, omit_header=False, include_lineno=False)
    return buffer.getvalue().decode()


def missing(language: str, catalog: Catalog) -> list[str]:
    """Return the sentences still to be translated."""
    wanted = [m for m in catalog if m.id and (language != "fr" or m.pluralizable)]
    return [str(m.id) for m in wanted if not (all(m.string) if m.pluralizable else m.string)]


def main(verb: str) -> int:
    """Update the catalogues, or check them; return the exit code."""
    faults = 0
    for language in LANGUAGES:
        catalog, path = updated(language), catalogue_path(language)
        if verb == "update":
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text(catalog))
        elif not path.exists() or path.read_text() != text(catalog):
            print(f"{path.relative_to(ROOT)} n’est plus à jour : {sys.executable} scripts/translations.py update")
            faults += 1
        untranslated = missing(language, catalog)
        print(f"{language} : {len(catalog)} phrases, {len(untranslated)} à traduire")
        for sentence in untranslated[:20]:
            print(f"  {sentence}")
        faults += len(untranslated) if verb == "check" else 0
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "check"))
