"""Names of months and of days of the week in seven languages, as tables and dates have them."""

from __future__ import annotations

from functools import cache

_MONTHS = (
    "january february march april may june july august september october november december",
    "januar februar märz april mai juni juli august september oktober november dezember",
    "jänner feber maerz april mai juni juli august september oktober november dezember",
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "januari februari maart april mei juni juli augustus september oktober november december",
)
_SHORT = {"mrz": 3, "sept": 9, "set": 9, "mrt": 3}
_LEAST = 3  # letters of a name cut short


@cache
def month_of(word: str) -> int:
    """The number of a month by its name in English, German, French, Spanish, Italian, Portuguese
    or Dutch, whole or cut short; 0 for any other word.

    >>> month_of("März"), month_of("déc"), month_of("oct."), month_of("marbles")
    (3, 12, 10, 0)
    """
    text = word.casefold().rstrip(".")
    if len(text) < _LEAST:
        return 0
    if text in _SHORT:
        return _SHORT[text]
    found = {
        number
        for names in _MONTHS
        for number, name in enumerate(names.split(), 1)
        if name.startswith(text)
    }
    return found.pop() if len(found) == 1 else 0
