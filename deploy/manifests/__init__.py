"""The compose file and the Kubernetes manifests, made from one table of services (`layout.py`).

`deploy/generate.py` writes them; a test keeps what is committed true. Not part of the program.
"""
