"""A model server for benchmarks: one thread, one ticker for all streams. Prints its port.

/now/v1/chat/completions answers at once; /v1/chat/completions sends 20 tokens in one second. No request is parsed
beyond its end.
"""

import asyncio
import sys

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


def chunk(text: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(text), text)


def event(text: str) -> bytes:
    return b"data: " + text.encode() + b"\n\n"


TOKEN = event('{"id":"b","object":"chat.completion.chunk","model":"m","choices":[{"index":0,"delta":{"content":"word "},"finish_reason":null}]}')
LAST = (
    event('{"id":"b","model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}')
    + event('{"id":"b","model":"m","choices":[],"usage":{"prompt_tokens":10,"completion_tokens":20}}')
    + event("[DONE]")
)
NOW = HEAD + chunk(TOKEN) + chunk(LAST) + b"0\r\n\r\n"
STREAMED, END = chunk(TOKEN), chunk(LAST) + b"0\r\n\r\n"
streams: dict = {}


class Connection(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport, self.buffer = transport, b""

    def data_received(self, data):
        self.buffer += data
        head, found, body = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return
        lower = head.lower()
        start = lower.find(b"content-length:")
        length = int(lower[start + 15 :].split(b"\r\n", 1)[0]) if start >= 0 else 0
        if len(body) < length:
            return
        self.buffer = body[length:]
        if head.startswith(b"POST /now/"):
            self.transport.write(NOW)
        else:
            self.transport.write(HEAD)
            streams[self.transport] = 20

    def connection_lost(self, _):
        streams.pop(self.transport, None)


async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Connection, "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    due = loop.time()
    while True:
        due += 0.05
        await asyncio.sleep(max(0, due - loop.time()))
        for transport, left in list(streams.items()):
            if left == 1:
                del streams[transport]
                transport.write(STREAMED + END)
            else:
                streams[transport] = left - 1
                transport.write(STREAMED)


try:
    asyncio.run(main())
except KeyboardInterrupt:
    sys.exit(0)
