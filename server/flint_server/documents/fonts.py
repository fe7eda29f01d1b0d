"""The fonts of the page. They come from packages and are the same on every machine; what a machine has is not used."""

from functools import cache
from importlib.resources import files
from pathlib import Path

from flint_server.documents.extra import NotInstalled

_PACKAGES = ("manimgx_fonts", "manimgx_fonts_cjk")  # Noto Sans for all scripts that have people's names
_BY_COUNTRY = {"CN": "SC", "SG": "SC", "TW": "TC", "HK": "HK", "MO": "HK", "KR": "KR", "KP": "KR"}
_SCRIPTS = (
    *("Arabic", "Hebrew", "Devanagari", "Bengali", "Thai", "Armenian", "Georgian", "Ethiopic", "Gujarati", "Gurmukhi"),
    *("Kannada", "Khmer", "Lao", "Malayalam", "Myanmar", "Oriya", "Sinhala", "Tamil", "Telugu", "Symbols"),
)


@cache
def folders() -> tuple[Path, ...]:
    """Where the fonts lie. Raises NotInstalled without the extra."""
    found: list[Path] = []
    for package in _PACKAGES:
        try:
            found.append(Path(str(files(package))))
        except ModuleNotFoundError as missing:
            raise NotInstalled(package.replace("_", "-")) from missing
    return tuple(found)


def families(country: str | None) -> list[str]:
    """The families in the order in which a character is looked for. Chinese, Japanese and Korean share characters that
    each draws in its own way: those of the reader's country come first."""
    return [
        "Noto Sans",
        *(f"Noto Sans {script}" for script in _SCRIPTS),
        f"Noto Sans CJK {_BY_COUNTRY.get(country or '', 'JP')}",
        "Noto Emoji",
    ]
