#!/usr/bin/env python3
"""Golden loss traces of every preset: what the reference systems of preset_systems.py see in their first evaluations.

    python3 tools/reference/golden_presets.py --out tests/data    # writes tests/data/golden_presets.h5

Needs what golden.py needs. The networks have the names and depths of VGG-19 and VGG-16, a few channels wide; the
pictures are golden.py's. README.md beside this file lists every dataset and attribute.
"""

import argparse
import os
import zlib

import h5py
import numpy as np
import torch
import torch.nn.functional as nnf

import preset_systems as systems
from golden import Recorder, make_inputs, write_array

FILE_NAME = "golden_presets.h5"
VGG19 = ((6, 6), (8, 8), (10,) * 4, (12,) * 4, (12,) * 4)
VGG16 = ((6, 6), (8, 8), (10,) * 3, (12,) * 3, (12,) * 3)

# network -> blocks, family, factor from block to block. Where Gram matrices are raw, or the start is noise that
# average pooling calms, the deep layers' share of the loss would drown in the tolerance: `steep` networks double their
# features in every block. 1.2 for vgg16 lets every layer count, and the line search decide nothing by a hair.
NETWORKS = {
    "vgg19": (VGG19, "torchvision", 1),
    "vgg19_steep": (VGG19, "torchvision", 2),
    "vgg16": (VGG16, "torchvision", 1.2),
    "vgg16_steep": (VGG16, "torchvision", 2),
    "vgg19_caffe": (VGG19, "caffe", 1),
}

# preset -> system, network, what its walk does differently. Each with the depth and family that its publication used,
# but for gatys: L-BFGS's first step is one colour unit, summed over the picture, which on caffe's scale of 0 to 255
# drowns in float32's rounding. neural-style stands for that family.
PRESETS = {
    "gatys": (systems.Gatys, "vgg19", {}),
    "oriented": (systems.Oriented, "vgg19", dict(padding="replicate", blocks=3)),
    "torchvision-notebook": (systems.TorchvisionNotebook, "vgg19_steep", {}),
    "image-to-style": (systems.ImageToStyle, "vgg19_steep", {}),
    "udacity": (systems.Udacity, "vgg19_steep", {}),
    "vgg-from-scratch": (systems.VggFromScratch, "vgg16_steep", dict(pooling=nnf.avg_pool2d)),
    "vgg16-lbfgs": (systems.Vgg16Lbfgs, "vgg16", {}),
    "neural-style": (systems.NeuralStyle, "vgg19_caffe", {}),
}


def make_network(name, picture, blocks, family, steepness):
    """{"conv1_1": (weight K x C x 3 x 3, bias K), ...}: random filters, scaled so that after each ReLU the picture's
    features have the root mean square 1 in the first block and `steepness` times the block before's in the others."""
    rng = np.random.default_rng(zlib.crc32(name.encode()))  # the same whatever other networks there are
    network, channels = {}, 3
    for block, widths in enumerate(blocks, start=1):
        for index, width in enumerate(widths, start=1):
            name = f"conv{block}_{index}"
            weight, bias = rng.standard_normal((width, channels, 3, 3)), 0.1 * rng.standard_normal(width)
            bias *= np.sqrt(9 * channels) * steepness ** (block - 1)
            if family == "caffe" and channels == 3:
                weight /= 60  # about the size of its inputs, which torchvision's normalisation divides by
            network[name] = (weight, bias)
            walk = systems.Network(network, family)
            with torch.no_grad():
                features = walk(walk.normalise(picture))["relu" + name[4:]]
            scale = steepness ** (block - 1) / features.square().mean().sqrt().item()
            network[name] = ((weight * scale).astype(np.float32), (bias * scale).astype(np.float32))
            channels = width
    return network


def trace(system):
    """The losses of the first evaluations: rows of total, content, style and tv."""
    image = system.start().detach().clone().requires_grad_(True)
    recorder, optimizer = Recorder(system, image), system.optimizer(image)
    while len(recorder.rows) < system.evaluations:
        optimizer.step(recorder)  # with a line search one step is many evaluations; its first ones are kept
    return np.array(recorder.rows[: system.evaluations])


def write_network(file, name, network, family):
    for convolution, (weight, bias) in network.items():
        group = file.create_group(f"networks/{name}/{convolution}")
        write_array(group, "weight", weight, 1)
        write_array(group, "bias", bias, 1)
    file[f"networks/{name}"].attrs["family"] = family


def write_preset(file, name, networks, pictures):
    make_system, network, walk = PRESETS[name]
    content, style = (torch.from_numpy(pictures[p].astype(np.float64)) for p in ("content", "style"))
    rows = trace(make_system(systems.Network(networks[network], NETWORKS[network][1], **walk), content, style))
    group = file.create_group(f"presets/{name}")
    group.attrs["network"] = network
    for column, key in enumerate(("total", "content", "style", "tv")):
        group.create_dataset(key, data=rows[:, column])
    print(f"{name:22} content {rows[1, 1]:9.3g} style {rows[1, 2]:9.3g} tv {rows[1, 3]:9.3g} total",
          " ".join(f"{v:.5g}" for v in rows[:, 0]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", default="tests/data", help=f"folder for {FILE_NAME} (default: %(default)s)")
    arguments = parser.parse_args()
    torch.set_num_threads(1)  # the order of summation, and with it the last bit, stays the same
    torch.set_default_dtype(torch.float64)
    whole = make_inputs()[1]
    # The style is smaller than the content either way: it is only ever enlarged.
    pictures = {"content": whole["content"][:, :32, :44], "style": whole["style2"][:, :28, :40]}
    content = torch.from_numpy(pictures["content"].astype(np.float64))
    networks = {name: make_network(name, content, *values) for name, values in NETWORKS.items()}
    path = os.path.join(arguments.out, FILE_NAME)
    with h5py.File(path, "w", libver=("v110", "v110")) as file:
        for name, network in networks.items():
            write_network(file, name, network, NETWORKS[name][1])
        for name in ("content", "style"):
            write_array(file, f"pictures/{name}", pictures[name], 1)
        for name in PRESETS:
            write_preset(file, name, networks, pictures)
        file.attrs["torch"] = str(torch.__version__)
        file.attrs["numpy"] = np.__version__
    print(f"{path}: {os.path.getsize(path)} bytes")


if __name__ == "__main__":
    main()
