"""Figures of `headrace up`: acknowledgement under load, memory of a large upload, start with many documents, idle cost.

    ops/bench/up [--documents N] [--gibibytes N]

Prints one JSON line a figure. The model is a slow one of our own (this process), so that the enricher is busy.
"""
import argparse, http.client, http.server, json, os, signal, socket, statistics, subprocess, sys, tempfile, threading, time
import uuid

parser = argparse.ArgumentParser()
parser.add_argument("--binary", required=True)
parser.add_argument("--documents", type=int, default=100_000)
parser.add_argument("--gibibytes", type=float, default=1)
options = parser.parse_args()


class Model(http.server.BaseHTTPRequestHandler):
    """Answers every call after 200 ms, as a stream, with an instance of the enricher's schema."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        time.sleep(0.2)
        text = json.dumps({"title": "T", "summary": "S", "category": "other", "topics": ["t"], "keywords": ["k"]})
        pieces = [
            {"choices": [{"index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": None}]},
            {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}],
             "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}},
        ]
        body = "".join("data: " + json.dumps({"id": "x", "object": "chat.completion.chunk", "model": "slow", **p}) + "\n\n"
                       for p in pieces) + "data: [DONE]\n\n"
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        pass


def figure(name, value, unit, **more):
    print(json.dumps({"case": name, "value": round(value, 3), "unit": unit, **more}), flush=True)


class Up:
    """A `headrace up` on a folder."""

    def __init__(self, folder, model):
        self.started = time.monotonic()
        environment = {k: v for k, v in os.environ.items() if not k.startswith("HEADRACE_")}
        environment["HEADRACE_LLM_BASE_URL"] = model
        self.process = subprocess.Popen(
            [options.binary, "up", "--data", folder, "--port", "0", "--broker-port", "0", "-o", "json",
             "--set", "llm.concurrency=16"],
            stdout=subprocess.PIPE, stderr=open(folder + ".log", "ab"), env=environment)
        self.addresses = json.loads(self.process.stdout.readline())
        self.ready = time.monotonic() - self.started
        self.port = int(self.addresses["gateway"].rsplit(":", 1)[1])

    def memory(self):
        for line in open(f"/proc/{self.process.pid}/status"):
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024

    def cpu(self):
        fields = open(f"/proc/{self.process.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)


def upload(connection, body, name):
    connection.request("POST", f"/v1/documents?name={name}", body, {"content-type": "text/plain"})
    response = connection.getresponse()
    data = response.read()
    assert response.status == 202, (response.status, data)
    return json.loads(data)


def acknowledgement(up):
    """100 KB uploads, one after another at 20 a second, while the enricher works: latency from the scheduled send."""
    connection = http.client.HTTPConnection("127.0.0.1", up.port)
    line = "The ferry was late because of fog, and the harbour master wrote it down. "
    for i in range(64):
        upload(connection, (f"warm {i} " + line * 40).encode(), f"warm{i}.txt")
    latencies = []
    start = time.monotonic()
    for i in range(200):
        due = start + i / 20
        time.sleep(max(0, due - time.monotonic()))
        upload(connection, (f"document {i} " + line * 1400)[:100_000].encode(), f"d{i}.txt")
        latencies.append((time.monotonic() - due) * 1000)
    latencies.sort()
    figure("acknowledge 100 KB while the enricher works, p50", statistics.median(latencies), "ms")
    figure("acknowledge 100 KB while the enricher works, p99", latencies[int(len(latencies) * 0.99) - 1], "ms", bar=20)


def large(up):
    before, most, done = up.memory(), 0, threading.Event()

    def watch():
        nonlocal most
        while not done.is_set():
            most = max(most, up.memory())
            time.sleep(0.02)

    watcher = threading.Thread(target=watch)
    watcher.start()
    size = int(options.gibibytes * (1 << 30))
    piece = os.urandom(1 << 20)
    start = time.monotonic()
    with socket.create_connection(("127.0.0.1", up.port)) as s:
        s.sendall(f"POST /v1/documents?name=large.bin HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/octet-stream\r\n"
                  f"content-length: {size}\r\nconnection: close\r\n\r\n".encode())
        left = size
        while left:
            left -= s.send(piece[:min(len(piece), left)])
        answer = s.recv(65536)
    seconds = time.monotonic() - start
    assert b" 202 " in answer.split(b"\r\n")[0], answer[:300]
    done.set()
    watcher.join()
    figure("memory grown by a large upload", most - before, "MiB", gibibytes=options.gibibytes, bar=64)
    figure("large upload", size / (1 << 20) / seconds, "MiB/s")


def fill(up):
    """Documents as the gateway and the enricher write them, straight into the log."""
    from confluent_kafka import Producer
    producer = Producer({"bootstrap.servers": up.addresses["bootstrapServers"], "linger.ms": 20, "queue.buffering.max.messages": 500000})
    connection = http.client.HTTPConnection("127.0.0.1", up.port)
    connection.request("GET", "/v1/documents?state=enriched&limit=1")
    sample = json.loads(connection.getresponse().read())["documents"][0]
    for i in range(options.documents):
        id = str(uuid.UUID(int=(0x01A20C << 104) | (7 << 76) | (2 << 62) | i))
        partition = i % 8
        uploaded = {"documentId": id, "tenant": "default", "name": f"{i}.txt", "contentType": "text/plain", "size": 11,
                    "sha256": sample["sha256"], "text": "hello world"}
        enriched = dict(sample["metadata"], documentId=id, name=f"{i}.txt")
        for topic, kind, data in (("document.uploads", "uploaded", uploaded), ("document.metadata", "enriched", enriched)):
            producer.produce(topic, json.dumps(data).encode(), id.encode(), partition, headers=[
                ("ce_specversion", b"1.0"), ("ce_id", f"bench/{partition}/{i}/0".encode()), ("ce_source", b"/headrace/bench"),
                ("ce_type", f"headrace.document.{kind}.v1".encode()), ("ce_subject", id.encode()),
                ("ce_time", b"2026-01-01T00:00:00.000Z"), ("content-type", b"application/json")])
        producer.poll(0)
    producer.flush()


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Model)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    model = f"http://127.0.0.1:{server.server_address[1]}/v1"
    with tempfile.TemporaryDirectory() as folder:
        data = folder + "/data"
        up = Up(data, model)
        figure("ready on a new folder", up.ready * 1000, "ms")
        acknowledgement(up)
        large(up)
        fill(up)
        up.stop()
        # The enricher has nothing to do with what the bench wrote for it.
        broker = subprocess.Popen([options.binary, "broker", "--data", data, "--port", "0", "-o", "json"],
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        servers = json.loads(broker.stdout.readline())["bootstrapServers"]
        command = [options.binary, "groups", "reset", "enricher", "--to", "latest", "--topic", "document.uploads",
                   "--execute", "-b", servers]
        # A static member stays in its group until its session is over.
        deadline = time.monotonic() + 120
        while subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode != 0:
            assert time.monotonic() < deadline, "the group can't be reset"
            time.sleep(1)
        broker.send_signal(signal.SIGTERM)
        broker.wait(60)
        up = Up(data, model)  # its view may still read what was written last
        connection = http.client.HTTPConnection("127.0.0.1", up.port)
        up.stop()
        for _ in range(5):
            up = Up(data, model)
            figure("ready on a folder with documents", up.ready * 1000, "ms", documents=options.documents, bar=1000)
            if _ < 4:
                up.stop()
        time.sleep(5)
        cpu, start = up.cpu(), time.monotonic()
        time.sleep(20)
        figure("idle CPU of a core", 100 * (up.cpu() - cpu) / (time.monotonic() - start), "%", bar=1)
        figure("idle memory", up.memory(), "MiB", bar=120)
        up.stop()
    server.shutdown()


main()
