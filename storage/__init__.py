"""The one seam to SQLite, and to folders that one process works in at a time.

connections.py   opens files; nobody else calls SQLite
transactions.py  writing all or nothing
damage.py        what errors mean; a damaged file is put aside
schema.py        kinds of files, versions, and how an older file becomes one of today's
place.py         a file that was deleted while it was open is put back
file.py          all of that: a file of one kind, with its errors in sentences
documents.py     a file of named JSON documents
held.py          folders that one process holds
"""
