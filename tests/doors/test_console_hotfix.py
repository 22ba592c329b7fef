"""A correction that cannot wait, from the console: what it reaches, who approves, why it is refused."""

from collections.abc import Callable

from factories.journeys import unit_id
from factories.processes import line, process, user_task
from factories.publishing import publish
from fakes.browser import Browser
from jalon.base.actor import SYSTEM
from jalon.services import processes
from jalon.store import people
from jalon.store.wiring import Wiring

Open = Callable[..., Browser]
STEPS = line(user_task("recevoir", ""), user_task("relire", ""))
CLEARER = STEPS.replace('name="Relire"', 'name="Relire à deux"')
LONGER = line(user_task("recevoir", ""), user_task("relire", ""), user_task("signer", ""))


def test_a_text_is_given_to_runs_already_begun_and_what_changes_more_is_explained(
    browser: Open, wiring: Wiring
) -> None:
    with wiring.database.transaction() as session:
        publish(session, "process", "aiguillage", process("aiguillage", STEPS, title="Aiguillage"))
        runs = [
            processes.start(session, SYSTEM, "aiguillage", unit_id(session, f"ml_{town}"), now=wiring.clock.now()).id
            for town in ("toulouse", "toulouse", "brest")
        ]
        old = processes.examine(session, SYSTEM, runs[0], wiring.clock.now()).run.process_hash
        publish(session, "process", "aiguillage", process("aiguillage", CLEARER, title="Aiguillage"))
        approver = people.person_by_login(session, "admin.national")
        assert approver is not None
        approver_id = str(approver.id)
    page = browser("operateur.dsi").get("/console/fr")
    assert "Correctif" in page.text
    page.get("/console/fr/correctif", query_string={"processus": "aiguillage"})
    assert "3 parcours recevraient la version en vigueur." in page.text
    assert "Relire à deux" in page.text
    given = {"nom": "Mot juste", "motif": "Le libellé trompait", "approbateur": approver_id}
    for missing in given:
        page.send(page.form(having="approbateur"), given | {missing: ""})
        assert (page.status, missing in page.page.xpath("//*[contains(@class, 'is-invalid')]/@name")) == (422, True)

    (brest,) = page.page.xpath("//input[@name='structures'][@value='ml_brest']")
    brest.attrib.pop("checked")
    page.send(page.form(having="approbateur"), given)
    assert "Correctif « Mot juste » : Le libellé trompait" in page.text
    with wiring.database.transaction() as session:
        publish(session, "process", "aiguillage", process("aiguillage", LONGER, title="Aiguillage"))
        assert processes.examine(session, SYSTEM, runs[2], wiring.clock.now()).run.process_hash == old
    page.get("/console/fr/correctif", query_string={"processus": "aiguillage"})
    assert "3 parcours gardent leur version" in page.text
    assert "le déroulement change : il demande une migration." in page.text
    assert "Donner le correctif" not in page.text
    assert browser("admin.national").get("/console/fr/correctif").status == 403
