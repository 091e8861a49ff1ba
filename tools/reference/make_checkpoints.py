#!/usr/bin/env python3
"""Writes the small checkpoints in tests/data/checkpoints with the programs that really write such files.

A network of 3 -> 4 4 | 6 6 channels whose values follow a formula that the tests repeat:
    weight[i] = ((7 i + 3 layer) mod 64 - 32) / 64,  bias[i] = (i - layer) / 8    (row-major i, layer from 0)
All of them are exact in half precision and in bfloat16. Needs torch, numpy and h5py.
"""
import json
import pathlib
import struct
import sys

import h5py
import numpy as np
import torch

CHANNELS = [(3, 4), (4, 4), (4, 6), (6, 6)]
NUMBERS = [0, 2, 5, 7]  # torchvision's layer numbers
KERAS = ["block1_conv1", "block1_conv2", "block2_conv1", "block2_conv2"]


class Vgg(torch.nn.Module):
    def __init__(self):
        super().__init__()
        layers = []
        for block in (CHANNELS[:2], CHANNELS[2:]):
            for inputs, outputs in block:
                layers += [torch.nn.Conv2d(inputs, outputs, 3, padding=1), torch.nn.ReLU()]
            layers.append(torch.nn.MaxPool2d(2))
        self.features = torch.nn.Sequential(*layers)
        self.classifier = torch.nn.Sequential(torch.nn.Linear(6, 2))


def weight(layer):
    inputs, outputs = CHANNELS[layer]
    i = np.arange(outputs * inputs * 9)
    return (((7 * i + 3 * layer) % 64 - 32) / 64).astype(np.float32).reshape(outputs, inputs, 3, 3)


def bias(layer):
    return ((np.arange(CHANNELS[layer][1]) - layer) / 8).astype(np.float32)


def model():
    vgg = Vgg()
    with torch.no_grad():
        for layer, number in enumerate(NUMBERS):
            vgg.features[number].weight.copy_(torch.from_numpy(weight(layer)))
            vgg.features[number].bias.copy_(torch.from_numpy(bias(layer)))
        for parameter in vgg.classifier.parameters():
            parameter.fill_(0.5)
    return vgg


def features_only(dtype=torch.float32):
    state = model().features.state_dict()
    return {f"features.{name}": value.to(dtype) for name, value in state.items()}


def write_torch(folder):
    state = model().state_dict()
    legacy = {"_use_new_zipfile_serialization": False}
    torch.save(state, folder / "zip.pth")
    torch.save(state, folder / "legacy.pth", **legacy)
    torch.save(state, folder / "protocol4.pth", pickle_protocol=4)
    torch.save(state, folder / "legacy_protocol4.pth", pickle_protocol=4, **legacy)
    torch.save(features_only(torch.float16), folder / "half.pth")
    torch.save(features_only(torch.bfloat16), folder / "bfloat16.pth")
    torch.save(features_only(torch.float64), folder / "double_legacy.pth", **legacy)
    nested = {f"module.{name}": torch.nn.Parameter(value) for name, value in state.items()}
    torch.save({"epoch": 3, "best": 0.5, "state_dict": nested}, folder / "nested.pth")
    torch.save({"model": dict(state)}, folder / "nested_legacy.pth", **legacy)

    channels_last = {name: value.to(memory_format=torch.channels_last) if value.dim() == 4 else value
                     for name, value in features_only().items()}
    torch.save(channels_last, folder / "channels_last.pth")
    write_shared_storage(folder, legacy)

    normalised = features_only()
    normalised["features.1.running_mean"] = torch.zeros(4)
    torch.save(normalised, folder / "batch_norm.pth")


def write_shared_storage(folder, legacy):
    """All tensors are windows onto one storage."""
    state = features_only()
    flat = torch.cat([torch.zeros(5)] + [value.flatten() for value in state.values()])
    at = 5
    shared = {}
    for name, value in state.items():
        shared[name] = flat[at:at + value.numel()].view(value.shape)
        at += value.numel()
    torch.save(shared, folder / "shared.pth")
    torch.save(shared, folder / "shared_legacy.pth", **legacy)


def write_safetensors(path, name, dtype):
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for key, value in features_only(dtype).items():
        raw = value.contiguous().view(torch.uint8).numpy().tobytes()
        header[key] = {"dtype": name, "shape": list(value.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def write_keras(path, name_of, root):
    with h5py.File(path, "w") as file:
        top = file.create_group(root) if root else file
        for layer, name in enumerate(KERAS):
            kernel, offset = name_of(name)
            top[f"{name}/{kernel}"] = weight(layer).transpose(2, 3, 1, 0)
            top[f"{name}/{offset}"] = bias(layer)
        top.create_group("block1_pool")
        top["predictions/kernel:0"] = np.zeros((6, 2), np.float32)


def main():
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else (
        pathlib.Path(__file__).resolve().parents[2] / "tests/data/checkpoints")
    folder.mkdir(parents=True, exist_ok=True)
    write_torch(folder)
    write_safetensors(folder / "float.safetensors", "F32", torch.float32)
    write_safetensors(folder / "half.safetensors", "F16", torch.float16)
    write_safetensors(folder / "bfloat16.safetensors", "BF16", torch.bfloat16)
    write_keras(folder / "keras_notop.h5", lambda name: (f"{name}_W_1:0", f"{name}_b_1:0"), "")
    write_keras(folder / "keras_model.h5", lambda name: (f"{name}/kernel:0", f"{name}/bias:0"), "model_weights")


if __name__ == "__main__":
    main()
