"""How the time of a step grows with seeds, width and depth, and what share of the machine's peak it reaches."""

from functools import partial

from bench import machine, ways
from bench.measure import calls, in_turns, ratio, sized
from bench.table import number

SEEDS = (1, 5, 20, 60)
WIDTHS = (100, 200, 400, 800, 1600)
DEPTHS = (2, 5, 10, 20, 30)
SEEDS_OF_A_NETWORK = 2
IMAGES = 1200


def rows(settings):
    """For each size the time of a step of one run against the smallest size's, and the share of the peak."""
    big, small = (ways.images(side, settings.images or IMAGES) for side in (28, 8))
    seeds = {n: (small, n, ways.HIDDEN) for n in settings.sizes or SEEDS}
    widths = {n: (big, SEEDS_OF_A_NETWORK, (n,) * 3) for n in settings.sizes or WIDTHS}
    depths = {n: (small, SEEDS_OF_A_NETWORK, (100,) * n) for n in settings.sizes or DEPTHS}
    return [
        *_of("seeds (digits, 3 x 100)", seeds, settings),
        *_of("width (784 inputs, 3 layers, 2 runs)", widths, settings),
        *_of("depth (digits, 100 units, 2 runs)", depths, settings),
    ]


def _of(name, sizes, settings):
    contest = {}
    for size, (dataset, runs, hidden) in sizes.items():
        seconds = settings.seconds * (ways.LONG if runs > SEEDS_OF_A_NETWORK else 1)
        steps = sized(partial(ways.engine_of, dataset=dataset, seeds=runs, hidden=hidden), seconds=seconds)
        contest[size] = ways.engine_steps(dataset, runs, steps, hidden=hidden)
    contest["peak"] = machine.products(settings.size)
    with settings.bar(f"growth: {name}", calls(contest, settings.repeats)) as tick:
        rates = in_turns(contest, settings.repeats, tick)
    peak, first = rates.pop("peak"), next(iter(sizes))
    for size, (dataset, _, hidden) in sizes.items():
        work, smallest = (ways.operations(dataset.x_train[0].size, units) for units in (hidden, sizes[first][2]))
        note = f"{number(rates[size].mean())} steps a second, summed over runs"
        note += f"; {work / smallest:.3g} times the operations" if work != smallest else ""
        yield ratio("growth", f"{name}: step at {size} / at {first}", rates[first], rates[size], note=note)
        yield ratio("growth", f"{name}: {size} / sgemm peak", rates[size] * work, peak)
