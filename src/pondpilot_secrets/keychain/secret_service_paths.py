"""Which path of the Secret Service leads to which account: remembered, and kept up to date by the service's signals."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

SEARCHES = 3
"""Accounts that are searched for one by one before it may be worth to read where all of them are."""

NO_PATH = "/"

ITEMS_PER_SEARCH = 20
"""Items whose attributes are read in the time of one search, about: that decides what is worth it."""


class ItemPaths:
    """The paths that are known. What is read at one is checked, so that a path which is no longer right does no harm.

    `on_created`, `on_deleted` and `on_changed` are handlers of the signals of a collection.

    Attributes:
        deleted: paths that were announced as deleted since somebody emptied the set.
    """

    def __init__(self) -> None:
        self.deleted: set[str] = set()
        self._paths: dict[str, list[str]] = {}
        self._created: set[str] = set()
        self._searches = 0
        self._index_after: float = SEARCHES
        self._is_indexed = False

    def known(self, accounts: Iterable[str]) -> dict[str, list[str]]:
        """Return the paths of those accounts that are known; all of them where several items claim an account."""
        return {account: self._paths[account] for account in accounts if account in self._paths}

    def remember(self, found: Mapping[str, Sequence[str]]) -> None:
        """Remember where accounts are; those without a path are forgotten."""
        for account, paths in found.items():
            self._paths.pop(account, None)
            if paths:
                self._paths[account] = list(paths)

    def remember_index(self, found: Mapping[str, Sequence[str]]) -> None:
        """Remember where all accounts are."""
        self.remember(found)
        self._is_indexed = True

    def forget(self, account: str) -> None:
        """Forget where an account is, as something else was found there."""
        self._paths.pop(account, None)

    def take_created(self) -> set[str]:
        """Return the paths of new items, of which nobody knows yet whose they are, and hand the question over."""
        created, self._created = self._created, set()
        return created

    def add(self, account: str, path: str) -> None:
        """Add a new item's path, where the others of its account are known."""
        if account in self._paths or self._is_indexed:
            paths = self._paths.setdefault(account, [])
            if path not in paths:
                paths.append(path)

    def may_index(self, unknown: int) -> bool:
        """Whether it may be worth to read where all accounts are, given that so many are to be searched for now."""
        self._searches += unknown
        return not self._is_indexed and self._searches > self._index_after

    def should_index(self, items: int) -> bool:
        """Whether it is worth it, given that there are so many items; where not, when to ask again is remembered."""
        self._index_after = max(SEARCHES, items / ITEMS_PER_SEARCH)
        return self._searches > self._index_after

    def on_created(self, body: Iterable[str]) -> None:
        """Note a new item, which may be a newer one of an account that is known."""
        self._created |= set(body) - {NO_PATH}

    def on_deleted(self, body: Iterable[str]) -> None:
        """Forget paths, which may be given to other items."""
        gone = set(body)  # KeePassXC says "/" of an item that is gone; then the read itself finds out
        self.deleted |= gone
        self._created -= gone
        self._paths = {account: paths for account, paths in self._paths.items() if not gone.intersection(paths)}
        self._is_indexed = False

    def on_changed(self, body: Iterable[str]) -> None:
        """Note items that changed: they may be somebody else's now, or the newest of several of one account."""
        self._created |= set(body) - {NO_PATH}
