"""Words that mean something: without endings, and without those that every sentence has."""

from __future__ import annotations

import re
from collections.abc import Iterable

from optwright.agents.text.wording import stem

STOP = frozenset(
    stem(word)
    for word in """
    a about additional again all allow allowed also always am amount an and any anymore are as at
    available be because been best big bigger but by can cannot change changed cheaper constraint
    could cut dearer decrease decreased did do does doubled double down drop dropped each else
    equal ever every exactly exceed expensive extra fall few fewer for from get give go goes got
    grow had half halve halved has have higher how however i if in increase increased instead into
    is it its just keep large larger least less let limit limited limits lower make many may maybe
    me mean minus more most much must my need needs never no not now number of off on once one only
    or other our out over per percent please plus possible put quantity raise raised reduce reduced
    remove rise same say set shall should shrink small smaller so some something still suppose take
    than that the their them then there these they thing this those to too total triple try twice
    under unit units until up us use used value want was we were what when where which while why
    will with without would yes you your imagine assume happens maximize minimize maximise minimise
    pay worth available our becomes become equals rises falls drops
    """.split()
)


# Words that are no name of anything and change no sense: how one speaks.
PLAIN = frozenset(
    stem(w)
    for w in """
    please thanks thank ok okay sorry actually really simply well yes hey hello say says said told
    turns turned out heard learned want wants wanted would could think thought know right wrong sure
    let lets going gonna gone come comes came new also too then there here very quite rather
    i we you he she it they them us me my our your his her its their one ones somebody someone
    anybody anyone everybody everyone nobody everything anything nothing none whatever whichever
    whoever
    don doesn didn isn aren wasn weren won wouldn couldn shouldn can cannot able
    because due model plan answer solution problem limit constraint rule restriction bound objective
    goal decision variable number figure value amount percent percentage half third quarter
    times thing things way add adds added adding set sets put puts get gets got getting give gives
    given make makes made making do does did done have has had having take takes took taken taking
    need needs needed use uses used using run runs ran bring brings brought yield yields earn earns
    earned cost costs cap capped caps leave leaves keep keeps kept find found happen happens
    show tell list close closed closes shut open opened opens fix fixed exclude excluded skip forget
    drop dropped away back altogether completely entirely entire fully only just
    send sends sent whole integer fraction fractions fractional little few many much some any
    decide decided start begin end become becomes stay stays remain remains go goes went
    instead free being ought like both either neither behind after before left ask asks asked
    """.split()
)


def words_in(text: str) -> list[str]:
    """Words in lower case, names taken apart: `gift_boxes`, `giftBoxes`."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text.replace("_", " "))
    return [word.lower() for word in re.findall(r"[^\W\d]+", apart)]


def stems(text: str) -> Iterable[str]:
    return map(stem, words_in(text))


def content(text: str) -> frozenset[str]:
    """The words that mean something, without their endings."""
    return frozenset(s for s in stems(text) if s not in STOP and len(s) > 1)
