"""What a model is, as plain types: formulation, expression trees, linear model, outcome."""
