"""Event definitions as BPMN and other tools write them."""

import re
from collections.abc import Callable
from typing import Literal

from lxml import etree

from jalon.engines.expressions import TemporalInvalid, parse_cycle, parse_duration, parse_instant
from jalon.engines.processes.cron import cycle_of
from jalon.engines.processes.drafts import Draft, Shared, shorten
from jalon.engines.processes.program import Assign, Definition
from jalon.engines.processes.source import (
    BPMN,
    JALON,
    ZEEBE,
    bpmn_child,
    bpmn_children,
    extensions,
    local,
    namespace,
    reference,
    text_of,
)
from jalon.engines.processes.timing import is_iso

Read = Callable[[Draft, Shared, etree._Element, etree._Element], Definition | None]
_SUFFIX = "EventDefinition"
_TOGETHER = frozenset({"message", "timer", "signal", "condition"})
_CRON = re.compile(r"[\d*?/,\-LW#]+(\s+[\w*?/,\-#]+){4,6}")

ALLOWED: dict[str, frozenset[str]] = {
    "startEvent": frozenset({"message", "timer", "signal", "condition", "error", "escalation", "compensation"}),
    "intermediateCatchEvent": frozenset({"message", "timer", "signal", "condition", "link"}),
    "intermediateThrowEvent": frozenset({"message", "signal", "escalation", "compensation", "link"}),
    "endEvent": frozenset({"message", "signal", "error", "escalation", "compensation", "terminate", "cancel"}),
    "boundaryEvent": frozenset(
        {"message", "timer", "signal", "condition", "error", "escalation", "compensation", "cancel"}
    ),
}


def read_definitions(draft: Draft, shared: Shared, event: etree._Element) -> tuple[Definition, ...]:
    """Return what an event waits for or throws."""
    found = []
    for child in event:
        name = local(child)
        if namespace(child) == BPMN and name == "eventDefinitionRef":
            held = shared.definitions.get(reference(text_of(child)))
            if held is None:
                message = f"La définition d’événement « {shorten(text_of(child))} » n’existe pas dans ce fichier."
                draft.problem("reference.absente", message, event)
                continue
            child, name = held, local(held)
        if namespace(child) == BPMN and name.endswith(_SUFFIX):
            definition = _READ.get(name.removesuffix(_SUFFIX), _unknown)(draft, shared, event, child)
            if definition is not None:
                found.append(definition)
    together = event.get("parallelMultiple") == "true" and len(found) > 1
    if together and any(definition.kind not in _TOGETHER for definition in found):
        draft.refuse(
            "profil.evenement_parallele_multiple",
            "Seuls des messages, minuteurs, signaux et conditions s’attendent ensemble. Séparez les autres.",
            event,
        )
    allowed = ALLOWED[local(event)]
    for definition in found:
        if definition.kind not in allowed:
            draft.refuse(
                "profil.evenement_interdit",
                f"Un événement « {definition.kind} » n’a pas de sens ici ({local(event)}). Changez son type.",
                event,
            )
    return tuple(definition for definition in found if definition.kind in allowed)


def thrown_definition(draft: Draft, shared: Shared, holder: etree._Element, ref: str | None) -> Definition | None:
    """Return what a repetition throws: a definition it refers to, or one written in the holder."""
    element = shared.definitions.get(reference(ref)) if ref else None
    if element is None:
        inside = [child for child in holder.iter() if local(child).endswith(_SUFFIX) and namespace(child) == BPMN]
        refs = [child for child in holder.iter() if local(child) == "eventDefinitionRef"]
        inside += [found for child in refs if (found := shared.definitions.get(reference(text_of(child)))) is not None]
        element = inside[0] if inside and not ref else None
    if element is None:
        draft.problem("reference.absente", f"L’événement « {shorten(ref or 'sans nom')} » n’existe pas ici.", holder)
        return None
    found_one = _READ.get(local(element).removesuffix(_SUFFIX), _unknown)(draft, shared, holder, element)
    if found_one is not None and found_one.kind not in {"signal", "message", "escalation", "error"}:
        draft.refuse(
            "profil.multi_evenement",
            "Une répétition ne lève qu’un signal, un message, une escalade ou une erreur.",
            holder,
        )
        return None
    return found_one


def _message(draft: Draft, shared: Shared, event: etree._Element, element: etree._Element) -> Definition | None:
    return message_definition(draft, shared, event, element.get("messageRef"))


def message_definition(draft: Draft, shared: Shared, event: etree._Element, ref: str | None) -> Definition | None:
    """Return the definition for a message reference, or for the message flow that touches the event."""
    if ref is None or not ref.strip():
        name = shared.flows_from.get(event.get("id", ""))
        if name is None:
            draft.refuse(
                "profil.message_absent",
                "Cet élément ne dit pas quel message il attend ou envoie. Choisissez-le dans ses propriétés.",
                event,
            )
            return None
        return Definition("message", name, payload=_payload(draft, event), ids=frozenset({name}))
    message = shared.messages.get(reference(ref))
    if message is None:
        draft.problem("reference.absente", f"Le message « {ref} » n’existe pas dans ce fichier.", event)
        return None
    identifier = message.get("id", "")
    name = draft.template(message.get("name"), message, "Le nom de message") or identifier
    return Definition(
        "message",
        name,
        correlation=_correlation(draft, message, event) + _subscribed(draft, shared, message, event),
        payload=_payload(draft, event),
        ids=frozenset({identifier}),
    )


def _correlation(draft: Draft, message: etree._Element, event: etree._Element) -> tuple[Assign, ...]:
    found = []
    for holder in (message, event):
        for extension in extensions(holder):
            if namespace(extension) == ZEEBE and local(extension) == "subscription" and extension.get("correlationKey"):
                line = draft.assign("", extension.get("correlationKey"), holder, "La clé de corrélation")
                if line.expression:
                    found.append(Assign(line.expression, line.expression))
            elif namespace(extension) == JALON and local(extension) == "correlation":
                name = extension.get("name", "")
                found.append(draft.assign(name, extension.get("expression") or name, holder, "La clé de corrélation"))
    return tuple(found)


def _subscribed(draft: Draft, shared: Shared, message: etree._Element, event: etree._Element) -> tuple[Assign, ...]:
    """Return what the correlation subscription of the process demands of a message: a value of its content."""
    bound: dict[str, str] = draft.extra["bindings_of_messages"]
    found = []
    for name, path in shared.retrievals.get(message.get("id", ""), {}).items():
        if name in bound and path.isidentifier():
            found.append(draft.assign(path, bound[name], event, "La clé de corrélation"))
        elif name in bound:
            draft.warn(
                "interop.correlation",
                f"La corrélation par « {shorten(path)} » est ignorée : elle ne nomme pas un champ du message. "
                "Les messages se rapprochent alors par la clé métier.",
                event,
            )
    return tuple(found)


def _payload(draft: Draft, event: etree._Element) -> tuple[Assign, ...]:
    return tuple(
        draft.assign(line.get("name", ""), line.get("expression"), event, "Le contenu du message")
        for line in extensions(event)
        if namespace(line) == JALON and local(line) == "param"
    )


def _signal(draft: Draft, shared: Shared, event: etree._Element, element: etree._Element) -> Definition | None:
    signal = _referred(draft, event, shared.signals, element.get("signalRef"), "signal")
    if signal is None:
        return None
    name = draft.template(signal.get("name"), signal, "Le nom de signal") or signal.get("id", "")
    return Definition("signal", name, payload=_payload(draft, event), ids=frozenset({signal.get("id", "")}))


def _error(draft: Draft, shared: Shared, event: etree._Element, element: etree._Element) -> Definition | None:
    if not element.get("errorRef"):
        return _any(draft, event, "error")
    error = _referred(draft, event, shared.errors, element.get("errorRef"), "erreur")
    return None if error is None else _coded("error", error, "errorCode")


def _escalation(draft: Draft, shared: Shared, event: etree._Element, element: etree._Element) -> Definition | None:
    if not element.get("escalationRef"):
        return _any(draft, event, "escalation")
    escalation = _referred(draft, event, shared.escalations, element.get("escalationRef"), "escalade")
    return None if escalation is None else _coded("escalation", escalation, "escalationCode")


def _coded(kind: str, element: etree._Element, attribute: str) -> Definition:
    names = [element.get(attribute), element.get("name"), element.get("id")]
    code = next((name for name in names if name), "")
    aliases = {name for name in names if name} if not element.get(attribute) else {code}
    return Definition("error" if kind == "error" else "escalation", code, ids=frozenset(aliases))


def _any(draft: Draft, event: etree._Element, kind: str) -> Definition | None:
    if local(event) in {"endEvent", "intermediateThrowEvent"}:
        draft.refuse(
            "profil.code_absent",
            "Cet événement lève une erreur ou une escalade sans dire laquelle. Choisissez-en une.",
            event,
        )
        return None
    return Definition("error" if kind == "error" else "escalation")


def _referred(
    draft: Draft, event: etree._Element, known: dict[str, etree._Element], ref: str | None, what: str
) -> etree._Element | None:
    if not ref or not ref.strip():
        draft.refuse(
            "profil.reference_absente", f"Cet événement n’indique pas quel {what} il concerne. Choisissez-en un.", event
        )
        return None
    found = known.get(reference(ref))
    if found is None:
        draft.problem("reference.absente", f"La référence « {ref} » ({what}) n’existe pas dans ce fichier.", event)
    return found


def _timer(draft: Draft, _shared: Shared, event: etree._Element, element: etree._Element) -> Definition | None:
    parts = [child for child in bpmn_children(element) if local(child) in {"timeDate", "timeDuration", "timeCycle"}]
    if len(parts) != 1 or not text_of(parts[0]):
        draft.refuse("profil.minuteur", "Ce minuteur doit porter une date, une durée ou un cycle, et un seul.", event)
        return None
    part = parts[0]
    text = text_of(part)
    kind = local(part).removeprefix("time").lower()
    bare = text[1:-1] if len(text) > 2 and text[0] == text[-1] and text[0] in "'\"" else text
    if bare != text and is_iso(bare):
        draft.warn("interop.traduit", f"Le minuteur « {shorten(text)} » est lu comme « {bare} ».", event)
        text = bare
    if is_iso(text) or text in {"P", ""} or re.fullmatch(r"\d+[YMWDHS]", text):
        return _constant_timer(draft, event, kind, text)
    if _CRON.fullmatch(text):
        cycle = cycle_of(text) if kind == "cycle" else None
        if cycle is None:
            draft.refuse(
                "profil.minuteur_cron",
                f"Le minuteur « {text} » (cron) n’a pas d’équivalent exact. Écrivez un cycle ISO 8601 : R/PT1H.",
                event,
            )
            return None
        draft.warn("interop.traduit", f"Le minuteur « {text} » est lu comme « {cycle} ».", event)
        return Definition("timer", expression=cycle, timer="cycle")
    source = draft.expression(text, event, "Le minuteur")
    return Definition("timer", expression=source, timer=_timer_kind(kind)) if source else None


def _constant_timer(draft: Draft, event: etree._Element, kind: str, text: str) -> Definition | None:
    try:
        if text.startswith("R"):
            parse_cycle(text)
        elif text.lstrip("-").startswith("P"):
            parse_duration(text)
        else:
            parse_instant(text)
        shape = "cycle" if text.startswith("R") else "duration" if text.lstrip("-").startswith("P") else "date"
        if shape != kind and not (kind == "cycle" and shape == "duration"):
            raise TemporalInvalid(text, {"date": "une date", "duration": "une durée", "cycle": "un cycle"}[kind], "P7D")
    except TemporalInvalid as error:
        draft.refuse("profil.minuteur", f"Ce minuteur n’est pas valable. {error.text()}", event)
        return None
    return Definition("timer", expression=text, timer=_timer_kind(kind))


def _timer_kind(kind: str) -> Literal["date", "duration", "cycle"]:
    return "date" if kind == "date" else "duration" if kind == "duration" else "cycle"


def _conditional(draft: Draft, _shared: Shared, event: etree._Element, element: etree._Element) -> Definition | None:
    source = draft.expression(text_of(bpmn_child(element, "condition")), event, "La condition")
    if not source:
        if not text_of(bpmn_child(element, "condition")):
            draft.refuse(
                "profil.condition_absente", "Cet événement conditionnel n’a pas de condition. Écrivez-la.", event
            )
        return None
    return Definition("condition", expression=source)


def _link(draft: Draft, _shared: Shared, event: etree._Element, element: etree._Element) -> Definition | None:
    name = element.get("name") or event.get("name") or ""
    if not name:
        draft.refuse("profil.lien_sans_nom", "Ce lien n’a pas de nom : donnez le même nom aux deux bouts.", event)
        return None
    return Definition("link", name)


def _compensation(_draft: Draft, _shared: Shared, _event: etree._Element, element: etree._Element) -> Definition | None:
    waits = element.get("waitForCompletion") != "false"
    return Definition("compensation", reference(element.get("activityRef")), waits=waits)


def _terminate(_draft: Draft, _shared: Shared, _event: etree._Element, _element: etree._Element) -> Definition | None:
    return Definition("terminate")


def _cancel(_draft: Draft, _shared: Shared, _event: etree._Element, _element: etree._Element) -> Definition | None:
    return Definition("cancel")


def _unknown(draft: Draft, _shared: Shared, event: etree._Element, element: etree._Element) -> Definition | None:
    draft.refuse("profil.evenement_inconnu", f"L’événement « {local(element)} » n’est pas exécuté.", event)
    return None


_READ: dict[str, Read] = {
    "message": _message,
    "signal": _signal,
    "error": _error,
    "escalation": _escalation,
    "timer": _timer,
    "conditional": _conditional,
    "link": _link,
    "compensate": _compensation,
    "terminate": _terminate,
    "cancel": _cancel,
}
