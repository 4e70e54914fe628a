"""The clients of ops/bench/broker: one figure or a few, as JSON lines, from confluent-kafka.

Usage: broker-clients.py latency|idle|load BOOTSTRAP PID [COUNT]      PID is the broker's, for its CPU time and memory
"""
import json
import os
import sys
import threading
import time
import uuid

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

what, bootstrap, pid = sys.argv[1], sys.argv[2], int(sys.argv[3])
count = int(sys.argv[4]) if len(sys.argv) > 4 else 0
tick = os.sysconf("SC_CLK_TCK")


def cpu():
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / tick


def memory(key="VmRSS"):
    with open(f"/proc/{pid}/status") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith(key))


def topic(partitions=1):
    name = "bench-" + uuid.uuid4().hex[:8]
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for future in admin.create_topics([NewTopic(name, partitions, 1)]).values():
        future.result(20)
    time.sleep(0.5)
    return name


def say(case, value, unit, **more):
    print(json.dumps({"case": case, "value": value, "unit": unit, **more}), flush=True)


def percentiles(case, samples):
    samples = sorted(samples)
    for name, share in [("p50", 0.5), ("p99", 0.99)]:
        say(f"{case} {name}", round(samples[int(len(samples) * share)] * 1000, 3), "ms")


def latency():
    """Acked sends one after the other, and the way from a send to a reader."""
    name, rounds = topic(), count or 3000
    producer = Producer({"bootstrap.servers": bootstrap, "acks": "all", "linger.ms": 0})
    body = os.urandom(1024)
    samples, got = [], []

    def delivered(error, _):
        assert error is None, error
        got.append(time.perf_counter())

    for index in range(rounds + 300):
        start = time.perf_counter()
        got.clear()
        producer.produce(name, body, on_delivery=delivered)
        while not got:
            producer.poll(1)
        if index >= 300:
            samples.append(got[0] - start)
    percentiles("acked send of 1 KiB", samples)

    name = topic()
    reader = Consumer({"bootstrap.servers": bootstrap, "group.id": "g" + name, "auto.offset.reset": "earliest",
                       "fetch.wait.max.ms": 500, "enable.auto.commit": False})
    reader.assign([TopicPartition(name, 0, 0)])
    reader.poll(1)
    samples = []
    for index in range(rounds + 300):
        start = time.perf_counter()
        producer.produce(name, body)
        producer.poll(0)
        message = None
        while message is None:
            message = reader.poll(5)
        if index >= 300:
            samples.append(time.perf_counter() - start)
    producer.flush(10)
    percentiles("end to end of 1 KiB", samples)
    reader.close()


def idle():
    """CPU and memory with consumers that wait."""
    readers = []
    name, members = topic(), count or 50
    say("idle memory", memory(), "bytes")
    for index in range(members):
        reader = Consumer({"bootstrap.servers": bootstrap, "group.id": f"g{index}{name}"})
        reader.assign([TopicPartition(name, 0, 0)])
        reader.poll(0)
        readers.append(reader)
    time.sleep(3)
    start, begun = cpu(), time.monotonic()
    time.sleep(10)
    share = (cpu() - start) / (time.monotonic() - begun)
    say(f"CPU with {members} waiting consumers", round(share * 100, 2), "% of a core")
    say(f"memory with {members} waiting consumers", memory(), "bytes")
    for reader in readers:
        reader.close()


def join():
    """The first join of a group."""
    name = topic()
    samples = []
    for index in range(5):
        reader = Consumer({"bootstrap.servers": bootstrap, "group.id": f"j{index}{name}"})
        start = time.perf_counter()
        reader.subscribe([name])
        while not reader.assignment():
            reader.poll(0.01)
        samples.append(time.perf_counter() - start)
        reader.close()
    say("first group join", round(sorted(samples)[2] * 1000, 1), "ms")


def load():
    """Memory while many clients produce and consume."""
    name, clients, end = topic(8), count or 100, time.monotonic() + 15
    body = os.urandom(1024)

    def work(index):
        if index % 2:
            producer = Producer({"bootstrap.servers": bootstrap, "acks": "all", "linger.ms": 20})
            while time.monotonic() < end:
                try:
                    producer.produce(name, body)
                except BufferError:
                    producer.poll(0.1)
                producer.poll(0)
            producer.flush(30)
        else:
            reader = Consumer({"bootstrap.servers": bootstrap, "group.id": f"l{index}{name}",
                               "auto.offset.reset": "earliest"})
            reader.subscribe([name])
            while time.monotonic() < end:
                reader.consume(500, 0.2)
            reader.close()

    threads = [threading.Thread(target=work, args=(index,)) for index in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    say(f"peak memory with {clients} clients", memory("VmHWM"), "bytes")


{"latency": latency, "idle": idle, "load": load, "join": join}[what]()
