"""What the graph of a Keras model says about the surroundings of its normalizations. No image passes the model.

The model is traced once in inference mode. Each tensor of the graph then carries its origins: which operation with
weights it comes from, and whether a normalization or a nonlinearity has come since.
"""

from helpers.doctor.origin import Origin
from helpers.doctor.tf_layers import intercepted, is_norm, named_layers
from helpers.tf.quiet import keras, tf

WEIGHTED = """Conv2D Conv3D DepthwiseConv2dNative MatMul BatchMatMul BatchMatMulV2 Einsum Conv2DBackpropInput
    Conv3DBackpropInputV2 ResourceGather GatherV2"""
LOOPS = {"While", "StatelessWhile", "PartitionedCall", "StatefulPartitionedCall"}
SAME = {"Identity", "Cast", "Reshape", "Squeeze", "ExpandDims", "Transpose"}
MERGES = {"Add", "AddV2", "Sub", "Mul", "RealDiv", "AddN"}
LINEAR = """BiasAdd Add AddV2 Sub Mul Neg RealDiv AvgPool Mean Sum ConcatV2 Pad PadV2 StridedSlice Split Pack Unpack
    Tile ResizeNearestNeighbor ResizeBilinear SpaceToBatchND BatchToSpaceND FusedBatchNormV3"""
WEIGHTED, LINEAR = set(WEIGHTED.split()), SAME | set(LINEAR.split())
ACTIVATIONS = {"Relu", "Relu6", "LeakyRelu", "Elu", "Selu", "Tanh", "Sigmoid", "Softplus"}
OUTPUT_ONLY = {"Softmax", "Sigmoid", "Tanh", "LogSoftmax"}
SHAPES = {"Shape", "ShapeN", "Size", "Rank", "ZerosLike", "OnesLike"}
"""They tell of a tensor's form, not of its numbers."""


def look(model, x, norms):
    """Fill in what the graph says about the Norms; x is a batch of inputs, of which only shapes and types count."""
    trace = _Trace(model, x)
    by_path = {norm.path: norm for norm in norms}
    for layer, (x, y) in trace.norms.items():
        if trace.paths[layer] in by_path:
            _surroundings(trace, by_path[trace.paths[layer]], layer, x, y)
    for layer, op in trace.straight:
        if trace.paths[layer] in by_path:
            by_path[trace.paths[layer]].straight_to = trace.path(op) or op.name
    for tensor in trace.outputs:
        layer = trace.normalized.get(_back(tensor, SAME | OUTPUT_ONLY, stop=trace.normalized).name)
        if layer is not None and trace.paths[layer] in by_path:
            by_path[trace.paths[layer]].behind_output = any(o.kernel is not None for o in trace.origins[tensor.name])


def _surroundings(trace, norm, layer, x, y):
    origins = trace.origins.get(x.name, set())
    owners = {trace.owner.get(origin.kernel): origin for origin in origins if origin.kernel is not None}
    if len(owners) == 1:
        owner = trace.layers.get(next(iter(owners)))
        norm.kernel = trace.paths.get(id(owner))
        norm.kernel_trainable = getattr(owner, "trainable", None)
        if not any(origin.turned for origin in origins):
            norm.features_axis = 1 if getattr(owner, "data_format", "") == "channels_first" else -1
    before = _back(x, SAME).op
    if trace.adds_bias(before) and getattr(trace.layers.get(trace.owner.get(before)), "trainable", False):
        norm.bias = trace.path(before)
    if trace.is_activation(before) and trace.source(before).type in WEIGHTED and len(trace.readers(x)) <= 2:
        norm.activated_before = trace.path(before)
    after = _forward(trace, y)
    if after is not None and trace.is_activation(after):
        norm.activated_after = trace.path(after) or after.name


def _back(tensor, through, stop=()):
    """The tensor that this one is, but for operations of the given types."""
    while tensor.op.type in through and tensor.op.inputs and tensor.name not in stop:
        tensor = tensor.op.inputs[0]
    return tensor


def _forward(trace, tensor):
    """The one operation that reads this tensor, past those that keep its numbers; None where several read it."""
    readers = trace.readers(tensor)
    while len(readers) == 1 and readers[0].type in SAME:
        readers = trace.readers(readers[0].outputs[0])
    first = readers[0] if readers else None
    return first if len({trace.owner.get(reader) for reader in readers}) == 1 else None


class _Trace:
    """The graph of a model in inference mode."""

    def __init__(self, model, x):
        self.paths = {id(layer): path for path, layer in named_layers(model).items()}
        self.layers, self.norms, calls = {}, {}, []
        graphs = []

        def around(layer, call, *args, **kwargs):
            graph = tf.compat.v1.get_default_graph()
            start = len(graph.get_operations())
            y = call(*args, **kwargs)
            if graph is graphs[0]:
                self.layers[id(layer)] = layer
                calls.append((start, -len(graph.get_operations()), id(layer)))
                x = args[0] if args else next(iter(kwargs.values()), None)
                if is_norm(layer) and id(layer) in self.paths and tf.is_tensor(y) and tf.is_tensor(x):
                    self.norms[id(layer)] = (x, y)
            return y

        def forward(inputs):
            graphs.append(tf.compat.v1.get_default_graph())
            return model(inputs, training=False)

        spec = tf.nest.map_structure(lambda t: tf.TensorSpec([None, *t.shape[1:]], t.dtype), x)
        with intercepted(around):
            concrete = tf.function(forward).get_concrete_function(spec)
        self.operations = concrete.graph.get_operations()
        self.owner = {}
        for start, end, layer in sorted(calls):  # an inner call begins later, or ends sooner
            self.owner.update(dict.fromkeys(self.operations[start:-end], layer))
        self.normalized = {y.name: layer for layer, (_, y) in self.norms.items()}
        self.outputs = concrete.graph.outputs
        self.straight, self.origins = [], {}
        self._follow(concrete.graph.inputs[: len(tf.nest.flatten(spec))])

    def _follow(self, inputs):
        for tensor in inputs:
            self.origins[tensor.name] = {Origin()}
        for op in self.operations:
            sources = [t for t in op.inputs if t.name in self.origins]
            if not sources or op.type in SHAPES:
                continue
            origins = set().union(*(self.origins[t.name] for t in sources))
            if op.type in WEIGHTED and len(sources) == 1:
                self._arrive(op, origins)
                origins = {Origin(op)}
            elif op.type in LOOPS and any(len(v.shape) > 1 for v in getattr(self._layer(op), "variables", ())):
                origins = {Origin(op, bent=True)}
            else:
                merged = op.type in MERGES and len(sources) > 1
                bent = merged or op.type not in LINEAR
                inside = any(self.owner.get(o.kernel) == self.owner.get(op) for o in origins)  # of a convolution
                turned = op.type == "Transpose" and not inside
                origins = {o._replace(bent=o.bent or bent, turned=o.turned or turned) for o in origins}
            for tensor in op.outputs:
                self.origins[tensor.name] = origins
                if tensor.name in self.normalized:
                    layer = self.normalized[tensor.name]
                    x = self.norms[layer][0]
                    self.origins[tensor.name] = {o._replace(norm=layer) for o in self.origins.get(x.name, origins)}

    def _arrive(self, op, origins):
        """Note what reaches an operation with weights straight from another one, through a normalization alone."""
        for origin in origins:
            straight = origin.kernel is not None and origin.norm is not None and not origin.bent
            if straight and not _meant_to_be_straight(origin.kernel):
                self.straight.append((origin.norm, op))

    def _layer(self, op):
        return self.layers.get(self.owner.get(op))

    def path(self, op):
        """The path of the layer that an operation belongs to."""
        return self.paths.get(self.owner.get(op))

    def readers(self, tensor):
        return [op for op in tensor.consumers() if op.type not in SHAPES]

    def source(self, op):
        """The operation, with its bias left out, whose result is the first thing that this one reads."""
        first = _back(self._read(op), SAME).op
        return _back(self._read(first), SAME).op if self.adds_bias(first) else first

    def _read(self, op):
        return next(t for t in op.inputs if t.name in self.origins)

    def is_activation(self, op):
        if op.type in ACTIVATIONS:
            return True
        activation = getattr(self._layer(op), "activation", None)
        return op.type not in LINEAR | WEIGHTED and activation not in (None, keras.activations.linear)

    def adds_bias(self, op):
        """Whether an operation adds a variable to what an operation with weights gives."""
        sources = [t for t in op.inputs if t.name in self.origins]
        if op.type not in ("BiasAdd", "AddV2", "Add") or len(sources) != 1 or len(op.inputs) != 2:
            return False
        return _back(sources[0], SAME).op.type in WEIGHTED


def _meant_to_be_straight(kernel):
    """Whether two operations with weights often follow each other without a nonlinearity.

    MobileNetV2 leaves it out behind a 1 x 1 convolution to fewer maps, ShuffleNet behind a depthwise convolution.
    """
    if kernel.type == "DepthwiseConv2dNative":
        return True
    shape = kernel.inputs[1].shape
    return kernel.type == "Conv2D" and tuple(shape[:2]) == (1, 1) and shape[3] < shape[2]
