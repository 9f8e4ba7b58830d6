"""Why a request was refused or failed: a code for machines and a sentence for people."""

from collections.abc import Mapping

# code -> (sentence for people, is trying again of use?)
REASONS: Mapping[str, tuple[str, bool]] = {
    "url_characters": (
        "The address holds a space, a backslash, a control character or a letter outside ASCII; "
        "write it percent-encoded and in at most 4,096 characters.",
        False,
    ),
    "url_scheme": ("The address must begin with http:// or https:// and name a host.", False),
    "url_userinfo": ("An address with a user name or a password in it is refused.", False),
    "url_host": ("'{host}' is neither a host name nor a plainly written IP address.", False),
    "port": ("Only the ports 80 and 443 are allowed, not {port}.", False),
    "private_address": ("{host} leads to an address that is not on the public internet.", False),
    "no_address": ("The name {host} could not be resolved.", True),
    "connection": ("{host} could not be reached or broke the connection off ({detail}).", True),
    "tls": ("The secure connection to {host} failed ({detail}).", True),
    "timeout": ("{host} did not finish within the {seconds:g} seconds allowed.", True),
    "bad_answer": ("{host} did not answer in valid HTTP ({detail}).", True),
    "redirect": ("The address redirects more than {redirects} times.", False),
    "redirect_nowhere": ("{host} redirects without saying where to.", False),
    "http_status": ("{host} answered with status {status}.", False),
    "content_type": ("{host} sent '{content_type}', which is not a kind that can be read.", False),
    "content_encoding": (
        "{host} packed its answer as '{encoding}', which was not asked for.",
        False,
    ),
    "too_large": ("{host} sent more than the {limit:,} bytes allowed.", False),
    "not_whole": (
        "What {host} sent is not provably whole ({detail}); a cut text would look like a change.",
        True,
    ),
}


class FetchError(Exception):
    """A request that was refused or failed.

    `code` is a key of REASONS, `reason` its sentence for people; `retryable` says whether trying
    again later can help; `retry_after` is the wait in seconds that the server asked for.
    """

    def __init__(
        self,
        code: str,
        *,
        retryable: bool | None = None,
        status: int | None = None,
        retry_after: float | None = None,
        **values: object,
    ) -> None:
        sentence, by_nature = REASONS[code]
        self.code = code
        self.reason = sentence.format(status=status, **values)
        self.retryable = by_nature if retryable is None else retryable
        self.status = status
        self.retry_after = retry_after
        super().__init__(self.reason)
