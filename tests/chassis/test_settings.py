"""Settings: read once, checked, never a silent fallback."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.chassis.settings import Settings, SettingsError


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
