"""The normalizations inside a PyTorch module, and its passes. The module is left as it was."""

import contextlib
import functools
from itertools import chain

import numpy as np
import torch
from torch import nn

from helpers.doctor import passes
from helpers.doctor.facts import Norm

HALF = (torch.float16, torch.bfloat16)
MEMORY = ("running_mean", "running_var")
OTHERS = (nn.LayerNorm, nn.GroupNorm, nn.RMSNorm, nn.modules.instancenorm._InstanceNorm)


def is_norm(layer):
    """Whether the layer is a batch normalization: PyTorch's, or one that somebody wrote with the same memory."""
    if isinstance(layer, nn.modules.batchnorm._BatchNorm):
        return True
    return not isinstance(layer, OTHERS) and all(torch.is_tensor(getattr(layer, name, None)) for name in MEMORY)


def watched_in(module):
    """{layer: passes.Watched} of its normalizations."""
    return {layer: _watched(path or "model", layer) for path, layer in module.named_modules() if is_norm(layer)}


def _watched(path, layer):
    memory = [getattr(layer, name) for name in MEMORY]
    kept = memory[0] is not None
    mean, variance = [_array(one) for one in memory] if kept and memory[0].ndim == 1 else [None, None]
    momentum, parameters = getattr(layer, "momentum", None), list(layer.parameters())
    norm = Norm(
        path,
        type(layer).__name__,
        axis=1,
        momentum=None if momentum is None else 1 - momentum,
        epsilon=getattr(layer, "eps", 1e-5),
        trainable=any(one.requires_grad for one in parameters) or not parameters,
        gamma=_array(getattr(layer, "weight", None)),
        beta=_array(getattr(layer, "bias", None)),
        moving_mean=mean,
        moving_variance=variance,
        memory_dtype=str(memory[0].dtype).removeprefix("torch.") if kept else None,
        unusable=0 if mean is None else int(np.sum(~np.isfinite([mean, variance])) + np.sum(variance < 0)),
    )
    return passes.Watched(
        norm, [(id(layer), name) for name in MEMORY], bool(parameters) and parameters[0].dtype in HALF
    )


@contextlib.contextmanager
def passing(module, *, as_found=False):
    """Gives `run`, see `passes.measure`. After the block modes, memory and random numbers are as before.

    In training mode the layers are as `module.train()` leaves them. If the module was given in training mode, or
    as_found is true, they are as they were given: some may be in inference mode on purpose.
    """
    modes = [(layer, layer.training) for layer in module.modules()]
    as_found = as_found or module.training
    before = [
        (layer, name, tensor, tensor.detach().clone())
        for layer in module.modules()
        for name, tensor in chain(layer.named_buffers(recurse=False), layer.named_parameters(recurse=False))
        if name in layer._buffers or tensor.ndim < 2  # only an optimizer changes the others, which are the large
    ]

    def run(x, training, watched=(), forced=()):
        if training and as_found:
            _set(modes)
        else:
            module.train(bool(training))
        _set([(layer, True) for layer in forced])
        handles = [
            layer.register_forward_hook(functools.partial(_look, watched[layer]), with_kwargs=True) for layer in watched
        ]
        try:
            y = module(**x) if isinstance(x, dict) else module(*x) if isinstance(x, list) else module(x)
        finally:
            for handle in handles:
                handle.remove()
        while not torch.is_tensor(y):
            y = next(iter(y.values())) if isinstance(y, dict) else y[0]
        return y.float().cpu().numpy(), put_back()

    def put_back():
        written = {}
        for layer, name, tensor, value in before:
            now = getattr(layer, name)
            if now is not tensor or not torch.equal(now, value):
                if not np.array_equal(_array(now), _array(value), equal_nan=True):
                    written[id(layer), name] = _array(now)
                setattr(layer, name, tensor)
                tensor.copy_(value)
        return written

    cards = {tensor.device for tensor in module.parameters() if tensor.is_cuda}
    with torch.no_grad(), torch.random.fork_rng(devices=cards):
        try:
            yield run
        finally:
            put_back()
            _set(modes)


def _set(modes):
    for layer, mode in modes:
        layer.training = mode


def _look(one, layer, args, kwargs, y):
    """Take the moments of one call."""
    x = args[0] if args else next(iter(kwargs.values()))
    if one.norm.moving_mean is not None and x.shape[1] != len(one.norm.moving_mean):
        return  # features on another axis, in a layer that somebody wrote
    one.norm.shape, axes = tuple(x.shape), [0, *range(2, x.ndim)]
    images = x.float().flatten(2).mean(2) if x.ndim > 2 else x
    one.take(_moments(x, axes), _moments(images, [0]), _moments(y, axes))


def _moments(x, axes):
    """Mean (C,), variance (C,), and the number of values that they are of."""
    variance, mean = torch.var_mean(x.float(), axes, correction=0)
    return _array(mean), _array(variance), x.numel() // len(mean)


def _array(tensor):
    return None if tensor is None else tensor.detach().double().cpu().numpy()
