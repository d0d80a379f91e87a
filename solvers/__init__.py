"""Mathematical programs: stating, checking, solving, diagnosing and exporting them."""
