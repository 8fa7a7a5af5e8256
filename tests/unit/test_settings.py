"""Settings: defaults, bounds, and the sentence that a wrong one gets."""

import pytest

from gateway.graphql.options import Limits
from gateway.http.options import HttpOptions
from gateway.settings import SettingError, Settings, allowed
from gateway.store.databases.options import StoreOptions

DATABASES = "sqlite+aiosqlite:///FILE or postgresql+asyncpg://USER:PASSWORD@HOST/NAME"


def test_without_variables_every_setting_has_its_default():
    settings = Settings.load({})

    assert settings.database_url == "sqlite+aiosqlite:///gateway.db"
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.statement_timeout_ms == 10_000
    assert settings.cors_origins == ()


def test_a_variable_sets_and_the_command_line_goes_before_it():
    environment = {"GATEWAY_PORT": "9000", "GATEWAY_HOST": "localhost", "PATH": "/bin"}

    settings = Settings.load(environment, port=9001, host=None)

    assert (settings.host, settings.port) == ("localhost", 9001)


def test_origins_are_a_list_separated_by_commas():
    settings = Settings.load({"GATEWAY_CORS_ORIGINS": "https://a.example, http://localhost:3000"})

    assert settings.cors_origins == ("https://a.example", "http://localhost:3000")


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("GATEWAY_PORT", "eighty", "GATEWAY_PORT cannot be 'eighty'; it has to be a whole number from 0 to 65,535."),
        ("GATEWAY_PORT", "70000", "GATEWAY_PORT cannot be '70000'; it has to be a whole number from 0 to 65,535."),
        ("GATEWAY_HOST", "", "GATEWAY_HOST cannot be ''; it has to be text that is not empty."),
        (
            "GATEWAY_INTROSPECTION",
            "maybe",
            "GATEWAY_INTROSPECTION cannot be 'maybe'; it has to be one of on, authenticated, off.",
        ),
        ("GATEWAY_METRICS", "perhaps", "GATEWAY_METRICS cannot be 'perhaps'; it has to be true or false."),
        (
            "GATEWAY_CORS_ORIGINS",
            "*",
            "GATEWAY_CORS_ORIGINS cannot be '*'; it has to be origins such as https://a.example, separated by commas.",
        ),
        (
            "GATEWAY_DATABASE_URL",
            "mysql://u:pass@h/d",
            f"GATEWAY_DATABASE_URL cannot be what it is; it has to be {DATABASES}.",
        ),
        (
            "GATEWAY_INBOX",
            "nowhere",
            "GATEWAY_INBOX cannot be 'nowhere'; it has to be the path of a folder with an index.html.",
        ),
        ("GATEWAY_PROT", "1", "GATEWAY_PROT is not a setting of the gateway; did you mean GATEWAY_PORT?"),
        ("GATEWAY_XYZ", "1", "GATEWAY_XYZ is not a setting of the gateway; the README lists them all."),
    ],
)
def test_a_wrong_setting_gets_a_sentence_that_names_it(variable, value, sentence):
    with pytest.raises(SettingError) as refused:
        Settings.load({variable: value})

    assert str(refused.value) == sentence


def test_variables_of_the_tests_are_nobodys_setting():
    assert Settings.load({"GATEWAY_TEST_POSTGRES_URL": "x"}) == Settings.load({})


def test_every_setting_is_described_and_says_what_is_allowed():
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert allowed(field), name


@pytest.mark.parametrize("options", [Limits, HttpOptions, StoreOptions])
def test_the_settings_are_the_options_of_every_room(options):
    settings = Settings.load({"GATEWAY_MAX_TOKENS": "77", "GATEWAY_RATE_LIMIT": "88", "GATEWAY_READ_CONNECTIONS": "9"})

    assert isinstance(settings, options)
    assert (settings.max_tokens, settings.rate_limit, settings.read_connections) == (77, 88, 9)


def test_no_two_rooms_have_an_option_of_the_same_name():
    names = [name for room in (Limits, HttpOptions, StoreOptions) for name in room.model_fields]

    assert sorted(names) == sorted(set(names))
