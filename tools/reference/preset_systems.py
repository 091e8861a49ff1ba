"""Each reference system as a program of its own, from its published formulas, in PyTorch float64.

A system is a class: what it makes of the two pictures (`prepare`), where it starts (`start`), its loss
(`losses`, giving content, style and tv) and its optimiser. Nothing is shared between them but the network, the Gram
matrix and the pictures' resampling, and nothing at all with the C++ code's table of options.

F is a tap's feature map as an N x M matrix (N channels, M positions), P the content picture's, G = F F^T.
"""

import math

import numpy as np
import torch
import torch.nn.functional as nnf

FIRST_OF_EACH_BLOCK = tuple(f"relu{block}_1" for block in range(1, 6))


def per_channel(*values):
    """3 x 1 x 1, rounded to float32 as the program holds them."""
    return torch.from_numpy(np.float32(values).astype(np.float64)).reshape(3, 1, 1)


class Network:
    """A VGG. `family` decides its input: torchvision (rgb - mean) / std, caffe 255 rgb - mean; RGB in either case."""

    def __init__(self, convolutions, family, pooling=nnf.max_pool2d, padding="constant", blocks=5):
        self.padding = padding
        convolutions = {name: wb for name, wb in convolutions.items() if int(name[4]) <= blocks}
        self.convolutions = {name: tuple(torch.from_numpy(a).double() for a in wb) for name, wb in convolutions.items()}
        self.family, self.pooling = family, pooling

    def normalise(self, picture):
        """3 x H x W in [0, 1] to the network's input."""
        if self.family == "caffe":
            return 255 * picture - per_channel(123.68, 116.779, 103.939)
        return (picture - per_channel(0.485, 0.456, 0.406)) / per_channel(0.229, 0.224, 0.225)

    def __call__(self, x):
        """{"relu1_1": N x M, ...}"""
        taps, x, last_block = {}, x[None], "1"
        for name, (weight, bias) in self.convolutions.items():
            block = name[4]
            if block != last_block:
                x, last_block = self.pooling(x, 2), block
            x = nnf.relu(nnf.conv2d(nnf.pad(x, (1, 1, 1, 1), mode=self.padding), weight, bias))
            taps["relu" + name[4:]] = x[0].flatten(1)
        return taps


def resample(picture, height, width):
    """Catmull-Rom to a larger size, pixel centres at half integers, the border repeated."""

    def matrix(old, new):
        m = np.zeros((new, old))
        for n in range(new):
            centre = (n + 0.5) * old / new - 0.5
            for tap in range(math.floor(centre) - 1, math.floor(centre) + 3):
                d = abs(centre - tap)
                weight = 1.5 * d**3 - 2.5 * d**2 + 1 if d <= 1 else -0.5 * d**3 + 2.5 * d**2 - 4 * d + 2
                m[n, min(max(tap, 0), old - 1)] += weight
        return torch.from_numpy(m)

    assert height >= picture.shape[1] and width >= picture.shape[2], "shrinking would need a wider kernel"
    return matrix(picture.shape[1], height) @ picture @ matrix(picture.shape[2], width).T


def to_long_side(picture, pixels):
    height, width = picture.shape[1:]
    factor = pixels / max(height, width)
    return resample(picture, round(height * factor), round(width * factor))


def standard_normals(count, seed=0):
    """The program's own noise: SplitMix64 (Steele, Lea & Flood 2014), 53-bit uniforms, Box & Muller's cosine branch."""
    state, mask = seed, 2**64 - 1

    def uniform():
        nonlocal state
        state = (state + 0x9E3779B97F4A7C15) & mask
        z = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        return ((z ^ (z >> 31)) >> 11) / 2**53

    def normal():
        return math.sqrt(-2 * math.log(1 - uniform())) * math.cos(2 * math.pi * uniform())

    return np.array([normal() for _ in range(count)])


def noise_like(x, deviation):
    """The start image reaches the program's optimiser as float32."""
    values = np.float32(deviation * standard_normals(x.numel())).astype(np.float64)
    return torch.from_numpy(values).reshape(x.shape)


def gram(f):
    return f @ f.T


class System:
    """What most of them have in common: pictures as they are, the style's long side that of the content's, start at
    the content image, no total variation."""

    evaluations = 10

    def __init__(self, network, content, style):
        content, style = self.prepare(content, style)
        self.network = network
        self.content_picture = network.normalise(content)
        with torch.no_grad():
            self.p = network(self.content_picture)
            self.style_taps = network(network.normalise(style))

    def prepare(self, content, style):
        return content, to_long_side(style, max(content.shape[1:]))

    def start(self):
        return self.content_picture

    def losses(self, x):
        f = self.network(x)
        return self.content(f), self.style(f), torch.zeros(())


class Gatys(System):
    """The authors' release. Content: mean (F - P)^2 of relu4_2. Style: sum over layers of 1000/N^2 times the mean of
    (G/M - A/M)^2. L-BFGS; history and line search are this project's choice."""

    evaluations = 5

    def content(self, f):
        return (f["relu4_2"] - self.p["relu4_2"]).square().mean()

    def style(self, f):
        total = 0
        for tap in FIRST_OF_EACH_BLOCK:
            a = self.style_taps[tap]
            difference = gram(f[tap]) / f[tap].shape[1] - gram(a) / a.shape[1]
            total = total + 1e3 / len(a) ** 2 * difference.square().mean()
        return total

    def optimizer(self, x):
        return torch.optim.LBFGS([x], lr=1, history_size=10, max_iter=20, tolerance_grad=0, tolerance_change=0,
                                 line_search_fn="strong_wolfe")


class TorchvisionNotebook(System):
    """Both pictures squeezed to a square (here 56 x 56). Sums of squares on features and raw Gram matrices, divided by
    the number of layers; weights 1e2 and 1e-2; from 0.1 noise; Adam 0.1."""

    def prepare(self, content, style):
        return resample(content, 56, 56), resample(style, 56, 56)

    def start(self):
        return noise_like(self.content_picture, 0.1)

    def content(self, f):
        return 1e2 * (f["relu3_1"] - self.p["relu3_1"]).square().sum()

    def style(self, f):
        taps = ("relu1_1", "relu1_2", "relu2_1", "relu2_2", "relu3_1")
        terms = [(gram(f[tap]) - gram(self.style_taps[tap])).square().sum() for tap in taps]
        return 1e-2 * sum(terms) / len(terms)

    def optimizer(self, x):
        return torch.optim.Adam([x], lr=0.1, betas=(0.9, 0.999), eps=1e-8)


class ImageToStyle(System):
    """The app. mse_loss on features of relu5_4 and on raw Gram matrices of the last activation of each block; Adam."""

    def content(self, f):
        return nnf.mse_loss(f["relu5_4"], self.p["relu5_4"])

    def style(self, f):
        taps = ("relu1_2", "relu2_2", "relu3_4", "relu4_4", "relu5_4")
        return sum(nnf.mse_loss(gram(f[tap]), gram(self.style_taps[tap])) for tap in taps)

    def optimizer(self, x):
        return torch.optim.Adam([x], lr=0.05)


class Udacity(System):
    """The course. The style image takes the content image's height and width. Style term w_l mean((G - A)^2) / (N M);
    alpha 1, beta 1e6; Adam 0.003."""

    weights = {"relu1_1": 1.0, "relu2_1": 0.75, "relu3_1": 0.2, "relu4_1": 0.2, "relu5_1": 0.2}

    def prepare(self, content, style):
        return content, resample(style, *content.shape[1:])

    def content(self, f):
        return torch.mean((f["relu4_2"] - self.p["relu4_2"]) ** 2)

    def style(self, f):
        loss = 0
        for tap, weight in self.weights.items():
            channels, positions = f[tap].shape
            term = weight * torch.mean((gram(f[tap]) - gram(self.style_taps[tap])) ** 2)
            loss = loss + term / (channels * positions)
        return 1e6 * loss

    def optimizer(self, x):
        return torch.optim.Adam([x], lr=0.003)


class VggFromScratch(System):
    """The article. Average pooling (the network's, see PRESETS); Gram matrices over N M; means; the style loss is the
    mean over layers; from 10 times noise."""

    def start(self):
        return noise_like(self.content_picture, 10)

    def content(self, f):
        return nnf.mse_loss(f["relu4_2"], self.p["relu4_2"])

    def style(self, f):
        def normed(features):
            return gram(features) / features.numel()

        terms = [nnf.mse_loss(normed(f[tap]), normed(self.style_taps[tap])) for tap in FIRST_OF_EACH_BLOCK]
        return 1e6 * torch.stack(terms).mean()

    def optimizer(self, x):
        return torch.optim.Adam([x], lr=0.1, betas=(0.9, 0.9))


class Vgg16Lbfgs(System):
    """The repository. Every picture at its own resolution; squared errors of features, and of raw Gram matrices over
    the style layers alike: here as means, the latter's over the size N M of the feature map too (the document leaves
    the divisors open)."""

    evaluations = 5

    def prepare(self, content, style):
        return content, style

    def content(self, f):
        return nnf.mse_loss(f["relu4_2"], self.p["relu4_2"])

    def style(self, f):
        loss = 0
        for tap in FIRST_OF_EACH_BLOCK:
            loss = loss + nnf.mse_loss(gram(f[tap]), gram(self.style_taps[tap])) / f[tap].numel()
        return loss

    def optimizer(self, x):
        return torch.optim.LBFGS([x], lr=1, history_size=10, max_iter=20, tolerance_grad=0, tolerance_change=0,
                                 line_search_fn="strong_wolfe")


class NeuralStyle(System):
    """jcjohnson's program: MSE on features (5) and on Gram matrices over N M (100), total variation 1e-3, from noise of
    0.001, L-BFGS without a line search: torch's with max_iter = 1 at every call."""

    evaluations = 2

    def start(self):
        return noise_like(self.content_picture, 0.001)

    def losses(self, x):
        f = self.network(x)
        content = 5 * nnf.mse_loss(f["relu4_2"], self.p["relu4_2"])
        style = 0
        for tap in FIRST_OF_EACH_BLOCK:
            a = self.style_taps[tap]
            style = style + 100 * nnf.mse_loss(gram(f[tap]) / f[tap].numel(), gram(a) / a.numel())
        tv = ((x[:, :, 1:] - x[:, :, :-1]) ** 2).sum() / 2 + ((x[:, 1:, :] - x[:, :-1, :]) ** 2).sum() / 2
        return content, style, 1e-3 * tv

    def optimizer(self, x):
        return torch.optim.LBFGS([x], lr=1, history_size=100, max_iter=1, tolerance_grad=0, tolerance_change=0)


class Oriented(System):
    """This project's own for its untrained network; here its last scale alone, on a network with fixed weights."""

    def losses(self, x):
        f = self.network(x)
        content_taps = ("relu2_2", "relu3_3")
        style_taps = ("relu1_1", "relu1_2", "relu2_1", "relu2_2", "relu3_1", "relu3_2", "relu3_3")
        content = sum(nnf.mse_loss(f[tap], self.p[tap]) for tap in content_taps) / len(content_taps)
        style = 0
        for tap in style_taps:
            a = self.style_taps[tap]
            style = style + nnf.mse_loss(gram(f[tap]) / f[tap].shape[1], gram(a) / a.shape[1]) / len(style_taps)
        tv = ((x[:, :, 1:] - x[:, :, :-1]) ** 2).sum() / 2 + ((x[:, 1:, :] - x[:, :-1, :]) ** 2).sum() / 2
        return content, 1000 * style, 3e-5 * tv

    def optimizer(self, x):
        return torch.optim.Adam([x], lr=0.1, betas=(0.9, 0.99))
