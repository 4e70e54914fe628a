"""What a program that knows nothing of Headrace does with a broker: kafka-python, a third implementation of the protocol.

Usage: kafka_python.py BOOTSTRAP [CASE...]     prints one line a case; exits 1 when one fails.
"""
import sys
import time
import uuid

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, NewPartitions, NewTopic
from kafka.errors import TopicAlreadyExistsError, UnknownTopicOrPartitionError
from kafka.structs import OffsetAndMetadata

bootstrap = sys.argv[1]
admin = KafkaAdminClient(bootstrap_servers=bootstrap)


def topic(partitions=1):
    name = "kp-" + uuid.uuid4().hex[:10]
    admin.create_topics([NewTopic(name, partitions, 1)])
    return name


def consumer(name, group, **config):
    return KafkaConsumer(name, bootstrap_servers=bootstrap, group_id=group, auto_offset_reset="earliest",
                         enable_auto_commit=False, **config)


def drain(reader, count, timeout=90):
    values, end = [], time.monotonic() + timeout
    while len(values) < count and time.monotonic() < end:
        for messages in reader.poll(300).values():
            values += [message.value for message in messages]
    return values


def case_produce_and_consume():
    name = topic(2)
    for codec in [None, "gzip"]:
        writer = KafkaProducer(bootstrap_servers=bootstrap, acks="all", compression_type=codec, enable_idempotence=True)
        for i in range(20):
            writer.send(name, b"%d" % i, key=b"k%d" % i, headers=[("h", b"1")]).get(30)
        writer.close()
    reader = consumer(name, "g" + name)
    found = sorted(drain(reader, 40))
    assert found == sorted([b"%d" % i for i in range(20)] * 2), found
    reader.commit()
    places = [TopicPartition(name, 0), TopicPartition(name, 1)]
    assert sum(reader.committed(place) or 0 for place in places) == 40
    assert sum(reader.end_offsets(places).values()) == 40
    assert reader.offsets_for_times({places[0]: 0})[places[0]].offset == 0
    reader.close()


def case_transactions():
    name, group = topic(), "g" + uuid.uuid4().hex[:10]
    writer = KafkaProducer(bootstrap_servers=bootstrap, transactional_id="x" + name)
    writer.init_transactions()
    for value, commits in [(b"a", True), (b"lost", False), (b"b", True)]:
        writer.begin_transaction()
        writer.send(name, value)
        if commits:
            writer.send_offsets_to_transaction({TopicPartition(name, 0): OffsetAndMetadata(3, "m", -1)}, group)
            writer.commit_transaction()
        else:
            writer.abort_transaction()
    writer.close()
    reader = consumer(name, group + "r", isolation_level="read_committed")
    assert drain(reader, 2) == [b"a", b"b"]
    reader.close()
    found = consumer(name, group)
    assert found.committed(TopicPartition(name, 0), metadata=True).metadata == "m"
    found.close()


def case_administration():
    name = topic(2)
    try:
        admin.create_topics([NewTopic(name, 2, 1)])
        raise AssertionError("created twice")
    except TopicAlreadyExistsError:
        pass
    admin.create_partitions({name: NewPartitions(4)})
    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, {"retention.ms": "1000"})])
    assert "1000" in str(admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name)]))
    assert len(admin.describe_cluster()["brokers"]) == 1
    assert name in str(admin.describe_log_dirs())
    admin.delete_topics([name])
    try:
        admin.delete_topics([name])
        raise AssertionError("deleted twice")
    except UnknownTopicOrPartitionError:
        pass


cases = {name[5:]: body for name, body in list(globals().items()) if name.startswith("case_")}
failed = False
for name in sys.argv[2:] or cases:
    start = time.monotonic()
    try:
        cases[name]()
        print(f"ok {name} {time.monotonic() - start:.2f} s", flush=True)
    except BaseException as error:  # noqa: BLE001: whatever it is, the case has failed
        failed = True
        print(f"FAILED {name}: {type(error).__name__} {error}", flush=True)
sys.exit(1 if failed else 0)
