"""Random block-structured processes, and what BPMN says they do, worked out without any token."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Written:
    """A process being written: nodes and flows of the model language, and the variables it starts with."""

    nodes: list[str] = field(default_factory=list)
    flows: list[str] = field(default_factory=list)
    variables: dict[str, object] = field(default_factory=dict)
    count: int = 0

    def name(self, letter: str, inside: str) -> str:
        self.count += 1
        return f"{inside}{letter}{self.count}"


Block = tuple[str, str, list[str]]
"""First node, last node, and what is passed, in no order."""


def random_process(seed: int, size: int = 12) -> tuple[Written, list[str]]:
    """Return a process and the nodes it passes, sorted; the same seed gives the same."""
    generator = random.Random(seed)
    written = Written()
    first, last, passed = block(written, generator, size, "")
    written.nodes += ["start s", "end e"]
    written.flows += [f"s>{first}", f"{last}>e"]
    return written, sorted(["s", *passed, "e"])


def block(written: Written, generator: random.Random, size: int, inside: str) -> Block:
    if size <= 1:
        return task(written, generator, size, inside)
    kinds: list[Callable[[Written, random.Random, int, str], Block]] = [
        sequence,
        sequence,
        exclusive,
        parallel,
        inclusive,
        loop,
        sub,
    ]
    return generator.choice(kinds)(written, generator, size - 1, inside)


def task(written: Written, generator: random.Random, size: int, inside: str) -> Block:
    name = written.name("t", inside)
    written.nodes.append(f"{generator.choice(['user', 'task', 'script'])} {name}")
    return name, name, [name]


def sequence(written: Written, generator: random.Random, size: int, inside: str) -> Block:
    first = block(written, generator, size // 2, inside)
    second = block(written, generator, size - size // 2, inside)
    written.flows.append(f"{first[1]}>{second[0]}")
    return first[0], second[1], first[2] + second[2]


def branches(written: Written, generator: random.Random, size: int, inside: str) -> list[Block]:
    width = generator.randint(2, 3)
    return [block(written, generator, size // width, inside) for _ in range(width)]


def exclusive(written: Written, generator: random.Random, size: int, inside: str) -> Block:
    split, merge, choice = written.name("x", inside), written.name("m", inside), f"v{written.count}"
    found = branches(written, generator, size, inside)
    chosen = generator.randrange(len(found))
    written.variables[choice] = chosen
    written.nodes += [f"xor {split} default={found[-1][0]}", f"xor {merge}"]
    for number, (first, last, _) in enumerate(found):
        condition = "default" if number == len(found) - 1 else f"{choice} = {number}"
        written.flows += [f"{split}>{first}: {condition}", f"{last}>{merge}"]
    return split, merge, [split, *found[chosen][2], merge]


def parallel(written: Written, generator: random.Random, size: int, inside: str) -> Block:
    split, join = written.name("a", inside), written.name("j", inside)
    found = branches(written, generator, size, inside)
    written.nodes += [f"and {split}", f"and {join}"]
    for first, last, _ in found:
        written.flows += [f"{split}>{first}", f"{last}>{join}"]
    return split, join, [split, *(name for one in found for name in one[2]), join]


def inclusive(written: Written, generator: random.Random, size: int, inside: str) -> Block:
    split, join = written.name("o", inside), written.name("k", inside)
    found = branches(written, generator, size, inside)
    taken = [generator.random() < 0.6 for _ in found[:-1]]
    written.nodes += [f"or {split} default={found[-1][0]}", f"or {join}"]
    passed = [split]
    for number, (first, last, inner) in enumerate(found):
        if number == len(found) - 1:
            written.flows.append(f"{split}>{first}: default")
            passed += [] if any(taken) else inner
        else:
            written.variables[f"{split.replace('.', '_')}_{number}"] = taken[number]
            written.flows.append(f"{split}>{first}: {split.replace('.', '_')}_{number}")
            passed += inner if taken[number] else []
        written.flows.append(f"{last}>{join}")
    return split, join, [*passed, join]


def loop(written: Written, generator: random.Random, size: int, inside: str) -> Block:
    merge, test, counter = written.name("l", inside), written.name("q", inside), f"n{written.count}"
    add = written.name("c", inside)
    turns = generator.randint(1, 3)
    first, last, passed = block(written, generator, size, inside)
    if any(name.startswith("n") for name in written.variables):
        turns = 1  # counters of inner loops are not reset
    written.variables[counter] = 0
    written.nodes += [f"xor {merge}", f"xor {test} default={merge}", f"script {add} do='{counter} = {counter} + 1'"]
    written.flows += [f"{merge}>{first}", f"{last}>{add}>{test}", f"{test}>{merge}: default"]
    out = written.name("z", inside)
    written.nodes.append(f"xor {out}")
    written.flows.append(f"{test}>{out}: {counter} >= {turns}")
    return merge, out, [*[merge, *passed, add, test] * turns, out]


def sub(written: Written, generator: random.Random, size: int, inside: str) -> Block:
    name = written.name("u", inside)
    repeated = generator.choice(["", "", " many=2", " seq=2"])
    has_loop = len(written.variables)
    first, last, passed = block(written, generator, size, name + ".")
    if any(key.startswith("n") for key in list(written.variables)[has_loop:]):
        repeated = ""
    written.nodes.append(f"sub {name}{repeated}")
    written.nodes += [f"start {name}.s", f"end {name}.e"]
    written.flows += [f"{name}.s>{first}", f"{last}>{name}.e"]
    return name, name, [f"{name}.s", *passed, f"{name}.e", name] * (2 if repeated else 1)
