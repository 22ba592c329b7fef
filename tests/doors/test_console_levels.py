"""Between levels in the console: promotion upwards, reports, locks, a unit that changes parent, who is not reached."""

from collections.abc import Callable

import pytest

from doors.test_console_artifacts import MODES, change, publish
from fakes.browser import Browser

Open = Callable[..., Browser]


@pytest.mark.req("A7")
def test_what_a_unit_invented_is_offered_above_and_taken_over(browser: Open) -> None:
    local, region = browser("admin.toulouse"), browser("admin.occitanie")
    change(local, MODES.format(unit="ml_toulouse"), "ajouter", label="Téléphérique", apres="velo")
    publish(local, "ml_toulouse")
    address = f"{MODES.format(unit='ml_toulouse')}/proposer"
    local.get(MODES.format(unit="ml_toulouse"), query_string={"element": "ml_toulouse__telepherique"})
    local.get(local.page.xpath("//a[contains(@href, '/proposer')]/@href")[0])
    local.send(local.form(address), {"note": ""})
    assert local.status == 422
    local.send(local.form(address), {"note": "Il dessert l’hôpital et l’université."})
    assert "En attente de réponse" in local.text

    parent = next(
        one for one in ("d31", "occitanie") if "Téléphérique" in region.get(f"/console/{one}/propositions").text
    )
    assert "0 dossier" in region.text
    assert "Il dessert l’hôpital et l’université." in region.text
    form = region.form(having="reponse")
    region.send(form, {"motif": "Utile partout"}, "reponse=accepter")
    assert "C’est repris à ce niveau" in region.text
    assert "Téléphérique" in region.get(MODES.format(unit=parent)).text
    assert "Utile partout" in local.get("/console/ml_toulouse/propositions").text


def test_an_offer_is_declined_with_its_reason(browser: Open) -> None:
    local, region = browser("admin.toulouse"), browser("admin.occitanie")
    change(local, MODES.format(unit="ml_toulouse"), "ajouter", label="Téléphérique", apres="velo")
    publish(local, "ml_toulouse")
    local.get(f"{MODES.format(unit='ml_toulouse')}/proposer", query_string={"element": "ml_toulouse__telepherique"})
    local.send(local.form("/proposer"), {"note": "Il dessert l’hôpital."})
    parent = next(
        one for one in ("d31", "occitanie") if "Téléphérique" in region.get(f"/console/{one}/propositions").text
    )
    region.get(f"/console/{parent}/propositions")
    region.send(region.form(having="reponse"), {"motif": ""}, "reponse=decliner")
    assert region.status == 422
    region.send(region.form(having="reponse"), {"motif": "Trop local"}, "reponse=decliner")
    assert "Trop local" in local.get("/console/ml_toulouse/propositions").text


def test_reports_tell_ages_locks_needs_and_complexity(browser: Open) -> None:
    for login, unit in (("admin.toulouse", "ml_toulouse"), ("admin.bretagne", "bretagne")):
        local = browser(login)
        change(local, MODES.format(unit=unit), "ajouter", label="Téléphérique", apres="velo")
        publish(local, unit, "Un besoin d’ici")
    nation = browser("admin.national")
    change(
        nation,
        MODES.format(unit="fr"),
        "verrouiller",
        element="velo",
        prop="label",
        motif="Comparer les régions",
        revoir="01/01/2027",
        mode="conflicts",
    )
    publish(nation, "fr")
    for name, said in (
        ("ages", "Téléphérique"),
        ("verrous", "Comparer les régions"),
        ("besoins", "2 fois"),
        ("complexite", "1 ajout"),
        ("utilite", "Rien à signaler."),
    ):
        page = nation.get("/console/fr/rapports", query_string={"rapport": name})
        assert (page.status, name, said in page.text) == (200, name, True)
    assert nation.get("/console/fr/rapports", query_string={"rapport": "autre"}).status == 404


def test_a_lock_lets_what_was_done_before_live_until_a_date(browser: Open) -> None:
    local, region = browser("admin.toulouse"), browser("admin.occitanie")
    address = MODES.format(unit="ml_toulouse")
    change(local, address, "enregistrer", element="velo", props=["label"], label="Vélo local")
    publish(local, "ml_toulouse")
    lock = {"element": "velo", "prop": "label", "motif": "Comparer", "mode": "grandfather"}
    change(region, MODES.format(unit="occitanie"), "verrouiller", **lock)
    assert region.status == 422
    change(region, MODES.format(unit="occitanie"), "verrouiller", **lock, **{"jusqu-au": "01/06/2026"})
    publish(region, "occitanie")
    assert "Vélo local" in local.get(address).text
    assert (
        "les changements d’avant vivent jusqu’au"
        in region.get("/console/occitanie/rapports", query_string={"rapport": "verrous"}).text
    )


@pytest.mark.req("A4", "A5")
def test_a_level_may_let_those_below_narrow_and_nothing_else(browser: Open) -> None:
    local, region = browser("admin.toulouse"), browser("admin.occitanie")
    lock = {"element": "velo", "prop": "*", "permet": "restrict", "motif": "Comparer", "reference": "Art. 3"}
    change(region, MODES.format(unit="occitanie"), "verrouiller", **lock)
    assert "à resserrer seulement" in region.text
    publish(region, "occitanie")
    assert (
        "À resserrer seulement" in region.get("/console/occitanie/rapports", query_string={"rapport": "verrous"}).text
    )

    address = MODES.format(unit="ml_toulouse")
    assert "peut être resserré, pas élargi" in local.get(address, query_string={"element": "velo"}).text
    change(local, address, "enregistrer", element="velo", props=["label"], label="Vélo local")
    assert local.status == 403
    change(local, address, "fermer", element="velo")
    publish(local, "ml_toulouse")
    assert "C’est publié." in local.text


def test_a_release_names_who_does_not_receive_it(browser: Open) -> None:
    local, region = browser("admin.toulouse"), browser("admin.occitanie")
    change(local, MODES.format(unit="ml_toulouse"), "enregistrer", element="velo", props=["label"], label="Vélo local")
    publish(local, "ml_toulouse")
    change(region, MODES.format(unit="occitanie"), "enregistrer", element="velo", props=["label"], label="Vélo d’Oc")
    publish(region, "occitanie")
    assert "Qui ne reçoit pas ce changement" in region.text


def test_a_unit_changes_parent_with_both_chains_shown(browser: Open) -> None:
    region, nation = browser("admin.bretagne"), browser("admin.national")
    change(region, MODES.format(unit="bretagne"), "enregistrer", element="velo", props=["label"], label="Vélo breton")
    publish(region, "bretagne")
    nation.get("/console/ml_toulouse/rattachement", query_string={"vers": "bretagne"})
    assert [one.text for one in nation.page.xpath("//ol[@aria-labelledby='chaine-apres']/li")][1:] == [
        "Bretagne",
        "Mission Locale de Toulouse",
    ]
    assert "« Vélo breton » au lieu de « Vélo »" in nation.text
    assert nation.get(MODES.format(unit="ml_toulouse")).status == 200
    assert "Vélo breton" not in nation.text
    nation.get("/console/ml_toulouse/rattachement", query_string={"vers": "bretagne"})
    nation.send(nation.form(having="motif"), {"motif": ""})
    assert nation.status == 422
    nation.send(nation.form(having="motif"), {"motif": "Nouvelle carte"})
    assert "dépend maintenant de Bretagne" in nation.text
    assert "Vélo breton" in nation.get(MODES.format(unit="ml_toulouse")).text


def test_a_setting_is_followed_until_one_changes_it(browser: Open) -> None:
    local, region = browser("admin.toulouse"), browser("admin.occitanie")
    address = MODES.format(unit="ml_toulouse")
    local.get(f"{address}/origine", query_string={"element": "velo", "prop": "label"})
    local.send(local.form("/suivre"), button="action=suivre")
    assert "Vous suivez ce réglage" in local.text
    change(region, MODES.format(unit="occitanie"), "enregistrer", element="velo", props=["label"], label="Vélo d’Oc")
    publish(region, "occitanie")
    assert "Vous suivez ce réglage : Le libellé de « Vélo »" in local.get("/console/ml_toulouse").text
    change(local, address, "enregistrer", element="velo", props=["label"], label="Vélo local")
    publish(local, "ml_toulouse")
    assert "Vous suivez ce réglage : Le libellé" not in local.get("/console/ml_toulouse").text


@pytest.mark.req("A15")
def test_what_changed_lately_is_marked_new_in_the_lists_of_the_console(browser: Open) -> None:
    region, local = browser("admin.occitanie"), browser("admin.toulouse")
    change(region, MODES.format(unit="occitanie"), "enregistrer", element="velo", props=["label"], label="Vélo d’Oc")
    publish(region, "occitanie")
    (row,) = local.get(MODES.format(unit="ml_toulouse")).page.xpath("//li[@id='velo']")
    assert "Nouveau" in row.text_content()
    assert "« Vélo d’Oc » au lieu de « Vélo »" in row.text_content()
    (line,) = local.get("/console/ml_toulouse").page.xpath("//ul[@class='artifacts']/li[a='Modes de transport']")
    assert "Nouveau" in line.text_content()
