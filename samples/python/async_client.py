"""A client of a web API on one thread; beside it: samples/AsyncClient.

    mailroom newsroom --sources 50 --delay 100ms       # in another terminal; it prints its address
    python3 samples/python/async_client.py http://127.0.0.1:PORT storm

Python brings no async HTTP client; this asks as little of HTTP as will do. Elsewhere take httpx or aiohttp.
"""

import asyncio
import json
import sys
import time
from urllib.parse import urlsplit


async def get(api, path):
    reader, writer = await asyncio.open_connection(api.hostname, api.port)
    writer.write(f"GET {path} HTTP/1.0\r\nHost: {api.netloc}\r\n\r\n".encode())
    answer = await reader.read()  # to the end: HTTP/1.0 closes
    writer.close()
    return json.loads(answer.partition(b"\r\n\r\n")[2])


async def count(api, source, word):
    articles = (await get(api, f"/articles?source={source}&sortBy=top"))["articles"]
    return sum(word in (article["title"] or "").lower() for article in articles)


async def main(api, word):
    sources = [source["id"] for source in (await get(api, "/sources"))["sources"]]
    begun = time.perf_counter()
    found = 0
    for source in sources:
        found += await count(api, source, word)
    print(f"await, one after the other: {found} titles with '{word}' in {time.perf_counter() - begun:.2f} s")
    begun = time.perf_counter()
    found = sum(await asyncio.gather(*(count(api, source, word) for source in sources)))
    print(f"await, all at once: {found} titles with '{word}' in {time.perf_counter() - begun:.2f} s")


if len(sys.argv) not in (2, 3):
    sys.exit("usage: async_client.py http://127.0.0.1:PORT [WORD], where `mailroom newsroom` listens")
asyncio.run(main(urlsplit(sys.argv[1]), (sys.argv[2:] or ["storm"])[0].lower()))
