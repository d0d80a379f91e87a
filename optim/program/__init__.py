"""Searching for better programs: marked source, replies that change it, an archive, the search."""
