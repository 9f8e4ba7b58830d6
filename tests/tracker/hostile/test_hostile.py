"""Each hostile file is read or refused, with a reason, by a process that stays alive."""

import pytest

from tests.tracker.hostile import HostileFile, files
from tests.tracker.hostile.urls import addresses
from tracker.parsing import Extracted, ParsingLimits, Refused, extract

ALL = list(files())
SLOW = ("page/attributes-hidden", "page/tables", "pdf/full-page-1000-times")
QUICK = [file for file in ALL if not file.name.startswith(SLOW)][::9]
CODES = {
    "empty", "too_large", "binary", "encoding", "unsupported", "parse_failed", "timeout", "memory",
}  # fmt: skip


def _outcome(file: HostileFile) -> Extracted | Refused:
    try:
        return extract(file.make(), content_type=file.content_type, filename=file.filename)
    except Refused as refused:
        return refused


def _judge(file: HostileFile) -> None:
    outcome = _outcome(file)
    if isinstance(outcome, Refused):
        assert outcome.code in CODES
        assert outcome.reason.endswith(".")
    else:
        assert outcome.text.strip()
        assert outcome.text.encode()  # no lone surrogate
        assert "\0" not in outcome.text
        assert "root:" not in outcome.text  # nobody's password file


def test_the_set_is_as_large_as_promised() -> None:
    assert len({file.name for file in ALL}) == len(ALL) >= 200
    assert len(list(addresses(80))) >= 48


@pytest.mark.parametrize("file", QUICK, ids=lambda file: file.name)
def test_a_sample_is_read_or_refused(file: HostileFile) -> None:
    _judge(file)


def test_a_page_that_takes_too_long_is_stopped() -> None:
    (file,) = (one for one in ALL if one.name == "page/tables")
    with pytest.raises(Refused) as caught:
        extract(file.make(), content_type=file.content_type, limits=ParsingLimits(seconds=1.5))
    assert caught.value.code == "timeout"
