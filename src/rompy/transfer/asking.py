"""Short answers of web servers, held in memory."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence

import httpx

from rompy.transfer.address import without_secrets
from rompy.transfer.retry import asked_pause, may_pass, reason_of
from rompy.transfer.stream import certificates, credentials, secrets_kept

logger = logging.getLogger(__name__)

PAUSES = (1.0, 2.0, 4.0)
"""Seconds to wait before each further attempt."""


def ask(
    url: str, *, method: str = "GET", timeout: float = 30.0, pauses: Sequence[float] = PAUSES
) -> httpx.Response:
    """The whole answer to a request, with other attempts where they may help. Redirects are followed.

    Args:
        pauses: seconds to wait before each further attempt; none makes a single attempt.

    Raises:
        httpx.HTTPStatusError: the server answers with an error.
        httpx.TransportError: it cannot be reached, or breaks off.
    """
    for pause in pauses:
        try:
            return _answer(url, method, timeout)
        except (httpx.TransportError, httpx.HTTPStatusError) as error:  # noqa: PERF203 - one turn is the rule
            if not may_pass(error):
                raise
            seconds = max(pause, asked_pause(error))
            logger.warning("%s: %s; another attempt in %g s", without_secrets(url), reason_of(error), seconds)
            time.sleep(seconds)
    return _answer(url, method, timeout)


def _answer(url: str, method: str, timeout: float) -> httpx.Response:
    headers = {"Accept-Encoding": "identity"}
    with secrets_kept():
        answer = httpx.request(
            method,
            url,
            headers=headers,
            timeout=timeout,
            follow_redirects=True,
            verify=certificates(),
            auth=credentials(),
        )
    if answer.is_error:
        reason = f"{without_secrets(url)}: {answer.status_code} {answer.reason_phrase}"
        raise httpx.HTTPStatusError(reason, request=answer.request, response=answer)
    return answer
