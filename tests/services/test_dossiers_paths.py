"""Paths of case files: reading, writing and comparing without touching what is not named."""

from jalon.services.dossiers.paths import differences, leaves, pattern_of, value_at, with_value

DATA = {"contact": {"telephone": "01"}, "experiences": [{"_id": "a", "employeur": "Mairie", "duree": 3}]}


def test_a_value_is_read_inside_objects_and_rows():
    assert value_at(DATA, "contact.telephone") == "01"
    assert value_at(DATA, "experiences/a/employeur") == "Mairie"
    assert value_at(DATA, "experiences/b/employeur", "?") == "?"


def test_writing_a_value_leaves_the_original_alone():
    changed = with_value(DATA, "experiences/a/employeur", "Région")
    assert value_at(changed, "experiences/a/employeur") == "Région"
    assert value_at(changed, "experiences/a/duree") == 3
    assert value_at(DATA, "experiences/a/employeur") == "Mairie"


def test_writing_in_a_row_that_does_not_exist_adds_it():
    assert with_value({}, "experiences/b/employeur", "Mairie") == {"experiences": [{"_id": "b", "employeur": "Mairie"}]}


def test_none_takes_a_key_or_a_row_away():
    assert with_value(DATA, "experiences/a", None)["experiences"] == []
    assert with_value(DATA, "contact.telephone", None)["contact"] == {}


def test_a_list_of_rows_is_compared_row_by_row():
    rows = [{"_id": "a", "employeur": "Région"}, {"_id": "b", "employeur": "Poste"}]
    assert differences(DATA, {"experiences": rows}) == [
        ("experiences/a/employeur", "Mairie", "Région"),
        ("experiences/b/employeur", None, "Poste"),
    ]


def test_a_row_left_out_is_one_change():
    old = DATA["experiences"][0]
    assert differences(DATA, {"experiences": []}) == [("experiences/a", old, None)]


def test_a_new_row_receives_an_id():
    ((path, old, new),) = differences({}, {"experiences": [{"employeur": "Mairie"}]})
    assert path.startswith("experiences/")
    assert path.endswith("/employeur")
    assert (old, new) == (None, "Mairie")


def test_a_key_not_named_inside_an_object_is_kept():
    data = {"adresse": {"ligne": "1 rue", "ville": "Albi"}}
    assert differences(data, {"adresse": {"ligne": "2 rue"}}) == [("adresse.ligne", "1 rue", "2 rue")]


def test_leaves_name_every_value_once():
    assert dict(leaves(DATA)) == {
        "contact.telephone": "01",
        "experiences/a/employeur": "Mairie",
        "experiences/a/duree": 3,
    }
    assert pattern_of("experiences/a/employeur") == "experiences.employeur"
