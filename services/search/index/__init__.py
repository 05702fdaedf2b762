"""The index port and its two adapters: an embedded index on disk (tantivy) and Elasticsearch.

The adapters translate and decide nothing. What is indexed is said in `fields.py`, what is asked in `..query`.
"""
