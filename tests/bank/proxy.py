"""A proxy that loses some replies after the server has done the work: `python -m tests.bank.proxy …`.

One request a connection. Half of the lost replies vanish whole, half break off in the middle.
"""

import asyncio
import contextlib
import random
import re
import sys

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


async def relay(
    client: asyncio.StreamReader, back: asyncio.StreamWriter, target: int, chance: random.Random, share: float
) -> None:
    """Carry one request to the server, and its reply back, or not."""
    try:
        head = await client.readuntil(b"\r\n\r\n")
        length = LENGTH.search(head)
        body = await client.readexactly(int(length[1])) if length else b""
        server, forth = await asyncio.open_connection("127.0.0.1", target)
        try:
            forth.write(head + body)
            reply = await server.read(-1)
        finally:
            forth.close()
        if chance.random() < share:
            reply = reply[: len(reply) // 2] if chance.random() < 0.5 else b""
        back.write(reply)
        await back.drain()
    except (OSError, asyncio.IncompleteReadError):
        pass  # the client sees a connection that ends without a reply
    finally:
        with contextlib.suppress(OSError):
            back.close()


async def serve(port: int, target: int, seed: int, share: float) -> None:
    """Listen on `port` for ever and lose `share` of the replies of `target`."""
    chance, running = random.Random(seed), set()

    def begin(client: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(relay(client, back, target, chance, share))
        running.add(task)  # the loop itself holds tasks weakly: one of a client gone away would be collected
        task.add_done_callback(running.discard)

    server = await asyncio.start_server(begin, "127.0.0.1", port)
    print("ready", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])))
