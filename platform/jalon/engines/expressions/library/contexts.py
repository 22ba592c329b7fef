"""Functions on contexts."""

from functools import partial

from jalon.engines.expressions.registry import Unfit, builtin
from jalon.engines.expressions.run import Run
from jalon.engines.expressions.values import Value

_context = partial(builtin, family="contexte")


@_context(
    "get value", "m: context", "key: any", aliases=("valeur de",),
    fr="La valeur d’une entrée, désignée par son nom ou par une liste de noms.",
    en="The value of an entry, by its name or a list of names.", example='get value({a: 1}, "a")', result="1",
)  # fmt: skip
def _get_value(_: Run, context: dict[str, Value], key: Value) -> Value:
    value: Value = context
    for name in key if type(key) is list else [key]:
        value = value.get(name) if type(value) is dict and type(name) is str else None
    return value


@_context(
    "get entries", "m: context", aliases=("entrees",),
    fr="Les entrées, comme une liste de { key, value }.", en="The entries, as a list of { key, value }.",
    example="get entries({a: 1})", result='[{key: "a", value: 1}]',
)  # fmt: skip
def _get_entries(run: Run, context: dict[str, Value]) -> Value:
    run.produce(3 * len(context))
    return [{"key": key, "value": value} for key, value in context.items()]


@_context(
    "context", "entries: list", aliases=("contexte",),
    fr="Un contexte fait d’une liste de { key, value }.", en="A context made of a list of { key, value }.",
    example='context([{key: "a", value: 1}])', result="{a: 1}",
)  # fmt: skip
def _make(run: Run, entries: list[Value]) -> Value:
    made: dict[str, Value] = {}
    for entry in entries:
        if type(entry) is not dict or type(entry.get("key")) is not str or "value" not in entry:
            raise Unfit('chaque entrée s’écrit { key: "nom", value: … }.')
        if entry["key"] in made:
            raise Unfit("une entrée est donnée deux fois.")
        made[entry["key"]] = entry["value"]
    run.produce(len(made))
    return made


@_context(
    "context put", "context: context", "key: any", "value: any", aliases=("contexte avec",),
    fr="Le contexte avec une entrée de plus, ou changée ; une liste de noms désigne une entrée intérieure.",
    en="The context with one more entry, or changed; a list of names reaches an inner entry.",
    example='context put({a: 1}, "b", 2)', result="{a: 1, b: 2}",
)  # fmt: skip
def _put(run: Run, context: dict[str, Value], key: Value, value: Value) -> Value:
    keys = key if type(key) is list else [key]
    if not keys or type(keys[0]) is not str:
        raise Unfit("le nom de l’entrée doit être un texte.")
    run.produce(len(context) + 1)
    if len(keys) > 1:
        inner = context.get(keys[0])
        value = _put(run, inner if type(inner) is dict else {}, keys[1:], value)
    return {**context, keys[0]: value}


@_context(
    "context merge", "contexts: list", aliases=("fusionner",),
    fr="Les contextes réunis ; le dernier l’emporte.", en="The contexts together; the last one wins.",
    example="context merge([{a: 1}, {a: 2, b: 3}])", result="{a: 2, b: 3}",
)  # fmt: skip
def _merge(run: Run, contexts: list[Value]) -> Value:
    made: dict[str, Value] = {}
    for context in contexts:
        if type(context) is not dict:
            raise Unfit("la liste ne doit contenir que des contextes.", "fonction.type")
        run.produce(len(context))
        made |= context
    return made
