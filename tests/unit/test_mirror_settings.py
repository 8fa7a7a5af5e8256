"""The settings of a mirrored account: what an address may be, and that secrets are never shown."""

import pytest

from gateway.settings import SettingError, Settings

KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
OTHER_KEY = "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXowMTIzNDU="


@pytest.mark.parametrize(
    ("url", "insecure", "is_taken"),
    [
        ("https://api.example/api/v2", "off", True),
        ("http://localhost:8000/api/v2", "off", True),
        ("http://127.0.0.1/api/v2", "off", True),
        ("http://[::1]:8000/api/v2", "off", True),
        ("http://api.example/api/v2", "off", False),
        ("http://api.example/api/v2", "on", True),
        ("ftp://api.example/api/v2", "on", False),
        ("https:///api/v2", "off", False),
        ("https://person:word@api.example/api/v2", "off", False),
        ("https://api.example/api/v2?a=b", "off", False),
        ("https://api.example:seventy/api/v2", "off", False),
        ("api.example", "off", False),
    ],
)
def test_an_account_is_read_by_tls_unless_it_is_here_or_somebody_says_so(url, insecure, is_taken):
    variables = {"GATEWAY_MIRROR_URL": url, "GATEWAY_MIRROR_INSECURE": insecure}

    if is_taken:
        assert Settings.load(variables).mirror_url == url
    else:
        with pytest.raises(SettingError, match="GATEWAY_MIRROR_URL cannot be"):
            Settings.load(variables)


@pytest.mark.parametrize("value", ["too-short", KEY[:-4], f"{KEY},{KEY[:-8]}", KEY.replace("M", "/", 1), "ünlesbar"])
def test_a_wrong_key_is_refused_and_not_shown(value):
    with pytest.raises(SettingError) as refused:
        Settings.load({"GATEWAY_SECRET_KEY": value})

    assert str(refused.value) == (
        "GATEWAY_SECRET_KEY cannot be what it is; "
        "it has to be 32 bytes in URL-safe base64, several separated by commas."
    )


def test_no_secret_shows_in_the_text_of_the_settings():
    settings = Settings.load(
        {
            "GATEWAY_MIRROR_TOKEN": "t0ken-of-the-account",
            "GATEWAY_MIRROR_WEBHOOK_SECRET": "h00k",
            "GATEWAY_SECRET_KEY": f"{KEY}, {OTHER_KEY}",
        }
    )

    assert settings.secret_keys == (KEY, OTHER_KEY)
    for text in (repr(settings), str(settings), settings.model_dump_json()):
        assert not any(secret in text for secret in ("t0ken", "h00k", KEY, OTHER_KEY))


def test_a_budget_is_requests_in_windows_of_seconds():
    assert Settings.load({}).budget_windows == ((100, 10), (4_000, 1_800))
    assert Settings.load({"GATEWAY_MIRROR_BUDGET": "5/1"}).budget_windows == ((5, 1),)
    for wrong in ("0/1", "5", "5/1,", "5/x", "5/0"):
        with pytest.raises(SettingError, match="GATEWAY_MIRROR_BUDGET cannot be"):
            Settings.load({"GATEWAY_MIRROR_BUDGET": wrong})


def test_what_mirroring_needs_and_lacks_is_named(tmp_path):
    file = tmp_path / "token"
    file.write_text("from-a-file\n")
    address = {"GATEWAY_MIRROR_URL": "https://api.example/api/v2"}
    token = {"GATEWAY_MIRROR_TOKEN_FILE": str(file)}

    assert Settings.load({}).lacking == "GATEWAY_MIRROR_URL"
    assert Settings.load(address).lacking == "GATEWAY_MIRROR_TOKEN or GATEWAY_MIRROR_TOKEN_FILE"
    assert Settings.load(address | token).lacking == "GATEWAY_MIRROR_ORGANIZATION_ID"
    whole = Settings.load(address | token | {"GATEWAY_MIRROR_ORGANIZATION_ID": "7"})
    assert (whole.lacking, whole.token_of_account()) == (None, "from-a-file")
