"""The connection to the power board, from one thread, opened again after it broke."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from wenhuo.errors import LinkError
from wenhuo.executive.board_client import PowerBoard
from wenhuo.executive.executive import Executive

_Got = TypeVar("_Got")


class Wire:
    """The link. connect: opens it, and raises LinkError where nobody answers.

    board_id: what the board must call itself; another one is not cooked on.
    """

    def __init__(self, connect: Callable[[], PowerBoard], board_id: str) -> None:
        self._connect = connect
        self._board_id = board_id
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="board")
        self._board: PowerBoard | None = None

    async def do(self, job: Callable[[PowerBoard], _Got]) -> _Got:
        """Run a job with the board in the link's own thread. Raises LinkError; the next job then
        finds the link opened anew."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._do, job)

    async def use(self, executive: Executive, job: Callable[[], _Got]) -> _Got:
        """Run a job of an executive's over the link that is open. Raises LinkError."""

        def used(board: PowerBoard) -> _Got:
            executive.reconnect(board)
            return job()

        return await self.do(used)

    def _do(self, job: Callable[[PowerBoard], _Got]) -> _Got:
        try:
            return job(self._opened())
        except LinkError:
            self.drop()
            raise

    def _opened(self) -> PowerBoard:
        if self._board is None:
            board = self._connect()
            try:
                known = board.connect()
            except LinkError:
                board.close()
                raise
            if known.product != self._board_id:
                board.close()
                raise LinkError(
                    f"the board is of product {known.product!r}, not {self._board_id!r}; flash it "
                    "for this product, or mend `board` in the configuration"
                )
            self._board = board
        return self._board

    def drop(self) -> None:
        """Hang up; in the link's own thread."""
        if self._board is not None:
            self._board.close()
            self._board = None

    async def close(self) -> None:
        """Hang up and end the thread."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self.drop)
        self._thread.shutdown()
