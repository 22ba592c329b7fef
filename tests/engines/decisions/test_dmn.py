"""Reading DMN of every version, dialects, hostile files, and writing it back."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jalon.base.errors import ContentRefused
from jalon.engines.decisions import decide, from_dmn, read_dmn, to_dmn

SPACES = [
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
    "http://www.omg.org/spec/DMN/20180521/MODEL/",
    "https://www.omg.org/spec/DMN/20191111/MODEL/",
    "https://www.omg.org/spec/DMN/20211108/MODEL/",
    "https://www.omg.org/spec/DMN/20230324/MODEL/",
]


def definitions(body, space=SPACES[2]):
    return f'<?xml version="1.0"?>\n<definitions xmlns="{space}" id="f" name="F">{body}</definitions>'.encode()


VALUES = {"values": '"a","b"'}
TABLE = """
<itemDefinition name="tStatut"><typeRef>string</typeRef>
  <allowedValues><text>"a","b"</text></allowedValues></itemDefinition>
<inputData id="in1" name="age"><variable name="age" typeRef="number"/></inputData>
<decision id="d1" name="Aide au permis">
  <variable name="aide" typeRef="number"/>
  <informationRequirement><requiredInput href="#in1"/></informationRequirement>
  <decisionTable hitPolicy="COLLECT" aggregation="SUM">
    <input id="c1" label="Âge"><inputExpression typeRef="number"><text>age</text></inputExpression></input>
    <input><inputExpression typeRef="tStatut"><text>statut</text></inputExpression></input>
    <output id="s1" name="montant" typeRef="number"><defaultOutputEntry><text>0</text></defaultOutputEntry></output>
    <rule id="r1"><description>Jeune</description>
      <inputEntry><text><![CDATA[< 26]]></text></inputEntry><inputEntry><text></text></inputEntry>
      <outputEntry><text>500</text></outputEntry></rule>
    <rule><inputEntry><text>-</text></inputEntry><inputEntry><text>"a"</text></inputEntry>
      <outputEntry><text>100</text></outputEntry><annotationEntry><text>Statut a</text></annotationEntry></rule>
  </decisionTable>
</decision>"""


@pytest.mark.parametrize("space", SPACES)
def test_every_version_is_read(space):
    read = read_dmn(definitions(TABLE, space), "aide.dmn")
    assert read.problems == ()
    assert [(d.id, d.name, d.executable) for d in read.decisions] == [("d1", "Aide au permis", True)]
    decided = decide(read.compiled, "Aide au permis", {"age": "20", "statut": "a"})
    assert (decided.value, decided.matched) == (600, ("r1", "d1_rule_2"))


def test_the_model_of_a_file():
    model, problems = from_dmn(definitions(TABLE))
    assert problems == []
    assert model == {
        "id": "f",
        "name": "F",
        "inputs": [{"id": "in1", "name": "age", "type": "number"}],
        "decisions": [
            {
                "id": "d1",
                "name": "Aide au permis",
                "variable": "aide",
                "type": "number",
                "requires": ["in1"],
                "table": {
                    "hit": "COLLECT",
                    "aggregation": "SUM",
                    "inputs": [
                        {"id": "c1", "label": "Âge", "expression": "age", "type": "number"},
                        {
                            "id": "d1_input_2",
                            "label": "",
                            "expression": "statut",
                            "type": "string",
                            "values": '"a","b"',
                        },
                    ],
                    "outputs": [{"id": "s1", "name": "montant", "label": "", "type": "number", "default": "0"}],
                    "rules": [
                        {"id": "r1", "when": ["< 26", "-"], "then": ["500"], "note": "Jeune"},
                        {"id": "d1_rule_2", "when": ["-", '"a"'], "then": ["100"], "note": "Statut a"},
                    ],
                },
            }
        ],
    }
    assert from_dmn(to_dmn(model)) == (model, [])


BOXED = """
<businessKnowledgeModel id="k" name="doubler"><encapsulatedLogic><formalParameter name="x"/>
  <literalExpression><text>x * 2</text></literalExpression></encapsulatedLogic></businessKnowledgeModel>
<decision id="c" name="Contexte"><knowledgeRequirement><requiredKnowledge href="#k"/></knowledgeRequirement>
  <context>
    <contextEntry><variable name="a"/><literalExpression><text>2</text></literalExpression></contextEntry>
    <contextEntry><variable name="b"/><invocation>
      <literalExpression><text>doubler</text></literalExpression>
      <binding><parameter name="x"/><literalExpression><text>a</text></literalExpression></binding>
      </invocation></contextEntry>
    <contextEntry><list><literalExpression><text>a</text></literalExpression>
      <literalExpression><text>b</text></literalExpression></list></contextEntry>
  </context></decision>
<decision id="r" name="Relation"><relation><column name="n"/><column name="m"/>
  <row><literalExpression><text>1</text></literalExpression><literalExpression><text>"x"</text></literalExpression></row>
  </relation></decision>
<decision id="i" name="Choix"><conditional><if><literalExpression><text>1 > 2</text></literalExpression></if>
  <then><literalExpression><text>"a"</text></literalExpression></then>
  <else><literalExpression><text>"b"</text></literalExpression></else></conditional></decision>"""


def test_boxed_expressions_become_text():
    read = read_dmn(definitions(BOXED))
    assert read.problems == ()
    assert decide(read.compiled, "c", {}).value == [2, 4]
    assert decide(read.compiled, "r", {}).value == [{"n": 1, "m": "x"}]
    assert decide(read.compiled, "i", {}).value == "b"
    assert from_dmn(to_dmn(read.model)) == (read.model, [])


def literal(text, language="", key="d"):
    return (
        f'<decision id="{key}" name="{key.upper()}"><literalExpression expressionLanguage="{language}">'
        f"<text><![CDATA[{text}]]></text></literalExpression></decision>"
    )


@pytest.mark.parametrize(
    ("text", "language", "translated"),
    [
        ("${age >= 18 && statut == 'a'}", "juel", 'age >= 18  and  statut = "a"'),
        ("age == 18 or True", "python", "age = 18 or true"),
        ("!permis", "javascript", "not permis"),
        ("'a'", "groovy", '"a"'),
        ("12", "javascript", "12"),
        ("age > 3", "feel", "age > 3"),
        ("age > 3", "https://www.omg.org/spec/DMN/20191111/FEEL/", "age > 3"),
        ("= age > 3", "", "age > 3"),
    ],
)
def test_dialects_that_are_trivially_ours_are_translated(text, language, translated):
    read = read_dmn(definitions(literal(text, language)))
    assert read.model["decisions"][0]["literal"] == translated
    assert [p.code for p in read.problems] == (["decision.traduite"] if translated not in text else [])
    assert read.decisions[0].executable


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("age.longValue()", "juel"),
        ("${execution.setVariable('a', 1)}", ""),
        ("import os", "python"),
        ("[x for x in y]", "python"),
        ("function() { return 1 }", "javascript"),
    ],
)
def test_other_dialects_are_refused_by_name_and_the_rest_remains(text, language):
    read = read_dmn(definitions(literal(text, language) + literal("1", key="ok")), "f.dmn")
    assert [(d.id, d.executable) for d in read.decisions] == [("ok", True), ("d", False)]
    problem = read.problems[0]
    assert (problem.code, problem.severity, problem.file, problem.element) == (
        "decision.refusee",
        "error",
        "f.dmn",
        "d",
    )
    assert (language or "EL") in problem.message
    assert problem.line == 2


@pytest.mark.parametrize(
    "body",
    [
        '<decision id="d" name="D"/>',
        '<decision id="d" name="D"><functionDefinition kind="Java"/></decision>',
        '<decision id="d" name="D"><decisionTable/></decision>',
        '<decision id="d" name="D"><informationRequirement><requiredDecision href="#nulle_part"/>'
        "</informationRequirement><literalExpression><text>1</text></literalExpression></decision>",
        '<businessKnowledgeModel id="k" name="K"><encapsulatedLogic kind="Java"/></businessKnowledgeModel>'
        '<decision id="d" name="D"><knowledgeRequirement><requiredKnowledge href="#k"/></knowledgeRequirement>'
        "<literalExpression><text>K(1)</text></literalExpression></decision>",
    ],
)
def test_what_cannot_run_is_refused_by_name(body):
    read = read_dmn(definitions(body))
    assert [(d.id, d.executable) for d in read.decisions] == [("d", False)]
    assert all(p.severity == "error" for p in read.problems)
    assert any("D" in p.message for p in read.problems)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"x",
        b"\xff\xfe\x00",
        b"<a/>",
        b"<definitions/>",
        b'<?xml version="1.0" encoding="nulle"?><a/>',
        b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + definitions("&x;")[22:],
        b"<!DOCTYPE definitions>" + definitions("")[22:],
        b'<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]>' + definitions("&c;")[22:],
        definitions("<a>" * 300 + "</a>" * 300),
    ],
)
def test_files_that_are_not_dmn_are_refused(data):
    read = read_dmn(data, "x.dmn")
    assert read.decisions == ()
    if b"<a><a>" not in data or read.problems:
        assert {p.code for p in read.problems} == {"decision.fichier"}


@given(st.binary(max_size=80) | st.text(max_size=80).map(lambda text: definitions(text)[:-1]))
@settings(max_examples=100)
def test_reading_never_raises(data):
    assert isinstance(read_dmn(data).problems, tuple)


def test_what_xml_cannot_hold_is_refused():
    for broken in ({"id": "1 x", "name": ""}, {"id": "d", "name": "\x00"}):
        with pytest.raises(ContentRefused):
            to_dmn({"id": "f", "name": "F", "decisions": [broken | {"literal": "1"}]})


words = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=6)
numbers = st.integers(0, 99).map(str)
tests = st.sampled_from(["-", "< 5", "[1..5[", '"a", "b"', "not(3)", "null"])
outputs = st.sampled_from(["1", '"é < & >"', "a + 1", ""])


@st.composite
def models(draw):
    decisions = []
    for at in range(draw(st.integers(0, 3))):
        decision = {
            "id": f"d{at}",
            "name": draw(words),
            "variable": f"v{at}",
            "type": draw(st.sampled_from(["", "number", "date and time"])),
            "requires": ["d0"] if at else [],
        }
        if draw(st.booleans()):
            decisions.append(decision | {"literal": draw(st.sampled_from(["1", "a + 1", 'si a alors "x" sinon nul']))})
            continue
        columns, results = draw(st.integers(0, 2)), draw(st.integers(1, 2))
        inputs = [{"id": f"d{at}_c{i}", "label": draw(words), "expression": "a", "type": ""} for i in range(columns)]
        made = [{"id": f"d{at}_s{i}", "name": f"s{i}", "label": "", "type": ""} for i in range(results)]
        if draw(st.booleans()):
            made[0] |= {"values": '"a", "b"', "default": "1"}
        rules = [
            {
                "id": f"d{at}_r{i}",
                "when": [draw(tests) for _ in range(columns)],
                "then": [draw(outputs) for _ in range(results)],
                "note": draw(st.sampled_from(["", "Note"])),
            }
            for i in range(draw(st.integers(0, 3)))
        ]
        hit = draw(st.sampled_from(["UNIQUE", "ANY", "FIRST", "RULE ORDER", "COLLECT"]))
        table = {"hit": hit, "aggregation": None, "inputs": inputs, "outputs": made, "rules": rules}
        decisions.append(decision | {"table": table})
    return {"id": "f", "name": draw(words), "decisions": decisions}


@given(models())
@settings(max_examples=80)
def test_writing_then_reading_gives_the_same_model(model):
    written = to_dmn(model)
    assert from_dmn(written) == (model, [])
    assert to_dmn(from_dmn(written)[0]) == written
