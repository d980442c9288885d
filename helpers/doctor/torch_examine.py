"""The doctor's two acts on a PyTorch module: examine it, and give back a copy with exact statistics."""

import copy
from itertools import chain

import torch

from helpers.doctor import batches as data
from helpers.doctor import findings, passes, torch_structure
from helpers.doctor.facts import Facts
from helpers.doctor.report import Report
from helpers.doctor.torch_layers import HALF, MEMORY, OTHERS, passing, watched_in


def examine(module, batches, labels):
    """See helpers.doctor.examine."""
    module, words = _original(module), findings.texts()["report"]
    watched = watched_in(module)
    facts = Facts([one.norm for one in watched.values()], library="torch")
    facts.others = [(path, type(one).__name__) for path, one in module.named_modules() if isinstance(one, OTHERS)]
    facts.frozen_whole = not any(parameter.requires_grad for parameter in module.parameters())
    facts.precision = 3e-2 if any(tensor.dtype in HALF for tensor in module.parameters()) else 1e-3
    counts = [getattr(layer, "num_batches_tracked", None) for layer in watched]
    facts.iterations = min((int(count) for count in counts if count is not None), default=None)
    with passing(module, as_found=facts.frozen_whole) as run:
        given, facts.batch_size = data.pairs(_as_tuples(batches), labels)  # a DataLoader draws its order here
        passes.measure(run, _tensors(module, given), watched, facts, (RuntimeError, ValueError))
        try:
            torch_structure.look(module, facts.norms)
        except Exception as error:  # whatever a module does that cannot be traced
            facts.not_looked_at.append(words["no_graph"].format(error=type(error).__name__))
    for layer, one in watched.items():
        if getattr(layer, "momentum", 0) is None:
            one.norm.momentum = None  # the mean of all batches: what one step moves says nothing about the next
    facts.not_looked_at += [words["no_batch_size"]] if facts.batch_size is None else []
    facts.not_looked_at += [words["torch"]["no_optimizer"], *([words["torch"]["no_eval"]] if module.training else [])]
    return Report(findings.judge(facts), facts)


def recalibrate(module, batches):
    """See helpers.doctor.recalibrate."""
    copied = copy.deepcopy(_original(module))
    watched = watched_in(copied)
    with passing(copied) as run:
        for x, _ in _tensors(copied, data.pairs(_as_tuples(batches))[0]):
            run(x, False, watched, forced=watched)
    for layer, one in watched.items():
        if one.batches and one.norm.moving_mean is not None:
            for name, value in zip(MEMORY, one.pooled()):
                getattr(layer, name).data.copy_(torch.as_tensor(value))
    return copied


def _original(module):
    """What torch.compile wrapped: hooks do not reach what is compiled."""
    return getattr(module, "_orig_mod", module)


def _as_tuples(batches):
    """The batches of a DataLoader are lists [inputs, labels]."""
    if hasattr(batches, "shape") or isinstance(batches, str | bytes | dict) or not hasattr(batches, "__iter__"):
        return batches
    return (tuple(batch) if isinstance(batch, list) else batch for batch in batches)


def _tensors(module, given):
    """The pairs with inputs as tensors of the module's type where it is, and labels as arrays."""
    numbers = chain(module.parameters(), module.buffers(), [torch.ones(())])
    like = next(one for one in numbers if one.is_floating_point())

    def tensor(x):
        x = torch.as_tensor(x)
        return x.to(like.device, like.dtype if x.is_floating_point() else x.dtype)

    largest = 0
    for x, y in given:
        size, largest = data.length(x), max(largest, data.length(x))
        if size == 1 < largest:
            continue  # a last batch of one image, which BatchNorm1d refuses in training mode
        yield data.each(tensor, x), y.cpu().numpy() if torch.is_tensor(y) else y
