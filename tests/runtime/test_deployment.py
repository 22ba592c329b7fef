"""What several packs deploy together."""

import json

from jalon.runtime.deployment import Deployed, deploy

UNITS = b"code,parent,level,title,zone,calendar\nfr,,nation,France,,\nml,fr,agence,Agence,,\n"
LIST = {"title": "Modes", "values": [{"code": "bus", "label": "Bus"}]}
AMOUNTS = {"plafond": {"label": "Plafond", "type": "integer", "values": [{"from": "2025-01-01", "value": 100}]}}


def overlay(artifact: str, **op: object) -> bytes:
    written = {"id": "1", "author": "A", "reason": "essai", "at": "2026-01-05T10:00:00+01:00", **op}
    return json.dumps({"unit": "ml", "artifacts": {artifact: [written]}}).encode()


def test_two_packs_change_the_same_unit_without_undoing_each_other():
    files = {
        "reseau/units.csv": UNITS,
        "lists/modes.json": json.dumps(LIST).encode(),
        "b/aides.json": json.dumps(AMOUNTS).encode(),
        "a/overlays/ml.json": overlay("list/modes", verb="set", uid="bus", prop="label", value="Car", seen="Bus"),
        "b/overlays/ml.json": overlay(
            "parameters/aides",
            verb="set",
            uid="plafond",
            prop="values",
            value=[{"from": "2025-01-01", "value": 200}],
            seen=AMOUNTS["plafond"]["values"],
        ),
    }
    report, after = deploy(Deployed(), files, "ml")
    assert report.problems == ()
    assert after.lists["modes"] == [{"code": "bus", "label": "Car"}]
    assert after.parameters["plafond"]["values"] == [{"from": "2025-01-01", "value": 200}]


def test_parameters_of_two_packs_stay_apart_in_either_format():
    toml = b'[seuil]\nlabel = "Seuil"\ntype = "integer"\nvalues = [{from = "2025-01-01", value = 5}]\n'
    files = {"a/parameters.toml": toml, "b/parameters/aides.json": json.dumps(AMOUNTS).encode()}
    report, after = deploy(Deployed(), files)
    assert (report.problems, sorted(after.parameters)) == ((), ["plafond", "seuil"])
