"""Reading on before refusing: a sender that is still sending would not hear the answer.

A server that answers and closes while a body is under way resets the connection, and the sender sees that in place of
its 413 or 401. So what is left of a body of bearable size is read first, and thrown away.
"""

from __future__ import annotations

import asyncio

from litestar.types import ASGIApp, HTTPReceiveMessage, Message, Receive, Scope, Send

#: More than this, or for longer, is read of nobody: the connection ends as it may.
MOST, MOST_S = 4 * 1024 * 1024, 2.0


def reading_on(app: ASGIApp) -> ASGIApp:
    """The application, reading the rest of a request's body before it begins to answer."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get("method") != "POST":
            await app(scope, receive, send)
            return
        ended = False

        async def receiving() -> HTTPReceiveMessage:
            nonlocal ended
            message = await receive()
            ended = message["type"] != "http.request" or not message["more_body"]
            return message  # type: ignore[return-value]

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                await rest()
            await send(message)

        async def rest() -> None:
            read = 0
            try:
                async with asyncio.timeout(MOST_S):
                    while not ended and read < MOST:
                        message = await receiving()
                        read += len(message.get("body", b""))  # type: ignore[arg-type]
            except TimeoutError:
                pass

        await app(scope, receiving, sending)

    return answer
