"""The doctor on PyTorch modules: healthy ones, each fault planted, and what it leaves as it was. `make test-extras`"""

import copy
import functools
import re

import numpy as np
import pytest

from helpers import data, doctor
from helpers.doctor.findings import FINDINGS, texts

torch = pytest.importorskip("torch", reason="PyTorch is not part of the course's environment: make test-extras")
nn = torch.nn
pytestmark = pytest.mark.weekly


class Always(nn.BatchNorm1d):
    """In training mode whatever is said to it."""

    def train(self, mode=True):
        return super().train(True)


class Writing(nn.BatchNorm1d):
    """Writes to its memory in inference mode as well."""

    def forward(self, x):
        self.running_mean = 0.9 * self.running_mean + 0.1 * x.mean(0)
        return super().forward(x)


def norm(o, features, kind):
    return o.get("norm", kind)(features, **o.get("settings", {}))


def unit(o, layer, kind, *, straight=False):
    """A layer with weights, its normalization, and an activation, with the faults of o."""
    layers = [layer(bias=o.get("bias", False)), *([nn.ReLU()] if o.get("twice") else [])]
    layers += [norm(o, getattr(layers[0], "out_features", None) or layers[0].out_channels, kind)]
    return layers if straight and o.get("straight") else [*layers, nn.ReLU()]


def linear(*sizes):
    return functools.partial(nn.Linear, *sizes)


def conv(*sizes):
    return functools.partial(nn.Conv2d, *sizes, 3, padding=1)


def dense(o):
    units = unit(o, linear(64, 32), nn.BatchNorm1d), unit(o, linear(32, 32), nn.BatchNorm1d, straight=True)
    return nn.Sequential(nn.Flatten(), *units[0], *units[1], *end(o, linear(32, 10)))


def convolutions(o):
    units = unit(o, conv(1, 8), nn.BatchNorm2d), unit(o, conv(8, 12), nn.BatchNorm2d, straight=True)
    return nn.Sequential(*units[0], *units[1], nn.AvgPool2d(2), nn.Flatten(), *end(o, linear(12 * 16, 10)))


def end(o, output):
    return [output(), norm(o, 10, nn.BatchNorm1d)] if o.get("behind") else [output()]


class Residual(nn.Module):
    def __init__(self, o):
        super().__init__()
        self.stem = nn.Sequential(*unit(o, conv(1, 12), nn.BatchNorm2d))
        self.inner = nn.Sequential(*unit(o, conv(12, 12), nn.BatchNorm2d, straight=True))
        self.last = nn.Sequential(*unit(o, conv(12, 12), nn.BatchNorm2d)[: 3 if o.get("twice") else 2])
        self.head = nn.Sequential(*end(o, linear(12, 10)))

    def forward(self, x):
        x = self.stem(x)
        x = nn.functional.relu(x + self.last(self.inner(x)), inplace=True)
        return self.head(x.mean(dim=(2, 3)))


NETS = {"dense": dense, "convolutions": convolutions, "residual": Residual}


def batches(size=32, count=320):
    split = data.load(split=0)
    x = torch.tensor(split.x_train[:count, None], dtype=torch.float32)
    return list(zip(x.split(size), torch.tensor(split.y_train[:count]).split(size)))


def settle(module, given=None, passes=5):
    """Let the memory take up the statistics of batches while no weight changes."""
    with torch.no_grad():
        for x, _ in (given or batches()) * passes:
            module.train()(x)
    return module


@functools.cache
def trained(name):
    torch.manual_seed(0)
    module = NETS[name]({})
    optimizer = torch.optim.Adam(module.parameters(), 0.003)
    for x, y in batches(count=1280) * 5:
        optimizer.zero_grad()
        nn.functional.cross_entropy(module(x), y).backward()
        optimizer.step()
    return settle(module)


def healthy(name):
    return copy.deepcopy(trained(name))


def norms(module):
    return [one for one in module.modules() if isinstance(one, nn.modules.batchnorm._BatchNorm)]


@pytest.mark.parametrize("name", NETS)
@pytest.mark.parametrize("mode", [True, False])
def test_nothing_is_found_in_a_healthy_module(name, mode):
    report = doctor.examine(healthy(name).train(mode), batches())
    assert report.names == []
    assert report.facts.right_by_memory.mean() > 0.9
    assert len(report.not_looked_at) == 1 + mode  # the optimizer, and whether eval() is called


# -- Faults: a function from a net's name to (module, batches)


def built(**o):
    def plant(name):
        torch.manual_seed(0)
        return settle(NETS[name](o)), batches()

    return plant


def changed(change, given=batches):
    def plant(name):
        module = healthy(name)
        with torch.no_grad():
            change(module, norms(module))
        return module, given()

    return plant


def each_norm(change):
    return changed(lambda module, layers: [change(layer) for layer in layers])


def starting(momentum, steps):
    def plant(name):
        module = healthy(name)
        for layer in norms(module):
            layer.reset_running_stats()
            layer.momentum = momentum
        return settle(module, (batches() * 10)[:steps], passes=1), batches()

    return plant


def stale(module, layers):
    for parameter in module.parameters():
        parameter.mul_(3 if parameter.ndim > 1 else 1)


def base_frozen(module, layers):
    for layer in module.modules():
        if isinstance(layer, nn.Linear | nn.Conv2d):
            layer.requires_grad_(False)


def frozen_at_the_start(layer):
    layer.reset_running_stats()
    layer.requires_grad_(False)
    layer.eval()


def unwritten(layer):
    layer.reset_running_stats()
    layer.momentum = 0.0


def faint(name):
    module = healthy(name)
    next(module.parameters()).data.mul_(1e-3)
    return settle(module), batches()


def half(name):
    return healthy(name).bfloat16(), batches()


def displaced(layer):
    layer.running_mean += 3 * layer.running_var.sqrt() * (-1.0) ** torch.arange(layer.num_features)


FAULTS = {
    "never in training mode": (lambda name: (NETS[name]({}).eval(), batches()), "missing-training-flag"),
    "memory lost": (each_norm(lambda layer: layer.reset_running_stats()), "restored-without-moving-statistics"),
    "momentum 0": (each_norm(unwritten), "moving-not-updated"),
    "frozen at the start": (each_norm(frozen_at_the_start), "frozen-wrongly"),
    "too few steps": (starting(0.03, 20), "statistics-lag"),
    "momentum 0.001": (starting(0.001, 40), "momentum-near-one"),
    "drift": (changed(lambda *_: None, lambda: [(1 - 3 * x, y) for x, y in batches()]), "statistics-off"),
    "stale": (changed(stale), "statistics-off"),
    "momentum 0.9": (starting(0.9, 10), "momentum-inverted"),
    "mode gap": (each_norm(displaced), "mode-gap"),
    "no running statistics": (built(settings={"track_running_stats": False}), "batch-statistics-at-inference"),
    "bias": (built(bias=True), "bias-kept"),
    "activated twice": (built(twice=True), "activated-twice"),
    "activation missing": (built(straight=True), "activation-missing"),
    "output normalized": (built(behind=True), "after-output"),
    "dead gammas": (each_norm(lambda layer: layer.weight[::3].zero_()), "gamma-dead"),
    "variance below epsilon": (faint, "variance-below-epsilon"),
    "frozen base that updates": (changed(base_frozen), "frozen-layer-updates"),
    "frozen norms that update": (each_norm(lambda layer: layer.requires_grad_(False)), "frozen-layer-updates"),
    "NaN": (each_norm(lambda layer: layer.running_var[:1].fill_(np.nan)), "memory-not-finite"),
    "bfloat16": (half, "half-precision-statistics"),
}
OF_DENSE = {
    "batches of two": (lambda name: (healthy(name), batches(2, 64)), "batch-too-small"),
    "always in training mode": (built(norm=Always), "batch-statistics-at-inference"),
    "writing in inference mode": (built(norm=Writing), "moving-updated-at-inference"),
}


@pytest.mark.parametrize(
    ("name", "fault"), [(name, fault) for fault in FAULTS for name in NETS] + [("dense", fault) for fault in OF_DENSE]
)
def test_a_planted_fault_is_named(name, fault):
    plant, due = (FAULTS | OF_DENSE)[fault]
    report = doctor.examine(*plant(name))
    print(fault, name, report.names)
    assert due in report.names
    assert str(report).count("\n") > 4


def test_a_sequence_whose_features_are_last_is_normalized_over_the_wrong_axis():
    class Sequence(nn.Module):
        def __init__(self, turned):
            super().__init__()
            self.turned, self.embed, self.head = turned, nn.Linear(8, 16, bias=False), nn.Linear(16, 10)
            self.norm = nn.BatchNorm1d(16 if turned else 8)

        def forward(self, x):
            x = self.embed(x.squeeze(1))
            x = self.norm(x.transpose(1, 2)).transpose(1, 2) if self.turned else self.norm(x)
            return self.head(torch.relu(x).mean(1))

    found = [doctor.examine(settle(Sequence(turned)), batches()).findings for turned in (False, True)]
    assert [one.name for one in found[0]] == ["axis-not-features"]
    assert (found[0][0].layer, found[0][0].number, found[1]) == ("norm", 1, [])


def test_designs_that_look_like_a_fault_are_none():
    class Inverted(nn.Module):
        """A residual block of MobileNetV2: no activation behind its last convolution."""

        def __init__(self):
            super().__init__()
            wide, deep = conv(6, 24), functools.partial(conv(24, 24), groups=24)
            narrow = functools.partial(nn.Conv2d, 24, 6, 1)
            self.block = nn.Sequential(
                *unit({}, wide, nn.BatchNorm2d), *unit({}, deep, nn.BatchNorm2d), *unit({}, narrow, nn.BatchNorm2d)[:2]
            )

        def forward(self, x):
            return x + self.block(x)

    units = unit({}, linear(64, 24 * 16), nn.BatchNorm1d)[:1], unit({}, conv(24, 6), nn.BatchNorm2d)
    generator = [nn.Flatten(), *units[0], nn.Unflatten(1, (24, 4, 4)), nn.BatchNorm2d(24), nn.ReLU(), *units[1]]
    before = [Inverted(), Inverted(), nn.BatchNorm2d(6), nn.ReLU()]
    module = settle(nn.Sequential(*generator, *before, nn.Conv2d(6, 1, 3)), passes=20)
    report = doctor.examine(module, [x for x, _ in batches()])
    assert report.names == []
    assert not any("cannot be traced" in line for line in report.not_looked_at)


def state(module):
    return [
        [value.clone() for value in module.state_dict().values()],
        [one.training for one in module.modules()],
        [(one.requires_grad, None if one.grad is None else one.grad.clone()) for one in module.parameters()],
        torch.get_rng_state(),
        [len(one._forward_hooks) for one in module.modules()],
    ]


def test_weights_memory_modes_gradients_and_random_numbers_are_as_before():
    module = nn.Sequential(dense({}), nn.Dropout(0.5))
    nn.functional.cross_entropy(module(batches()[0][0]), batches()[0][1]).backward()
    norms(module)[0].eval()
    next(module.parameters()).requires_grad_(False)
    objects = [id(one) for one in (*module.parameters(), *module.buffers())]
    before = state(module)
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(*map(torch.cat, zip(*batches()))), 32, True)
    doctor.examine(module, loader)
    doctor.recalibrate(module, loader)
    torch.testing.assert_close(state(module), before, rtol=0, atol=0)
    assert [id(one) for one in (*module.parameters(), *module.buffers())] == objects


def test_each_image_passes_the_module_four_times():
    rows = []
    module = nn.Sequential(healthy("dense"))
    module[0][0].register_forward_pre_hook(lambda layer, inputs: rows.append(len(inputs[0])))
    doctor.examine(module, batches()[:2])
    assert sum(rows) == 4 * 64


def test_the_moments_are_those_that_pytorch_writes_itself():
    for dimensions, kind in enumerate((nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d), 1):
        x = torch.randn(24, 3, *[4] * dimensions) * 2 + 1
        layer = kind(3, momentum=1.0)
        layer(x)
        found = doctor.examine(nn.Sequential(layer, nn.ReLU()), [x]).facts.norms[0]
        unbiased = found.variance * x[:, 0].numel() / (x[:, 0].numel() - 1)
        np.testing.assert_allclose([found.mean, unbiased], [layer.running_mean, layer.running_var], rtol=1e-5)


def test_the_report_speaks_pytorchs_convention_of_momentum():
    late = doctor.examine(*starting(0.001, 40)("dense"))
    assert "its momentum, in PyTorch the weight of the new value, is too near 0" in str(late)
    assert "(1 - momentum) ** steps" in str(late)
    assert "Keras's 0.9 is 0.1 here" in str(doctor.examine(*starting(0.9, 10)("dense")))


def test_a_mean_of_all_batches_has_no_momentum():
    module = built(settings={"momentum": None})("dense")[0]
    assert doctor.examine(module, batches()).names == []
    for layer in norms(module):
        layer.reset_running_stats()
    assert doctor.examine(module, batches()).names == ["missing-training-flag"]


def test_layers_without_a_memory_are_not_said_to_write_none():
    assert doctor.examine(*built(settings={"track_running_stats": False})("dense")).names == [
        "batch-statistics-at-inference"
    ]


def test_a_norm_in_inference_mode_during_training_is_taken_as_it_was_given():
    module = healthy("dense").train()
    for layer in norms(module):
        layer.eval().requires_grad_(False)
    report = doctor.examine(module, batches())
    assert report.names == []
    assert not any(one.by_batch for one in report.facts.norms)


def test_a_module_for_predictions_only_is_not_said_to_update():
    assert doctor.examine(healthy("dense").eval().requires_grad_(False), batches()).names == []


def test_recalibrating_a_copy_does_what_update_bn_does():
    module, given = FAULTS["memory lost"][0]("convolutions")
    module.eval()
    repaired = doctor.recalibrate(module, given)
    assert not repaired.training
    assert doctor.examine(repaired, given).names == []
    assert doctor.examine(module, given).names[0] == "restored-without-moving-statistics"
    torch.optim.swa_utils.update_bn([x for x, _ in given], module)
    for ours, theirs in zip(norms(repaired), norms(module), strict=True):
        torch.testing.assert_close(ours.running_mean, theirs.running_mean, rtol=1e-4, atol=1e-4)
        torch.testing.assert_close(ours.running_var, theirs.running_var, rtol=0.05, atol=1e-4)


def test_group_and_layer_normalization_are_listed():
    module = nn.Sequential(nn.Flatten(), nn.Linear(64, 8), nn.GroupNorm(2, 8), nn.LayerNorm(8), nn.Linear(8, 10))
    report = doctor.examine(module, batches())
    assert report.names == []
    assert report.facts.others == [("2", "GroupNorm"), ("3", "LayerNorm")]


def test_a_module_that_cannot_be_traced_is_looked_at_as_far_as_it_goes():
    class Deciding(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = healthy("dense")
            norms(self)[0].momentum = 0.9

        def forward(self, x):
            return self.inner(x) if x.sum() > 0 else self.inner(-x)

    report = doctor.examine(Deciding(), batches())
    assert report.names == ["momentum-inverted"]
    assert report.findings[0].layer == "inner.2"
    assert "cannot be traced (TraceError)" in "".join(report.not_looked_at)


def test_arrays_several_inputs_and_a_last_batch_of_one_image():
    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = nn.Sequential(nn.Linear(6, 5, bias=False), nn.BatchNorm1d(5), nn.ReLU(), nn.Linear(5, 3))

        def forward(self, a, b):
            return {"out": self.net(torch.cat([a, b], 1))}

    x = np.random.default_rng(0).normal(size=(65, 6))
    rows = [x[:32], x[32:64], x[64:]]
    net = Two()
    settle(net.net, [(torch.tensor(x, dtype=torch.float32), None)], passes=60)
    for given in ([{"a": one[:, :2], "b": one[:, 2:]} for one in rows], [([o[:, :2], o[:, 2:]], None) for o in rows]):
        report = doctor.examine(net, given)
        assert report.names == []
        assert report.facts.images == 64
    assert doctor.examine(net.net, x).names == []


def test_every_cure_that_names_keras_has_another_for_pytorch():
    of_keras = re.compile("use_bias|training=|trainable|compile|assign|model.save|Keras|mixed_|activation=")
    named = {name for name in FINDINGS if of_keras.search(texts()[name]["cure"] + texts()[name]["why"])}
    assert {name for name in named if "torch" not in texts()[name]} == {"trainable-changed"}
