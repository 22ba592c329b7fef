"""Build the sections, groups and questions of a form from its schema and UI schema."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from jalon.base.errors import Problem
from jalon.engines.forms.layout import read_rule, scope_path, title_of
from jalon.engines.forms.messages import pointer
from jalon.engines.forms.model import Element, Form, Group, Nested, Question, Rule, Section, Text, questions_of
from jalon.engines.forms.questions import choices_of, kind_of, label_of, list_key_of, question_fields
from jalon.engines.forms.shapes import NotAskable, shape, single_type

MAX_FIELDS = 500
MAX_DEPTH = 12

Node = Mapping[str, Any]
Path = tuple[str, ...]


class Builder:
    """Walks a schema once; `errors` lists what cannot be asked, with its JSON path."""

    def __init__(self, schema: Node, ui: Node) -> None:
        self.schema, self.ui = schema, ui
        self.errors: list[Problem] = []
        self.objects: dict[Path, Nested] = {}
        self.known: dict[str, Question] = {}
        self._count = 0

    def form(self, key: str) -> Form:
        """Return the form; look at `errors` before using it."""
        title = str(self.schema.get("title") or "Formulaire")
        try:
            root, seen = shape(self.schema, self.schema)
            if single_type(root)[0] != "object":
                raise NotAskable("un formulaire est un objet, avec des `properties`")
            sections = self._sections(root, seen, title)
        except NotAskable as error:
            self._refuse("", str(error))
            sections = ()
        questions = tuple(q for section in sections for q in section.questions)
        return Form(key, title, self.schema, self.ui, sections, questions, self.known, self.objects)

    def _sections(self, root: Node, seen: Path, title: str) -> tuple[Section, ...]:
        if not self.ui:
            return (Section("tout", title, tuple(self._default(root, (), seen))),)
        sections: list[Section] = []
        loose: list[Element] = []
        for node in self._pages(self.ui):
            if node.get("type") == "Category":
                uid = self._uid(node, "section")
                elements = tuple(self._elements(node, root, (), seen))
                sections.append(Section(uid, title_of(node) or title, elements, self._rules(node, ())))
            else:
                loose.extend(self._element(node, root, (), seen))
        if loose:
            sections.insert(0, Section("tout", title, tuple(loose)))
        return tuple(sections)

    def _pages(self, node: Node) -> Iterator[Node]:
        """Yield categories, and the elements that are in none, in order."""
        if node.get("type") in {"Categorization", "VerticalLayout"} and "rule" not in node:
            for child in node.get("elements", ()):
                yield from self._pages(child)
        else:
            yield node

    def _elements(self, layout: Node, root: Node, base: Path, seen: Path) -> Iterator[Element]:
        for node in layout.get("elements", ()):
            yield from self._element(node, root, base, seen)

    def _element(self, node: Node, root: Node, base: Path, seen: Path) -> Iterator[Element]:
        match node.get("type"):
            case "Control":
                yield from self._control(node, root, base, seen)
            case "Label":
                yield Text(self._uid(node, "texte"), str(node.get("text", "")), self._rules(node, base))
            case "VerticalLayout" if "rule" not in node:
                yield from self._elements(node, root, base, seen)
            case _:
                elements = tuple(self._elements(node, root, base, seen))
                flat = node.get("type") == "HorizontalLayout"
                help_text = str(dict(node.get("options", {})).get("help", ""))
                rules = self._rules(node, base)
                yield Group(self._uid(node, "groupe"), title_of(node), elements, flat, help_text, "", rules)

    def _control(self, control: Node, root: Node, base: Path, seen: Path) -> Iterator[Element]:
        names = scope_path(control.get("scope"))
        path, required = base, False
        node: Any = root
        try:
            for depth, name in enumerate(names):
                found, seen = shape(self.schema, node, seen if depth else ()) if depth else (root, seen)
                if name not in found.get("properties", {}):
                    raise NotAskable(f"le champ « {name} » n’existe pas dans le schéma")
                if depth:
                    self._nest(path, found, required)
                required = name in found.get("required", ())
                node, path = found["properties"][name], (*path, name)
        except NotAskable as error:
            self._refuse(pointer(path), str(error))
            return
        for element in self._node(node, path, required, seen, control):
            yield self._ruled(element, self._rules(control, base)) if "rule" in control else element

    def _ruled(self, element: Element, rules: tuple[Rule, ...]) -> Element:
        ruled = replace(element, rules=rules)
        if isinstance(ruled, Question):
            self.known[ruled.uid] = ruled
        return ruled

    def _default(self, node: Node, base: Path, seen: Path) -> Iterator[Element]:
        for name, child in node.get("properties", {}).items():
            if base and base[-1] == "*" and name == "_id":
                continue
            yield from self._node(child, (*base, name), name in node.get("required", ()), seen, {})

    def _node(self, raw: Any, path: Path, required: bool, seen: Path, control: Node) -> Iterator[Element]:
        """Yield the question or the group for one property; nothing when it recurses or cannot be asked."""
        if len(path) > MAX_DEPTH:
            self._refuse(pointer(path), f"plus de {MAX_DEPTH} niveaux imbriqués", "formulaire.profondeur")
            return
        if self._count > MAX_FIELDS:
            return
        if self._recurses(raw, seen):
            return
        try:
            node, seen = shape(self.schema, raw, seen)
            if node.get("x-jalon-kind") == "info":
                yield Text(".".join(path), str(node.get("description") or node.get("title") or ""))
                return
            name, nullable = single_type(node)
            if name == "object" and kind_of(node, name) not in {"file", "image"} and not node.get("x-jalon-computed"):
                yield self._object(node, path, required, seen, control)
            elif name == "null":
                raise NotAskable("ce champ n’accepte que null")
            else:
                yield self._question(node, path, required, nullable, name, seen, control)
        except NotAskable as error:
            self._refuse(pointer(path), str(error))

    def _recurses(self, raw: Any, seen: Path) -> bool:
        """Tell whether a node refers to what encloses it: the form stops there, data deeper is refused."""
        references = {raw.get("$ref"), raw.get("$dynamicRef")} if isinstance(raw, Mapping) else set()
        return "#" in references or any(reference in references for reference in seen)

    def _object(self, node: Node, path: Path, required: bool, seen: Path, control: Node) -> Group:
        nested = self._nest(path, node, required)
        detail = dict(control.get("options", {})).get("detail")
        elements = (
            self._elements({"elements": [detail]}, node, path, seen)
            if isinstance(detail, Mapping)
            else self._default(node, path, seen)
        )
        title = label_of(control, node, path)
        uid = str(dict(control.get("options", {})).get("uid") or ".".join(path))
        return Group(uid, title, tuple(elements), False, str(node.get("description", "")), nested.kind)

    def _nest(self, path: Path, node: Node, required: bool) -> Nested:
        if path not in self.objects:
            kind = str(node.get("x-jalon-kind", ""))
            self.objects[path] = Nested(path, self._name(), required, label_of({}, node, path), kind)
        return self.objects[path]

    def _question(
        self, node: Node, path: Path, required: bool, nullable: bool, name: str, seen: Path, control: Node
    ) -> Question:
        kind, items, item_seen = self._kind(node, name, seen)
        fields = question_fields(node, control, path, required)
        field_name = self._name()
        inner: Question | None = None
        elements: tuple[Element, ...] = ()
        row = (*path, "*")
        if kind == "values":
            inner = next((e for e in self._node(items, row, False, seen, {}) if isinstance(e, Question)), None)
            if inner is None:
                raise NotAskable("le type des éléments de cette liste manque ou se rappelle lui-même")
        elif kind in {"rows", "table"}:
            detail = dict(control.get("options", {})).get("detail")
            elements = tuple(
                self._elements({"elements": [detail]}, items, row, item_seen)
                if isinstance(detail, Mapping)
                else self._default(items, row, item_seen)
            )
        options_node = items if kind == "choices" and items else node
        question = Question(
            uid=".".join(piece for piece in path if piece != "*") if path[-1] != "*" else ".".join(path),
            name=field_name,
            path=path,
            kind=kind,
            schema=node,
            nullable=nullable,
            choices=choices_of(options_node),
            list_key=list_key_of(kind, options_node, node, fields["options"]),
            item=inner,
            elements=elements,
            **fields,
        )
        self.known[question.uid] = question
        return question

    def _kind(self, node: Node, name: str, seen: Path) -> tuple[str, Node, Path]:
        if name != "array" or node.get("x-jalon-computed"):
            return kind_of(node, name), {}, seen
        if "prefixItems" in node or not isinstance(node.get("items"), Mapping):
            raise NotAskable("une liste a besoin d’`items`, sans `prefixItems`")
        raw = node["items"]
        if self._recurses(raw, seen):
            raise NotAskable("une liste ne peut contenir ce qui la contient")
        items, item_seen = shape(self.schema, raw, seen)
        item_type, _ = single_type(items)
        if item_type == "object" and items.get("x-jalon-kind") not in {"file", "image"}:
            return ("table" if node.get("x-jalon-kind") == "table" else "rows"), items, item_seen
        if (choices_of(items) and item_type != "boolean") or items.get("x-jalon-list") or node.get("x-jalon-list"):
            return "choices", items, item_seen
        return "values", raw, item_seen

    def _rules(self, node: Node, base: Path) -> tuple[Rule, ...]:
        if "rule" not in node:
            return ()
        try:
            return (read_rule(node["rule"], base),)
        except NotAskable as error:
            self._refuse(str(node.get("scope", "")), str(error), "formulaire.condition")
            return ()

    def _uid(self, node: Node, stem: str) -> str:
        self._count_elements = getattr(self, "_count_elements", 0) + 1
        return str(dict(node.get("options", {})).get("uid") or f"{stem}_{self._count_elements}")

    def _name(self) -> str:
        self._count += 1
        if self._count == MAX_FIELDS + 1:
            self._refuse("", f"plus de {MAX_FIELDS} champs", "formulaire.trop_de_champs")
        return f"f{self._count}"

    def _refuse(self, where: str, reason: str, code: str = "formulaire.champ") -> None:
        message = f"{where or 'Le formulaire'} : {reason}."
        self.errors.append(Problem(code, "error", message, element=where))


def elements_deep(elements: tuple[Element, ...]) -> Iterator[Element]:
    """Yield every element, groups before what they hold, rows entered."""
    for element in elements:
        yield element
        if isinstance(element, Group | Question):
            yield from elements_deep(element.elements)


__all__ = ["MAX_DEPTH", "MAX_FIELDS", "Builder", "elements_deep", "questions_of"]
