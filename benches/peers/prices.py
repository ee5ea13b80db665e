"""What `cargo bench --bench prices` measures, in NumPy and QuantLib-Python on one thread: standard normals per second, and
paths per second of 1,440 steps: geometric Brownian motion, and of other laws what these libraries offer. NumPy's Merton,
GARCH and Heston (full truncation) are written here as one would, over 100 paths at once.

    python -m venv /tmp/peers && /tmp/peers/bin/pip install numpy QuantLib
    OMP_NUM_THREADS=1 /tmp/peers/bin/python benches/peers/prices.py

Prints the best of many short repetitions: what else the machine does then counts least. QuantLib is left out if it is not installed.
"""

import time

import numpy as np

STEPS, PATHS, REPEAT = 1440, 100, 60
BATCHES = 10, 30, 100, 1_000, 20_000  # paths at once: few stay in the cache


def best(what, items, unit, draw, repeat=REPEAT):
    seconds = []
    for _ in range(repeat):
        start = time.perf_counter()
        draw()
        seconds.append(time.perf_counter() - start)
    print(f"{what:55} {items / min(seconds):12.4g} {unit}/s")


def numpy():
    rng = np.random.Generator(np.random.PCG64(1))
    sfc = np.random.Generator(np.random.SFC64(1))
    best("NumPy standard_normal, PCG64", 10 * STEPS, "normals", lambda: rng.standard_normal(10 * STEPS))
    best("NumPy standard_normal, SFC64", 10 * STEPS, "normals", lambda: sfc.standard_normal(10 * STEPS))

    def bare(batch):
        return np.exp(np.cumsum(0.001 * rng.standard_normal((batch, STEPS)), axis=1))

    def paths():
        prices = np.empty((PATHS, STEPS + 1))
        prices[:, 0] = 100.0
        prices[:, 1:] = 100.0 * np.exp(np.cumsum(0.001 * rng.standard_normal((PATHS, STEPS)) - 0.5e-6, axis=1))
        return prices

    def merton():
        jumps = rng.poisson(1 / STEPS, (PATHS, STEPS))
        moves = 0.001 * rng.standard_normal((PATHS, STEPS)) + 0.03 * np.sqrt(jumps) * rng.standard_normal((PATHS, STEPS))
        return np.exp(np.cumsum(moves, axis=1))

    def garch():
        shocks = rng.standard_t(4, (STEPS, PATHS)) * np.sqrt(0.5)
        moves, h = np.empty((STEPS, PATHS)), np.full(PATHS, 1e-6)
        for step in range(STEPS):
            shock = np.sqrt(h) * shocks[step]
            moves[step] = shock - 0.5 * h
            h = 0.02e-6 + 0.08 * shock * shock + 0.9 * h
        return np.exp(np.cumsum(moves, axis=0))

    def heston():
        dt, kappa, theta, xi, rho = 1 / 525_600, 4.0, 0.64, 1.0, -0.5
        w, u = rng.standard_normal((STEPS, PATHS)), rng.standard_normal((STEPS, PATHS))
        b = rho * w + np.sqrt(1 - rho * rho) * u
        moves, v = np.empty((STEPS, PATHS)), np.full(PATHS, theta)
        for step in range(STEPS):
            positive = np.maximum(v, 0)
            root = np.sqrt(positive * dt)
            moves[step] = root * w[step] - 0.5 * positive * dt
            v = v + kappa * (theta - positive) * dt + xi * root * b[step]
        return np.exp(np.cumsum(moves, axis=0))

    best("NumPy GBM: opening, drift and all", PATHS, "paths", paths)
    for batch in BATCHES:
        best(f"NumPy GBM: exp(cumsum(normal)) alone, {batch} at once", batch, "paths", lambda: bare(batch),
             repeat=max(3, 100 * REPEAT // batch))
    best("NumPy Merton", PATHS, "paths", merton)
    best("NumPy GARCH(1,1) with Student-t", PATHS, "paths", garch)
    best("NumPy Heston, full truncation", PATHS, "paths", heston)


def quantlib():
    import QuantLib as ql

    ql.Settings.instance().evaluationDate = ql.Date(1, 1, 2026)
    days = ql.Actual365Fixed()
    flat = ql.YieldTermStructureHandle(ql.FlatForward(ql.Date(1, 1, 2026), 0.0, days))
    volatility = ql.BlackVolTermStructureHandle(
        ql.BlackConstantVol(ql.Date(1, 1, 2026), ql.NullCalendar(), 0.8, days)
    )
    spot = ql.QuoteHandle(ql.SimpleQuote(100.0))
    process = ql.BlackScholesMertonProcess(spot, flat, flat, volatility)
    uniform = ql.UniformRandomGenerator(seed=1)
    normals = ql.GaussianRandomSequenceGenerator(ql.UniformRandomSequenceGenerator(STEPS, uniform))
    best("QuantLib Gaussian sequences (MT19937, inversion)", 20 * STEPS, "normals",
         lambda: [normals.nextSequence() for _ in range(20)])
    paths = ql.GaussianPathGenerator(process, 1 / 365, STEPS, normals, False)
    best("QuantLib GaussianPathGenerator", 20, "paths", lambda: [paths.next() for _ in range(20)])
    multi = ql.GaussianRandomSequenceGenerator(ql.UniformRandomSequenceGenerator(STEPS, uniform))
    pairs = ql.GaussianPathGenerator(process, 1 / 365, STEPS, multi, True)
    best("QuantLib GaussianPathGenerator, Brownian bridge", 20, "paths", lambda: [pairs.next() for _ in range(20)])
    heston = ql.HestonProcess(flat, flat, spot, 0.64, 4.0, 0.64, 1.0, -0.5, ql.HestonProcess.QuadraticExponentialMartingale)
    both = ql.GaussianRandomSequenceGenerator(ql.UniformRandomSequenceGenerator(2 * STEPS, uniform))
    times = list(ql.TimeGrid(1 / 365, STEPS))
    joint = ql.GaussianMultiPathGenerator(heston, times, both, False)
    best("QuantLib HestonProcess, same scheme", 20, "paths", lambda: [joint.next() for _ in range(20)])


if __name__ == "__main__":
    numpy()
    try:
        quantlib()
    except ImportError:
        print("QuantLib is not installed")
