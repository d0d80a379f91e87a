"""From a formulation with its data to an answer: lowering, engines, workers, re-checked points."""
