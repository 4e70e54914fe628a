"""Runs llama.cpp's HTTP server on one model until a signal ends it. Called by ops/model/serve."""

import os
import signal
import sys
import threading
import urllib.request

import xllamacpp


def main() -> None:
    path, port, slots, context = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())

    parameters = xllamacpp.CommonParams()
    parameters.model.path = path
    parameters.model_alias = {os.path.basename(path).removesuffix(".gguf")}
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = port
    parameters.n_parallel = slots
    parameters.n_ctx = context * slots
    parameters.cpuparams.n_threads = os.cpu_count() or 2
    parameters.cpuparams_batch.n_threads = os.cpu_count() or 2
    parameters.use_jinja = True
    parameters.warmup = False
    parameters.verbosity = int(os.environ.get("HEADRACE_MODEL_VERBOSITY", "0"))
    parameters.timeout_read = 3600
    parameters.timeout_write = 3600
    server = xllamacpp.Server(parameters)  # returns when the model is loaded, and serves on threads of its own

    address = server.listening_address
    with urllib.request.urlopen(f"{address}/health", timeout=60) as answer:
        assert answer.status == 200
    print(f"model: ready {address}/v1", flush=True)
    stopped.wait()
    # The server's threads wait for running answers without an end: leaving is the only prompt way out.
    os._exit(0)


if __name__ == "__main__":
    main()
