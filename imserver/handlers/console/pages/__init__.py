"""All pages of the console; importing this declares them."""

from imserver.handlers.console.pages import (
    account,
    install,
    joining,
    keys,
    origins,
    settings,
    sign_in,
    sites,
    team,
    theme,
    usage,
    webhooks,
)

__all__ = [
    "account",
    "install",
    "joining",
    "keys",
    "origins",
    "settings",
    "sign_in",
    "sites",
    "team",
    "theme",
    "usage",
    "webhooks",
]
