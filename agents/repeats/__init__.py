"""The model of an earlier run with new tables: no language model is asked."""
