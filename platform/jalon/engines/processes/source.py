"""Reading XML that anybody may have written: entities, network and giants off, never a hang, never a crash."""

from lxml import etree

from jalon.base.errors import Problem

MAX_BYTES = 20_000_000
MAX_DEPTH = 100
MAX_ELEMENTS = 200_000

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
JALON = "urn:jalon:bpmn:1"
CAMUNDA = "http://camunda.org/schema/1.0/bpmn"
ZEEBE = "http://camunda.org/schema/zeebe/1.0"
SPIFF = "http://spiffworkflow.org/bpmn/schema/1.0/core"


class Unreadable(Exception):
    """The bytes are not XML we accept; carries the problem to report."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


def read_xml(content: bytes, file: str = "") -> etree._Element:
    """Return the root element; raises Unreadable with the line and what to do."""
    if len(content) > MAX_BYTES:
        raise _refused("xml.trop_gros", "Ce fichier dépasse 20 Mo : découpez le diagramme en plusieurs fichiers.", file)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        line = getattr(error, "lineno", None)
        where = f", ligne {line}" if line else ""
        text = (
            f"Ce fichier n’est pas du XML lisible{where}. Ouvrez-le dans l’éditeur de diagrammes et réenregistrez-le."
        )
        raise _refused("xml.illisible", text, file, line) from error
    if root is None:
        raise _refused("xml.illisible", "Ce fichier est vide.", file)
    if root.getroottree().docinfo.internalDTD is not None:
        text = "Ce fichier contient une déclaration DOCTYPE, refusée par sécurité. Retirez-la."
        raise _refused("xml.doctype", text, file)
    _measure(root, file)
    return root


def _measure(root: etree._Element, file: str) -> None:
    depth = count = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        count += event == "start"
        if depth > MAX_DEPTH:
            text = f"Ce fichier imbrique plus de {MAX_DEPTH} niveaux d’éléments. Aplatissez le diagramme."
            raise _refused("xml.trop_profond", text, file, element.sourceline)
        if count > MAX_ELEMENTS:
            text = f"Ce fichier contient plus de {MAX_ELEMENTS} éléments. Découpez le diagramme."
            raise _refused("xml.trop_gros", text, file)


def _refused(code: str, message: str, file: str, line: int | None = None) -> Unreadable:
    return Unreadable(Problem(code, "error", message, file, "", line))


def local(element: etree._Element) -> str:
    """Return the tag without its namespace ("" for what is not an element)."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def namespace(element: etree._Element) -> str:
    """Return the namespace of an element, "" when it has none."""
    tag = element.tag
    return tag[1:].partition("}")[0] if isinstance(tag, str) and tag.startswith("{") else ""


def bpmn_children(element: etree._Element, name: str | None = None) -> list[etree._Element]:
    """Return the BPMN children, of one name if given."""
    return [c for c in element if namespace(c) == BPMN and (name is None or local(c) == name)]


def bpmn_child(element: etree._Element, name: str) -> etree._Element | None:
    """Return the first BPMN child of that name."""
    return next(iter(bpmn_children(element, name)), None)


def extensions(element: etree._Element) -> list[etree._Element]:
    """Return what the extensionElements of an element hold."""
    return [e for holder in bpmn_children(element, "extensionElements") for e in holder if isinstance(e.tag, str)]


def attribute(element: etree._Element, name: str, *spaces: str) -> str | None:
    """Return an attribute in the first of these namespaces that has it."""
    return next((element.get(f"{{{space}}}{name}") for space in spaces if element.get(f"{{{space}}}{name}")), None)


def extension(element: etree._Element, space: str, name: str) -> etree._Element | None:
    """Return an extension element by namespace and name."""
    return next((e for e in extensions(element) if namespace(e) == space and local(e) == name), None)


def text_of(element: etree._Element | None) -> str:
    """Return the whole text of an element, trimmed."""
    return "" if element is None else "".join(str(part) for part in element.itertext()).strip()


def reference(text: str | None) -> str:
    """Return an id without the prefix of a qualified name (`tns:m1` -> `m1`)."""
    return (text or "").strip().rpartition(":")[2]


def line_of(element: etree._Element | None) -> int | None:
    """Return the line an element starts at, when it is known."""
    line = None if element is None else element.sourceline
    return line if isinstance(line, int) else None
