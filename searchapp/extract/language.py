"""The language of a text: what it is called, and what it is by its words."""

from __future__ import annotations

import functools
import re
from typing import Any

_CHARS = 1000
_WORDS = 20
# Below it py3langid is right about as often as not on tables of figures.
_CONFIDENCE = 0.8
# Enough to overrule a page, whose template says "en" whatever its articles are written in.
_SURE_CHARS = 400
_SURE_CONFIDENCE = 0.99
# Codes of one language, or of languages that py3langid cannot tell apart.
_ALIKE = ("no nb nn da", "hr sr bs sh", "id ms in jv", "he iw", "zh", "pt gl", "cs sk", "hi mr ne")

_CODE = re.compile(r"([a-z]{2})(?:[-_][\w-]+)?", re.I)


def language_code(value: object) -> str | None:
    """ISO 639-1 of a language tag such as `en-US`; None for anything else."""
    match = _CODE.fullmatch(value.strip()) if isinstance(value, str) else None
    return match[1].lower() if match else None


def identify_language(text: str) -> str | None:
    """ISO 639-1 of `text`; None where it is too short or too odd to tell."""
    start = text[:_CHARS]
    if len(start.split()) < _WORDS and len(start) < 10 * _WORDS:
        return None
    code, confidence = _model().classify(start)
    return code if confidence >= _CONFIDENCE and len(code) == 2 else None


def contradicts(text: str, declared: str) -> bool:
    """Whether `text` is long and surely in another language than `declared`."""
    start = text[:_CHARS]
    if len(start) < _SURE_CHARS:
        return False
    code, confidence = _model().classify(start)
    alike = any(code in codes.split() and declared in codes.split() for codes in _ALIKE)
    return bool(code != declared and confidence >= _SURE_CONFIDENCE and not alike)


@functools.cache
def _model() -> Any:
    from py3langid.langid import (  # type: ignore[import-untyped]
        MODEL_FILE,
        LanguageIdentifier,
    )

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
