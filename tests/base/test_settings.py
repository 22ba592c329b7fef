"""Settings: read once, refused when they cannot be used, the development key kept."""

import stat
from dataclasses import fields
from pathlib import Path

import pytest

from jalon.base.settings import SettingInvalid, Settings, development_key, read_settings

SAFE = {"JALON_PRODUCTION": "oui", "JALON_SECRET_KEY": "k" * 32, "JALON_BASE_URL": "https://jalon.example"}


def test_without_a_variable_every_setting_has_its_default() -> None:
    assert read_settings({}) == Settings()


def test_each_setting_is_read_from_its_variable() -> None:
    given = {"JALON_PORT": "9000", "JALON_SECOND_FACTOR": "non", "JALON_BASE_URL": "https://x.example", "PORT": "1"}
    found = read_settings(given)
    assert (found.port, found.second_factor, found.base_url) == (9000, False, "https://x.example")


@pytest.mark.parametrize("text", ["oui", "1", "true", "OUI"])
def test_yes_is_said_in_several_ways(text: str) -> None:
    assert read_settings(SAFE | {"JALON_PRODUCTION": text}).production


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"JALON_PORT": "huit mille"}, "JALON_PORT"),
        ({"JALON_PRODUCTION": "peut-être"}, "JALON_PRODUCTION"),
        ({"JALON_PACK_SIGNATURES": "oui"}, "JALON_PACK_SIGNATURES"),
        ({"JALON_PACK_SIGNATURES": "required"}, "JALON_PACK_SIGNERS"),
        ({"JALON_PRODUCTION": "oui"}, "JALON_SECRET_KEY"),
        (SAFE | {"JALON_SECRET_KEY": "trop courte"}, "JALON_SECRET_KEY"),
        (SAFE | {"JALON_BASE_URL": "http://jalon.example"}, "JALON_BASE_URL"),
        (SAFE | {"JALON_SECOND_FACTOR": "non"}, "JALON_SECOND_FACTOR"),
    ],
)
def test_a_value_that_cannot_be_used_names_its_variable_and_never_shows_it(given: dict[str, str], name: str) -> None:
    with pytest.raises(SettingInvalid) as refusal:
        read_settings(given)
    assert refusal.value.facts["name"] == name
    assert "trop courte" not in refusal.value.text()


def test_every_setting_is_documented() -> None:
    undocumented = [item.name for item in fields(Settings) if not str(item.metadata.get("doc", "")).endswith(".")]
    assert undocumented == []


def test_the_development_key_outlives_a_restart_and_is_its_owner_s(tmp_path: Path) -> None:
    key = development_key(tmp_path / "var")
    assert len(key) == 64
    assert development_key(tmp_path / "var") == key
    assert stat.S_IMODE((tmp_path / "var" / "secret.key").stat().st_mode) == 0o600
    assert [file.name for file in (tmp_path / "var").iterdir()] == ["secret.key"]
