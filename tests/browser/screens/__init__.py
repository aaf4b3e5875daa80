"""Every screen that there is, each with a function that brings it up: for pictures and for looking it over.

A file of this folder for each part; ``@screen("name", "What is to be seen.")`` on a function that takes a
Scene. It finds Ada at the demo with nothing open, the evening said, and leaves her before the screen.
"""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass

from tests.browser.person import Window
from tests.browser.stage import Stage

Show = Callable[["Scene"], None]


@dataclass(frozen=True, slots=True)
class Scene:
    """What a screen is brought up with: ``window`` is Ada's, ``look`` is one of LOOKS."""

    stage: Stage
    window: Window
    look: str

    @property
    def phone(self) -> bool:
        """Whether there is room for one thing only."""
        return self.look == "phone"


@dataclass(frozen=True, slots=True)
class Screen:
    """``looks`` are those that it can be had in."""

    name: str
    caption: str
    show: Show
    looks: tuple[str, ...]


SCREENS: dict[str, Screen] = {}


def screen(
    name: str, caption: str, *, looks: tuple[str, ...] = ("light", "dark", "phone", "rtl")
) -> Callable[[Show], Show]:
    """Have the function among the screens."""

    def keep(show: Show) -> Show:
        assert name not in SCREENS, name
        SCREENS[name] = Screen(name, caption, show, looks)
        return show

    return keep


for found in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
    importlib.import_module(f"{__name__}.{found.name}")
