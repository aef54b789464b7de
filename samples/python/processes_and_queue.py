"""Processes that take ranges of numbers from a queue; beside it: samples/ProcessesAndQueue."""

import time
from multiprocessing import Process, Queue

BELOW, SIZE, WORKERS = 200_000, 10_000, 2


def is_prime(number):
    divisor = 2
    while divisor * divisor <= number:
        if number % divisor == 0:
            return False
        divisor += 1
    return number > 1


def consume(pieces, counts):
    primes = 0
    while (piece := pieces.get()) is not None:  # what travels is pickled
        primes += sum(map(is_prime, range(*piece)))
    counts.put(primes)


if __name__ == "__main__":
    begun = time.perf_counter()
    pieces, counts = Queue(), Queue()
    workers = [Process(target=consume, args=(pieces, counts)) for _ in range(WORKERS)]
    for worker in workers:
        worker.start()
    for start in range(0, BELOW, SIZE):
        pieces.put((start, start + SIZE))
    for worker in workers:
        pieces.put(None)
    # A process that died would leave its piece undone, and this waiting: nobody supervises here.
    primes = sum(counts.get() for _ in workers)
    for worker in workers:
        worker.join()
    print(f"processes and a queue: {primes} primes below {BELOW} by {WORKERS} workers in {time.perf_counter() - begun:.2f} s")
