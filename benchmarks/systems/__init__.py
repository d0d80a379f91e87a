"""Systems under test: optwright and its ablations, and the recipes of others, one file each."""
