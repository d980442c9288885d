"""One network of the experiments: its parameters, what it predicts, and its gradients."""

import copy
import json

import numpy as np

from helpers import batchnorm
from helpers._support import npz_file, validate
from helpers.networks import layers

# Where images do not depend on each other, so many are passed at a time: bounds memory and the wait for Ctrl-C.
CHUNK_IMAGES, CHUNK_PRODUCTS = 1000, 5e8


class Network:
    """A fully connected classifier with or without batch normalization.

    Attributes
    ----------
    parameters : list of dict
        For each layer, the output layer last: "kernel" (n_in, n_out), and "bias", "gamma", "beta" (n_out,) where the
        layer has them. The arrays are the network's own: changing them changes the network.
    moving_statistics : list of dict
        For each batch normalization: "moving_mean" and "moving_variance" (units,). Empty without batch normalization.
    normalized : "before", "after" or None
        Where batch normalization stands: before the activation or after it.

    Note
    ----
    `training=True` normalizes with the statistics of the images passed, so that each prediction depends on its
    batch-mates; `training=False` with the moving statistics. Neither changes the network.
    """

    def __init__(self, parameters, moving_statistics, *, activation, normalized, epsilon=1e-3, dropout=0.0, noise=0.0):
        self.parameters = parameters
        self.moving_statistics = moving_statistics
        self.activation, self.normalized = activation, normalized
        self.epsilon, self.dropout, self.noise = epsilon, dropout, noise

    def predict(self, x, training=False, batch_size=None):
        """Probabilities (N, classes) of the images x, (N, ...) of any image shape.

        `batch_size` images are passed at a time; None means all of them at once with training=True.

        Raises
        ------
        TypeError, ValueError
            If x does not hold images of the network's size, batch_size is below 1, or training is neither True nor
            False.
        """
        x, training = self._images(x), validate.boolean("training", training)
        if batch_size is not None:
            batch_size = validate.integer("batch_size", batch_size, low=1, advice="Pass a number of images, or None.")
        size = batch_size or (max(len(x), 1) if training else self._chunk())
        with np.errstate(all="ignore"):
            parts = [layers.softmax(self._run(x[i : i + size], training)[-1]["z"]) for i in range(0, len(x), size)]
        return np.concatenate(parts) if parts else np.empty((0, self.parameters[-1]["kernel"].shape[1]), np.float32)

    def accuracy(self, x, labels):
        """Share of the images x whose most probable class is their label; moving statistics, NaN counts as class 0.

        Raises
        ------
        TypeError, ValueError
            If x or labels does not hold images of the network's size and their labels.
        """
        x = self._some_images(x)
        return float(np.mean(self.predict(x).argmax(axis=1) == _labels("labels", labels, len(x))))

    def pre_activations(self, x, training=False):
        """What each hidden activation receives, a list of (N, units): after batch normalization that stands before."""
        return self._trace("pre_activation", x, training)

    def activations(self, x, training=False):
        """What each hidden layer passes on, a list of (N, units): after batch normalization that stands after."""
        return self._trace("output", x, training)

    def loss_and_gradients(self, x, y, rng=None):
        """Mean cross-entropy in training mode, and its gradients as a list of dicts with the keys of `parameters`.

        Weight decay is not included. Dropout and noise are left out, unless `rng`, a NumPy Generator, draws them.

        Raises
        ------
        TypeError, ValueError
            If x or y does not hold images of the network's size and their labels.
        """
        x = self._some_images(x)
        labels = _labels("y", y, len(x))
        classes = self.parameters[-1]["kernel"].shape[1]
        if labels.min() < 0 or labels.max() >= classes:
            raise ValueError(
                f"`y` must hold labels from 0 to {classes - 1}. "
                f"Received: y.min()={labels.min()}, y.max()={labels.max()}. Pass the labels that belong to x."
            )
        with np.errstate(all="ignore"):
            trace = self._run(x, training=True, rng=rng)
            loss, dz = layers.cross_entropy(trace[-1]["z"], labels)
            return float(loss), self._backward(trace, dz)

    def copy(self):
        """A copy that shares no array with this network."""
        return copy.deepcopy(self)

    def save(self, path):
        """Write the network to `path`, an .npz file without pickle; moving statistics included."""
        with open(path, "wb") as file:
            np.savez(file, **self.arrays(), about=json.dumps(self.about()))

    def load(self, path):
        """Take parameters and moving statistics from a file that `save` wrote, and return this network.

        Raises
        ------
        ValueError
            If the file is damaged or not written by `save`, or holds a network of other shapes or settings.
        OSError
            If it cannot be opened.
        """
        arrays = npz_file.read(path, "Network.save")
        try:
            other = network_from(json.loads(str(arrays["about"])), arrays)
        except Exception as error:  # whatever a foreign or damaged description leads to
            raise npz_file.refusal(path, "Network.save") from error
        mine, theirs = self._shape(), other._shape()
        if mine != theirs:
            raise ValueError(
                f"`path` must hold a network like this one. Received: {theirs}, this network: {mine}. "
                "Load it into a network of the same experiment."
            )
        self.parameters, self.moving_statistics = other.parameters, other.moving_statistics
        return self

    def about(self):
        """The settings, for `network_from`."""
        names = ("activation", "normalized", "epsilon", "dropout", "noise")
        return {"layers": len(self.parameters)} | {name: getattr(self, name) for name in names}

    def arrays(self, prefix=""):
        """All arrays under flat names, such as "0.kernel" and "0.moving_mean"."""
        groups = enumerate(self.parameters), enumerate(self.moving_statistics)
        return {f"{prefix}{i}.{name}": array for group in groups for i, part in group for name, array in part.items()}

    def _chunk(self):
        products = sum(layer["kernel"].size for layer in self.parameters)
        return int(max(1, min(CHUNK_IMAGES, CHUNK_PRODUCTS // products)))

    def _shape(self):
        sizes = {name: array.shape for name, array in self.arrays().items()}
        return f"activation={self.activation!r}, normalized={self.normalized!r}, shapes={sizes}"

    def _some_images(self, x):
        x = self._images(x)
        if not len(x):
            raise ValueError(f"`x` must hold at least one image. Received: x.shape={x.shape}. Pass a batch.")
        return x

    def _images(self, x):
        inputs, dtype = self.parameters[0]["kernel"].shape[0], self.parameters[0]["kernel"].dtype
        array = validate.real_array("x", x, advice="Pass images, such as data.load().x_test.")
        if array.ndim < 2 or int(np.prod(array.shape[1:])) != inputs:
            raise ValueError(
                f"`x` must hold images of {inputs} pixels, shape (N, ...). Received: x.shape={array.shape}. "
                "Pass a batch of images, also where it holds one."
            )
        return array.reshape(len(array), inputs).astype(dtype, copy=False)

    def _trace(self, name, x, training):
        with np.errstate(all="ignore"):
            return [layer[name] for layer in self._run(self._images(x), training)[:-1]]

    def _run(self, x, training, rng=None):
        """All intermediate results, one dict a layer; the output layer's "z" are the logits."""
        trace = []
        for i, p in enumerate(self.parameters):
            t = {"x": x, "z": layers.dense(x, p["kernel"], p.get("bias"))}
            trace.append(t)
            if i + 1 == len(self.parameters):
                return trace
            y = t["z"]
            if self.normalized == "before":
                y = self._disturb(t, self._normalize(t, i, y, training), rng)
            t["pre_activation"] = y
            y = t["activation"] = layers.ACTIVATION[self.activation](y)
            if self.normalized == "after":
                y = self._normalize(t, i, y, training)
            if self.normalized != "before":
                y = self._disturb(t, y, rng)
            x = t["output"] = self._drop(t, y, rng)

    def _backward(self, trace, dz):
        gradients, dx = [{} for _ in self.parameters], None
        for i in reversed(range(len(trace))):
            p, t, g = self.parameters[i], trace[i], gradients[i]
            if i + 1 < len(trace):
                dy = dx * t.get("kept", 1)
                if self.normalized != "before":
                    dy = dy * t.get("factor", 1)
                if self.normalized == "after":
                    dy = self._normalize_backward(t, dy, g)
                dz = dy * layers.DERIVATIVE[self.activation](t["activation"])
                if self.normalized == "before":
                    dz = self._normalize_backward(t, dz * t.get("factor", 1), g)
            dx, g["kernel"], dbias = layers.dense_backward(dz, t["x"], p["kernel"])
            if "bias" in p:
                g["bias"] = dbias
        return gradients

    def _normalize(self, t, i, x, training):
        gamma, beta = self.parameters[i]["gamma"], self.parameters[i]["beta"]
        if not training:
            mean, variance = (self.moving_statistics[i][name] for name in ("moving_mean", "moving_variance"))
            return batchnorm.apply_moments(x, gamma, beta, mean, variance, self.epsilon)
        x_hat, _, _, scale = batchnorm.normalize(x, -2, self.epsilon)
        t["x_hat"], t["scale"] = x_hat, gamma * scale
        return x_hat * gamma + beta

    def _normalize_backward(self, t, dy, g):
        dx, dgamma, dbeta = batchnorm.normalize_backward(dy, t["x_hat"], t["scale"], -2)
        g["gamma"], g["beta"] = dgamma[0], dbeta[0]
        return dx

    def _disturb(self, t, y, rng):
        if rng is None or not self.noise:
            return y
        t["factor"], shift = layers.draw_noise(rng, y.shape, self.noise, y.dtype)
        return y * t["factor"] + shift

    def _drop(self, t, y, rng):
        if rng is None or not self.dropout:
            return y
        t["kept"], _ = layers.draw_dropout(rng, y.shape, self.dropout, y.dtype)
        return y * t["kept"]


def _labels(name, value, count):
    """`value` as an array of `count` integers, or a ValueError."""
    try:
        labels = np.asarray(value)
    except (TypeError, ValueError):
        labels = np.empty(0, object)
    if labels.shape != (count,) or labels.dtype.kind not in "iu":
        raise ValueError(
            f"`{name}` must hold one integer label for each image, shape ({count},). "
            f"Received: {name}.shape={labels.shape}, {name}.dtype={labels.dtype}. Pass the labels that belong to x."
        )
    return labels


def network_from(about, arrays, prefix=""):
    """The network whose `about()` and `arrays(prefix)` these are.

    Raises
    ------
    ValueError, KeyError, TypeError
        If they do not belong together.
    """
    names = {name: name.split(".")[-1] for name in arrays if name.startswith(prefix) and name.endswith(_ENDINGS)}
    if about["layers"] != sum(key == "kernel" for key in names.values()):
        raise ValueError("another number of layers than kernels")
    parameters = [{} for _ in range(about["layers"])]
    moving = [{} for _ in range(about["layers"] - 1 if about["normalized"] else 0)]
    for name, key in names.items():
        layer = int(name[len(prefix) :].split(".")[0])
        (moving if key.startswith("moving") else parameters)[layer][key] = np.array(arrays[name])
    settings = {key: value for key, value in about.items() if key != "layers"}
    return Network(parameters, moving, **settings)


_ENDINGS = (".kernel", ".bias", ".gamma", ".beta", ".moving_mean", ".moving_variance")
