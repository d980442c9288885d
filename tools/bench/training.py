"""The engine against Keras, XLA and the machine's peak; what batch normalization adds to a step."""

from functools import partial

from bench import measure, ways
from bench.measure import ratio, sized

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


def cost(settings):
    """A Row for one run and for a sweep of each network: time of a step with batch normalization / without."""
    found = []
    for name, (side, runs, limit) in COSTS.items():
        dataset = ways.images(side, settings.images or FEW_IMAGES)
        contest = {}
        for seeds in (1, runs):
            steps = sized(partial(ways.engine_of, dataset=dataset, seeds=seeds), seconds=LONG * settings.seconds)
            for batch_norm in (False, True):
                contest[seeds, batch_norm] = ways.engine(dataset, seeds, steps, batch_norm=batch_norm)
        rates = settings.contest(f"cost {name}", contest)
        for seeds in (1, runs):
            without, with_it = rates[seeds, False], rates[seeds, True]
            title = f"{name}, {seeds} run{'s' * (seeds > 1)}: step with / without"
            note = f"{1e6 / with_it.mean():,.0f} against {1e6 / without.mean():,.0f} microseconds a step"
            aim = limit and ("at most", limit)
            found.append(ratio("cost of batch normalization", title, without, with_it, aim=aim, note=note))
    return found
