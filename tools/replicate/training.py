"""Train the pieces that are missing, one after the other; each is saved as soon as it is finished."""

import time

from helpers.experiments import sweep


def train(pieces, store, *, progress=True, say=print, clock=time.perf_counter, sweep=sweep):
    """Whether all pieces are finished now; False after Ctrl-C.

    Parameters
    ----------
    pieces : list of lists of (Experiment, seed)
    store : replicate.store.Store
        What it holds is not trained again; each finished piece is written to its file at once.
    progress : bool
        Show the bar of the piece in progress.
    say : function
        Told, in a line each, what is left, and after each piece how long the rest will take.
    """
    left = [missing for piece in pieces if (missing := store.missing(piece))]
    total, done = sum(map(_steps, left)), 0
    if not left:
        say(f"All {len(pieces)} pieces are finished.")
        return True
    say(f"{len(pieces) - len(left)} of {len(pieces)} pieces are finished; {total:,} training steps are left.")
    begin = clock()
    for number, piece in enumerate(left, len(pieces) - len(left) + 1):
        for seed in dict.fromkeys(seed for _, seed in piece):
            of_seed = [experiment for experiment, its in piece if its == seed]
            results = sweep(of_seed, seeds=[seed], progress=progress)
            if not results.complete:
                say("Stopped. What is finished is saved; the same command goes on from here.")
                return False
            store.add(results)
        done += _steps(piece)
        seconds = clock() - begin
        rest = (total - done) * seconds / done
        say(f"piece {number} of {len(pieces)}: {_names(piece)}. {done / seconds:,.0f} steps a second; {_left(rest)}")
    return True


def _steps(piece):
    return sum(max(1, experiment.steps) for experiment, _ in piece)


def _names(piece):
    first, seed = piece[0]
    how = "with" if first.batch_norm else "without"
    return f"{len(piece)} x {first.steps:,} steps {how} batch normalization, {first.activation}, seed {seed}"


def _left(seconds):
    """The remaining time, in words.

    Examples
    --------
    >>> _left(0), _left(40), _left(600)
    ('nothing is left', 'less than a minute is left', 'about 10 minutes are left')
    """
    if seconds == 0:
        return "nothing is left"
    if seconds < 60:
        return "less than a minute is left"
    return f"about {seconds / 60:.0f} minutes are left" if seconds >= 90 else "about a minute is left"
