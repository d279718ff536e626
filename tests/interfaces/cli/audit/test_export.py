"""`pond audit export`: every record as a line of JSON."""

from __future__ import annotations

import json

from tests.interfaces.cli.pond import Pond


def test_the_log_is_exported_line_by_line_in_our_words_and_in_those_of_ocsf(warehouse: Pond) -> None:
    warehouse.ok("reveal", "warehouse", "password")
    own = [json.loads(line) for line in warehouse.ok("audit", "export").out.splitlines()]
    assert [record["action"] for record in own] == ["save", "reveal"]
    events = [json.loads(line) for line in warehouse.ok("audit", "export", "--format", "ocsf").out.splitlines()]
    assert [(event["class_uid"], event["activity_name"]) for event in events] == [(3004, "Create"), (3004, "Read")]
    assert all(event["type_uid"] == event["class_uid"] * 100 + event["activity_id"] for event in events)
    assert events[0]["entity"]["name"] == "warehouse"
    assert events[0]["metadata"]["sequence"] == 1


def test_steering_characters_are_written_out_in_an_exported_log(warehouse: Pond) -> None:
    warehouse.ok("add", "mysql", "a\u202eb", "host=h", "password=env:P", P="p")
    for form in ("jsonl", "ocsf"):
        out = warehouse.ok("audit", "export", "--format", form).out
        assert "\u202e" not in out
        assert "a\\u202eb" in out
