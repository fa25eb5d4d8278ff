# load.py RATE SECONDS: new connections at RATE a second; each gives up after 1 s.
import asyncio
import collections
import sys

rate, seconds = int(sys.argv[1]), float(sys.argv[2])
seen = collections.Counter()

async def one():
    writer = None
    try:
        async with asyncio.timeout(1):
            reader, writer = await asyncio.open_connection("10.0.3.17", 9000)
            writer.write(b"GET /get HTTP/1.1\r\nHost: app\r\n\r\n")
            seen[(await reader.readline()).split()[1].decode()] += 1
    except TimeoutError:
        seen["gave up after 1 s"] += 1
    finally:
        if writer:
            writer.close()

async def main():
    async with asyncio.TaskGroup() as group:
        for _ in range(int(rate * seconds)):
            group.create_task(one())
            await asyncio.sleep(1 / rate)

asyncio.run(main())

print(", ".join(f"{n} x {what}" for what, n in seen.items()))
