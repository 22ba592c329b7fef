"""From bytes to programs: read, check, compile. Nothing here ever raises on what a file contains."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256

from jalon.base.errors import Problem
from jalon.base.json import content_hash
from jalon.engines.processes.drafting import read_drafts
from jalon.engines.processes.drafts import Draft
from jalon.engines.processes.linting import lint
from jalon.engines.processes.program import Flow, Node, Program
from jalon.engines.processes.source import Unreadable, line_of, read_xml
from jalon.engines.processes.spiff import wiring


@dataclass(frozen=True, slots=True)
class ReadProcess:
    """One process of a file; `program` is None when it is documentation only or refused."""

    key: str
    title: str
    file: str
    executable: bool
    starts: tuple[str, ...]
    program: Program | None


@dataclass(frozen=True, slots=True)
class Reading:
    """The processes of some files and every problem, in the order of the files."""

    processes: tuple[ReadProcess, ...]
    problems: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        """Tell whether nothing refuses the files."""
        return not any(problem.severity == "error" for problem in self.problems)


def read_bpmn(
    files: Mapping[str, bytes],
    *,
    known_processes: Iterable[str] = (),
    known_forms: Iterable[str] | None = None,
    known_decisions: Iterable[str] | None = None,
    strict_bindings: bool = False,
) -> Reading:
    """Read BPMN files together.

    `known_*` name what is deployed besides (None: not checked); what a file names and nobody deploys is a
    warning. A task bound to another product's class, bean or topic is an error with `strict_bindings`.
    """
    drafts: list[Draft] = []
    problems: list[Problem] = []
    for file, content in files.items():
        try:
            found, wrong = read_drafts(read_xml(content, file), file)
            for draft in found:
                draft.extra["digest"] = sha256(content).hexdigest()
        except Unreadable as refusal:
            problems.append(refusal.problem)
            continue
        drafts += found
        problems += wrong
    problems += _same_key(drafts)
    processes = []
    keys = {draft.key for draft in drafts} | set(known_processes)
    for draft in drafts:
        lint(draft)
        _bindings(draft, strict_bindings)
        _references(draft, keys, known_forms, known_decisions)
        processes.append(_finish(draft, problems))
    return Reading(tuple(processes), tuple(problems))


def _same_key(drafts: list[Draft]) -> list[Problem]:
    seen: dict[str, str] = {}
    problems = []
    for draft in drafts:
        if draft.key in seen and seen[draft.key] != draft.file:
            message = f"Le processus « {draft.key} » est déjà dans {seen[draft.key]}. Donnez-lui un autre identifiant."
            line = line_of(draft.element)
            problems.append(Problem("bpmn.identifiant_double", "error", message, draft.file, draft.key, line))
        seen.setdefault(draft.key, draft.file)
    return problems


def _bindings(draft: Draft, strict: bool) -> None:
    for element, vendor in draft.extra.get("bindings", []):
        message = (
            f"Cette tâche est liée à « {vendor} », qui appartient à un autre produit. "
            "Choisissez une action de la plateforme, ou faites-en une tâche humaine."
        )
        draft.problem("profil.liaison", message, element, "error" if strict else "warning")


def _references(draft: Draft, keys: set[str], forms: Iterable[str] | None, decisions: Iterable[str] | None) -> None:
    checked = (
        ("called", keys, "profil.appel_inconnu", "Le processus appelé « {name} » n’est pas déployé."),
        ("form", forms, "profil.formulaire_inconnu", "Le formulaire « {name} » n’est pas déployé."),
        ("decision", decisions, "profil.decision_inconnue", "La décision « {name} » n’est pas déployée."),
    )
    for node in draft.nodes.values():
        for field, known, code, message in checked:
            name = getattr(node, field)
            if known is None or not name or name.startswith(("=", "slot:")) or name in set(known):
                continue
            draft.warn(code, message.format(name=name), draft.sources[node.id])


def _finish(draft: Draft, problems: list[Problem]) -> ReadProcess:
    severe = any(problem.severity == "error" for problem in draft.problems)
    wanted = draft.executable == "true"
    problems += draft.problems
    if wanted:
        problems += draft.unsupported
    else:
        problems += [replace(problem, severity="warning") for problem in draft.unsupported]
    runs = not severe and not draft.unsupported and draft.executable != "false"
    if not runs and not wanted and not severe:
        why = (
            "le diagramme se déclare non exécutable"
            if draft.executable == "false"
            else "il contient ce qui précède, que nous n’exécutons pas"
        )
        text = f"Le processus « {draft.title} » est gardé comme documentation seulement : {why}."
        problems.append(Problem("profil.documentation", "warning", text, draft.file, draft.key, line_of(draft.element)))
    program = compile_draft(draft) if runs else None
    starts = () if draft.containers.get("") is None else draft.containers[""].starts + draft.containers[""].triggered
    return ReadProcess(draft.key, draft.title, draft.file, runs, starts, program)


def compile_draft(draft: Draft) -> Program:
    """Compile a checked draft through SpiffWorkflow's specification."""
    wired = wiring(draft)
    incoming: dict[str, list[Flow]] = {}
    for _, flows, _ in wired.values():
        for flow in flows:
            incoming.setdefault(flow.target, []).append(flow)
    nodes: dict[str, Node] = {}
    for name in draft.nodes:
        node, flows, lane = wired[name]
        nodes[name] = replace(
            node,
            outgoing=flows,
            incoming=tuple(incoming.get(name, ())),
            lane=lane or None,
            role=node.role or lane or None,
        )
    program = Program(
        draft.key,
        draft.title,
        nodes,
        dict(draft.containers),
        file=draft.file,
        options=draft.extra.get("options", ()),
        slots=draft.extra.get("slots", ()),
        dossier_type=draft.extra.get("dossier_type"),
        start_roles=draft.extra.get("start_roles", ()),
    )
    return replace(program, hash=content_hash([draft.key, draft.extra.get("digest", "")]))
