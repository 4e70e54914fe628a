"""What a program that knows nothing of Headrace does with a broker: aiokafka, which shares no code with librdkafka.

Usage: aio.py BOOTSTRAP [CASE...]     prints one line a case; exits 1 when one fails.
"""
import asyncio
import sys
import time
import uuid

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

bootstrap = sys.argv[1]


async def topic(partitions=1):
    name = "aio-" + uuid.uuid4().hex[:10]
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, partitions, 1)])
    finally:
        await admin.close()
    return name


async def drain(reader, count):
    values = []
    while len(values) < count:
        values.append((await asyncio.wait_for(reader.getone(), 30)).value)
    return values


def consumer(name, group, **config):
    return AIOKafkaConsumer(name, bootstrap_servers=bootstrap, group_id=group, auto_offset_reset="earliest",
                            enable_auto_commit=False, **config)


async def case_produce_and_consume():
    name = await topic(2)
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True, compression_type="gzip") as writer:
        for i in range(300):
            await writer.send(name, b"%d" % i, key=b"%d" % i, headers=[("h", b"1")])
    async with consumer(name, "g" + name) as reader:
        assert sorted(map(int, await drain(reader, 300))) == list(range(300))
        await reader.commit()
        assert sum([await reader.committed(TopicPartition(name, p)) or 0 for p in range(2)]) == 300


async def case_two_members():
    name = await topic(2)
    first, second = consumer(name, "g" + name), consumer(name, "g" + name)
    await first.start()
    await second.start()
    end = time.monotonic() + 30
    while len(first.assignment()) != 1 or len(second.assignment()) != 1:
        assert time.monotonic() < end
        await asyncio.sleep(0.1)
    await first.stop()
    while len(second.assignment()) != 2:
        assert time.monotonic() < end
        await asyncio.sleep(0.1)
    await second.stop()


async def case_transactions():
    source, sink = await topic(), await topic()
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as writer:
        for i in range(20):
            await writer.send_and_wait(source, b"%d" % i)
    place = TopicPartition(source, 0)
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, transactional_id="x" + source) as writer:
        async with consumer(source, "g" + source, isolation_level="read_committed") as reader:
            for value in await drain(reader, 20):
                async with writer.transaction():
                    await writer.send(sink, value)
                    await writer.send_offsets_to_transaction({place: int(value) + 1}, "g" + source)
            await writer.begin_transaction()
            await writer.send_and_wait(sink, b"never")
            await writer.abort_transaction()
            assert await reader.committed(place) == 20
    async with consumer(sink, "c" + sink, isolation_level="read_committed") as reader:
        assert list(map(int, await drain(reader, 20))) == list(range(20))


async def main():
    cases = {name[5:]: body for name, body in globals().items() if name.startswith("case_")}
    failed = False
    for name in sys.argv[2:] or cases:
        start = time.monotonic()
        try:
            await cases[name]()
            print(f"ok {name} {time.monotonic() - start:.2f} s", flush=True)
        except BaseException as error:  # noqa: BLE001
            failed = True
            print(f"FAILED {name}: {type(error).__name__} {error}", flush=True)
    sys.exit(1 if failed else 0)


asyncio.run(main())
