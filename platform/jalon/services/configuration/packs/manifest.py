"""pack.toml: who a pack is, what it needs, which words are its own, which uids it gave up or renamed."""

import re
import tomllib
from dataclasses import dataclass, field
from typing import Any

from jalon.base.errors import Problem
from jalon.services.configuration.packs.model import Name, Pack, named, wrong

FILE = "pack.toml"
MAX_TOML = 1_000_000
KEY = re.compile(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*")
SECTIONS = {
    "pack": "Identité : key, title, version, requires (clés des paquets dont celui-ci a besoin).",
    "vocabulary": "words : les mots du métier, interdits dans le code de la plateforme.",
    "closed": "Par élément « genre/clé », les identifiants que le paquet abandonne.",
    "aliases": "Par élément « genre/clé », les identifiants renommés : ancien = nouveau ; pour une donnée d’un "
    "dossier, « label:chemin ».",
}


@dataclass
class Manifest:
    """What pack.toml says."""

    key: str = ""
    title: str = ""
    version: str = ""
    requires: tuple[str, ...] = ()
    vocabulary: tuple[str, ...] = ()
    closed: dict[Name, tuple[str, ...]] = field(default_factory=dict)
    aliases: dict[Name, dict[str, str]] = field(default_factory=dict)


def read_toml(data: bytes, file: str) -> tuple[dict[str, Any], list[Problem]]:
    """Read a TOML file; one problem naming the line when it cannot be."""
    if len(data) > MAX_TOML:
        return {}, [wrong("trop_gros", f"Le fichier « {file} » est trop gros.", file)]
    try:
        return tomllib.loads(data.decode("utf-8-sig")), []
    except UnicodeDecodeError:
        return {}, [wrong("toml_illisible", f"Le fichier « {file} » n’est pas en UTF-8.", file)]
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        line = int(found[1]) if found else None
        where = f" à la ligne {line}" if line else ""
        return {}, [
            wrong("toml_illisible", f"Le fichier « {file} » n’est pas du TOML lisible{where}.", file, line=line)
        ]
    except (RecursionError, ValueError):
        return {}, [wrong("toml_illisible", f"Le fichier « {file} » n’est pas du TOML lisible.", file)]


def read_manifest(data: bytes) -> tuple[Manifest, list[Problem]]:
    """Read pack.toml and say all that is wrong in it."""
    content, problems = read_toml(data, FILE)
    if problems:
        return Manifest(), problems
    for section in content:
        if section not in SECTIONS:
            problems.append(wrong("section_inconnue", f"pack.toml n’a pas de section [{section}].", FILE, section))
    identity = content.get("pack")
    identity = identity if isinstance(identity, dict) else {}
    found = Manifest(
        key=_text(identity, "key", problems),
        title=_text(identity, "title", problems),
        version=_text(identity, "version", problems),
        requires=_texts(identity.get("requires", []), "requires", problems),
        vocabulary=_texts(_table(content, "vocabulary", problems).get("words", []), "vocabulary.words", problems),
    )
    if found.key and (KEY.fullmatch(found.key) is None or len(found.key) > 80):
        problems.append(
            wrong("cle", f"La clé « {found.key} » attend des minuscules, des chiffres et des tirets.", FILE)
        )
    for text, uids in _table(content, "closed", problems).items():
        name = _name(text, problems)
        found.closed[name] = _texts(uids, f"closed.{text}", problems)
    for text, renamed in _table(content, "aliases", problems).items():
        name = _name(text, problems)
        if isinstance(renamed, dict) and all(isinstance(new, str) for new in renamed.values()):
            found.aliases[name] = dict(renamed)
        else:
            problems.append(wrong("alias", f'[aliases] « {text} » attend ancien = "nouveau".', FILE, text))
    return found, problems


def write_manifest(pack: Pack) -> bytes:
    """Write pack.toml."""
    lines = ["[pack]", *(f"{name} = {quoted(getattr(pack, name))}" for name in ("key", "title", "version"))]
    lines += [f"requires = {_array(pack.requires)}", "", "[vocabulary]", f"words = {_array(pack.vocabulary)}"]
    lines += ["", "[closed]"]
    lines += [f"{quoted(named(name))} = {_array(uids)}" for name, uids in sorted(pack.closed.items())]
    lines += ["", "[aliases]"]
    for name, renamed in sorted(pack.aliases.items()):
        pairs = ", ".join(f"{quoted(old)} = {quoted(new)}" for old, new in sorted(renamed.items()))
        lines.append(f"{quoted(named(name))} = {{ {pairs} }}" if pairs else f"{quoted(named(name))} = {{}}")
    return ("\n".join(lines) + "\n").encode()


def quoted(text: str) -> str:
    """Write a text as TOML does."""
    escaped = "".join(
        {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}.get(
            character, character if ord(character) >= 32 and ord(character) != 127 else f"\\u{ord(character):04x}"
        )
        for character in text
    )
    return f'"{escaped}"'


def _array(texts: tuple[str, ...]) -> str:
    return "[" + ", ".join(quoted(text) for text in texts) + "]"


def _table(content: dict[str, Any], section: str, problems: list[Problem]) -> dict[str, Any]:
    table = content.get(section, {})
    if isinstance(table, dict):
        return table
    problems.append(wrong("section", f"pack.toml : [{section}] attend une section.", FILE, section))
    return {}


def _text(table: dict[str, Any], key: str, problems: list[Problem]) -> str:
    value = table.get(key)
    if isinstance(value, str) and value.strip() and len(value) <= 200:
        return value
    problems.append(wrong("identite", f"pack.toml : [pack] {key} est obligatoire, sous forme de texte.", FILE, key))
    return ""


def _texts(value: Any, name: str, problems: list[Problem]) -> tuple[str, ...]:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    problems.append(wrong("liste_de_textes", f"pack.toml : {name} attend une liste de textes.", FILE, name))
    return ()


def _name(text: str, problems: list[Problem]) -> Name:
    kind, _, key = text.partition("/")
    if not kind or not key:
        problems.append(wrong("nom", f"pack.toml : « {text} » attend « genre/clé ».", FILE, text))
    return kind, key
