"""Tables, their joining with a formulation, loops over them as whole columns, and units."""
