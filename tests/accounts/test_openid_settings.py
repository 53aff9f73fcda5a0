"""The settings by which an installation knows its providers."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from accounts.openid_settings import Claim, providers_from_environ
from api.cli import main
from eventlog.settings import SettingsUnclearError

TENANT = "8c6f2c3a-0d5e-4b7a-9a3f-2f1d6c0e7b55"
ENTRA = {
    "DOORSTEP_ENTRA_TENANT": TENANT,
    "DOORSTEP_ENTRA_CLIENT_ID": "an-id",
    "DOORSTEP_ENTRA_CLIENT_SECRET": "a secret",
}
GOOGLE = {
    "DOORSTEP_GOOGLE_DOMAIN": "beckside.school.uk, elm-park.sch.uk",
    "DOORSTEP_GOOGLE_CLIENT_ID": "an-id",
    "DOORSTEP_GOOGLE_CLIENT_SECRET": "a secret",
}
OTHER = {
    "DOORSTEP_OPENID_NAME": "Trust login",
    "DOORSTEP_OPENID_ISSUER": "https://login.trust.example/realm",
    "DOORSTEP_OPENID_CLIENT_ID": "an-id",
    "DOORSTEP_OPENID_CLIENT_SECRET": "a secret",
}


def test_without_settings_there_is_no_provider() -> None:
    assert (
        providers_from_environ({"DOORSTEP_ORIGIN": "https://visits.school.example", "DOORSTEP_ENTRA_TENANT": ""}) == ()
    )


def test_each_provider_is_pinned() -> None:
    entra, google, other = providers_from_environ({**ENTRA, **GOOGLE, **OTHER})
    assert (entra.key, entra.name, entra.tenant) == ("entra", "Microsoft", TENANT)
    assert entra.issuer == f"https://login.microsoftonline.com/{TENANT}/v2.0"
    assert (google.key, google.issuer) == ("google", "https://accounts.google.com")
    assert google.domains == ("beckside.school.uk", "elm-park.sch.uk")
    assert (other.key, other.name, other.issuer) == ("openid", "Trust login", "https://login.trust.example/realm")
    assert entra.second_factor is google.second_factor is other.second_factor is None


def test_a_secret_comes_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("from the file\n", encoding="utf-8")
    settings = {**ENTRA, "DOORSTEP_ENTRA_CLIENT_SECRET": "", "DOORSTEP_ENTRA_CLIENT_SECRET_FILE": str(file)}
    assert providers_from_environ(settings)[0].client_secret == "from the file"
    with pytest.raises(SettingsUnclearError, match="both set"):
        providers_from_environ({**settings, "DOORSTEP_ENTRA_CLIENT_SECRET": "another"})
    file.write_text("", encoding="utf-8")
    with pytest.raises(SettingsUnclearError, match="empty"):
        providers_from_environ(settings)


def test_a_second_factor_is_one_word_of_the_providers() -> None:
    found = providers_from_environ({**ENTRA, "DOORSTEP_ENTRA_SECOND_FACTOR": "acrs=c1"})
    assert found[0].second_factor == Claim("acrs", "c1")
    for wrong in ("yes", "mfa", "email=x", "amr=", "=mfa"):
        with pytest.raises(SettingsUnclearError, match="proved themselves twice"):
            providers_from_environ({**ENTRA, "DOORSTEP_ENTRA_SECOND_FACTOR": wrong})


@pytest.mark.parametrize("missing", [*ENTRA, *GOOGLE, *OTHER])
def test_a_provider_that_is_half_set_is_refused_by_the_name_of_what_is_missing(missing: str) -> None:
    settings = {name: value for name, value in {**ENTRA, **GOOGLE, **OTHER}.items() if name != missing}
    with pytest.raises(SettingsUnclearError, match=f"Not set: {missing}"):
        providers_from_environ(settings)


@pytest.mark.parametrize("tenant", ["common", "organizations", "consumers", "beckside.onmicrosoft.com", f"{TENANT}/x"])
def test_a_tenant_that_is_open_to_others_is_refused(tenant: str) -> None:
    with pytest.raises(SettingsUnclearError, match="tenant's id"):
        providers_from_environ({**ENTRA, "DOORSTEP_ENTRA_TENANT": tenant})


@pytest.mark.parametrize("domain", ["beckside", "beckside.school.uk,", "*", "https://beckside.school.uk"])
def test_a_domain_that_is_none_is_refused(domain: str) -> None:
    with pytest.raises(SettingsUnclearError, match="Workspace domain"):
        providers_from_environ({**GOOGLE, "DOORSTEP_GOOGLE_DOMAIN": domain})


@pytest.mark.parametrize(
    "issuer",
    [
        "http://login.trust.example",
        "login.trust.example",
        "https://u:p@x.example",
        "https://x.example/?a=b",
        "https://x:y",
    ],
)
def test_an_issuer_without_tls_or_with_more_than_an_address_is_refused(issuer: str) -> None:
    with pytest.raises(SettingsUnclearError, match="_ISSUER"):
        providers_from_environ({**OTHER, "DOORSTEP_OPENID_ISSUER": issuer})


def test_the_program_does_not_start_with_a_provider_that_is_half_set() -> None:
    done = CliRunner().invoke(main, ["serve"], env={"DOORSTEP_ENTRA_TENANT": TENANT})
    assert done.exit_code == 1
    assert "Error: Not set: DOORSTEP_ENTRA_CLIENT_ID, DOORSTEP_ENTRA_CLIENT_SECRET_FILE." in done.output


def test_a_setting_that_is_misspelt_is_named() -> None:
    with pytest.raises(SettingsUnclearError, match="no setting DOORSTEP_ENTRA_SECONDFACTOR"):
        providers_from_environ({**ENTRA, "DOORSTEP_ENTRA_SECONDFACTOR": "amr=mfa"})
