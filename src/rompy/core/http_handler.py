"""Downloads over HTTP, under the name that is part of the core's interface; done by ``rompy.transfer.download``."""

from rompy.transfer.download import download_http_file, extract_filename_from_url

__all__ = ["download_http_file", "extract_filename_from_url"]
