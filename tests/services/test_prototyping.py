"""Plays kept apart and bounded, files of a process as a unit sees it, answers that every form accepts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from factories.packs import ACCUEIL, MODES, PROCESS, ROLES, SEUILS
from factories.people import actor_with, make_person
from factories.publishing import publish
from factories.units import make_network
from jalon.base.actor import Actor
from jalon.base.errors import Forbidden, NotFound, Stale
from jalon.engines.forms import compile_form, validate
from jalon.sandbox import Sandbox
from jalon.services import prototyping
from jalon.services.configuration import ArtifactUnknown
from jalon.services.prototyping import FilesTooBig, Journal, PlayTooLong, Sample, keeping
from jalon.services.prototyping.samples import _read
from jalon.store.prototypes import Prototype
from packs.shipped import ROOT, packs

NOW = datetime(2026, 1, 12, 8, tzinfo=UTC)
JOURNAL = Journal("Accueillir", "accueil", "ml_toulouse", "Toulouse", NOW.isoformat(), "Europe/Paris", "metropole")
STEP = {"say": "Début", "do": "start", "with": {}}
FILES = {"accueil.bpmn": PROCESS.encode()}
PEOPLE = _read((ROOT / "workflows/reseau/samples.json").read_bytes(), 0)


@pytest.fixture
def designer(session: Session) -> Actor:
    """Somebody who plays at Toulouse."""
    units = make_network(session)
    person = make_person(session, units["ml_toulouse"])
    return replace(actor_with("atelier.jouer", units=(units["ml_toulouse"].id,)), id=person.id)


class TestPlays:
    def test_a_play_is_found_as_it_was_left(self, session: Session, designer: Actor):
        unit = next(iter(designer.units_for("atelier.jouer")))
        play = prototyping.begin(session, designer, FILES, JOURNAL, unit, NOW)
        prototyping.save(session, designer, play, JOURNAL.with_step(STEP), 1, NOW)
        session.expire_all()

        kept = prototyping.find(session, designer, play, NOW)

        assert (kept.files, kept.journal, kept.version) == (FILES, JOURNAL.with_step(STEP), 2)

    def test_it_is_nobody_else_s(self, session: Session, designer: Actor):
        play = prototyping.begin(session, designer, FILES, JOURNAL, None, NOW)
        other = replace(designer, id=make_person(session).id)
        with pytest.raises(NotFound):
            prototyping.find(session, other, play, NOW)
        assert list(prototyping.mine(session, other, NOW)) == []

    def test_it_needs_the_permission_at_the_unit(self, session: Session, designer: Actor):
        with pytest.raises(NotFound):  # a unit out of scope is not even told to exist
            prototyping.begin(session, designer, FILES, JOURNAL, make_network(session)["ml_brest"].id, NOW)
        with pytest.raises(Forbidden):
            prototyping.begin(session, replace(actor_with(), id=designer.id), FILES, JOURNAL, None, NOW)

    def test_it_is_forgotten_after_a_day(self, session: Session, designer: Actor):
        play = prototyping.begin(session, designer, FILES, JOURNAL, None, NOW)
        later = NOW + timedelta(hours=24)
        prototyping.find(session, designer, play, later - timedelta(seconds=1))
        with pytest.raises(NotFound):
            prototyping.find(session, designer, play, later)
        prototyping.begin(session, designer, FILES, JOURNAL, None, later)
        assert session.scalar(select(func.count()).select_from(Prototype)) == 1

    def test_one_person_keeps_five_and_the_oldest_goes(self, session: Session, designer: Actor):
        plays = [
            prototyping.begin(session, designer, FILES, JOURNAL, None, NOW + timedelta(minutes=minute))
            for minute in range(7)
        ]
        kept = [one.id for one in prototyping.mine(session, designer, NOW + timedelta(minutes=7))]
        assert kept == plays[:1:-1]

    def test_a_play_that_went_on_elsewhere_is_not_overwritten(self, session: Session, designer: Actor):
        play = prototyping.begin(session, designer, FILES, JOURNAL, None, NOW)
        prototyping.save(session, designer, play, JOURNAL.with_step(STEP), 1, NOW)
        with pytest.raises(Stale):
            prototyping.save(session, designer, play, JOURNAL, 1, NOW)

    def test_its_steps_and_its_files_are_bounded(
        self, session: Session, designer: Actor, monkeypatch: pytest.MonkeyPatch
    ):
        play = prototyping.begin(session, designer, FILES, JOURNAL, None, NOW)
        long = replace(JOURNAL, steps=(STEP,) * (prototyping.MAX_STEPS + 1))
        with pytest.raises(PlayTooLong):
            prototyping.save(session, designer, play, long, 1, NOW)
        wordy = JOURNAL.with_step({**STEP, "with": {"texte": "x" * keeping.MAX_STATE}})
        with pytest.raises(PlayTooLong):
            prototyping.save(session, designer, play, wordy, 1, NOW)
        monkeypatch.setattr(keeping, "MAX_FILES", 100)
        with pytest.raises(FilesTooBig):
            prototyping.begin(session, designer, FILES, JOURNAL, None, NOW)

    def test_it_is_erased_on_demand(self, session: Session, designer: Actor):
        play = prototyping.begin(session, designer, FILES, JOURNAL, None, NOW)
        prototyping.forget(session, designer, play, NOW)
        with pytest.raises(NotFound):
            prototyping.find(session, designer, play, NOW)


class TestJournal:
    def test_going_back_never_takes_the_start_away(self):
        journal = JOURNAL.with_step(STEP).with_step({"do": "advance"})
        assert journal.without_last().steps == (STEP,)
        assert journal.without_last().without_last().steps == (STEP,)
        assert journal.restarted().steps == (STEP,)


class TestBundle:
    def published(self, session: Session):
        units = make_network(session)
        publish(session, "process", "accueil", {"bpmn": PROCESS, "title": "Accueillir"})
        publish(session, "form", "accueil", ACCUEIL)
        publish(session, "list", "modes", MODES)
        publish(session, "parameters", "essai", SEUILS)
        publish(session, "roles", "roles", ROLES)
        return units

    @pytest.mark.req("D4")
    def test_a_unit_plays_what_it_sees(self, session: Session):
        units = self.published(session)
        own = {"title": "Modes", "values": [{"code": "telecabine", "label": "Télécabine"}]}
        publish(session, "list", "modes", own, unit=units["ml_brest"])
        day = NOW.date()

        def modes(code: str) -> list[str]:
            box = Sandbox()
            assert box.deploy(prototyping.bundle(session, "accueil", units[code].id, day)).ok
            return [value["code"] for value in box.lists["modes"]]

        assert modes("ml_brest") == ["telecabine"]
        assert modes("ml_toulouse") == ["marche", "velo", "bus"]

    def test_it_holds_what_the_process_needs_and_people_read(self, session: Session):
        units = self.published(session)
        publish(session, "connector", "registre", {"title": "Registre", "url": "https://r.test", "operations": {}})
        assert sorted(prototyping.bundle(session, "accueil", units["fr"].id, NOW.date())) == [
            "accueil.bpmn",
            "accueil.schema.json",
            "accueil.ui.json",
            "connectors/registre.json",
            "essai/parameters.toml",
            "lists/modes.json",
            "roles/roles.json",
        ]

    def test_an_unknown_process_is_refused(self, session: Session):
        units = make_network(session)
        with pytest.raises(ArtifactUnknown):
            prototyping.bundle(session, "rien", units["fr"].id, NOW.date())


class TestPeople:
    @pytest.mark.req("D6")
    def test_there_are_five_at_least_and_they_differ(self):
        assert len(PEOPLE) >= 5
        assert len({one.key for one in PEOPLE}) == len({one.values["identite.date_naissance"] for one in PEOPLE})
        assert [one.rank for one in PEOPLE] == list(range(len(PEOPLE)))

    def test_their_addresses_and_numbers_reach_nobody(self):
        for one in PEOPLE:
            assert one.values["contact.courriel"].endswith("@exemple.org")
            assert one.values["contact.telephone"].startswith("05 36 49 00 ")  # numbers kept for fiction

    def test_a_pack_badly_written_is_passed_over(self):
        assert _read(b"{}", 0) == _read(b"[1]", 0) == _read(b"\xff", 0) == _read(b'{"people": [{}]}', 0) == []


FORMS = [(pack.key, key) for pack in packs().values() for key in pack.forms]
LISTS = {
    key: [{**value, "closed": value.get("closed") == "oui"} for value in values]
    for pack in packs().values()
    for key, values in pack.lists.items()
}


class TestFilling:
    @pytest.mark.req("D6")
    @pytest.mark.parametrize(("pack", "key"), FORMS, ids=[f"{pack}/{key}" for pack, key in FORMS])
    def test_every_shipped_form_is_filled_as_each_person_and_accepted(self, pack: str, key: str):
        document = packs()[pack].forms[key]
        form = compile_form(document["schema"], document["ui"])
        for sample in [None, *PEOPLE]:
            filled = prototyping.fill(form, {}, lists=LISTS, now=NOW, sample=sample)
            assert filled.errors == {}
            assert validate(form, filled.data, lists=LISTS, now=NOW).ok

    @pytest.mark.req("D6")
    def test_a_person_answers_for_themselves_where_they_can(self):
        document = packs()["premier-accueil"].forms["accueil"]
        form = compile_form(document["schema"], document["ui"])
        for sample in PEOPLE:
            data = prototyping.fill(form, {}, lists=LISTS, now=NOW, sample=sample).data
            assert (data["prenom"], data["date_naissance"]) == (
                sample.values["identite.prenom"],
                sample.values["identite.date_naissance"],
            )
            assert data["categories_demande"] == sample.values["demande.categories"]

    def test_what_is_given_stays_and_what_is_known_comes_first(self):
        schema = {"properties": {"a": {"type": "string"}, "b": {"type": "string", "x-jalon-bind": "contact.nom"}}}
        form = compile_form({"type": "object", **schema})
        sample = Sample("x", "X", "", 0, {"contact.nom": "Sample"})
        filled = prototyping.fill(form, {"a": "moi"}, lists={}, now=NOW, sample=sample, known={"contact.nom": "Connu"})
        assert filled.data == {"a": "moi", "b": "Connu"}

    def test_an_answer_of_the_person_that_is_refused_gives_way(self):
        form = compile_form({"type": "object", "properties": {"n": {"type": "integer", "minimum": 5, "maximum": 9}}})
        filled = prototyping.fill(form, {}, lists={}, now=NOW, sample=Sample("x", "X", "", 0, {"n": 100}))
        assert filled.data == {"n": 5}

    def test_questions_that_an_answer_shows_are_answered_too(self):
        schema = {
            "type": "object",
            "properties": {"suite": {"type": "boolean"}, "motif": {"type": "string", "minLength": 30}},
            "required": ["motif"],
        }
        rule = {"effect": "SHOW", "condition": {"scope": "#/properties/suite", "schema": {"const": True}}}
        controls = [{"type": "Control", "scope": f"#/properties/{name}"} for name in ("suite", "motif")]
        form = compile_form(
            schema, {"type": "VerticalLayout", "elements": [controls[0], {**controls[1], "rule": rule}]}
        )
        filled = prototyping.fill(form, {}, lists={}, now=NOW)
        assert filled.errors == {}
        assert len(filled.data["motif"]) >= 30

    def test_closed_values_are_not_chosen_and_a_file_is_left_to_a_person(self):
        schema = {
            "type": "object",
            "properties": {
                "mode": {"type": "string", "x-jalon-list": "modes"},
                "piece": {"type": "string", "x-jalon-kind": "file"},
            },
            "required": ["piece"],
        }
        lists = {"modes": [{"code": "ferme", "label": "Fermé", "closed": True}, {"code": "bus", "label": "Bus"}]}
        filled = prototyping.fill(compile_form(schema), {}, lists=lists, now=NOW)
        assert filled.data == {"mode": "bus"}
        assert list(filled.errors) == ["/piece"]

    @given(
        st.dictionaries(
            st.from_regex(r"[a-z]{1,6}", fullmatch=True),
            st.one_of(
                st.builds(
                    lambda low, span: {"type": "integer", "minimum": low, "maximum": low + span},
                    st.integers(-1000, 1000),
                    st.integers(0, 50),
                ),
                st.builds(
                    lambda least, more: {"type": "string", "minLength": least, "maxLength": least + more},
                    st.integers(0, 40),
                    st.integers(0, 40),
                ).filter(lambda node: node["maxLength"] > 0),
                st.builds(lambda n: {"type": "string", "pattern": f"^[0-9]{{{n}}}$"}, st.integers(1, 15)),
                st.sampled_from([{"type": "boolean"}, {"type": "boolean", "const": False}]),
                st.sampled_from([{"type": "string", "format": f} for f in ("date", "email", "phone", "time", "uuid")]),
                st.builds(
                    lambda least: {"type": "array", "minItems": least, "items": {"enum": ["a", "b", "c"]}},
                    st.integers(0, 3),
                ),
            ),
            max_size=8,
        )
    )
    @settings(max_examples=60, deadline=None)
    def test_whatever_is_answered_is_accepted(self, properties: dict):
        form = compile_form({"type": "object", "properties": properties, "required": sorted(properties)})
        filled = prototyping.fill(form, {}, lists={}, now=NOW)
        checked = validate(form, filled.data, now=NOW)
        assert checked.errors == filled.errors
        assert filled.errors == {}
