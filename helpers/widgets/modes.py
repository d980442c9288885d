"""Train-or-inference explorer: what the batch-mates and the mode do to the prediction for one image."""

import numpy as np

from helpers._support import validate
from helpers.figures import plots
from helpers.widgets import frame

SIZES = (1, 2, 3, 4, 8, 16, 32, 64, 128)
SHOWN = 12  # batch-mates in the picture
DIGITS = np.arange(10)


class ModesExplorer(frame.CourseWidget):
    """One image among batch-mates: the network's probabilities in training mode and in inference mode.

    Parameters
    ----------
    network : helpers.networks.network.Network
        Or anything with `predict(x, training=...)` -> probabilities (N, 10).
    images, labels : (N, height, width), (N,)
        To choose from.
    mates : (M, height, width)
        The batch-mates are drawn from these; M at least 127.
    """

    def __init__(self, network, images, labels, mates):
        if len(images) != len(labels) or len(images) == 0:
            raise ValueError(
                f"`labels` must have one label for each image. {validate.received(images=len(images))[:-1]}, "
                f"labels={len(labels)}. Cut both to the same length."
            )
        if len(mates) < SIZES[-1] - 1:
            raise ValueError(
                f"`mates` must hold at least {SIZES[-1] - 1} images. Received: len(mates)={len(mates)}. "
                "Pass the training images."
            )
        self._network, self._images, self._labels, self._mates = network, images, labels, mates
        self.image = frame.whole("image", "number", 0, len(images) - 1, 0)
        self.size = frame.slider("batch size", "images", SIZES, 4)
        self.draw = frame.whole("batch-mates", "draw", 0, 40, 0)
        where = "Train-or-inference explorer: one image, its batch-mates, and two modes of one network."
        super().__init__((8, 3.2), [self.image, self.size, self.draw], where)

    def build(self, figure):
        left, right = figure.subplots(1, 2, width_ratios=[1, 2.2])
        self._pixels = left.imshow(self._montage(self._images[:1]), vmin=0, vmax=1, cmap="gray_r")
        left.set(xticks=[], yticks=[])
        left.set_title("image; below, batch-mates", fontsize=9)
        left.grid(False)
        left.spines[:].set_visible(False)
        self._bars = {}
        looks = {True: (plots.VERMILION, "////", -0.2), False: (plots.BLUE, None, 0.2)}
        for training, (color, hatch, shift) in looks.items():
            label = "training mode, in this batch" if training else "inference mode"
            self._bars[training] = right.bar(
                DIGITS + shift, 0 * DIGITS, 0.4, color=color, hatch=hatch, edgecolor="black", linewidth=0.5, label=label
            )
        (self._truth,) = right.plot([0], [1.03], "v", color="black", clip_on=False, linestyle="", label="right digit")
        right.set(ylim=(0, 1.06), xticks=DIGITS, xlabel="digit", ylabel="probability")
        figure.legend(*right.get_legend_handles_labels(), loc="outside upper right", ncols=3, fontsize=9)
        return [self._pixels, self._truth, *self._bars[True], *self._bars[False]]

    def update(self):
        image, label, size = self._images[self.image.value], int(self._labels[self.image.value]), self.size.value
        places = np.random.default_rng(self.draw.value).permutation(len(self._mates))[: size - 1]
        batch = np.concatenate([image[None], self._mates[places]])
        answers = {training: self._network.predict(batch, training=training)[0] for training in (True, False)}
        for training, bars in self._bars.items():
            for bar, probability in zip(bars, answers[training]):
                bar.set_height(float(probability))
        self._truth.set_data([label], [1.03])
        self._pixels.set_data(self._montage(batch))
        said = {training: int(np.argmax(answer)) for training, answer in answers.items()}
        trained, known = (f"{said[mode]} ({answers[mode][said[mode]]:.2f})" for mode in (True, False))
        lines = [
            f"Image {self.image.value} shows the digit {label}; {size - 1} batch-mate{'' if size == 2 else 's'}.",
            f"Training mode says {trained}, inference mode says {known}; the probability is in brackets.",
        ]
        if size == 1:
            lines.append("Alone in its batch, every image gets this same answer: x̂ is 0 in every layer.")
        return "\n".join(lines)

    def settings(self):
        return f"Image {self.image.value}, {self.size.value} in the batch, draw {self.draw.value} of batch-mates."

    def _montage(self, batch):
        """The image at four times the size, and below it the first batch-mates, six in a row."""
        height, width = batch.shape[1:3]
        big = np.kron(batch[0], np.ones((4, 4)))
        picture = np.zeros((4 * height + 2 + 2 * height, 6 * width))
        start = (6 * width - big.shape[1]) // 2
        picture[: 4 * height, start : start + big.shape[1]] = big
        for place, mate in enumerate(batch[1 : 1 + SHOWN]):
            top, side = 4 * height + 2 + place // 6 * height, place % 6 * width
            picture[top : top + height, side : side + width] = mate
        return picture
