"""YAML as people write it: no anchors, lists indented, short lists of words on one line."""

from __future__ import annotations

from collections.abc import Sequence

import yaml

HEADER = "# Written by deploy/generate.py from the table of services in deploy/manifests/layout.py: change it there.\n"


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: object) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


class Inline(list[object]):
    """A list that is written on one line."""


def _inline(dumper: yaml.SafeDumper, value: Inline) -> yaml.Node:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", list(value), flow_style=True)


_Dumper.add_representer(Inline, _inline)


def write(documents: Sequence[object], header: str = HEADER) -> str:
    """The documents as one YAML stream."""
    parts = [yaml.dump(each, Dumper=_Dumper, sort_keys=False, width=200, allow_unicode=True) for each in documents]
    return header + "---\n".join(parts)
