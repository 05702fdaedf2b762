"""Settings: read once, checked, never a silent fallback."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from services import doctor
from services.chassis.settings import Setting, Settings, SettingsError, without_password


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CONVENE_PORT", "eighty"),
        ("CONVENE_PORT", "70000"),
        ("CONVENE_WORKERS", "0"),
        ("CONVENE_DATABASE_URL", "mysql://x/y"),
        ("CONVENE_DATABASE_URL", "postgresql://"),
        ("CONVENE_DATABASE_URL", "postgresql://host:port/x"),
        ("CONVENE_DATABASE_URL", "sqlite://relative/folder"),
        ("CONVENE_SEARCH_URL", "elastic"),
        ("CONVENE_SEARCH_URL", "http://[::1"),
        ("CONVENE_BUS_URL", "kafka://h:x"),
        ("CONVENE_ADDRESS_KEY", "short"),
        ("CONVENE_CLOCK", "tomorrow"),
        ("CONVENE_CLOCK", "offset:soon"),
        ("CONVENE_LOG_LEVEL", "loud"),
        ("CONVENE_SEARCH_CA", "/no/such/file"),
    ],
)
def test_what_cannot_be_meant_refuses_and_names_the_setting(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({name: value})
    assert name in str(caught.value) or value in str(caught.value)


def test_an_unknown_setting_refuses_and_names_the_nearest() -> None:
    with pytest.raises(SettingsError, match=r"CONVENE_DATABSE_URL.*CONVENE_DATABASE_URL"):
        Settings.from_env({"CONVENE_DATABSE_URL": "sqlite:"})


def test_a_secret_is_not_repeated_in_the_error() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({"CONVENE_ADDRESS_KEY": "hunter2"})
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "mysql://convene:hunter2@host/db",
        "convene:hunter2@host/db",
        "postgresql:convene:hunter2@host/db",
        "postgresql://convene:hunter2@host:port/db",
        "postgresql://convene:hunter2/x@host:5432/db",
        "postgresql://convene:x/hunter2:hunter2@host/db",
        "postgresql://convene:hunter2@",
        "postgresql://[::1?password=hunter2",
    ],
)
@pytest.mark.parametrize("name", ["CONVENE_DATABASE_URL", "CONVENE_BUS_URL", "CONVENE_SEARCH_URL"])
def test_a_password_in_a_url_is_not_repeated_in_the_error(name: str, url: str) -> None:
    with pytest.raises(SettingsError, match=name) as caught:
        Settings.from_env({name: url})
    assert "hunter2" not in str(caught.value)


def test_no_reader_can_make_an_error_repeat_a_secret() -> None:
    setting = Setting("CONVENE_X", "x", int, "A number that nobody may know.", secret=True)
    with pytest.raises(ValueError, match="invalid literal") as caught:
        setting.value("hunter2")
    assert "hunter2" not in str(caught.value)


SECRETS = {
    "CONVENE_DATABASE_URL": "postgresql://convene:hunter2@127.0.0.1:1/db",
    "CONVENE_SEARCH_URL": "http://elastic:hunter2@127.0.0.1:1",
    "CONVENE_BUS_PASSWORD": "hunter2",
    "CONVENE_ADDRESS_KEY": "hunter2" * 8,
}


def test_settings_are_shown_and_logged_without_secrets(tmp_path: Path) -> None:
    environ = {**SECRETS, "CONVENE_DATA_DIR": str(tmp_path), "CONVENE_LOG_LEVEL": "debug"}
    shown = repr(Settings.from_env(environ))
    begin = (
        "from services.chassis import process; from services.chassis.settings import Settings;"
        "process.begin(Settings.from_env())"
    )
    done = subprocess.run([sys.executable, "-c", begin], env=environ, capture_output=True, text=True, check=True)
    for said in (shown, done.stderr):
        assert "postgresql://convene:…@127.0.0.1:1/db" in said
        assert "http://elastic:…@127.0.0.1:1" in said
        assert "hunter2" not in said


def test_the_doctor_shows_no_secret(tmp_path: Path) -> None:
    found = doctor.examine({**SECRETS, "CONVENE_SEARCH_URL": f"local:{tmp_path}"}, tmp_path)
    details = {each.name: each.detail for each in found}
    assert details["CONVENE_DATABASE_URL"] == "postgresql://convene:…@127.0.0.1:1/db"
    assert details["CONVENE_BUS_PASSWORD"] == "set"
    assert "hunter2" not in str(found)


@pytest.mark.parametrize("url", ["postgresql://user@host/db", "http://host:9200/x", "kafka://a:1,b:2", "sqlite:/a:b@c"])
def test_a_url_without_a_password_is_shown_as_it_is(url: str) -> None:
    assert without_password(url) == url


def test_other_variables_do_not_matter() -> None:
    settings = Settings.from_env({"PATH": "/bin", "CONVENE_TEST_SEARCH_URL": "x", "CONVENE_PORT": ""})
    assert settings.port == 8000


def test_options_win_over_the_environment(tmp_path: Path) -> None:
    assert Settings.from_env({"CONVENE_PORT": "1"}, port=2, host=None).port == 2


def test_folders_follow_the_data_folder(tmp_path: Path) -> None:
    settings = Settings.from_env({"CONVENE_DATA_DIR": str(tmp_path)})
    assert settings.database_url == f"sqlite:{tmp_path}"
    assert settings.bus_url == f"local:{tmp_path}"
    assert settings.search_url == f"local:{tmp_path}/index"
    assert settings.one_machine


def test_the_address_key_is_made_once_and_kept(tmp_path: Path) -> None:
    settings = Settings.from_env({"CONVENE_DATA_DIR": str(tmp_path)})
    first = settings.with_address_key().address_key
    assert len(first) == 64
    assert settings.with_address_key().address_key == first
    assert (tmp_path / "keys" / "address.key").stat().st_mode & 0o077 == 0


def test_several_machines_need_the_key_given() -> None:
    with pytest.raises(SettingsError, match="CONVENE_ADDRESS_KEY"):
        Settings.from_env({"CONVENE_DATABASE_URL": "postgresql://h/d"}).with_address_key()


def test_the_environment_of_a_child_gives_the_same_settings(tmp_path: Path) -> None:
    settings = Settings.from_env(
        {"CONVENE_DATA_DIR": str(tmp_path), "CONVENE_PORT": "81", "CONVENE_CLOCK": "offset:5"}
    ).with_address_key()
    assert Settings.from_env(settings.environment()) == settings
