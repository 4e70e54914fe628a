"""What a program that knows nothing of Headrace does with a broker: confluent-kafka (a current librdkafka).

Usage: confluent.py BOOTSTRAP [CASE...]     prints one line a case; exits 1 when one fails.
"""
import sys
import time
import uuid

from confluent_kafka import (OFFSET_BEGINNING, Consumer, ConsumerGroupTopicPartitions, KafkaError, KafkaException,
                             Producer, TopicPartition)
from confluent_kafka.admin import (AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, NewPartitions,
                                   NewTopic, OffsetSpec)

bootstrap = sys.argv[1]
admin = AdminClient({"bootstrap.servers": bootstrap})


def topic(partitions=1, config=None):
    name = "cf-" + uuid.uuid4().hex[:10]
    for future in admin.create_topics([NewTopic(name, partitions, 1, config=config or {})]).values():
        future.result(20)
    return name


def produce(name, values, **config):
    failures = []
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 5, **config})
    for index, value in enumerate(values):
        producer.produce(name, value=value, key=str(index), headers=[("n", str(index).encode())],
                         on_delivery=lambda error, _: error and failures.append(error))
        producer.poll(0)
    assert producer.flush(30) == 0
    assert not failures, failures


def consumer(group, **config):
    return Consumer({"bootstrap.servers": bootstrap, "group.id": group, "auto.offset.reset": "earliest",
                     "enable.auto.commit": False, **config})


def drain(reader, count, timeout=30):
    messages, end = [], time.monotonic() + timeout
    while len(messages) < count and time.monotonic() < end:
        message = reader.poll(0.2)
        if message is None:
            continue
        assert message.error() is None, message.error()
        messages.append(message)
    assert len(messages) == count, f"{len(messages)} of {count}"
    return messages


def case_codecs():
    for codec in ["none", "gzip", "snappy", "lz4", "zstd"]:
        name = topic()
        values = [f"{codec}-{i}-".encode() * 20 for i in range(500)]
        produce(name, values, **{"compression.type": codec})
        reader = consumer("g" + name)
        reader.subscribe([name])
        assert [m.value() for m in drain(reader, 500)] == values
        reader.close()


def case_idempotence():
    name = topic(3)
    produce(name, [b"x%d" % i for i in range(2000)], **{"enable.idempotence": True})
    reader = consumer("g" + name)
    reader.subscribe([name])
    assert len({m.value() for m in drain(reader, 2000)}) == 2000
    reader.close()


def case_members_come_and_go(strategy="range"):
    name = topic(4)
    group = "g" + name
    produce(name, [b"%d" % i for i in range(100)])
    first = consumer(group, **{"partition.assignment.strategy": strategy})
    first.subscribe([name])
    drain(first, 100)
    first.commit(asynchronous=False)
    second = consumer(group, **{"partition.assignment.strategy": strategy})
    second.subscribe([name])
    end = time.monotonic() + 30
    while not (len(first.assignment()) == 2 and len(second.assignment()) == 2):
        assert time.monotonic() < end, (first.assignment(), second.assignment())
        first.poll(0.1)
        second.poll(0.1)
    first.close()
    end = time.monotonic() + 30
    while len(second.assignment()) != 4:
        assert time.monotonic() < end, second.assignment()
        second.poll(0.1)
    produce(name, [b"again"] * 10)
    assert all(m.value() == b"again" for m in drain(second, 10))
    second.close()


def case_cooperative():
    case_members_come_and_go("cooperative-sticky")


def case_static_member():
    name = topic(2)
    group = "g" + name
    produce(name, [b"a"] * 4)
    settings = {"group.instance.id": "me", "session.timeout.ms": 10000}
    reader = consumer(group, **settings)
    reader.subscribe([name])
    drain(reader, 4)
    reader.commit(asynchronous=False)
    reader.close()
    produce(name, [b"b"] * 4)
    reader = consumer(group, **settings)
    reader.subscribe([name])
    assert all(m.value() == b"b" for m in drain(reader, 4))
    reader.close()


def case_commit_with_metadata():
    name = topic()
    reader = consumer("g" + name)
    place = TopicPartition(name, 0, 5, metadata="m" * 4000)
    reader.commit(offsets=[place], asynchronous=False)
    found = reader.committed([TopicPartition(name, 0)], 10)[0]
    assert found.offset == 5 and found.metadata == "m" * 4000, found
    try:
        reader.commit(offsets=[TopicPartition(name, 0, 6, metadata="m" * 4100)], asynchronous=False)
        raise AssertionError("too much metadata was taken")
    except KafkaException as error:
        assert error.args[0].code() == KafkaError.OFFSET_METADATA_TOO_LARGE, error
    reader.close()


def case_transactions():
    source, sink = topic(), topic(2)
    group = "g" + source
    produce(source, [b"%d" % i for i in range(60)])
    reader = consumer(group, **{"isolation.level": "read_committed"})
    reader.subscribe([source])
    writer = Producer({"bootstrap.servers": bootstrap, "transactional.id": "x" + source, "linger.ms": 1})
    writer.init_transactions(30)
    done = 0
    while done < 60:
        batch = drain(reader, 10)
        writer.begin_transaction()
        for message in batch:
            writer.produce(sink, message.value())
        writer.send_offsets_to_transaction(reader.position(reader.assignment()), reader.consumer_group_metadata(), 30)
        if done == 20 and not getattr(case_transactions, "aborted", False):
            case_transactions.aborted = True
            writer.abort_transaction(30)
            where = reader.committed(reader.assignment(), 10)
            for place in where:
                reader.seek(place)
            continue
        writer.commit_transaction(30)
        done += 10
    reader.close()
    check = consumer("c" + sink, **{"isolation.level": "read_committed"})
    check.subscribe([sink])
    values = sorted(int(m.value()) for m in drain(check, 60))
    assert values == list(range(60)), values
    assert check.poll(0.5) is None
    check.close()


def case_fencing():
    name, identity = topic(), "f" + uuid.uuid4().hex[:8]
    settings = {"bootstrap.servers": bootstrap, "transactional.id": identity}
    old = Producer(settings)
    old.init_transactions(30)
    old.begin_transaction()
    old.produce(name, b"zombie")
    old.flush(10)
    new = Producer(settings)
    new.init_transactions(30)
    try:
        old.commit_transaction(30)
        raise AssertionError("a zombie committed")
    except KafkaException as error:
        assert error.args[0].code() in (KafkaError._FENCED, KafkaError.PRODUCER_FENCED,
                                        KafkaError.INVALID_PRODUCER_EPOCH), error
    new.begin_transaction()
    new.produce(name, b"heir")
    new.commit_transaction(30)
    reader = consumer("g" + name, **{"isolation.level": "read_committed"})
    reader.subscribe([name])
    assert drain(reader, 1)[0].value() == b"heir"
    reader.close()


def case_admin():
    name = topic(1, {"retention.ms": "60000"})
    assert name in admin.list_topics(timeout=10).topics
    resource = ConfigResource(ConfigResource.Type.TOPIC, name)
    config = admin.describe_configs([resource])[resource].result(10)
    assert config["retention.ms"].value == "60000"
    change = ConfigResource(ConfigResource.Type.TOPIC, name, incremental_configs=[
        ConfigEntry("retention.ms", "70000", incremental_operation=AlterConfigOpType.SET)])
    admin.incremental_alter_configs([change])[change].result(10)
    assert admin.describe_configs([resource])[resource].result(10)["retention.ms"].value == "70000"
    admin.create_partitions([NewPartitions(name, 3)])[name].result(10)
    end = time.monotonic() + 20
    while len(admin.list_topics(name, timeout=10).topics[name].partitions) != 3:
        assert time.monotonic() < end
        time.sleep(0.1)
    produce(name, [b"x"] * 30)
    latest = admin.list_offsets({TopicPartition(name, p): OffsetSpec.latest() for p in range(3)})
    assert sum(f.result(10).offset for f in latest.values()) == 30
    reader = consumer("g" + name)
    reader.subscribe([name])
    drain(reader, 30)
    reader.commit(asynchronous=False)
    described = admin.describe_consumer_groups(["g" + name])["g" + name].result(10)
    assert described.state.name == "STABLE" and len(described.members) == 1, described.state
    assert any(g.group_id == "g" + name for g in admin.list_consumer_groups().result(10).valid)
    reader.close()
    offsets = admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions("g" + name)])["g" + name].result(10)
    assert sum(p.offset for p in offsets.topic_partitions) == 30
    admin.alter_consumer_group_offsets([ConsumerGroupTopicPartitions("g" + name, [TopicPartition(name, 0, 1)])])[
        "g" + name].result(10)
    admin.delete_consumer_groups(["g" + name])["g" + name].result(10)
    admin.delete_records([TopicPartition(name, 0, 0)])[TopicPartition(name, 0)].result(10)
    admin.delete_topics([name])[name].result(10)


def case_offsets_for_times():
    name = topic()
    now = int(time.time() * 1000) - 10_000
    producer = Producer({"bootstrap.servers": bootstrap})
    for i in range(5):
        producer.produce(name, b"%d" % i, timestamp=now + i * 1000)
    producer.flush(10)
    reader = consumer("g" + name)
    assert reader.offsets_for_times([TopicPartition(name, 0, now + 2500)], 10)[0].offset == 3
    assert reader.get_watermark_offsets(TopicPartition(name, 0), 10) == (0, 5)
    reader.close()


def case_new_group_protocol_is_refused():
    """In words, and at once: a consumer that insists on it must not wait for ever."""
    name = topic()
    reader = consumer("g" + name, **{"group.protocol": "consumer"})
    reader.subscribe([name])
    end = time.monotonic() + 40
    while True:
        assert time.monotonic() < end, "it waits"
        message = reader.poll(0.5)
        if message is not None:
            break
    assert message.error().code() == KafkaError._FATAL and "not supported" in message.error().str(), message.error()
    reader.close()


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
