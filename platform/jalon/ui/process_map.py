"""A diagram drawn as SVG on the server: « vous êtes ici » without a script; always beside its text equivalent."""

from collections import Counter
from collections.abc import Mapping
from itertools import pairwise

from markupsafe import Markup, escape

from jalon.engines.processes.drawing import Drawing, Line, Shape

STATES = {"done": "map-done", "current": "map-here", "incident": "map-bad"}
SIGNS = {
    "message": "✉",
    "timer": "◷",
    "signal": "△",
    "error": "ϟ",
    "escalation": "⌃",
    "condition": "≡",
    "terminate": "●",
    "compensation": "«",
}
GATEWAY_SIGNS = {"exclusiveGateway": "×", "parallelGateway": "+", "inclusiveGateway": "○", "eventBasedGateway": "◇"}
LETTER = 6.4  # width of an average letter at 12 px
LINE = 15  # height of a line of text


def draw(drawing: Drawing, states: Mapping[str, str] | None = None, title: str = "") -> Markup:
    """Return the diagram; `states` maps element ids to done, current or incident."""
    states = states or {}
    margin = 12
    box = (drawing.x - margin, drawing.y - margin, drawing.width + 2 * margin, drawing.height + 2 * margin)
    parts = [
        Markup(
            '<svg xmlns="http://www.w3.org/2000/svg" class="map" role="img" viewBox="{} {} {} {}" '
            'width="{}" height="{}"><title>{}</title><defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" '
            'markerWidth="8" markerHeight="8" orient="auto-start-reverse">'
            '<path d="M0 0 10 5 0 10z" class="map-tip"/></marker></defs>'
        ).format(*map(_number, box), _number(box[2]), _number(box[3]), title)
    ]
    containers = [s for s in drawing.shapes if s.kind in {"participant", "lane", "subProcess", "transaction"}]
    parts += [_container(shape) for shape in containers]
    starts = Counter(line.points[0] for line in drawing.lines)
    parts += [_line(line, starts[line.points[0]] > 1) for line in drawing.lines]
    parts += [_node(shape, states.get(shape.element, "")) for shape in drawing.shapes if shape not in containers]
    parts.append(Markup("</svg>"))
    return Markup("").join(parts)


def _container(shape: Shape) -> Markup:
    if shape.kind in {"participant", "lane"}:
        middle = (shape.x + 15, shape.y + shape.height / 2)
        label = Markup('<text class="map-lane" transform="translate({} {}) rotate(-90)">{}</text>').format(
            _number(middle[0]), _number(middle[1]), _shorten(shape.name, shape.height)
        )
    else:
        label = Markup('<text x="{}" y="{}" class="map-group">{}</text>').format(
            _number(shape.x + 10), _number(shape.y + 18), _shorten(shape.name, shape.width)
        )
    return _rectangle(shape, "map-pool" if shape.kind in {"participant", "lane"} else "map-part", 0) + label


def _node(shape: Shape, state: str) -> Markup:
    style = STATES.get(state, "map-todo")
    mark = Markup("")
    if state in STATES:
        sign = {"done": "✓", "current": "➤", "incident": "!"}[state]
        mark = Markup('<text class="map-mark" x="{}" y="{}">{}</text>').format(
            _number(shape.x + shape.width - 12), _number(shape.y + 15), sign
        )
    if shape.kind.endswith("Gateway"):
        return _gateway(shape, style)
    if shape.kind.endswith("Event"):
        return _event(shape, style)
    if shape.kind in {"textAnnotation", "dataObjectReference", "dataStoreReference"}:
        return _label(shape, shape.y + shape.height / 2, shape.width + 40, "map-note")
    return (
        _rectangle(shape, f"map-task {style}", 8) + _label(shape, shape.y + shape.height / 2, shape.width - 14) + mark
    )


def _rectangle(shape: Shape, style: str, radius: int) -> Markup:
    return Markup('<rect x="{}" y="{}" width="{}" height="{}" rx="{}" class="{}"/>').format(
        _number(shape.x), _number(shape.y), _number(shape.width), _number(shape.height), radius, style
    )


def _gateway(shape: Shape, style: str) -> Markup:
    x, y, half_w, half_h = shape.x, shape.y, shape.width / 2, shape.height / 2
    corners = [(x + half_w, y), (x + shape.width, y + half_h), (x + half_w, y + shape.height), (x, y + half_h)]
    points = " ".join(f"{_number(a)},{_number(b)}" for a, b in corners)
    sign = Markup('<text x="{}" y="{}" class="map-sign">{}</text>').format(
        _number(x + half_w), _number(y + half_h + 7), GATEWAY_SIGNS.get(shape.kind, "")
    )
    body = Markup('<polygon points="{}" class="map-gateway {}"/>').format(points, style)
    return body + sign + _label(shape, shape.y + shape.height + 12, 120)


def _event(shape: Shape, style: str) -> Markup:
    x, y, radius = shape.x + shape.width / 2, shape.y + shape.height / 2, shape.width / 2
    circle = Markup('<circle cx="{}" cy="{}" r="{}" class="map-event map-{} {}"/>').format(
        _number(x), _number(y), _number(radius), shape.kind, style
    )
    inner = Markup("")
    if shape.kind not in {"startEvent", "endEvent"}:
        inner = Markup('<circle cx="{}" cy="{}" r="{}" class="map-ring"/>').format(
            _number(x), _number(y), _number(radius - 3)
        )
    sign = Markup('<text x="{}" y="{}" class="map-sign">{}</text>').format(
        _number(x), _number(y + 6), SIGNS.get(shape.marker, "")
    )
    return circle + inner + sign + _label(shape, shape.y + shape.height + 12, 120)


def _line(line: Line, starts_together: bool) -> Markup:
    path = "M" + " L".join(f"{_number(x)} {_number(y)}" for x, y in line.points)
    style = "map-flow" if line.kind == "sequenceFlow" else "map-message"
    drawn = Markup('<path d="{}" class="{}" marker-end="url(#tip)"/>').format(path, style)
    if not line.name:
        return drawn
    # In the middle of the longest piece; lines that start together share the first one, so it is left out.
    pieces = list(pairwise(line.points))
    own = pieces[1:] if starts_together and len(pieces) > 1 else pieces
    (x1, y1), (x2, y2) = max(own, key=lambda ends: _length(*ends))
    upright = abs(y2 - y1) > abs(x2 - x1)
    x, y = (x1 + x2) / 2 + (5 if upright else 0), (y1 + y2) / 2 + (4 if upright else -6)
    return drawn + Markup('<text x="{}" y="{}" class="map-condition{}">{}</text>').format(
        _number(x), _number(y), " map-beside" if upright else "", _shorten(line.name, 150)
    )


def _length(start: tuple[float, float], end: tuple[float, float]) -> float:
    return abs(end[0] - start[0]) + abs(end[1] - start[1])


def _label(shape: Shape, middle: float, width: float, style: str = "") -> Markup:
    lines = _wrap(shape.name, max(4, int(width / LETTER)))
    first = middle - (len(lines) - 1) * LINE / 2 + 4
    spans = Markup("").join(
        Markup('<tspan x="{}" y="{}">{}</tspan>').format(
            _number(shape.x + shape.width / 2), _number(first + rank * LINE), text
        )
        for rank, text in enumerate(lines)
    )
    return Markup('<text class="map-label {}">{}</text>').format(style, spans) if lines else Markup("")


def _wrap(text: str, letters: int, most: int = 5) -> list[str]:
    lines: list[str] = []
    for word in text.replace(" ?", "\u00a0?").replace(" !", "\u00a0!").split(" "):
        if lines and len(lines[-1]) + 1 + len(word) <= letters:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    if len(lines) > most:
        lines = [*lines[: most - 1], lines[most - 1] + "…"]
    return lines


def _shorten(text: str, width: float) -> str:
    letters = max(4, int(width / LETTER))
    return text if len(text) <= letters else text[: letters - 1] + "…"


def _number(value: float) -> Markup:
    return escape(f"{value:.1f}".rstrip("0").rstrip("."))
