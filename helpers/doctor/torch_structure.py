"""What torch.fx says about the surroundings of a PyTorch module's normalizations. No image passes the module.

As in `tf_structure`, each value of the graph carries its origins: which operation with weights it comes from, and
whether a normalization or a nonlinearity has come since. Modules, functions and methods go by one name: `relu` is
nn.ReLU, F.relu and x.relu_(), `conv` a convolution of any dimension.
"""

import re

import torch
from torch import fx, nn

from helpers.doctor.origin import Origin
from helpers.doctor.torch_layers import is_norm

TURNS = "view reshape flatten unflatten permute transpose movedim swapaxes squeeze unsqueeze pixelshuffle"
SAME = "identity dropout alphadropout contiguous to float clone"
MERGES = "add iadd sub isub mul imul truediv"
LINEAR = "neg mean sum cat concat stack chunk split getitem pad zeropad interpolate upsample avgpool adaptiveavgpool"
ACTIVATIONS = """relu relu6 leakyrelu prelu rrelu elu selu celu gelu silu mish tanh sigmoid softplus hardtanh hardswish
    hardsigmoid logsigmoid softsign"""
WEIGHTED = "linear conv convtranspose embedding matmul mm bmm"
TURNS, SAME, MERGES, LINEAR = (set(words.split()) for words in (TURNS, SAME, MERGES, LINEAR))
ACTIVATIONS, WEIGHTED = set(ACTIVATIONS.split()), set(WEIGHTED.split())
SAME = SAME | TURNS
LINEAR = LINEAR | SAME | MERGES
OUTPUT_ONLY = {"softmax", "logsoftmax", "sigmoid", "tanh"}
SHAPES = {"getattr", "size", "dim", "numel", "len"}
PLAIN = (nn.Linear, nn.Embedding, nn.modules.conv._ConvNd)
"""Layers that are linear; the others with a matrix, such as nn.LSTM, hold a nonlinearity."""


class Tracer(fx.Tracer):
    def is_leaf_module(self, m, module_qualified_name):
        return is_norm(m) or super().is_leaf_module(m, module_qualified_name)


def look(module, norms):
    """Fill in what the graph says about the Norms."""
    _Graph(module, norms)


class _Graph:
    def __init__(self, module, norms):
        self.layers = dict(module.named_modules(remove_duplicate=False))
        self.norms = {id(self.layers[norm.path]): norm for norm in norms}
        self.origins = {}
        for node in Tracer().trace(module).nodes:
            if node.op == "placeholder":
                self.origins[node] = {Origin()}
            elif node.op == "output":
                self._end(node)
            elif any(source in self.origins for source in node.all_input_nodes) and self._kind(node) not in SHAPES:
                self.origins[node] = self._follow(node)

    def _layer(self, node):
        return self.layers[node.target] if node.op == "call_module" else None

    def _kind(self, node):
        called = type(self._layer(node)) if node.op == "call_module" else node.target
        return re.sub(r"_|\dd$", "", getattr(called, "__name__", str(called)).lower())

    def _norm(self, node):
        return self.norms.get(id(self._layer(node)))

    def _path(self, node):
        return node.target if node.op == "call_module" else node.name

    def _weighted(self, node):
        layer = self._layer(node)
        if layer is None:
            return self._kind(node) in WEIGHTED
        return any(parameter.ndim > 1 for parameter in layer.parameters())

    def _sources(self, node):
        return [source for source in node.all_input_nodes if source in self.origins]

    def _follow(self, node):
        """The origins of what a node gives."""
        sources, kind = self._sources(node), self._kind(node)
        origins = set().union(*(self.origins[source] for source in sources))
        if (norm := self._norm(node)) is not None:
            self._surroundings(node, norm, origins)
            return {origin._replace(norm=id(self._layer(node))) for origin in origins}
        if self._weighted(node) and len(sources) == 1:
            plain = self._layer(node) is None or isinstance(self._layer(node), PLAIN)
            self._arrive(node, origins if plain else ())
            return {Origin(node, bent=not plain)}
        bent = kind not in LINEAR or (kind in MERGES and len(sources) > 1)
        return {o._replace(bent=o.bent or bent, turned=o.turned or kind in TURNS) for o in origins}

    def _arrive(self, node, origins):
        """Note what reaches a layer with weights straight from another one, through a normalization alone."""
        for origin in origins:
            straight = origin.kernel is not None and origin.norm is not None and not origin.bent
            if straight and not _meant_to_be_straight(self._layer(origin.kernel)):
                self.norms[origin.norm].straight_to = self._path(node)

    def _surroundings(self, node, norm, origins):
        kernels = {origin.kernel for origin in origins} - {None}
        layer = self._layer(next(iter(kernels))) if len(kernels) == 1 else None
        if layer is not None:
            norm.kernel = next(iter(kernels)).target
            norm.kernel_trainable = any(parameter.requires_grad for parameter in layer.parameters())
            if not any(origin.turned for origin in origins):
                norm.features_axis = 1 if isinstance(layer, nn.modules.conv._ConvNd) else -1
        before = self._back(self._sources(node)[0], SAME)
        bias = getattr(self._layer(before), "bias", None)
        if self._weighted(before) and torch.is_tensor(bias) and bias.requires_grad:
            norm.bias = before.target
        activated = self._kind(before) in ACTIVATIONS and len(before.users) == 1
        if activated and self._weighted(self._back(self._sources(before)[0], SAME)):
            norm.activated_before = self._path(before)
        after = node
        while after is node or self._kind(after) in SAME:
            readers = [user for user in after.users if self._kind(user) not in SHAPES]
            if len(readers) != 1:
                return
            after = readers[0]
        if self._kind(after) in ACTIVATIONS:
            norm.activated_after = self._path(after)

    def _end(self, output):
        """Note the normalizations whose output is the model's."""
        for node in self._sources(output):
            node = self._back(node, SAME | OUTPUT_ONLY)
            norm = self._norm(node)
            if norm is not None:
                norm.behind_output = any(origin.kernel is not None for origin in self.origins[node])

    def _back(self, node, through):
        """The node whose numbers these are, but for operations of the given kinds."""
        while self._kind(node) in through and self._sources(node):
            node = self._sources(node)[0]
        return node


def _meant_to_be_straight(layer):
    """Whether a nonlinearity is often left out behind it: see `tf_structure`; of a function nothing is known."""
    if not isinstance(layer, nn.modules.conv._ConvNd):
        return layer is None
    depthwise = layer.groups == layer.in_channels > 1
    return depthwise or (set(layer.kernel_size) == {1} and layer.out_channels < layer.in_channels)
