"""REST → log → worker → log → REST: uploads of 1 KB that wait for their result (`Prefer: wait`), through gateway, log, enricher
and back, in one `headrace up` on a fresh folder. The model answers at once, so that what is measured is the way.

    roundtrip.py BINARY WORK PORT SECONDS [KAFKA]      WORK has the load generator as `load`; called by run
"""
import asyncio
import json
import os
import signal
import subprocess
import sys
import threading

binary, work, port, seconds = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
kafka = sys.argv[5] if len(sys.argv) > 5 else ""

RESULT = json.dumps({"title": "T", "summary": "S", "category": "other", "topics": ["t"], "keywords": ["k"]})
EVENTS = [
    {"choices": [{"index": 0, "delta": {"role": "assistant", "content": RESULT}, "finish_reason": None}]},
    {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 10, "completion_tokens": 5}},
]
BODY = "".join("data: " + json.dumps({"id": "x", "model": "m", **event}) + "\n\n" for event in EVENTS) + "data: [DONE]\n\n"
ANSWER = f"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: {len(BODY)}\r\n\r\n{BODY}".encode()


class Model(asyncio.Protocol):
    """Answers every request, once it is whole, with an instance of the enricher's schema."""

    def connection_made(self, transport):
        self.transport, self.buffer = transport, b""

    def data_received(self, data):
        self.buffer += data
        while True:
            head, found, body = self.buffer.partition(b"\r\n\r\n")
            if not found:
                return
            start = head.lower().find(b"content-length:")
            length = int(head[start + 15 :].split(b"\r\n", 1)[0]) if start >= 0 else 0
            if len(body) < length:
                return
            self.buffer = body[length:]
            self.transport.write(ANSWER)


def serve(ready):
    async def main():
        server = await asyncio.get_running_loop().create_server(Model, "127.0.0.1", 0, backlog=1024)
        ready.append(server.sockets[0].getsockname()[1])
        started.set()
        await server.serve_forever()

    asyncio.run(main())


started, model = threading.Event(), []
threading.Thread(target=serve, args=(model,), daemon=True).start()
started.wait(10)

environment = {name: value for name, value in os.environ.items() if not name.startswith("HEADRACE_")}
environment["HEADRACE_LLM_BASE_URL"] = f"http://127.0.0.1:{model[0]}/v1"
environment["HEADRACE_LLM_MODEL"] = "m"
command = [binary, "up", "--data", work + "/roundtrip", "--port", str(port), "--broker-port", "0", "-o", "json", "--set", "llm.concurrency=64"]
if kafka:
    command = [binary, "up", "--data", work + "/roundtrip", "--port", str(port), "--bootstrap-server", kafka, "-o", "json", "--set", "llm.concurrency=64"]
process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=open(work + "/roundtrip.log", "wb"), env=environment)
process.stdout.readline()


def cpu():
    fields = open(f"/proc/{process.pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def load(rate, duration):
    return json.loads(
        subprocess.run(
            [work + "/load", "-p", str(port), "-c", "256", "-r", str(rate), "-d", str(duration), "-m", "POST", "-b", work + "/1k",
             "-H", "Prefer: wait=10", "-s", "200", "/v1/documents?name=a.txt"],
            capture_output=True, check=True, text=True).stdout)


try:
    load(50, 2)
    for rate in (200, 1000):
        before = cpu()
        line = load(rate, seconds)
        spent = (cpu() - before) / max(1, line["requests"])
        print(json.dumps({"case": f"POST 1 KB and its result, {rate}/s", **line, "cpuMicroseconds": round(spent * 1e6)}), flush=True)
finally:
    process.send_signal(signal.SIGTERM)
    process.wait(60)
