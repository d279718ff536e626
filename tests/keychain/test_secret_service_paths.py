"""Paths are remembered until a signal says otherwise, and all are read at once where that is less work."""

from __future__ import annotations

from pondpilot_secrets.keychain.secret_service_paths import ITEMS_PER_SEARCH, SEARCHES, ItemPaths


def test_paths_are_known_once_they_are_remembered() -> None:
    paths = ItemPaths()
    paths.remember({"a": ["/1"], "b": ["/2", "/3"], "c": []})
    assert paths.known(["a", "b", "c", "d"]) == {"a": ["/1"], "b": ["/2", "/3"]}
    paths.remember({"a": []})
    paths.forget("b")
    assert paths.known(["a", "b"]) == {}


def test_a_deleted_path_is_forgotten_and_told() -> None:
    paths = ItemPaths()
    paths.remember({"a": ["/1"], "b": ["/2", "/3"], "c": ["/4"]})
    paths.on_deleted(("/1",))
    paths.on_deleted(("/3",))
    assert paths.known(["a", "b", "c"]) == {"c": ["/4"]}
    assert paths.deleted == {"/1", "/3"}


def test_a_new_or_changed_item_is_asked_about_once() -> None:
    paths = ItemPaths()
    paths.on_created(("/1",))
    paths.on_changed(("/2",))
    paths.on_created(("/3",))
    paths.on_deleted(("/3",))
    paths.on_changed(("/",))  # what KeePassXC says of an item that is gone
    assert paths.take_created() == {"/1", "/2"}
    assert paths.take_created() == set()


def test_a_new_item_joins_those_of_a_known_account_only() -> None:
    paths = ItemPaths()
    paths.remember({"a": ["/1"]})
    for _ in range(2):
        paths.add("a", "/2")
    paths.add("unknown", "/3")
    assert paths.known(["a", "unknown"]) == {"a": ["/1", "/2"]}
    paths.remember_index({"a": ["/1", "/2"]})
    paths.add("unknown", "/3")
    assert paths.known(["unknown"]) == {"unknown": ["/3"]}


def test_an_index_is_worth_it_after_some_searches_and_not_twice() -> None:
    paths = ItemPaths()
    assert [paths.may_index(1) for _ in range(SEARCHES + 1)] == [False] * SEARCHES + [True]
    assert paths.should_index(items=10)
    paths.remember_index({})
    assert not paths.may_index(100)


def test_many_items_need_as_many_more_searches() -> None:
    paths, items = ItemPaths(), ITEMS_PER_SEARCH * 10
    assert paths.may_index(SEARCHES + 1)
    assert not paths.should_index(items)
    asked = SEARCHES + 1
    while not paths.may_index(1):
        asked += 1
    assert asked == 10, "nobody counts them before it may be worth it"
    assert paths.should_index(items)


def test_after_a_deletion_the_index_is_whole_no_more() -> None:
    paths = ItemPaths()
    paths.remember_index({"a": ["/1"], "b": ["/2"]})
    paths.on_deleted(("/2",))
    paths.add("b", "/3")  # there may be another, older one
    assert paths.known(["a", "b"]) == {"a": ["/1"]}
