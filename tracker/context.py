"""What stands around a passage: the sentences on both sides, and the question it answers.

Pure: a document's text and regions in, strings out.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

LONGEST = 600  # characters of a question, and of what is shown on either side of a passage
_END = re.compile(r"""(?:[.!?…]["'”’»)\]]*|\n)\s+""")
_BETWEEN = ("statement", "narration", "question")  # what may stand between question and answer


def before(text: str) -> str:
    """Return the end of a text from the last whole sentence on, with what leads in after it."""
    beginnings = [end for match in _END.finditer(text) if (end := match.end()) < len(text)]
    # The last sentence is whole where the text ends with it; else it leads in to the passage.
    keep = 1 if beginnings and _END.search(text, beginnings[-1]) else 2
    return text[beginnings[-keep] :] if len(beginnings) >= keep else text


def after(text: str) -> str:
    """Return the start of a text: the rest of the sentence that it begins in, and the next one."""
    ends = [match.end() for match in _END.finditer(text)]
    rest = text[: ends[0]].strip(" \n\"'”’»).,;!?…") if ends else ""
    keep = 1 if rest else 2
    return text[: ends[keep - 1]] if len(ends) >= keep else text


def question(text: str, regions: Sequence[Mapping[str, Any]], start: int) -> str:
    """Return the question that the passage at `start` answers, empty where none is marked."""
    asked: list[Mapping[str, Any]] = []
    for region in sorted(regions, key=lambda region: region["start"]):
        if region["start"] >= start:
            break
        if region["kind"] not in _BETWEEN:
            asked = []
        elif region["kind"] == "question":
            follows = asked and not text[asked[-1]["end"] : region["start"]].strip()
            asked = [*asked, region] if follows else [region]
    words = text[asked[0]["start"] : asked[-1]["end"]].strip() if asked else ""
    return words if len(words) <= LONGEST else f"… {words[-LONGEST:]}"
