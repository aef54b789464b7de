"""Threads that take ranges of numbers from a queue; beside it: samples/ThreadsAndQueue.

With CPython's global lock two threads compute no faster than one; a free-threaded build (python3.14t) does not have it.
"""

import sys
import time
from queue import Queue
from threading import Thread

BELOW, SIZE, WORKERS, BOUND = 200_000, 10_000, 2, 16


def is_prime(number):
    divisor = 2
    while divisor * divisor <= number:
        if number % divisor == 0:
            return False
        divisor += 1
    return number > 1


def consume(queue, counts):
    primes = 0
    while (piece := queue.get()) is not None:
        primes += sum(map(is_prime, range(*piece)))
    counts.append(primes)  # an append is one step


begun = time.perf_counter()
queue, counts = Queue(BOUND), []
workers = [Thread(target=consume, args=(queue, counts)) for _ in range(WORKERS)]
for worker in workers:
    worker.start()
for start in range(0, BELOW, SIZE):
    queue.put((start, start + SIZE))  # waits while the queue is full
for worker in workers:
    queue.put(None)  # one end for each
for worker in workers:
    worker.join()
locked = getattr(sys, "_is_gil_enabled", lambda: True)()
print(f"threads and a queue: {sum(counts)} primes below {BELOW} by {WORKERS} workers in {time.perf_counter() - begun:.2f} s,",
      "with a global lock" if locked else "without a global lock")
