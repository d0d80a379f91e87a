"""One peer's runs on scripted proposals, in an environment of the peers' own.

`peers` starts this file with that environment's Python; nothing of optwright is imported here. The
program answers with its own prompt, `step 0` to `step 5`; the optimizer's model is a script that
proposes `step 1`, `step 2`, ... whatever it is asked. The arguments are a peer and what
`peers.plan` says, as JSON; a line of JSON per run comes out.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable
from hashlib import sha256
from types import SimpleNamespace
from typing import Any

STEPS = 5
_STEP = re.compile(r"step (\d+)")


class OutOfScript(Exception):
    """More was asked than a run may ask: it does not end by itself."""


class Case:
    """One run: what is scored how, and what was asked."""

    def __init__(self, kind: str, seed: int, count: int, budget: int) -> None:
        self.kind, self.seed, self.count, self.budget = kind, seed, count, budget
        self.metric_calls = self.model_calls = self.proposed = 0

    def score(self, example: int, output: str) -> float:
        """Of an output on an example."""
        self.metric_calls += 1
        if self.metric_calls > 20 * self.budget:
            raise OutOfScript
        found = _STEP.findall(output)
        return score(self.kind, self.seed, example, int(found[-1]) if found else 0)

    def proposal(self) -> str:
        """The next instruction that the optimizer's model writes."""
        self.model_calls += 1
        if self.model_calls > 20 * self.budget:
            raise OutOfScript
        self.proposed = min(STEPS, self.proposed + 1)
        return f"step {self.proposed}"


def score(kind: str, seed: int, example: int, step: int) -> float:
    """`rise`: every example goes from 0.5 to 0.9 in five steps. `luck`: coins that do not know the
    step, always the same for an example and a step. `raises`: as `rise`, and odd steps raise."""
    if kind == "raises" and step % 2:
        raise ValueError(f"step {step} breaks the program")
    if kind == "luck":
        return float(sha256(f"{seed}/{example}/{step}".encode()).digest()[0] < 128)
    return 0.5 + 0.08 * step


def with_gepa(case: Case) -> str:
    import gepa
    from gepa import EvaluationBatch

    class Adapter:
        """Runs the candidate's text as the program."""

        propose_new_texts = None

        def evaluate(self, batch: Any, candidate: Any, capture_traces: bool = False) -> Any:
            scores = [case.score(example, candidate["text"]) for example in batch]
            outputs = [candidate["text"]] * len(batch)
            traces = outputs if capture_traces else None
            return EvaluationBatch(outputs=outputs, scores=scores, trajectories=traces)

        def make_reflective_dataset(self, candidate: Any, batch: Any, names: Any) -> Any:
            said = [
                {"Inputs": "x", "Generated Outputs": "y", "Feedback": f"{s}"} for s in batch.scores
            ]
            return dict.fromkeys(names, said)

    examples = list(range(case.count))
    half = case.count // 2
    found = gepa.optimize(
        seed_candidate={"text": "step 0"},
        trainset=examples[:half],
        valset=examples[half:],
        adapter=Adapter(),
        reflection_lm=lambda prompt: f"```\n{case.proposal()}\n```",
        max_metric_calls=case.budget,
        skip_perfect_score=False,
        logger=SimpleNamespace(log=lambda message: None),
        seed=case.seed,
    )
    return str(found.best_candidate["text"])


_INSTRUCTIONS = ("proposed_instruction", "new_instruction", "improved_instruction")
"""Fields in which DSPy's tuners ask for a prompt."""


def _dspy(case: Case) -> tuple[Any, Any, list[Any], Callable[..., Any]]:
    import dspy

    def usage() -> dict[str, int]:
        return {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}

    class Scripted(dspy.BaseLM):  # type: ignore[misc]  # an environment of its own
        """Answers the task with the prompt's own step, and proposes for whoever asks else."""

        def forward(self, prompt: Any = None, messages: Any = None, **rest: Any) -> Any:
            fields = re.findall(
                r"\[\[ ## (\w+) ## \]\]", messages[0]["content"] if messages else ""
            )
            if "answer" in fields:
                steps = _STEP.findall(messages[0]["content"])
                told = f"[[ ## answer ## ]]\nstep {steps[-1] if steps else 0}\n\n"
            elif asked := [name for name in fields if name in _INSTRUCTIONS]:
                told = f"[[ ## {asked[0]} ## ]]\n{case.proposal()}\n\n"
            elif asked := [name for name in _INSTRUCTIONS if name in str(messages)]:
                # With its adapter for JSON only what goes in is named in brackets.
                return _completion(json.dumps({asked[0]: case.proposal()}), usage())
            elif fields:
                wanted = [name for name in dict.fromkeys(fields) if name != "completed"]
                told = "".join(f"[[ ## {name} ## ]]\nnothing\n\n" for name in wanted)
                case.model_calls += 1
            else:
                told = f"```\n{case.proposal()}\n```"
                return _completion(told, usage())
            return _completion(f"{told}[[ ## completed ## ]]", usage())

    lm = Scripted(model="scripted", cache=False)
    dspy.configure(lm=lm)
    student = dspy.Predict(dspy.Signature("question -> answer", "step 0"))
    examples = [
        dspy.Example(question=f"question {n}", number=n).with_inputs("question")
        for n in range(case.count)
    ]

    def metric(gold: Any, prediction: Any, *rest: Any, **more: Any) -> float:
        return case.score(gold.number, prediction.answer)

    return lm, student, examples, metric


def _completion(text: str, usage: dict[str, int]) -> Any:
    message = SimpleNamespace(content=text, tool_calls=None)
    choice = SimpleNamespace(message=message, finish_reason="stop")
    return SimpleNamespace(choices=[choice], usage=usage, model="scripted")


def with_dspy_gepa(case: Case) -> str:
    import dspy

    lm, student, examples, metric = _dspy(case)
    half = case.count // 2
    tuner = dspy.GEPA(
        metric=metric,
        max_metric_calls=case.budget,
        reflection_lm=lm,
        skip_perfect_score=False,
        num_threads=1,
        seed=case.seed,
    )
    found = tuner.compile(student, trainset=examples[:half], valset=examples[half:])
    return str(found.signature.instructions)


def with_miprov2(case: Case) -> str:
    import dspy

    lm, student, examples, metric = _dspy(case)
    half = case.count // 2
    tuner = dspy.MIPROv2(
        metric=metric,
        auto=None,
        num_candidates=STEPS + 1,
        max_bootstrapped_demos=0,
        max_labeled_demos=0,
        prompt_model=lm,
        task_model=lm,
        num_threads=1,
        seed=case.seed,
    )
    found = tuner.compile(
        student,
        trainset=examples[:half],
        valset=examples[half:],
        num_trials=max(1, case.budget // case.count),
        minibatch=False,
    )
    return str(found.signature.instructions)


def with_trace(case: Case) -> str:
    """As its examples do it: one step after another, the last one is what is left."""
    from opto import trace
    from opto.optimizers import OptoPrime

    text = trace.node("step 0", name="text", trainable=True)

    def model(*args: Any, **rest: Any) -> Any:
        suggestion = {"reasoning": "", "answer": "", "suggestion": {text.py_name: case.proposal()}}
        return _completion(json.dumps(suggestion), {})

    tuner = OptoPrime([text], llm=model, log=False)

    @trace.bundle()  # type: ignore[untyped-decorator]  # an environment of its own
    def answer(words: str) -> str:
        return words

    for _ in range(STEPS):
        output = answer(text)
        mean = sum(case.score(n, str(text.data)) for n in range(case.count)) / case.count
        tuner.zero_feedback()
        tuner.backward(output, f"the score is {mean}")
        tuner.step()
    return str(text.data)


def with_textgrad(case: Case) -> str:
    """As its examples do it: one step after another, the last one is what is left."""
    import textgrad
    from textgrad.engine import EngineLM

    class Engine(EngineLM):  # type: ignore[misc]  # an environment of its own
        """Proposes where it is asked to improve, and criticizes else."""

        model_string = "scripted"

        def generate(self, prompt: Any, system_prompt: Any = None, **rest: Any) -> str:
            if "IMPROVED_VARIABLE" in str(system_prompt) + str(prompt):
                return f"<IMPROVED_VARIABLE>{case.proposal()}</IMPROVED_VARIABLE>"
            case.model_calls += 1
            return "be better"

        __call__ = generate

    engine = Engine()
    textgrad.set_backward_engine(engine, override=True)
    text = textgrad.Variable("step 0", requires_grad=True, role_description="a prompt")
    tuner = textgrad.TGD(parameters=[text], engine=engine)
    for _ in range(STEPS):
        mean = sum(case.score(n, text.value) for n in range(case.count)) / case.count
        tuner.zero_grad()
        textgrad.TextLoss(f"The score is {mean}.", engine=engine)(text).backward()
        tuner.step()
    return str(text.value)


PEERS: dict[str, Callable[[Case], str]] = {
    "gepa": with_gepa,
    "dspy.GEPA": with_dspy_gepa,
    "dspy.MIPROv2": with_miprov2,
    "trace-opt": with_trace,
    "textgrad": with_textgrad,
}


def run(name: str, case: Case) -> dict[str, Any]:
    began, returned, error = time.perf_counter(), "", ""
    try:
        returned = PEERS[name](case)
    except (Exception, SystemExit) as fault:  # noqa: BLE001  # whatever a peer breaks with
        error = f"{type(fault).__name__}: {fault}"[:200]
    step = _STEP.findall(returned)
    return {
        "peer": name,
        "case": case.kind,
        "seed": case.seed,
        "returned": int(step[-1]) if step else None,
        "metric_calls": case.metric_calls,
        "model_calls": case.model_calls,
        "error": error,
        "seconds": round(time.perf_counter() - began, 2),
    }


def main() -> None:
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # it would look for it online
    name, plan = sys.argv[1], json.loads(sys.argv[2])
    # What a peer prints and keeps is its own; the rows go to the real standard output.
    rows = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for one in plan:
            rows.write(json.dumps(run(name, Case(**one))) + "\n")
            rows.flush()


if __name__ == "__main__":
    main()
