"""Write the pages of docs/reference that the code dictates, or check that they are up to date (`check`)."""

import re
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import click

import jalon
import jalon_admin
from jalon.base.errors import JalonError
from jalon.base.settings import Settings
from jalon.doors import cli
from jalon.doors.cli import scenario
from jalon.engines.expressions import functions
from jalon.engines.forms.definitions import EXTENSIONS
from jalon.engines.forms.kinds import DECLARABLE, KINDS
from jalon.engines.layering.kinds.parameters import Parameters
from jalon.engines.layering.kinds.process_parameters import TYPES
from jalon.runtime import connectors, scenarios
from jalon.services.access import PERMISSIONS
from jalon.services.configuration.packs.formats import FOLDERS, LIST_COLUMNS
from jalon.services.configuration.packs.manifest import SECTIONS
from jalon.services.processes import actions
from jalon.services.publication.importing import UNIT_COLUMNS

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "docs" / "reference"
WORDS = tomllib.loads((ROOT / "scripts" / "reference.toml").read_text(encoding="utf-8"))
GENERATED = "<!-- Page écrite par scripts/reference.py : ne pas modifier à la main. -->"


def settings() -> str:
    """The variables an operator may set."""
    rows = [
        (
            f"`JALON_{item.name.upper()}`",
            f"`{_default(item.default)}`" if item.default != "" else "",
            item.metadata["doc"],
        )
        for item in fields(Settings)
    ]
    return page(
        "Réglages",
        "Lus dans l’environnement, au démarrage : une valeur inutilisable empêche de démarrer et dit pourquoi.",
        table(("variable", "par défaut", "effet"), rows),
    )


def permissions() -> str:
    """What a role may allow."""
    rows = [(f"`{code}`", text) for code, text in PERMISSIONS.items()]
    return page(
        "Permissions",
        "Un rôle est une liste de permissions ; il se donne à une personne dans une unité, et vaut pour elle seule "
        "ou pour celles du dessous selon sa portée (`reach`).",
        table(("permission", "donne le droit de"), rows),
    )


def errors() -> str:
    """Every refusal, by code."""
    rows = sorted({(f"`{kind.code}`", str(kind.status), kind.message) for kind in every_error()})
    return page(
        "Codes de refus",
        "Chaque refus a un code stable, donné par les réponses JSON et les commandes ; les faits remplissent `{…}`.",
        table(("code", "statut HTTP", "phrase"), rows),
    )


def commands() -> str:
    """The commands, as `--help` has them."""
    found = list(every_command(cli.main, "jalon"))
    parts = [f"## `{name}`\n\n{command.help or ''}\n{_options(command)}" for name, command in found]
    intro = "Code de sortie : 0 fait, 1 refusé avec une raison, 2 mauvais usage. `--json` écrit les listes en JSON."
    return page("Commandes", intro, "\n\n".join(part.strip() for part in parts))


def expressions() -> str:
    """The functions of the expression language."""
    families: dict[str, list[tuple[str, ...]]] = {}
    for one in functions():
        call = f"`{one.name}({', '.join(one.parameters)})`"
        known = ", ".join(f"`{alias}`" for alias in one.aliases)
        families.setdefault(one.family, []).append((call, known, one.fr, f"`{one.example}` → `{one.result}`"))
    parts = [
        f"## {family.capitalize()}\n\n" + table(("fonction", "synonymes", "résultat", "exemple"), rows)
        for family, rows in sorted(families.items())
    ]
    intro = (
        "Un sous-ensemble de FEEL, le même partout : conditions, calculs, minuteurs, cellules de décision. "
        "`?` : paramètre facultatif ; `*` : autant d’arguments que voulu. Un argument absent donne `null`."
    )
    return page("Fonctions des expressions", intro, "\n\n".join(parts))


def formats() -> str:
    """The files a pack is made of."""
    folders = [(f"`{folder}/<clé>.json`", f"`{kind}`") for folder, kind in FOLDERS.items()]
    kinds = [
        (f"`{one}`", KINDS[one].title if one in KINDS else WORDS["kinds_besides"][one]) for one in sorted(DECLARABLE)
    ]
    named = [(f"`{name}`", actions.TITLES[name]) for name in sorted(actions.ACTIONS)]
    parts = [
        "## pack.toml\n\n" + table(("section", "contenu"), [(f"`[{name}]`", text) for name, text in SECTIONS.items()]),
        "## Dossiers d’artefacts JSON\n\n" + table(("fichiers", "genre"), folders),
        "## Listes : lists/&lt;clé&gt;.csv\n\nLa première ligne peut être `# title: …`.\n\n"
        + _words(WORDS["list_columns"], LIST_COLUMNS, "colonne"),
        "## Structures : units.csv\n\nUne ligne par structure, du sommet vers le bas ; colonne absente : vide.\n\n"
        + _words(WORDS["unit_columns"], UNIT_COLUMNS, "colonne"),
        "## parameters.toml\n\nUne table par paramètre.\n\n" + _words(WORDS["parameter_keys"], Parameters.props, "clé"),
        "## Mots-clés des formulaires\n\nDans le JSON Schema, à côté du type et du titre.\n\n"
        + _words(WORDS["form_keywords"], sorted(EXTENSIONS), "mot-clé"),
        "### Genres (`x-jalon-kind`)\n\n" + table(("genre", "question"), kinds),
        '## BPMN\n\nEspace de noms `xmlns:jalon="urn:jalon:bpmn:1"`.\n\n'
        + _words(WORDS["bpmn_words"], bpmn_words(), "mot"),
        "### Actions des tâches de service\n\n" + table(("action", "effet"), named),
    ]
    return page(
        "Formats d’un paquet",
        "Un paquet `P` vit dans `workflows/P/` et `forms/P/`. Voir aussi [les surcharges](overlays.md) et "
        "[les scénarios](scenarios.md). À côté de pack.toml, `jalon pack sign` écrit `signature.json`, "
        "qui porte sur tout le reste.",
        "\n\n".join(parts),
    )


def scenario_files() -> str:
    """The two kinds of scenarios."""
    parts = [
        "## Une étape\n\n" + table(("clé", "sens"), [(f"`{key}`", text) for key, text in WORDS["step_keys"].items()]),
        "## Scénario d’un paquet\n\n`workflows/<paquet>/scenarios/*.json` : `title`, `process`, `unit`, `now`, "
        "`steps`. Joué en mémoire par `jalon pack check`. `expect` : `tasks`, `status`, `variables`, `invalid`, "
        "`outputs`, `ended_at`.\n\n" + _words(WORDS["pack_scenario_verbs"], pack_verbs(), "verbe"),
        "## Scénario de la démonstration\n\n`workflows/<paquet>/demo.json` : `title`, `summary`, `steps`. Joué par "
        "`jalon demo` à travers les vrais services. `@+15` et `@-3` sont les dates à tant de jours du jour joué.\n\n"
        + _words(WORDS["demo_verbs"], scenario.VERBS, "verbe"),
    ]
    return page("Scénarios", "Un scénario est une suite d’étapes écrites comme des données.", "\n\n".join(parts))


def connector_files() -> str:
    """Connectors, and what each action of a service task is told."""
    parts = [
        "## Un connecteur : `connectors/<clé>.json`\n\n" + _told(connectors.KEYS),
        "## Une opération\n\nElle est envoyée en POST à `url/<opération>`, en JSON, avec un `Idempotency-Key` qui "
        "reste le même quand la demande est répétée. Aucune redirection n’est suivie ; une réponse de plus d’un "
        "mégaoctet est un échec. Un échec est retenté deux fois, après 30 secondes puis 2 minutes ; ensuite l’étape "
        "est un incident. Après cinq échecs de suite, le système est laissé une minute au repos.\n\n"
        + _told(connectors.OPERATION_KEYS),
        "### Un exemple du simulateur\n\nL’atelier, les scénarios des paquets et la démonstration répondent ainsi : "
        "rien ne sort.\n\n" + _told(connectors.EXAMPLE_KEYS),
        '## Paramètre laissé ouvert\n\nUn `jalon:param` qui porte `open="true"` se règle à chaque niveau, dans les '
        "variantes du processus, par brouillon et publication ; il porte aussi `label`, `type` et, pour un choix, "
        "`choices`. Son `uid` est `param:<étape>:<nom>`. Quel que soit le type, une valeur qui commence par « = » est "
        "une expression.\n\n" + table(("type", "valeur"), [(f"`{one}`", said) for one, said in TYPES.items()]),
    ]
    for name, info in sorted((name, actions.INFOS[name]) for name in actions.ACTIONS):
        rows = [(f"`{one.name}`", one.label + (" ; obligatoire" if one.required else "")) for one in info.parameters]
        if info.others:
            rows.append(("…", info.others))
        parts.append(f"## Action `{name}`\n\n{info.title}.\n\n" + table(("paramètre", "sens"), rows))
    intro = (
        "Une étape automatique demande une action (`jalon:action`) ; `connecteur.appeler` interroge un autre système "
        "d’information, déclaré dans un paquet. Hors production, le simulateur répond par les exemples."
    )
    return page("Connecteurs et actions", intro, "\n\n".join(parts))


def _told(words: Mapping[str, str]) -> str:
    return table(("clé", "sens"), [(f"`{key}`", text) for key, text in words.items()])


PAGES: dict[str, Callable[[], str]] = {
    "reglages.md": settings,
    "permissions.md": permissions,
    "erreurs.md": errors,
    "commandes.md": commands,
    "expressions.md": expressions,
    "formats.md": formats,
    "scenarios.md": scenario_files,
    "connecteurs.md": connector_files,
}


def every_error() -> Iterator[type[JalonError]]:
    """Yield every refusal of the product that has a code of its own."""
    for package in (jalon, jalon_admin):
        for module in walk_packages(package.__path__, f"{package.__name__}."):
            if ".migrations." not in module.name:
                import_module(module.name)
    waiting = [JalonError]
    while waiting:
        found = waiting.pop()
        waiting += found.__subclasses__()
        if found.__module__.startswith(("jalon.", "jalon_admin.")) and "code" in vars(found):
            yield found


def every_command(command: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
    """Yield each command that does something, by its full name."""
    if not isinstance(command, click.Group):
        yield name, command
        return
    for key in sorted(command.commands):
        yield from every_command(command.commands[key], f"{name} {key}")


def pack_verbs() -> set[str]:
    """Return the verbs a pack's scenario may use."""
    return {"start", "check", *scenarios._VERBS}


def bpmn_words() -> set[str]:
    """Return the words of our BPMN namespace that the process engine reads."""
    folder = ROOT / "platform" / "jalon" / "engines" / "processes"
    source = "\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py")))
    named = re.findall(r'\{\{\{JALON\}\}\}(\w+)|attribute\(\w+, "(\w+)", JALON|extension\(\w+, JALON, "(\w+)"', source)
    tests = re.findall(r'JALON and (?:local\(\w+\)|name) (?:== "(\w+)"|in \{([^}]+)\})', source)
    found = {word for group in named for word in group if word}
    return found | {word for one, many in tests for word in (one, *re.findall(r"\w+", many)) if word}


def page(title: str, intro: str, body: str) -> str:
    """Return a page."""
    return f"# {title}\n\n{GENERATED}\n\n{intro}\n\n{body}\n"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |" for row in lines
    )


def stale() -> list[str]:
    """Return the pages that no longer say what the code says."""
    return [name for name, write in PAGES.items() if _written(name) != write()]


def _written(name: str) -> str:
    file = FOLDER / name
    return file.read_text(encoding="utf-8") if file.exists() else ""


def _words(said: dict[str, str], code: Iterable[str], head: str) -> str:
    return table((head, "sens"), [(f"`{key}`", said.get(key, "À documenter.")) for key in sorted(code)])


def _default(value: object) -> str:
    return "oui" if value is True else "non" if value is False else str(value)


def _options(command: click.Command) -> str:
    rows = []
    for one in command.params:
        if isinstance(one, click.Argument):
            rows.append((f"`{one.human_readable_name}`", "" if one.required else "Facultatif."))
        elif isinstance(one, click.Option):
            rows.append((", ".join(f"`{name}`" for name in (*one.opts, *one.secondary_opts)), one.help or ""))
    return "\n" + table(("argument ou option", "effet"), rows) if rows else ""


def main() -> None:
    """Write, or check."""
    if sys.argv[1:] == ["check"]:
        found = stale()
        for name in found:
            print(f"docs/reference/{name} n’est plus à jour : lancez « python scripts/reference.py ».")
        sys.exit(1 if found else 0)
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, write in PAGES.items():
        (FOLDER / name).write_text(write(), encoding="utf-8")
        print(f"docs/reference/{name}")


if __name__ == "__main__":
    main()
