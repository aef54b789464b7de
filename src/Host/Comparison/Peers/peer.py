"""The same work by Python's own means, for `mailroom compare --with python`: threads, processes or asyncio.

A job comes on stdin as JSON, one line goes out: its seconds, processor seconds and answer. Only what Python brings is used, as
anybody would write it first. Starting the interpreter and the pool is not counted, as with Mailroom.
"""

import asyncio
import json
import math
import multiprocessing
import os
import re
import resource
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from urllib.parse import quote, urlsplit
from urllib.request import urlopen

IN_FLIGHT = 256
UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600}
SUFFIXES = {"": 1, "k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9}
NAMES = {name: getattr(math, name) for name in dir(math) if not name.startswith("_")} | {"abs": abs, "ln": math.log}


def whole(text):
    number, suffix = re.fullmatch(r"([\d_.e]+)([kKMG]?)", str(text)).groups()
    return round(float(number) * SUFFIXES[suffix])


def seconds(text):
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s|m|h)", text).groups()
    return float(number) * UNITS[unit]


def formula(text):
    return compile(text.replace("^", "**"), text, "eval")


def value(text):
    return float(eval(formula(str(text)), {"__builtins__": {}}, NAMES))


class Practice:
    """Pieces that compute, wait or block."""

    takes = {"count", "work", "wait", "block"}

    def __init__(self, job):
        args = job["arguments"]
        self.work, self.wait, self.block = (seconds(args.get(name, "0s")) for name in ("work", "wait", "block"))
        self.pieces = list(range(whole(args.get("count", 100))))

    def compute(self):
        end = time.thread_time() + self.work
        while time.thread_time() < end:
            pass
        if self.block:
            time.sleep(self.block)

    def run(self, piece):
        self.compute()
        if self.wait:
            time.sleep(self.wait)
        return 1

    async def run_async(self, piece):
        self.compute()
        if self.wait:
            await asyncio.sleep(self.wait)
        return 1

    def answer(self, results):
        return f"{sum(results)} piece{'' if sum(results) == 1 else 's'} ran"


class Integrate:
    """The middle of each step, added up."""

    takes = {"expression", "from", "to", "steps"}

    def __init__(self, job):
        args = job["arguments"]
        self.text = args["expression"]
        self.start, end = value(args["from"]), value(args["to"])
        steps = whole(args.get("steps", "1M"))
        self.step = (end - self.start) / steps
        count = min(steps, job["pieces"] or 64)
        self.pieces = [(steps * i // count, steps * (i + 1) // count) for i in range(count)]

    def run(self, piece):
        f = eval(formula(f"lambda x: {self.text}"), {"__builtins__": {}} | NAMES)
        start, step = self.start, self.step
        return math.fsum(f(start + (i + 0.5) * step) for i in range(*piece))

    async def run_async(self, piece):
        return self.run(piece)

    def answer(self, results):
        return repr(math.fsum(results) * self.step)


class Words:
    """Files, each counted by itself."""

    takes = {"path", "top"}

    def __init__(self, job):
        args = job["arguments"]
        self.top = whole(args.get("top", 20))
        self.pieces = []
        for path in args["path"]:
            path = os.path.join(job["directory"], path)
            if os.path.isdir(path):
                self.pieces += [os.path.join(folder, name) for folder, _, names in os.walk(path) for name in names]
            else:
                self.pieces.append(path)

    def run(self, piece):
        with open(piece, encoding="utf-8-sig") as file:
            return Counter(re.findall(r"[^\W_]+", file.read().casefold()))

    async def run_async(self, piece):
        return self.run(piece)

    def answer(self, results):
        total = Counter()
        for counted in results:
            total.update(counted)
        best = sorted(total.items(), key=lambda pair: (-pair[1], pair[0]))[: self.top]
        return "\n".join(f"{times:7} {word}" for word, times in best)


class Headlines:
    """A news API, a request for each of its sources."""

    takes = {"word", "api"}

    def __init__(self, job):
        args = job["arguments"]
        self.word, self.api = args["word"], args["api"].rstrip("/")
        with urlopen(f"{self.api}/sources?language=en") as answer:
            self.pieces = [source["id"] for source in json.load(answer)["sources"]]

    def path(self, piece):
        return f"/articles?source={quote(piece)}&sortBy=top"

    def count(self, text):
        articles = json.loads(text)["articles"]
        texts = [text or "" for article in articles for text in (article.get("title"), article.get("description"))]
        return sum(self.word.casefold() in text.casefold() for text in texts), len(articles)

    def run(self, piece):
        with urlopen(self.api + self.path(piece)) as answer:
            return self.count(answer.read())

    async def run_async(self, piece):
        url = urlsplit(self.api)
        reader, writer = await asyncio.open_connection(url.hostname, url.port or 80)
        writer.write(f"GET {self.path(piece)} HTTP/1.0\r\nHost: {url.netloc}\r\n\r\n".encode())
        answer = await reader.read()  # to the end: HTTP/1.0 closes
        writer.close()
        return self.count(answer.partition(b"\r\n\r\n")[2])

    def answer(self, results):
        hits, articles = (sum(column) for column in zip(*results))
        return (
            f"'{self.word}' stands in {hits} titles and descriptions of {articles} articles; "
            f"{len(results)} sources asked, 0 failed"
        )


KINDS = {"practice": Practice, "integrate": Integrate, "words": Words, "headlines": Headlines}


def by_threads(work, workers):
    ready = threading.Barrier(workers + 1)
    with ThreadPoolExecutor(workers) as pool:
        waiting = [pool.submit(ready.wait) for _ in range(workers)]
        ready.wait()
        for one in waiting:
            one.result()
        return timed(lambda: list(pool.map(work.run, work.pieces)))


def by_processes(work, workers):
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("fork")) as pool:
        list(pool.map(time.sleep, [0.05] * workers * 2))  # so that all of them are there
        chunk = max(1, len(work.pieces) // (workers * 8))
        return timed(lambda: list(pool.map(work.run, work.pieces, chunksize=chunk)))


def by_asyncio(work, workers):
    async def all_of_them():
        seats = asyncio.Semaphore(IN_FLIGHT)

        async def one(piece):
            async with seats:
                return await work.run_async(piece)

        return await asyncio.gather(*(one(piece) for piece in work.pieces))

    return timed(lambda: asyncio.run(all_of_them()))


def timed(run):
    begun = time.perf_counter()
    results = run()
    return results, time.perf_counter() - begun


def cpu():
    both = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return sum(used.ru_utime + used.ru_stime for used in both)


def main():
    job = json.load(sys.stdin)
    kind = KINDS.get(job["kind"])
    given = {name for name, value in job["arguments"].items() if value not in (False, None)}
    unknown = sorted(given - kind.takes) if kind else [job["kind"]]
    if unknown:
        sys.exit(f"it does not know {', '.join(unknown)}")
    work = kind(job)
    before = cpu()
    results, took = {"threads": by_threads, "processes": by_processes, "asyncio": by_asyncio}[job["by"]](work, job["workers"])
    lock = "with the global lock" if getattr(sys, "_is_gil_enabled", lambda: True)() else "free-threaded"
    told = {"seconds": took, "cpuSeconds": cpu() - before, "answer": work.answer(results)}
    print(json.dumps(told | {"version": f"Python {sys.version.split()[0]}, {lock}"}))


if __name__ == "__main__":
    main()
