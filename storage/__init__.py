"""The one seam to SQLite.

transactions.py  writing all or nothing, and what becomes of a damaged file
documents.py     a file of named JSON documents, of one kind and version
"""
