"""Write the files of this example: problems with answers, and scripts in the place of two models.

`modeller.json` stands for a model that drops the limit on sales, unless its prompt tells it to
mind every limit; `writer.json` for one that proposes prompts, the third of which says so. With a
model of your own neither is needed.
"""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

HERE = Path(__file__).parent
CURE = "Mind every limit of the text, also those on sales."
PAIRS = (
    ("a potter", "cups", "bowls", "clay", "grams"),
    ("a joiner", "stools", "tables", "oak", "boards"),
    ("a tailor", "shirts", "coats", "cloth", "yards"),
    ("a baker", "rolls", "loaves", "flour", "grams"),
    ("a smith", "hinges", "gates", "steel", "bars"),
    ("a dairy", "curds", "cheeses", "milk", "cans"),
)
WAYS = (
    "{who} makes {a} and {b}. Of {stuff}, {ua} {unit} go into one of the {a} and {ub} {unit} into "
    "one of the {b}. The stock is {stock} {unit}. Of the {b}, no more than {most} find buyers. "
    "The {a} earn ${pa} each and the {b} ${pb} each. What should be made to earn the most?",
    "There are {stock} {unit} of {stuff} in the shed of {who}. One of the {a} needs {ua} {unit} "
    "and brings ${pa}; one of the {b} needs {ub} {unit} and brings ${pb}. At most {most} of the "
    "{b} can be sold. How many of both give the largest income?",
    "How many {a} and {b} should {who} plan for the highest profit? Each of the {a} leaves ${pa} "
    "and takes {ua} {unit} of {stuff}, each of the {b} leaves ${pb} and takes {ub} {unit}. {stock} "
    "{unit} are there, and customers take up to {most} of the {b}.",
    "For next week {who} has {stock} {unit} of {stuff}. With {ua} {unit} one of the {a} can be "
    "made, worth ${pa}, with {ub} {unit} one of the {b}, worth ${pb}. The market holds {most} of "
    "the {b} and not one more. Which plan is worth the most?",
    "{pb} dollars is what one of the {b} earns {who}, and {pa} dollars one of the {a}. The {b} use "
    "{ub} {unit} of {stuff} apiece, the {a} {ua}, and {stock} {unit} can be used. Not more than "
    "{most} of the {b} are wanted. Find the production with the greatest earnings.",
    "To earn as much as possible, {who} divides {stock} {unit} of {stuff} between {a}, {ua} {unit} "
    "each, and {b}, {ub} {unit} each. Prices are ${pa} and ${pb}. A dealer accepts {most} of the "
    "{b} at the outside. What is the best division?",
)


def problem(pair: int, way: int, dice: Random) -> tuple[dict[str, object], str, str]:
    """A row, the right reply and one that drops the limit on sales."""
    who, a, b, stuff, unit = PAIRS[pair]
    ua, ub, most = dice.randint(2, 6), dice.randint(5, 9), dice.randint(4, 9)
    pa, stock = dice.randint(3, 8), dice.randint(90, 140)
    pb = pa * 4 + dice.randint(1, 9)
    told = WAYS[way].format(who=who, a=a, b=b, stuff=stuff, unit=unit, ua=ua, ub=ub,
                            most=most, pa=pa, pb=pb, stock=stock)  # fmt: skip
    text = told[0].upper() + told[1:]
    answer = max(
        pa * ((stock - ub * sold) // ua) + pb * sold for sold in range(min(most, stock // ub) + 1)
    )
    limits = [
        {"text": f"{stock} {unit}", "expression": f"{ua}*{a} + {ub}*{b} <= {stock}"},
        {"text": f"{most}", "expression": f"{b} <= {most}"},
    ]
    reply = {
        "decisions": [{"name": a, "meaning": f"number of {a}", "whole": True},
                      {"name": b, "meaning": f"number of {b}", "whole": True}],
        "objective": {"text": "", "sense": "maximize", "expression": f"{pa}*{a} + {pb}*{b}"},
        "limits": limits,
    }  # fmt: skip
    short = {**reply, "limits": limits[:1]}
    return {"question": text, "answer": answer}, json.dumps(reply), json.dumps(short)


def main() -> None:
    """Write rows.jsonl, modeller.json and writer.json."""
    dice = Random(20)
    made = [problem(pair, way, dice) for pair in range(len(PAIRS)) for way in range(len(WAYS))]
    rows = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row, _, _ in made)
    (HERE / "rows.jsonl").write_text(rows, encoding="utf-8")
    rules = [{"when": [CURE, row["question"]], "reply": right} for row, right, _ in made]
    rules += [{"when": [row["question"]], "reply": wrong} for row, _, wrong in made]
    write("modeller.json", {"rules": rules})
    tries = ["You write mathematical programs as JSON.", "Write the program, as JSON, in full.",
             f"You write mathematical programs as JSON. {CURE}"]  # fmt: skip
    # Whoever has seen a try makes the next one.
    seen = [[tries[1]], [tries[0]], []]
    replies = [json.dumps({"reason": "a limit is dropped",
                           "values": {"formulator.system": text}}) for text in tries]  # fmt: skip
    proposals = zip(seen, reversed(replies), strict=True)
    write("writer.json", {"rules": [{"when": w, "reply": r} for w, r in proposals]})


def write(name: str, content: object) -> None:
    """Write a script of a model."""
    text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
    (HERE / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
