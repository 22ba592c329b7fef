"""Actions a diagram asks for are checked before it is published."""

import pytest

from factories.processes import action, line, process
from jalon.services import processes
from jalon.services.configuration.linting import lint_artifact


@pytest.mark.parametrize(
    ("step", "code"),
    [
        (action("agir", "dossier.noter", suivi__le="aujourdhui"), None),
        (action("agir", "action.absente"), "action.inconnue"),
        (action("agir", "message.envoyer", modele='"bonjour"'), "action.parametre_absent"),
        (action("agir", "dossier.statut", statut='"clos"', couleur='"vert"'), "action.parametre_inconnu"),
    ],
)
def test_an_action_that_could_not_work_is_refused_by_its_step(step, code):
    assert processes.ACTIONS
    found = lint_artifact("process", "p", process("p", line(step)), "p.bpmn")
    expected = [] if code is None else [(code, "error", "agir", "p.bpmn", 1)]
    assert [(one.code, one.severity, one.element, one.file, one.line) for one in found] == expected
