"""Processes: options, slots, roles of lanes and words; never the diagram of somebody else."""

from collections.abc import Mapping
from typing import ClassVar

from jalon.base.json import Json
from jalon.engines.layering.atoms import Atoms, AtomsBuilder, Item
from jalon.engines.layering.kinds.base import Adapter, Prop, adapts, broken
from jalon.engines.layering.kinds.process_parameters import PARAM, TYPES, wrong_value
from jalon.engines.layering.kinds.process_xml import OPTION, SLOT, read_process, write_process
from jalon.engines.layering.model import ABSENT, ROOT, Broken, Facts, Op, Value

_DERIVED = ("options", "slots")
_XML = "_bpmn"


@adapts("process", "le processus")
class Process(Adapter):
    """A process: uid = BPMN id for steps, lanes and the process, `option:<id>`, `slot:<id>`, `param:<step>:<name>`.

    Ops are compiled into the XML: default of an option, process a slot calls, role of a lane, words of a step, open
    parameter of an action.
    """

    noun, feminine = "étape", True
    extensible = False
    props: ClassVar[Mapping[str, Prop]] = {
        "label": Prop("le libellé", shape="text", change="cosmetic"),
        "title": Prop("l’intitulé", shape="text", change="cosmetic"),
        "why": Prop("l’explication", shape="text", change="cosmetic"),
        "role": Prop("le rôle", shape="text", change="constraining"),
        "start_roles": Prop("les rôles qui démarrent", shape="text", change="constraining"),
        "default": Prop("le réglage", change="constraining"),
        "bound": Prop("le sous-processus branché", shape="text", change="constraining"),
        "value": Prop("la valeur", change="constraining"),
        "form": Prop("le formulaire", "locked", "breaking"),
        "recipient": Prop("le destinataire", "locked", "constraining"),
        "decision": Prop("la décision", "locked", "breaking"),
        "choices": Prop("les choix", "locked", "breaking"),
        "allowed": Prop("les sous-processus permis", "locked", "constraining"),
    }

    def explode(self, document: Json) -> Atoms:
        """Return the items of the BPMN text; raises ContentRefused when it cannot be read."""
        builder = AtomsBuilder()
        xml = document.get("bpmn", "")
        builder.add(ROOT, "", {**{key: value for key, value in document.items() if key != "bpmn"}, _XML: xml})
        builder.container(ROOT)
        for uid, item in read_process(xml).items():
            builder.add(uid, ROOT, dict(item))
        return builder.done()

    def assemble(self, atoms: Atoms) -> Json:
        """Compile the changes into the text; derived data are left out once something changed."""
        own = dict(atoms.items[ROOT])
        before = own.pop(_XML)
        xml = write_process(before, atoms.items)
        if xml != before:
            own = {key: value for key, value in own.items() if key not in _DERIVED}
        return {**own, "bpmn": xml}

    def noun_of(self, uid: str, item: Item) -> tuple[str, bool]:
        """Tell options, slots, lanes and steps apart."""
        if uid.startswith(OPTION):
            return "option", True
        if uid.startswith(SLOT):
            return "emplacement", False
        if uid.startswith(PARAM):
            return "paramètre", False
        words = {"lane": ("couloir", False), "process": ("processus", False)}
        return words.get(str(item.get("element")), ("étape", True))

    def label(self, uid: str, item: Item) -> str:
        """A lane is named by its role."""
        found = item.get("label") or item.get("title") or item.get("role")
        return found if isinstance(found, str) else uid.removeprefix(OPTION).removeprefix(SLOT).removeprefix(PARAM)

    def refuse_value(self, above: Atoms, op: Op, prop: str, value: Value) -> str | None:
        """An option takes one of its values; a slot is not an option."""
        item = above.items.get(op.uid, {})
        if prop == "bound" and not op.uid.startswith(SLOT):
            return "seul un emplacement se branche"
        if prop == "value":
            return wrong_value(str(item.get("type") or "expression"), item.get("choices"), value)
        if prop != "default":
            return None
        if not op.uid.startswith(OPTION):
            return "seule une option se règle"
        if item.get("type") == "boolean":
            return None if isinstance(value, bool) else "cette option vaut oui ou non"
        choices = item.get("choices")
        offered = not isinstance(choices, list) or value in choices
        return None if offered else f"cette option ne propose pas « {value} »"

    def check_item(self, atoms: Atoms, uid: str, facts: Facts) -> tuple[Broken, ...]:
        """A slot calls a process of its catalogue, published; an open parameter has a type and a value of it."""
        if uid.startswith(PARAM):
            return self._check_parameter(uid, atoms.items[uid])
        if not uid.startswith(SLOT):
            return ()
        item = atoms.items[uid]
        bound, allowed = item.get("bound"), item.get("allowed") or []
        if not bound:
            return ()
        where = [(uid, "bound"), (uid, "allowed")]
        if allowed and bound not in allowed:
            message = f"L’emplacement « {self.label(uid, item)} » n’accepte pas le sous-processus « {bound} »."
            return (broken("emplacement_hors_catalogue", message, uid, where),)
        if facts.published is not None and bound not in facts.published:
            message = f"Le sous-processus « {bound} », branché sur « {self.label(uid, item)} », n’est pas publié."
            return (broken("emplacement_non_publie", message, uid, where),)
        return ()

    def _check_parameter(self, uid: str, item: Item) -> tuple[Broken, ...]:
        kind = str(item.get("type") or "expression")
        wrong = wrong_value(kind, item.get("choices"), item.get("value", ABSENT))
        if kind not in TYPES:
            wrong = f"« {kind} » n’est pas un type ({', '.join(TYPES)})"
        if wrong is None:
            return ()
        message = f"Le paramètre « {self.label(uid, item)} » : {wrong}."
        return (broken("parametre_d_action", message, uid, [(uid, "value"), (uid, "type")]),)

    def sentence(self, uid: str, item: Item, prop: str, old: Value, new: Value) -> str | None:
        """An option is switched; a slot is plugged."""
        label = self.label(uid, item)
        if prop == "default" and isinstance(new, bool):
            return f"L’option « {label} » est {'activée' if new else 'désactivée'}."
        if prop == "bound":
            if new in (ABSENT, ""):
                return f"L’emplacement « {label} » n’appelle plus de sous-processus."
            return f"L’emplacement « {label} » appelle désormais « {new} »."
        return None
