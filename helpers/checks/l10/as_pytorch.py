"""What PyTorch computes from a state_dict, in NumPy: convolutions, normalization in inference mode, Flatten, Linear.

Written from the documentation of `torch.nn.Conv2d`, `BatchNorm2d`, `Flatten` and `Linear`; tests compare it with
PyTorch itself where that is installed.
"""

import numpy as np


def forward(layers, state, images):
    """Outputs (N, classes) for images (N, C, H, W), as `torch.nn.Sequential` of these layers gives them in `eval()`.

    Parameters
    ----------
    layers : sequence of (kind, settings)
        As `outline` makes it: kind is "conv" (with padding and groups), "norm" (with eps), "relu", "flatten", "linear".
    state : dict of str to array
        Named as PyTorch does: "0.weight", "1.running_mean" ..., the number is the layer's place in `layers`.
    images : array (N, C, H, W)

    Examples
    --------
    >>> state = {"0.weight": np.array([[1.0, 2.0]]), "0.bias": np.array([3.0])}
    >>> forward([("linear", {})], state, np.array([[10.0, 100.0]]))
    array([[213.]])
    """
    x = np.asarray(images, np.float64)
    for place, (kind, settings) in enumerate(layers):
        own = {name.split(".", 1)[1]: np.asarray(v) for name, v in state.items() if name.split(".", 1)[0] == str(place)}
        with np.errstate(all="ignore"):  # a wrong state, such as a negative variance, gives NaN and no warning
            x = KINDS[kind](x, own, **settings)
    return x


def outline(model):
    """[(kind, settings)] of a Keras Sequential; convolutions have stride 1."""
    found = []
    for layer in model.layers:
        kind = NAMES[type(layer).__name__]
        settings = {"eps": layer.epsilon} if kind == "norm" else {}
        if kind == "conv":
            padding = layer.kernel_size[0] // 2 if layer.padding == "same" else 0
            groups = layer.input.shape[-1] if type(layer).__name__ == "DepthwiseConv2D" else 1
            settings = {"padding": padding, "groups": groups}
        found.append((kind, settings))
    return found


def _conv(x, own, padding, groups):
    """weight (out, in / groups, kh, kw): output o sees the input channels of its group."""
    weight = own["weight"]
    kh, kw = weight.shape[2:]
    x = np.pad(x, [(0, 0), (0, 0), (padding, padding), (padding, padding)])
    windows = np.lib.stride_tricks.sliding_window_view(x, (kh, kw), axis=(2, 3))  # (N, C, H, W, kh, kw)
    per_in, per_out = x.shape[1] // groups, len(weight) // groups
    parts = [
        np.einsum(
            "nchwij,ocij->nohw", windows[:, g * per_in : (g + 1) * per_in], weight[g * per_out : (g + 1) * per_out]
        )
        for g in range(groups)
    ]
    return np.concatenate(parts, axis=1) + own.get("bias", np.zeros(len(weight)))[:, None, None]


def _norm(x, own, eps):
    """On axis 1, by what is stored: (x - running_mean) / sqrt(running_var + eps) * weight + bias."""
    shape = (1, -1) + (1,) * (x.ndim - 2)
    mean, var, weight, bias = (own[n].reshape(shape) for n in ("running_mean", "running_var", "weight", "bias"))
    return (x - mean) / np.sqrt(var + eps) * weight + bias


KINDS = {
    "conv": _conv,
    "norm": _norm,
    "relu": lambda x, own: np.maximum(x, 0),
    "flatten": lambda x, own: x.reshape(len(x), -1),
    "linear": lambda x, own: x @ own["weight"].T + own.get("bias", 0),
}
NAMES = {
    "Conv2D": "conv",
    "DepthwiseConv2D": "conv",
    "BatchNormalization": "norm",
    "ReLU": "relu",
    "Flatten": "flatten",
    "Dense": "linear",
}
