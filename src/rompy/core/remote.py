"""Files behind addresses: their file system, and what its errors mean to a person.

Credentials are never part of a description. Each library finds them where its provider's own tools put them: in the
environment or in the provider's files.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rompy.errors import DataError, MissingFileError, PluginError, RompyError
from rompy.transfer.cloud import LIBRARIES

CREDENTIALS = {
    "s3": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or ~/.aws/credentials; AWS_ENDPOINT_URL for other stores",
    "gs": "GOOGLE_APPLICATION_CREDENTIALS, or `gcloud auth application-default login`",
    "az": "AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY, or AZURE_STORAGE_CONNECTION_STRING",
    "https": "~/.netrc",
    "http": "~/.netrc",
    "sftp": "your SSH agent or ~/.ssh",
}
"""Where credentials for a scheme are looked for."""

_NO_CREDENTIALS = (
    "NoCredentialsError",
    "PartialCredentialsError",
    "DefaultCredentialsError",
    "ClientAuthenticationError",
    "NoAuthTokenError",
)
"""Names of the errors by which the providers' libraries say so; naming them needs no import."""


def scheme_of(uri: Any) -> str:
    """Scheme of an address in lower case, without protocols chained before it."""
    return str(uri).partition("://")[0].rpartition("::")[2].lower()


def filesystem(uri: str, **options: Any) -> tuple[Any, str]:
    """The fsspec file system of an address, and the path within it.

    Raises:
        PluginError: the library that serves the scheme is not installed.
        DataError: nothing serves it.
    """
    import fsspec

    scheme = scheme_of(uri)
    if scheme == "sftp" and not options and "::" not in uri:
        from rompy.transfer.sftp import SftpTransfer

        return SftpTransfer()._open(uri)  # fsspec's own trusts every host
    try:
        return fsspec.core.url_to_fs(uri, **options)
    except ImportError as error:
        extra = f'"rompy[{scheme}]"' if scheme in LIBRARIES else str(error).rpartition(" ")[2]
        raise PluginError(
            f"{scheme}:// addresses cannot be opened: {error}",
            hint=f"Install what they need: pip install {extra}",
        ) from error
    except ValueError as error:
        if "credential" in str(error).lower():  # as Azure's library says it
            raise _no_credentials(uri) from error
        raise DataError(f"{uri} is no address that can be opened: {error}") from error
    except Exception as error:  # libraries may look for credentials here already
        raise explained(error, uri) from error


def explained(error: BaseException, uri: Any) -> RompyError:
    """What an error of a file system means: nothing there, no credentials, refused, or something else."""
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, RompyError):
            return cause
    where = CREDENTIALS.get(scheme_of(uri), "the environment or the provider's own files")
    if any(type(cause).__name__ in _NO_CREDENTIALS for cause in causes):
        return _no_credentials(uri)
    if any(isinstance(c, PermissionError) or getattr(c, "status", None) in (401, 403) for c in causes):
        return DataError(
            f"access to {uri} is refused: {error}", hint=f"Check your credentials. They come from: {where}."
        )
    # zarr has an error of its own for a missing store, by the same ancestor.
    if any(isinstance(cause, FileNotFoundError) or getattr(cause, "status", None) == 404 for cause in causes):
        return MissingFileError(f"there is nothing at {uri}")
    return DataError(f"{uri} cannot be opened as a dataset: {type(error).__name__}: {error}")


def _no_credentials(uri: Any) -> DataError:
    where = CREDENTIALS.get(scheme_of(uri), "the environment or the provider's own files")
    return DataError(f"there are no credentials for {uri}", hint=f"They are looked for in: {where}.")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
