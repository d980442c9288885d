"""The engine against Keras, XLA and the machine's peak; what batch normalization adds; more seeds, width, depth."""

from functools import partial

from bench import measure, ways
from bench.measure import ratio, sized
from bench.table import number

IMAGES, FEW_IMAGES = 24_000, 1200
# Times the seconds of other measurements. What surrounds the steps (starting, evaluating) is to be a small part, and a
# sweep is long work, in which processes beside this one take part: they receive the images first.
LONG, LONGER = 4, 16
NETWORKS = {
    # name: (side of an image, learning rates and seeds of a sweep,
    #        aims: one run and a sweep against fit, and their shares of the peak)
    "784-100-100-100-10": (28, (4, 4), (5, 12, 0.17, 0.40)),
    "64-100-100-100-10": (8, (1, 20), (8, 20, 0.10, 0.25)),
}


def rows(settings):
    """The Rows of both networks."""
    found = []
    for name, (side, swept, aims) in NETWORKS.items():
        found += _of(name, ways.images(side, settings.images or IMAGES), swept, aims, settings)
    return found


def _of(name, dataset, swept, aims, settings):
    learning_rates, seeds = swept
    runs = learning_rates * seeds
    one, many = "engine, 1 run", f"engine, {runs} runs"
    sweep = partial(ways.engine_of, dataset=dataset, seeds=seeds, learning_rates=learning_rates)
    steps = {
        one: sized(partial(ways.engine_of, dataset=dataset), seconds=LONG * settings.seconds),
        many: sized(sweep, seconds=LONGER * settings.seconds),
    }
    most = len(dataset.x_train) // ways.BATCH
    fitted = min(most, max(1, int(LONG * settings.seconds * 500)))
    contest = {
        one: ways.engine(dataset, 1, steps[one]),
        many: ways.engine(dataset, seeds, steps[many], learning_rates=learning_rates),
        "Keras fit": ways.fit(dataset, fitted),
        "Keras fit, jit_compile": ways.fit(dataset, fitted, jit=True),
        "tf.function for each step": ways.function_per_step(dataset, fitted),
        "loop compiled by XLA": ways.compiled_loop(dataset, most),
        "2 loops compiled by XLA": ways.compiled_loop(dataset, most, loops=2),
        "peak": measure.products(settings.size),
    }
    rates = settings.contest(f"training {name}", contest)
    peak, step = rates.pop("peak"), ways.operations(dataset.x_train[0].size)
    group, found = f"training {name}", []
    for engine, against, share in ((one, aims[0], aims[2]), (many, aims[1], aims[3])):
        for other in (way for way in rates if not way.startswith("engine")):
            aim = ("at least", against) if other == "Keras fit" else None
            note = f"{_median(rates[engine])} against {_median(rates[other])} steps a second"
            found.append(ratio(group, f"{engine} / {other}", rates[engine], rates[other], aim=aim, note=note))
        note = f"{_median(rates[engine] * step / 1e9)} of {_median(peak / 1e9)} GFLOP/s, all cores"
        aim = ("at least", share)
        found.append(ratio(group, f"{engine} / sgemm peak", rates[engine] * step, peak, aim=aim, note=note))
    return found


def _median(values):
    return f"{sorted(values)[len(values) // 2]:,.0f}"


COSTS = {"784-100-100-100-10": (28, 16, 1.25), "64-100-100-100-10": (8, 20, None)}
SEEDS = (1, 5, 20, 60)
WIDTHS = (100, 200, 400, 800, 1600)
DEPTHS = (2, 5, 10, 20, 30)


def cost(settings):
    """A Row for one run and for a sweep of each network: time of a step with batch normalization / without."""
    found = []
    for name, (side, runs, limit) in COSTS.items():
        dataset = ways.images(side, settings.images or FEW_IMAGES)
        contest = {}
        for seeds in (1, runs):
            steps = sized(partial(ways.engine_of, dataset=dataset, seeds=seeds), seconds=LONG * settings.seconds)
            for batch_norm in (False, True):
                contest[seeds, batch_norm] = ways.engine_steps(dataset, seeds, steps, batch_norm=batch_norm)
        rates = settings.contest(f"cost {name}", contest)
        for seeds in (1, runs):
            without, with_it = rates[seeds, False], rates[seeds, True]
            title = f"{name}, {seeds} run{'s' * (seeds > 1)}: step with / without"
            note = f"{1e6 / with_it.mean():,.0f} against {1e6 / without.mean():,.0f} microseconds a step"
            aim = limit and ("at most", limit)
            found.append(ratio("cost of batch normalization", title, without, with_it, aim=aim, note=note))
    return found


def growth(settings):
    """For each size the time of a step of one run against the smallest size's, and the share of the peak."""
    big, small = (ways.images(side, settings.images or FEW_IMAGES) for side in (28, 8))
    sizes = settings.sizes
    return [
        *_growth("seeds (digits, 3 x 100)", {n: (small, n, ways.HIDDEN) for n in sizes or SEEDS}, settings),
        *_growth("width (784 inputs, 3 layers, 2 runs)", {n: (big, 2, (n,) * 3) for n in sizes or WIDTHS}, settings),
        *_growth("depth (digits, 100 units, 2 runs)", {n: (small, 2, (100,) * n) for n in sizes or DEPTHS}, settings),
    ]


def _growth(name, sizes, settings):
    contest = {}
    for size, (dataset, runs, hidden) in sizes.items():
        seconds = settings.seconds * (LONG if runs > 2 else 1)
        steps = sized(partial(ways.engine_of, dataset=dataset, seeds=runs, hidden=hidden), seconds=seconds)
        contest[size] = ways.engine_steps(dataset, runs, steps, hidden=hidden)
    rates = settings.contest(f"growth: {name}", contest | {"peak": measure.products(settings.size)})
    peak, first = rates.pop("peak"), next(iter(sizes))
    for size, (dataset, _, hidden) in sizes.items():
        work, smallest = (ways.operations(dataset.x_train[0].size, units) for units in (hidden, sizes[first][2]))
        note = f"{number(rates[size].mean())} steps a second, summed over runs"
        note += f"; {work / smallest:.3g} times the operations" if work != smallest else ""
        yield ratio("growth", f"{name}: step at {size} / at {first}", rates[first], rates[size], note=note)
        yield ratio("growth", f"{name}: {size} / sgemm peak", rates[size] * work, peak)
