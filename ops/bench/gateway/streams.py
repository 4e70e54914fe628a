"""Opens many event streams: how long until all have their first event, and what each costs the server in memory.

streams.py PORT PATH COUNT SERVER_PID SERVER_MEMORY_BEFORE_KIB
"""
import json
import resource
import selectors
import socket
import sys
import time

port, path, count = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
count = min(count, hard - 100)
resource.setrlimit(resource.RLIMIT_NOFILE, (count + 50, hard))
waiting = selectors.EpollSelector()
request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
before_memory = int(sys.argv[5])
start = time.monotonic()
for _ in range(count):
    client = socket.create_connection(("127.0.0.1", port))
    client.sendall(request)
    client.setblocking(False)
    waiting.register(client, selectors.EVENT_READ, bytearray())
opened = time.monotonic() - start
have = 0
end = time.monotonic() + 60
while have < count and time.monotonic() < end:
    for key, _ in waiting.select(1):
        got = key.fileobj.recv(65536)
        if not got:
            sys.exit("a stream was closed")
        before = b"\nevent: " in key.data
        key.data.extend(got)
        if not before and b"\nevent: " in key.data:
            have += 1


def memory(pid):
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


grown = memory(sys.argv[4]) - before_memory
print(json.dumps({
    "case": "event streams", "streams": have, "openedSeconds": round(opened, 3),
    "allHaveAnEventSeconds": round(time.monotonic() - start, 3), "memoryKiBEach": round(grown / max(have, 1), 1)}))
