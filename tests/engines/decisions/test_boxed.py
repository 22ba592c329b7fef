"""Boxed expressions of every kind, tables in functions, and names that hold signs or reserved words."""

import pytest

from jalon.engines.decisions import check_model, decide, from_dmn, read_dmn, to_dmn


def definitions(body):
    space = "https://www.omg.org/spec/DMN/20211108/MODEL/"
    return f'<?xml version="1.0"?>\n<definitions xmlns="{space}" id="f" name="F">{body}</definitions>'.encode()


TABLE = (
    '<decisionTable hitPolicy="UNIQUE"><input><inputExpression><text>age limite</text></inputExpression></input>'
    '<output name="o"/><rule><inputEntry><text>&lt; 18</text></inputEntry><outputEntry><text>"mineur"</text>'
    "</outputEntry></rule><rule><inputEntry><text>&gt;= 18</text></inputEntry><outputEntry><text>"
    '"majeur" + suffixe</text></outputEntry></rule></decisionTable>'
)


def entry(name, body):
    variable = f'<variable name="{name}"/>' if name else ""
    return f"<contextEntry>{variable}{body}</contextEntry>"


def text(source):
    return f"<literalExpression><text>{source}</text></literalExpression>"


KNOWLEDGE = (
    '<businessKnowledgeModel id="k" name="Catégorie"><encapsulatedLogic><formalParameter name="age limite"/>'
    f'<formalParameter name="suffixe"/>{TABLE}</encapsulatedLogic></businessKnowledgeModel>'
)
DOUBLE = f'<functionDefinition><formalParameter name="z"/>{text("z * 2")}</functionDefinition>'


@pytest.mark.parametrize(
    ("logic", "value"),
    [
        (f"{text('Catégorie(age, &quot;!&quot;)')}", "majeur!"),
        (
            f"<invocation>{text('Catégorie')}<binding><parameter name='suffixe'/>{text('&quot;?&quot;')}</binding>"
            f"<binding><parameter name='age limite'/>{text('age')}</binding></invocation>",
            "majeur?",
        ),
        (f"<context>{entry('age limite', text('age - 10'))}{entry('', TABLE)}</context>", "mineur"),
        (f"<list>{text('1')}{text('age')}</list>", [1, 19]),
        (
            f"<context>{entry('f', DOUBLE)}{entry('', text('f(age)'))}</context>",
            38,
        ),
        (f'<for iteratorVariable="q"><in>{text("1..3")}</in><return>{text("q * age")}</return></for>', [19, 38, 57]),
        (f"<filter><in>{text('[1, 20]')}</in><match>{text('item &gt; age')}</match></filter>", [20]),
        (
            f'<some iteratorVariable="q"><in>{text("[1, 20]")}</in><satisfies>{text("q &gt; age")}</satisfies></some>',
            True,
        ),
        (
            f'<every iteratorVariable="q"><in>{text("[1, 20]")}</in>'
            f"<satisfies>{text('q &gt; age')}</satisfies></every>",
            False,
        ),
        (
            f"<conditional><if>{text('age &gt; 3')}</if><then>{text('1')}</then><else>{text('2')}</else></conditional>",
            1,
        ),
        (
            '<relation><column name="a"/><column name="b"/>'
            f"<row>{text('1')}{text('age')}</row><row>{text('2')}{text('age + 1')}</row></relation>",
            [{"a": 1, "b": 19}, {"a": 2, "b": 20}],
        ),
    ],
)
def test_tables_in_functions_and_every_boxed_expression_run(logic, value):
    content = definitions(
        f'{KNOWLEDGE}<decision id="d" name="D"><knowledgeRequirement><requiredKnowledge href="#k"/>'
        f"</knowledgeRequirement>{logic}</decision>"
    )
    read = read_dmn(content)
    assert read.problems == ()
    assert decide(read.compiled, "d", {"age": 19, "suffixe": "*"}).value == value
    assert from_dmn(to_dmn(read.model)) == (read.model, [])


@pytest.mark.parametrize(
    "name", ["Pre-bureau risk", "Ben’s age", "Ben's age", "price or cost", "if only", "Score 2", "Sûr ?"]
)
def test_names_with_signs_or_reserved_words_are_read_whole(name):
    content = definitions(
        f'<inputData id="i" name="{name}"><variable name="{name}" typeRef="number"/></inputData>'
        '<decision id="d" name="D"><informationRequirement><requiredInput href="#i"/></informationRequirement>'
        f"{text(f'{{{name}: 3, r: {name} * 2}}.r + {name}')}</decision>"
    )
    read = read_dmn(content)
    assert read.problems == ()
    assert decide(read.compiled, "d", {name: 5}).value == 11
    assert check_model(read.model) == []


def test_a_service_is_called_as_a_function_of_its_inputs():
    content = definitions(
        '<itemDefinition name="tNotes" isCollection="true"><typeRef>tNote</typeRef></itemDefinition>'
        '<itemDefinition name="tNote"><typeRef>number</typeRef></itemDefinition>'
        '<inputData id="i" name="âge"><variable name="âge" typeRef="number"/></inputData>'
        '<inputData id="n" name="notes"><variable name="notes" typeRef="tNotes"/></inputData>'
        f'<decision id="a" name="Base">{text("1000")}</decision>'
        '<decision id="b" name="Double"><informationRequirement><requiredDecision href="#a"/></informationRequirement>'
        f'<informationRequirement><requiredInput href="#i"/></informationRequirement>{text("Base * 2 + âge")}'
        "</decision>"
        f'<decision id="c" name="Signe"><variable name="Signe" typeRef="number"/>{text("[âge]")}</decision>'
        '<decisionService id="s" name="Un calcul"><outputDecision href="#b"/><inputDecision href="#a"/>'
        '<inputData href="#i"/></decisionService>'
        '<decisionService id="t" name="Deux"><outputDecision href="#b"/><outputDecision href="#c"/>'
        '<encapsulatedDecision href="#a"/><inputData href="#i"/></decisionService>'
        '<decision id="d" name="D"><knowledgeRequirement><requiredKnowledge href="#s"/></knowledgeRequirement>'
        f"{text('[Un calcul(3, 10), Deux(5), Deux(âge: 1).Signe, sum(notes), Deux()]')}</decision>"
    )
    read = read_dmn(content)
    assert read.problems == ()
    found = decide(read.compiled, "d", {"âge": 7, "notes": ["4", 5]})
    assert found.value == [23, {"Double": 2005, "Signe": 5}, 1, 9, None]
    assert from_dmn(to_dmn(read.model)) == (read.model, [])
    assert check_model(read.model) == []
