"""``${...}`` in the strings of a description.

===============================  ===============================================================================
``${NAME}``                      the value of a variable; one that is not set is an error
``${NAME:-text}``                the same with a default, also for an empty variable
``${NAME|filter:argument}``      the value passed through filters, as many as wanted, each behind a ``|``
``${NAME:-text|filter}``         both
``$${``                          the characters ``${``, for what a shell shall see
===============================  ===============================================================================

Filters: ``as_datetime`` (optionally ``as_datetime:FORMAT``), ``strftime:FORMAT``, ``shift:AMOUNT`` with an amount like
``+1d``, ``-6h``, ``30m`` or ``90s``. Expressions do not nest.

**Types.** A string that is one expression and nothing else takes the type its value looks like; inside a longer text,
values are text. The rule, in this order:

* ``true``, ``yes``, ``false``, ``no`` in any case become booleans;
* whole numbers of at most seven digits without leading zero or plus sign become int: ``1`` is 1, not true;
* decimal numbers (``0.5``, ``-3.``, ``1e-3``) without leading zeros become float;
* everything else stays a string: ``0001`` is an identifier, ``20230101`` and ``2023010106`` are dates. (A field
  that wants a number takes such a string anyway.)

With filters the value is what the last filter gives: a ``datetime``, or the text of ``strftime``.

Times without a zone are UTC by convention and stay without one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from rompy.errors import ConfigError
from rompy.secrets import note_secret

_EXPRESSION = re.compile(
    r"(?P<escape>\$\$\{)|\$\{(?P<name>[A-Za-z_]\w*)(?::-(?P<default>[^}|]*))?(?P<filters>(?:\|[^}|]*)*)\}",
    re.ASCII,
)
_LOOKS_LIKE_ONE = re.compile(r"\$\{[^}]*\}?")
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,6})", re.ASCII)
_DECIMAL = re.compile(r"-?(0|[1-9]\d*)(\.\d*([eE][+-]?\d+)?|[eE][+-]?\d+)|-?\.\d+([eE][+-]?\d+)?", re.ASCII)
_SHIFT = re.compile(r"([+-]?\d+(?:\.\d+)?)\s*([dhms])")
_UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_FORMATS = (
    "%Y%m%d",
    "%Y%m%d%H",
    "%Y%m%d%H%M",
    "%Y%m%d%H%M%S",
    "%Y%m%d.%H%M%S",
    "%Y%m%d.%H",
    "%Y%m%dT%H",
    "%Y%m%dT%H%M",
    "%Y%m%dT%H%M%S",
    "%Y%m%d_%H",
    "%Y%m%d_%H%M%S",
    "%Y-%m-%dT%H",
    "%Y-%m-%d %H",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d %H:%M",
    "%Y/%m/%d",
)


class TemplateError(ConfigError):
    """An expression that cannot be resolved."""

    code = "config.template"


class TemplateContext(Mapping[str, str]):
    """The variables that expressions see: a mapping, or the environment of the process."""

    def __init__(self, variables: Mapping[str, Any] | None = None) -> None:
        self._variables: Mapping[str, Any] = os.environ if variables is None else variables

    def __getitem__(self, name: str) -> Any:
        return self._variables[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._variables)

    def __len__(self) -> int:
        return len(self._variables)


def render_templates(
    data: Any,
    context: Mapping[str, Any] | None = None,
    strict: bool = True,
    *,
    path: tuple[str | int, ...] = (),
) -> Any:
    """Resolve the expressions in all strings of nested mappings and lists; keys stay as they are.

    ``context`` defaults to the environment. Without ``strict`` an unset variable leaves its expression as it is.

    Raises:
        TemplateError: an unset variable, an unknown filter or a value that a filter cannot use; ``field`` says where.
    """
    if isinstance(data, str):
        try:
            return render_string(data, context, strict)
        except TemplateError as error:
            raise TemplateError(
                error.message, hint=error.hint, field=".".join(map(str, path)) or None
            ) from None
    if isinstance(data, Mapping):
        return {
            key: render_templates(value, context, strict, path=(*path, key)) for key, value in data.items()
        }
    if isinstance(data, (list, tuple)):
        items = [render_templates(item, context, strict, path=(*path, i)) for i, item in enumerate(data)]
        return items if isinstance(data, list) else tuple(items)
    return data


def render_string(text: str, context: Mapping[str, Any] | None = None, strict: bool = True) -> Any:
    """Resolve the expressions of one string; the module's text tells which type comes out.

    >>> render_string("${N}", {"N": "1"}), render_string("${N}", {"N": "0001"}), render_string("run_${N}", {"N": "1"})
    (1, '0001', 'run_1')
    >>> render_string("${CYCLE|as_datetime|shift:-6h|strftime:%Y%m%dT%H}", {"CYCLE": "2023020100"})
    '20230131T18'
    """
    if "${" not in text:
        return text
    if strict:
        _refuse_malformed(text)
    context = os.environ if context is None else context
    whole = _EXPRESSION.fullmatch(text)
    if whole:
        value = _value_of(whole, context, strict)
        return _typed(value) if isinstance(value, str) and not whole["filters"] else value
    return _EXPRESSION.sub(lambda match: _as_text(_value_of(match, context, strict)), text)


def variables_in(text: str) -> list[str]:
    """Names of the variables that a text asks for.

    >>> variables_in("${HOME}/data/${CYCLE:-now}/$${x}")
    ['HOME', 'CYCLE']
    """
    return [match["name"] for match in _EXPRESSION.finditer(text) if match["name"]]


def escape(data: Any) -> Any:
    """Rewrite resolved data, so that resolving them again gives the same: ``${`` becomes ``$${``.

    >>> render_string(escape("echo ${HOME}"), {})
    'echo ${HOME}'
    """
    if isinstance(data, str):
        return data.replace("${", "$${")
    if isinstance(data, Mapping):
        return {key: escape(value) for key, value in data.items()}
    if isinstance(data, (list, tuple)):
        items = [escape(item) for item in data]
        return items if isinstance(data, list) else tuple(items)
    return data


def apply_filters(value: Any, filters: str) -> Any:
    """Pass a value through ``filter:argument|filter2``."""
    for part in filters.split("|"):
        if part.strip():
            value = apply_filter(value, part.strip())
    return value


def apply_filter(value: Any, filter_: str) -> Any:
    """Pass a value through one filter, given as ``name`` or ``name:argument``.

    Raises:
        TemplateError: no such filter, or its argument or the value is unfit.
    """
    name, _, argument = filter_.partition(":")
    if name not in _FILTERS:
        raise TemplateError(
            f"there is no filter {name!r} in {filter_!r}", hint=f"Filters: {', '.join(_FILTERS)}."
        )
    return _FILTERS[name](value, argument)


def parse_datetime(value: Any, fmt: str | None = None) -> datetime:
    """A time from ISO 8601 or from digits such as 20230101, 2023010106 or 20230101.060000, or by a given format.

    A time with a zone becomes UTC; one without stays without.

    Raises:
        TemplateError: the text is no time.
    """
    if isinstance(value, datetime):
        return value
    text = str(value).strip()
    parsed = _strptime(text, [fmt]) if fmt else (_strptime(text, _FORMATS) or _from_iso(text))
    if parsed is None:
        wish = f"the format {fmt!r}" if fmt else "a time, such as 2023-01-01T06:00:00, 20230101 or 2023010106"
        raise TemplateError(f"{text!r} is not {wish}")
    return parsed.astimezone(timezone.utc) if parsed.tzinfo else parsed


def shift_datetime(value: Any, amount: str) -> datetime:
    """Move a time by an amount such as ``+1d``, ``-6h``, ``30m`` or ``90s``.

    Raises:
        TemplateError: the amount is none, or the value is no time.
    """
    match = _SHIFT.fullmatch(amount.strip())
    if match is None:
        raise TemplateError(
            f"cannot shift by {amount!r}", hint="Write a number and d, h, m or s, such as -6h."
        )
    try:
        return parse_datetime(value) + timedelta(**{_UNITS[match[2]]: float(match[1])})
    except OverflowError:
        raise TemplateError(f"shifting {value} by {amount} leaves the calendar") from None


def _value_of(match: re.Match[str], context: Mapping[str, Any], strict: bool) -> Any:
    if match["escape"]:
        return "${"
    value = context.get(match["name"])
    if isinstance(value, str):
        note_secret(match["name"], value)
    if match["default"] is not None and value in (None, ""):
        value = match["default"]
    if value is None:
        if not strict:
            return match[0]
        raise TemplateError(
            f"the variable {match['name']} is not set",
            hint=f"Set it (export {match['name']}=...), or give a default: ${{{match['name']}:-...}}",
        )
    return apply_filters(value, match["filters"]) if match["filters"] else value


def _refuse_malformed(text: str) -> None:
    rest = _EXPRESSION.sub("", text)
    found = _LOOKS_LIKE_ONE.search(rest)
    if found:
        raise TemplateError(
            f"cannot make sense of {found[0]!r}",
            hint="Write ${NAME}, ${NAME:-default} or ${NAME|filter:argument}; $${ stands for ${ itself.",
        )


def _typed(text: str) -> Any:
    lower = text.strip().lower()
    if lower in ("true", "yes"):
        return True
    if lower in ("false", "no"):
        return False
    if _INTEGER.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        return float(text)
    return text


def _as_text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _strftime(value: Any, fmt: str) -> str:
    if not fmt:
        raise TemplateError("strftime needs a format", hint="For example strftime:%Y%m%d.")
    return parse_datetime(value).strftime(fmt)


def _strptime(text: str, formats: Any) -> datetime | None:
    for fmt in formats:
        # Without the length check %Y%m%d%H would read 2023011 as a date, too.
        try:
            parsed = datetime.strptime(text, fmt)
        except ValueError:
            continue
        if formats is not _FORMATS or parsed.strftime(fmt) == text:
            return parsed
    return None


def _from_iso(text: str) -> datetime | None:
    # Python 3.10 does not know the Z.
    try:
        return datetime.fromisoformat(text[:-1] + "+00:00" if text[-1:] in "zZ" and text else text)
    except ValueError:
        return None


_FILTERS: dict[str, Callable[[Any, str], Any]] = {
    "as_datetime": lambda value, argument: parse_datetime(value, argument or None),
    "strftime": _strftime,
    "shift": shift_datetime,
}
