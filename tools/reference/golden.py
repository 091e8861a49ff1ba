#!/usr/bin/env python3
"""Golden values for impasto's tests, from the formulas alone, in PyTorch float64.

    python3 tools/reference/golden.py --out tests/data            # writes tests/data/golden_network.h5
    python3 tools/reference/golden.py --out tests/data --check    # and proves the gradients numerically

Needs Python 3, torch, numpy and h5py. Nothing here is shared with the C++ code: where the two agree, two independent
readings of the same formulas agree. README.md beside this file lists every dataset and attribute.

Notation: F is a tap's feature map as an N x M matrix (N channels, M positions), P the content picture's features,
G = F F^T the raw Gram matrix, A the style picture's.
"""

import argparse
import os

import h5py
import numpy as np
import torch
import torch.nn.functional as nnf

BLOCK_WIDTHS = ((8, 8), (12, 12), (16, 16, 16), (20, 20), (24,))
CONTENT_SIZE, STYLE_SIZE, STYLE2_SIZE = (37, 53), (41, 48), (33, 40)  # height, width; odd on purpose
# The single-precision constants that the C++ side holds, so that both sides normalise by the same numbers.
MEAN = np.array([0.485, 0.456, 0.406], dtype=np.float32)
STD = np.array([0.229, 0.224, 0.225], dtype=np.float32)
FILE_NAME = "golden_network.h5"

# ---------------------------------------------------------------------------------------------------------------------
# Inputs: a network and pictures, all exactly representable in float32


def make_network(rng):
    """{"conv1_1": (weight K x C x 3 x 3, bias K), ...}, He-scaled so that activations keep their size."""
    network, channels = {}, 3
    for block, widths in enumerate(BLOCK_WIDTHS, start=1):
        for index, width in enumerate(widths, start=1):
            weight = rng.standard_normal((width, channels, 3, 3)) * np.sqrt(2 / (9 * channels))
            bias = 0.1 * rng.standard_normal(width)
            network[f"conv{block}_{index}"] = (weight.astype(np.float32), bias.astype(np.float32))
            channels = width
    return network


def make_picture(rng, size, strokes, contrast):
    """A picture in [0, 1]: coloured sine waves, one hard edge and grain. Multiples of 1/256 compress well."""
    height, width = size
    y, x = np.mgrid[0:height, 0:width]
    picture = np.full((3, height, width), 0.5)
    for _ in range(strokes):
        fy, fx = rng.uniform(-0.8, 0.8, 2)
        wave = np.sin(fy * y + fx * x + rng.uniform(0, 2 * np.pi))
        picture += rng.uniform(-contrast, contrast, (3, 1, 1)) * wave
    picture[:, :, width // 3 :] += rng.uniform(-0.2, 0.2, (3, 1, 1))
    picture += 0.03 * rng.standard_normal(picture.shape)
    return (np.round(np.clip(picture, 0, 1) * 256) / 256).astype(np.float32)


def make_inputs():
    rng = np.random.default_rng(20240607)
    network = make_network(rng)
    noise = np.round(0.5 * rng.standard_normal((3, *CONTENT_SIZE)) * 1024) / 1024
    pictures = {
        "content": make_picture(rng, CONTENT_SIZE, 4, 0.27),
        "style": make_picture(rng, STYLE_SIZE, 8, 0.2),
        "style2": make_picture(rng, STYLE2_SIZE, 12, 0.2),
        "noise": noise.astype(np.float32),  # a start image, in normalised space
    }
    return network, pictures


def normalise(picture):
    """Display space to the network's input: (p - mean) / std per channel, in float64."""
    mean, std = (c.astype(np.float64).reshape(3, 1, 1) for c in (MEAN, STD))
    return torch.from_numpy((picture.astype(np.float64) - mean) / std)


def displayable_range():
    """What 0 and 1 of display space become, as two 3 x 1 x 1 tensors."""
    return normalise(np.zeros((3, 1, 1))), normalise(np.ones((3, 1, 1)))


# ---------------------------------------------------------------------------------------------------------------------
# The network


def convolve(x, weight, bias, padding):
    """3 x 3 cross-correlation with one pixel around the input: zeros, mirrored, or the border repeated."""
    mode = {"zero": "constant", "reflect": "reflect", "replicate": "replicate"}[padding]
    return nnf.conv2d(nnf.pad(x, (1, 1, 1, 1), mode=mode), weight, bias)


def pool(x, pooling):
    return (nnf.max_pool2d if pooling == "max" else nnf.avg_pool2d)(x, kernel_size=2, stride=2)


def features(network, image, pooling, padding):
    """Every tap of a 3 x H x W image, {"conv1_1": C x H x W, "relu1_1": ..., ..., "pool5": ...}."""
    taps, x = {"pixels": image}, image[None]
    for block, widths in enumerate(BLOCK_WIDTHS, start=1):
        for index in range(1, len(widths) + 1):
            weight, bias = (torch.from_numpy(a).double() for a in network[f"conv{block}_{index}"])
            x = convolve(x, weight, bias, padding)
            taps[f"conv{block}_{index}"] = x[0]
            x = nnf.relu(x)  # never in place: the value before it is a tap of its own
            taps[f"relu{block}_{index}"] = x[0]
        x = pool(x, pooling)
        taps[f"pool{block}"] = x[0]
    return taps


# ---------------------------------------------------------------------------------------------------------------------
# The losses


def content_term(form, f, p):
    squares = ((f - p) ** 2).sum()
    return {"sum": squares, "half-sum": squares / 2, "mean": squares / f.numel()}[form]


def gram(form, f):
    """G in the given form; picture and style are each divided by their own M."""
    flat = f.reshape(f.shape[0], -1)
    n, m = flat.shape
    return flat @ flat.T / {"raw": 1, "positions": m, "elements": n * m}[form]


def style_term(form, g, a, n, m):
    """n, m: channels and positions of the optimised picture. For gatys, g and a are raw."""
    squares = ((g - a) ** 2).sum()
    divisor = {"sum": 1, "mean": n**2, "mean-per-element": n**2 * n * m, "gatys": 4 * n**2 * m**2}[form]
    return squares / divisor


def moments(f):
    """The mean over positions, as the last column beside the second moment F F^T / M."""
    flat = f.reshape(f.shape[0], -1)
    return torch.cat([flat @ flat.T / flat.shape[1], flat.mean(1, keepdim=True)], 1)


def covariance(statistic):
    second, mean = statistic[:, :-1], statistic[:, -1]
    return second - torch.outer(mean, mean) + 1e-4 * torch.eye(len(mean), dtype=mean.dtype)


def matrix_root(c):
    """12 coupled Newton-Schulz steps from c over its Frobenius norm; autograd goes back through all of them."""
    norm, unit = c.norm(), torch.eye(len(c), dtype=c.dtype)
    y, z = c / norm, unit
    for _ in range(12):
        t = (3 * unit - z @ y) / 2
        y, z = y @ t, t @ z
    return y * norm.sqrt()


def wasserstein_term(statistic, target):
    root = matrix_root(covariance(target))
    between = matrix_root(root @ covariance(statistic) @ root)
    spread = torch.diagonal(covariance(target) + covariance(statistic) - 2 * between)
    return ((statistic[:, -1] - target[:, -1]) ** 2).mean() + spread.mean()


def total_variation(x):
    right = x[:, :, 1:] - x[:, :, :-1]
    down = x[:, 1:, :] - x[:, :-1, :]
    return 0.5 * ((right**2).sum() + (down**2).sum())


def parse_layers(text):
    """"relu1_1=0.5,relu2_1=1000/N^2" -> [(tap, factor, divided by N^2?)]."""
    layers = []
    for item in filter(None, text.split(",")):
        tap, _, weight = item.partition("=")
        squared = weight.endswith("/N^2")
        layers.append((tap, float(weight.removesuffix("/N^2") or 1), squared))
    return layers


def layer_weights(text, taps, reduction):
    """[(tap, weight)]: `mean` divides each weight by the number of layers of its kind."""
    layers = parse_layers(text)
    count = len(layers) if reduction == "mean" else 1
    return [(tap, w / (taps[tap].shape[0] ** 2 if squared else 1) / count) for tap, w, squared in layers]


class Objective:
    """total(x) = content_weight * sum w_l content_l + style_weight * sum v_l style_l + tv_weight * TV."""

    def __init__(self, network, pictures, options):
        self.network, self.options = network, options
        # E_l of the paper is defined on raw Gram matrices, whatever form is asked for elsewhere.
        self.gram_form = "raw" if options["style_loss"] == "gatys" else options["gram"]
        self.content_target = self.features(normalise(pictures["content"]))
        self.style_target = self.blended_statistics(pictures)

    def features(self, x):
        return features(self.network, x, self.options["pooling"], self.options["padding"])

    def statistic(self, f):
        return moments(f) if self.options["style_loss"] == "w2" else gram(self.gram_form, f)

    def style_term(self, f, target):
        if self.options["style_loss"] == "w2":
            return wasserstein_term(moments(f), target)
        return style_term(self.options["style_loss"], gram(self.gram_form, f), target, f.shape[0], f[0].numel())

    def blended_statistics(self, pictures):
        """A = sum_i w_i A_i over the style pictures, the weights scaled to sum 1."""
        weights = [float(w) for w in (self.options["style_blend"] or "1").split(",")]
        styles = [self.features(normalise(pictures[name])) for name in ("style", "style2")[: len(weights)]]
        return {
            tap: sum(w / sum(weights) * self.statistic(s[tap]) for w, s in zip(weights, styles))
            for tap in styles[0]
        }

    def losses(self, x):
        """Weighted content, style and tv."""
        o, taps = self.options, self.features(x)
        content, style = torch.zeros((), dtype=x.dtype), torch.zeros((), dtype=x.dtype)
        for tap, weight in layer_weights(o["content_layers"], taps, o["layer_reduction"]):
            content = content + weight * content_term(o["content_loss"], taps[tap], self.content_target[tap])
        for tap, weight in layer_weights(o["style_layers"], taps, o["layer_reduction"]):
            style = style + weight * self.style_term(taps[tap], self.style_target[tap])
        return o["content_weight"] * content, o["style_weight"] * style, o["tv_weight"] * total_variation(x)

    def total(self, x):
        return sum(self.losses(x))

    def gradient(self, x):
        x = x.detach().clone().requires_grad_(True)
        return torch.autograd.grad(self.total(x), x)[0]


# ---------------------------------------------------------------------------------------------------------------------
# The cases

GATYS_STYLE = ",".join(f"relu{block}_1=1000/N^2" for block in range(1, 6))
DEFAULTS = dict(
    content_loss="mean",
    gram="positions",
    style_loss="mean",
    layer_reduction="sum",
    pooling="max",
    padding="zero",
    content_layers="relu4_2=1",
    style_layers=GATYS_STYLE,
    content_weight=40.0,
    style_weight=0.25,
    tv_weight=0.0,
    init="noise",
    style_blend="",
)

# Weights are chosen so that content, style and tv pull on the image about equally hard: an error in any shows.
CASES = {
    "gatys_preset": dict(),
    "content_only": dict(
        content_loss="sum", content_layers="relu4_2=1.5,relu2_1=0.25", style_layers="", content_weight=0.05
    ),
    "style_only": dict(content_layers="", gram="raw", style_loss="sum", style_weight=4e-7,
                       style_layers="relu1_1=0.5,relu3_2=2,relu5_1=30"),
    "tv_only": dict(content_layers="", style_layers="", tv_weight=0.125),
    "notebook_sum_raw_mean": dict(
        content_loss="sum", gram="raw", style_loss="sum", layer_reduction="mean", content_layers="relu3_1=1",
        style_layers="relu1_1=1,relu1_2=1,relu2_1=1,relu2_2=1,relu3_1=1", content_weight=0.05, style_weight=5e-6,
    ),
    "half_sum_elements": dict(
        content_loss="half-sum", gram="elements", content_layers="relu3_1=2,pool2=0.25,conv4_2=1",
        style_layers="relu1_2=3,pool1=1.5,relu4_2=40", content_weight=0.04, style_weight=20.0, tv_weight=0.05,
    ),
    "udacity_from_content": dict(
        gram="raw", style_loss="mean-per-element", init="content", style_weight=1.0, tv_weight=0.125,
        style_layers="relu1_1=1,relu2_1=0.75,relu3_1=0.2,relu4_1=0.2,relu5_1=0.2",
    ),
    "mean_per_element_positions": dict(
        style_loss="mean-per-element", style_weight=400.0, style_layers="relu1_1=1,conv3_3=2,pool4=0.1"
    ),
    "paper_el_conv_taps": dict(
        content_loss="half-sum", gram="raw", style_loss="gatys", content_layers="conv4_2=1", content_weight=0.1,
        style_layers="conv1_1=0.2,conv2_1=0.2,conv3_1=0.2,conv4_1=0.2,conv5_1=0.2", style_weight=4.0,
    ),
    "from_scratch_average": dict(
        gram="elements", layer_reduction="mean", pooling="average", style_weight=4e4, content_weight=1e3,
        style_layers="relu1_1,relu2_1,relu3_1,relu4_1,relu5_1", content_layers="relu4_2,relu1_2=0.5",
    ),
    "reflect": dict(padding="reflect", style_weight=0.05, tv_weight=0.1),
    "replicate": dict(padding="replicate", content_loss="sum", content_weight=0.04, style_weight=0.05),
    "replicate_average": dict(
        padding="replicate", pooling="average", gram="elements", content_weight=400.0, style_weight=800.0
    ),
    "pool_taps": dict(content_layers="pool3=1,pool1=0.5", style_weight=0.02,
                      style_layers="pool1=2,pool2=3,pool4=5,pool5=7"),
    "same_tap": dict(
        content_layers="relu2_1=1,conv2_1=0.75,pool2=0.5,relu2_2=2", style_weight=30.0,
        style_layers="relu2_1=1,conv2_1=0.5,pool2=0.25,relu2_2=2",
    ),
    "two_styles": dict(style_blend="0.3,0.7", style_weight=0.1),
    "two_styles_paper_el": dict(style_blend="3,1", gram="raw", style_loss="gatys", tv_weight=0.1),
    "pixel_taps": dict(
        content_layers="pixels=0.5,relu2_1", style_layers="pixels=2,relu1_1", content_weight=30.0, style_weight=3.0,
    ),
    "pixels_alone": dict(
        content_loss="half-sum", gram="raw", style_loss="sum", content_layers="pixels", style_layers="pixels=2",
        content_weight=0.1, style_weight=1e-6, style_blend="1,3", init="content",
    ),
    "w2_of_pixels": dict(style_loss="w2", style_layers="pixels=3,relu2_1", content_layers="relu1_2", style_weight=4.0),
    "w2": dict(style_loss="w2", style_layers="relu1_1=4,relu2_1=2,relu3_1=1,relu4_1=0.5", style_weight=3.0),
    "w2_two_styles_average": dict(
        style_loss="w2", style_blend="0.3,0.7", pooling="average", padding="replicate", init="content",
        style_layers="conv1_1,pool1=2,relu3_2=0.5", layer_reduction="mean", style_weight=6.0, tv_weight=0.05,
    ),
    "everything": dict(
        content_loss="half-sum", gram="elements", layer_reduction="mean", pooling="average", padding="reflect",
        content_layers="relu4_2=1.5,conv3_2=0.5", style_layers="relu1_1=0.5,conv2_2=1000/N^2,pool3=2,relu5_1=8",
        content_weight=0.5, style_weight=700.0, tv_weight=0.06, style_blend="2,0.5",
    ),
}
WHOLE_GRADIENTS = ("gatys_preset", "udacity_from_content")  # the others keep every third element

ADAM = dict(optimizer="adam", learning_rate=0.05, adam_beta1=0.9, adam_beta2=0.999, adam_epsilon=1e-8, clamp=0,
            evaluations=10)
LBFGS = dict(optimizer="lbfgs", learning_rate=1.0, lbfgs_history=10, line_search="none", clamp=0, evaluations=10)
WOLFE = LBFGS | dict(line_search="strong-wolfe", evaluations=8)

TRACES = {
    "adam": ADAM,
    "adam_clamp": ADAM | dict(clamp=1, init="content", learning_rate=0.1, adam_beta1=0.8, adam_beta2=0.99, adam_epsilon=1e-6),
    "adam_average_reflect_tv": ADAM | dict(pooling="average", padding="reflect", tv_weight=0.01, style_blend="0.3,0.7"),
    "adam_w2": ADAM | dict(style_loss="w2", style_layers="relu1_1=4,relu2_1=2,relu3_1=1", style_weight=3.0, learning_rate=0.02),
    "lbfgs": LBFGS,
    "lbfgs_short_history": LBFGS | dict(lbfgs_history=3, learning_rate=0.5, tv_weight=0.01),
    "wolfe": WOLFE,
    "wolfe_average_content": WOLFE | dict(pooling="average", init="content", tv_weight=0.01),
    "wolfe_overshoot": WOLFE | dict(learning_rate=25.0),  # every search begins too far out: the zoom phase
}

# pooling, padding -> taps of the normalised content picture that are kept
TAPS = {
    ("max", "zero"): ("conv1_1", "relu1_1", "pool1", "relu2_2", "conv3_2", "relu4_1", "pool4", "relu5_1"),
    ("average", "zero"): ("relu3_1", "relu5_1"),
    ("max", "reflect"): ("relu3_1", "relu5_1"),
    ("max", "replicate"): ("relu3_1", "relu5_1"),
}


def start_image(pictures, options):
    if options["init"] == "noise":
        return torch.from_numpy(pictures["noise"].astype(np.float64))
    return normalise(pictures["content"])


# ---------------------------------------------------------------------------------------------------------------------
# The traces


class Recorder:
    """An optimiser's closure that keeps the losses and the image of every evaluation."""

    def __init__(self, objective, image):
        self.objective, self.image = objective, image
        self.rows, self.points = [], []

    def __call__(self):
        self.image.grad = None
        content, style, tv = self.objective.losses(self.image)
        total = content + style + tv
        total.backward()
        self.rows.append([v.item() for v in (total, content, style, tv)])
        self.points.append(self.image.detach().clone())
        return total


def make_optimizer(image, o):
    if o["optimizer"] == "adam":
        betas = (o["adam_beta1"], o["adam_beta2"])
        return torch.optim.Adam([image], lr=o["learning_rate"], betas=betas, eps=o["adam_epsilon"])
    wolfe = o["line_search"] == "strong-wolfe"
    return torch.optim.LBFGS(
        [image], lr=o["learning_rate"], history_size=o["lbfgs_history"], max_iter=20 if wolfe else 1,
        tolerance_grad=0, tolerance_change=0, line_search_fn="strong_wolfe" if wolfe else None,
    )


def run_trace(objective, start, o):
    """(rows of total, content, style, tv; final image)."""
    image = start.detach().clone().requires_grad_(True)
    recorder, optimizer = Recorder(objective, image), make_optimizer(image, o)
    if o["optimizer"] == "lbfgs" and o["line_search"] == "strong-wolfe":
        optimizer.step(recorder)  # one step is up to 25 evaluations; its first ones are kept
        assert len(recorder.rows) >= o["evaluations"]
        return np.array(recorder.rows[: o["evaluations"]]), recorder.points[o["evaluations"] - 1]
    low, high = displayable_range()
    for _ in range(o["evaluations"]):
        optimizer.step(recorder)
        if o["clamp"]:
            with torch.no_grad():
                image.copy_(torch.minimum(torch.maximum(image, low), high))
    assert len(recorder.rows) == o["evaluations"]
    return np.array(recorder.rows), image.detach()


# ---------------------------------------------------------------------------------------------------------------------
# Proofs (--check)


def check_gradient(name, objective, x, rng):
    """Central differences along random directions and at single pixels."""
    gradient, step, worst = objective.gradient(x), 1e-6, 0.0
    directions = [torch.from_numpy(rng.standard_normal(x.shape)) for _ in range(3)]
    for _ in range(3):
        pixel = torch.zeros_like(x)
        pixel.view(-1)[rng.integers(x.numel())] = 1
        directions.append(pixel)
    for d in directions:
        numeric = (objective.total(x + step * d) - objective.total(x - step * d)) / (2 * step)
        analytic = (gradient * d).sum()
        # Relative to the size such a product has: a direction may happen to be orthogonal to the gradient.
        scale = max(abs(analytic), gradient.square().mean().sqrt() * d.norm())
        worst = max(worst, float(abs(numeric - analytic) / scale))
    print(f"  {name:28} gradient against central differences: {worst:.1e}")
    assert worst < 1e-5, name


def lbfgs_by_the_specification(objective, x, history, rate, evaluations):
    """The project's own wording of L-BFGS without a line search (README.md), to compare torch's with."""
    totals, pairs, last_g, s = [], [], None, None
    for _ in range(evaluations):
        totals.append(float(objective.total(x)))
        g = objective.gradient(x)
        if last_g is None:
            d, t, h0 = -g, min(1.0, 1.0 / float(g.abs().sum())) * rate, 1.0
        else:
            y = g - last_g
            ys = float((y * s).sum())
            if ys > 1e-10:
                pairs = (pairs + [(s, y, 1 / ys)])[-history:]
                h0 = ys / float((y * y).sum())
            d, alphas, t = -g, [], rate
            for si, yi, rho in reversed(pairs):
                alphas.append(rho * float((si * d).sum()))
                d = d - alphas[-1] * yi
            d = d * h0
            for (si, yi, rho), alpha in zip(pairs, reversed(alphas)):
                d = d + (alpha - rho * float((yi * d).sum())) * si
        s, last_g = t * d, g
        x = x + s
    return np.array(totals), x


def check_lbfgs(name, objective, start, options, rows, final):
    totals, x = lbfgs_by_the_specification(
        objective, start, options["lbfgs_history"], options["learning_rate"], options["evaluations"]
    )
    difference = np.max(np.abs(totals / rows[:, 0] - 1))
    print(f"  {name:28} L-BFGS against the specification: {difference:.1e}")
    assert difference < 1e-9 and torch.allclose(x, final, rtol=0, atol=1e-8), name


# ---------------------------------------------------------------------------------------------------------------------
# The file


def write_array(group, name, values, stride):
    """Every `stride`-th element of the flattened array (the whole array, in shape, where stride is 1); the attributes
    `sum` and `sum_of_squares` are those of the whole array."""
    values = np.asarray(values)
    kept = values if stride == 1 else values.reshape(-1)[::stride]
    # Chunked storage costs more than compression saves on a small array.
    packing = dict(compression="gzip", compression_opts=9, shuffle=True) if kept.nbytes > 4096 else {}
    data = group.create_dataset(name, data=kept, **packing)
    data.attrs["stride"] = stride
    data.attrs["shape"] = np.array(values.shape, dtype=np.int64)
    data.attrs["sum"] = float(values.sum(dtype=np.float64))
    data.attrs["sum_of_squares"] = float(np.square(values.astype(np.float64)).sum())


def write_attributes(group, options):
    for key, value in options.items():
        group.attrs[key] = value


def write_inputs(file, network, pictures):
    for name, (weight, bias) in network.items():
        group = file.create_group(name)
        write_array(group, "weight", weight, 1)
        write_array(group, "bias", bias, 1)
    for name, picture in pictures.items():
        write_array(file, f"pictures/{name}", picture, 1)
    write_array(file, "mean", MEAN, 1)
    write_array(file, "std", STD, 1)
    file.attrs["family"] = "torchvision"
    file.attrs["pool_after_last_block"] = 1
    file.attrs["torch"] = str(torch.__version__)
    file.attrs["numpy"] = np.__version__


def write_taps(file, network, pictures):
    for (pooling, padding), names in TAPS.items():
        group = file.create_group(f"taps/{pooling}_{padding}")
        write_attributes(group, dict(pooling=pooling, padding=padding))
        taps = features(network, normalise(pictures["content"]), pooling, padding)
        for name in names:
            write_array(group, name, taps[name].numpy(), 7 if taps[name].numel() > 1500 else 1)


def write_cases(file, network, pictures, check):
    rng = np.random.default_rng(1)
    for name, overrides in CASES.items():
        options = DEFAULTS | overrides
        objective, x = Objective(network, pictures, options), start_image(pictures, options)
        group = file.create_group(f"cases/{name}")
        write_attributes(group, options)
        content, style, tv = (float(v) for v in objective.losses(x))
        for key, value in dict(total=content + style + tv, content=content, style=style, tv=tv).items():
            group.create_dataset(key, data=value)
        gradient = objective.gradient(x).numpy()
        write_array(group, "gradient", gradient, 1 if name in WHOLE_GRADIENTS else 3)
        print(f"{name:28} content {content:11.5g} style {style:11.5g} tv {tv:11.5g} |g|1 {np.abs(gradient).sum():9.4g}")
        if check:
            check_gradient(name, objective, x, rng)


def write_traces(file, network, pictures, check):
    for name, overrides in TRACES.items():
        options = DEFAULTS | overrides
        objective, start = Objective(network, pictures, options), start_image(pictures, options)
        rows, final = run_trace(objective, start, options)
        group = file.create_group(f"traces/{name}")
        write_attributes(group, options)
        # With a line search the last evaluation's point; otherwise the image after the last update.
        group.attrs["image_is"] = "evaluated" if options.get("line_search") == "strong-wolfe" else "updated"
        for column, key in enumerate(("total", "content", "style", "tv")):
            group.create_dataset(key, data=rows[:, column])
        write_array(group, "image", final.numpy(), 5)
        print(f"{name:28} total", " ".join(f"{v:.5g}" for v in rows[:, 0]))
        if check and options.get("line_search") == "none":
            check_lbfgs(name, objective, start, options, rows, final)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", default="tests/data", help=f"folder for {FILE_NAME} (default: %(default)s)")
    parser.add_argument("--check", action="store_true", help="prove gradients and L-BFGS against independent ones")
    arguments = parser.parse_args()
    torch.set_num_threads(1)  # the order of summation, and with it the last bit, stays the same
    network, pictures = make_inputs()
    path = os.path.join(arguments.out, FILE_NAME)
    # "v110" at most: readable by the HDF5 1.10 of today's stable distributions.
    with h5py.File(path, "w", libver=("v110", "v110")) as file:
        write_inputs(file, network, pictures)
        write_taps(file, network, pictures)
        write_cases(file, network, pictures, arguments.check)
        write_traces(file, network, pictures, arguments.check)
    print(f"{path}: {os.path.getsize(path)} bytes")


if __name__ == "__main__":
    main()
