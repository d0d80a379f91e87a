"""Pictures: in requests, as examples, outputs and feedback, and for models that cannot see."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import optwright as ow
from optwright.errors import EndpointError, InputError
from optwright.optim.trial import Evaluation
from optwright.serving.chat import ChatReply, ChatRequest, user
from optwright.serving.dialect import Dialect
from optwright.serving.local.model import LocalModel
from optwright.serving.records import read_request, request_json, request_key
from optwright.serving.sync import ask
from optwright.testing import ScriptedModel

PNG = b"\x89PNG\r\n\x1a\n"
CAT, DOG = ow.Image(PNG + b"cat"), ow.Image(b"\xff\xd8\xffdog")
text = ow.Text("text", "Draw.")


def tuned(model: Any, metric: Any, directory: Path, **more: Any) -> Any:  # an `Optimum`
    settings = {"optimizer": "reflective", "budget": ow.Budget(evaluations=150, calls=4), **more}
    return ow.optimize(
        lambda question: f"{text} {question}",
        range(40),
        metric,
        [text],
        model=model,
        run_dir=directory,
        **settings,
    )


def reply(request: ChatRequest) -> str:
    return json.dumps({"values": {"text": f"Draw a line {request.sample}."}})


def test_pictures_of_feedback_go_to_the_model_in_the_order_of_their_marks(tmp_path: Path) -> None:
    model = ScriptedModel(reply)

    def metric(example: int, output: str) -> Any:
        return 0.1, ow.Feedback(text=f"see {example}", images=[ow.Image(PNG + bytes([example]))])

    tuned(model, metric, tmp_path)
    (message,) = [m for m in model.requests[0].messages if m.images]
    told = [
        int(line.removeprefix("see ")) for line in message.content.splitlines() if "see " in line
    ]
    assert [image.data[-1] for image in message.images] == told
    assert [f"[picture {n + 1}]" in message.content for n in range(len(told))] == [True] * len(told)


def test_a_metric_may_return_a_picture_beside_its_score(tmp_path: Path) -> None:
    model = ScriptedModel(reply)
    tuned(model, lambda example, output: (0.2, CAT), tmp_path)
    assert any(CAT in m.images for m in model.requests[0].messages)


class Blind(ScriptedModel):
    """A model whose endpoint refuses pictures."""

    async def complete(self, request: ChatRequest) -> ChatReply:
        if any(message.images for message in request.messages):
            raise EndpointError("image input is not supported", status=400)
        return await super().complete(request)


def test_a_model_that_cannot_see_is_asked_in_words(tmp_path: Path) -> None:
    model = Blind(reply)
    found = tuned(model, lambda example, output: (0.2, CAT), tmp_path)
    assert len(model.requests) >= 2
    assert found.replies.usable >= 2


def test_the_embedded_model_says_that_it_does_not_see() -> None:
    with pytest.raises(EndpointError, match="reads no pictures"):
        ask(LocalModel(), ChatRequest((user("What is it?", [CAT]),)))


def test_runs_keep_their_pictures(tmp_path: Path) -> None:
    evaluation = Evaluation(0.5, images=(CAT, DOG))
    assert Evaluation.from_json(json.loads(json.dumps(evaluation.to_json()))) == evaluation


def test_a_request_with_pictures_is_kept_whole_and_is_another_request() -> None:
    request = ChatRequest((user("Which?", [CAT, DOG]),))
    assert read_request(json.loads(json.dumps(request_json(request)))) == request
    keys = {request_key(ChatRequest((user("Which?", images),))) for images in ([], [CAT], [DOG])}
    assert len(keys) == 3


@pytest.mark.parametrize("schema", [None, {"type": "object"}])
@pytest.mark.parametrize("in_words", [False, True])
def test_an_endpoint_gets_pictures_as_parts(schema: Any, in_words: bool) -> None:
    request = ChatRequest((user("Which?", [CAT]),), schema=schema)
    said = Dialect("max_tokens", schema_in_words=in_words).known.say("m", request)
    words, picture = said["messages"][-1]["content"]
    assert words["text"].startswith("Which?")
    assert picture == {"type": "image_url", "image_url": {"url": CAT.url}}
    assert CAT.url.startswith("data:image/png;base64,")


@pytest.mark.parametrize("data", [b"", b"<svg/>", b"x" * 9, "text", PNG + b"0" * (5 << 20)])
def test_what_is_no_picture_is_refused(data: Any) -> None:
    with pytest.raises(InputError, match="picture"):
        ow.Image(data)
