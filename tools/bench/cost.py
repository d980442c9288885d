"""What batch normalization adds to a step of the engine: steps with it and without it, in turns."""

from functools import partial

from bench import ways
from bench.measure import calls, in_turns, ratio, sized

NETWORKS = {"784-100-100-100-10": (28, 16, 1.25), "64-100-100-100-10": (8, 20, None)}
IMAGES = 1200
LONG = 4  # times the seconds of other measurements: a difference of a fifth has to stand out from the noise


def rows(settings):
    """A Row for one run and for a sweep of each network: time of a step with batch normalization / without."""
    found = []
    for name, (side, runs, limit) in NETWORKS.items():
        dataset = ways.images(side, settings.images or IMAGES)
        contest = {}
        for seeds in (1, runs):
            steps = sized(partial(ways.engine_of, dataset=dataset, seeds=seeds), seconds=LONG * settings.seconds)
            for batch_norm in (False, True):
                contest[seeds, batch_norm] = ways.engine_steps(dataset, seeds, steps, batch_norm=batch_norm)
        with settings.bar(f"cost {name}", calls(contest, settings.repeats)) as tick:
            rates = in_turns(contest, settings.repeats, tick)
        for seeds in (1, runs):
            without, with_it = rates[seeds, False], rates[seeds, True]
            title = f"{name}, {seeds} run{'s' * (seeds > 1)}: step with / without"
            note = f"{1e6 / with_it.mean():,.0f} against {1e6 / without.mean():,.0f} microseconds a step"
            aim = limit and ("at most", limit)
            found.append(ratio("cost of batch normalization", title, without, with_it, aim=aim, note=note))
    return found
