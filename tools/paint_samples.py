#!/usr/bin/env python3
"""Paints the three style pictures of docs/samples: stroke by stroke, from nothing but seeds.

    python3 tools/paint_samples.py docs/samples

Needs numpy and Pillow. Each painting is a design (a colour and a direction for every place) and a list of layers, from
wide strokes to fine ones. A stroke is a curved ribbon along the directions, with bristles, streaks of a second colour
and a height; at the end the heights are lit from the top left. Everything is drawn at twice the final size.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

SIDE = 1024  # painted at this size, saved at half of it
V, U = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32) / SIDE  # down and right, 0 to 1


def smooth_noise(rng, cells_down, cells_right, shape=(SIDE, SIDE)):
    """Noise of mean 0 and deviation 1 with so many bumps down and across."""
    grid = rng.standard_normal((cells_down, cells_right)).astype(np.float32)
    noise = np.asarray(Image.fromarray(grid).resize(shape[::-1], Image.Resampling.BICUBIC))
    return (noise - noise.mean()) / noise.std()


def gradient(stops, position):
    """Colours along a list of hex colours, for positions from 0 to 1."""
    colours = np.array([[int(stop[i : i + 2], 16) for i in (0, 2, 4)] for stop in stops]) / 255
    places = np.linspace(0, 1, len(stops))
    return np.stack([np.interp(position, places, colours[:, c]) for c in range(3)], -1)


def mix(below, above, amount):
    return below + (above - below) * np.clip(amount, 0, 1)[..., None]


def along_contours(height):
    """The direction of the contour lines of a landscape, as an angle for every place."""
    down, right = np.gradient(height)
    return np.arctan2(-right, down)


class Canvas:
    def __init__(self, seed, ground):
        self.rng = np.random.default_rng(seed)
        self.colour = np.tile(np.array(ground, np.float32), (SIDE, SIDE, 1))
        self.height = np.zeros((SIDE, SIDE), np.float32)
        # Bristles: noise drawn out along the stroke, at two widths.
        fine = smooth_noise(self.rng, 256, 10, (512, 2048))
        coarse = smooth_noise(self.rng, 70, 8, (512, 2048))
        grain = smooth_noise(self.rng, 512, 700, (512, 2048))
        self.bristles = 0.65 * fine + 0.55 * coarse + 0.22 * grain

    def trace(self, starts, angle, steps, step):
        """The paths of all strokes at once, centred on their starts: (strokes, steps, 2) as x, y."""

        def walk(sign):
            place, path = starts.copy(), []
            for _ in range(steps // 2):
                x, y = np.clip(place, 0, SIDE - 1).astype(int).T
                place = place + sign * step * np.stack([np.cos(angle[y, x]), np.sin(angle[y, x])], 1)
                path.append(place)
            return path

        return np.stack(walk(-1.0)[::-1] + [starts] + walk(1.0), 1)

    def layer(self, design, angle, count, length, width, streaks=0.5, wobble=0.12, jitter=0.05,
              dryness=0.5, relief=1.0, where=None, tip=0.35):
        """Paints `count` strokes of about this length and width (pixels), where `where` is large."""
        rng = self.rng
        starts = rng.uniform(0, SIDE, (count, 2))
        if where is not None:
            x, y = starts.astype(int).T
            starts = starts[rng.random(count) < where[y, x]]
        steps = max(4, int(length / 6)) // 2 * 2
        paths = self.trace(starts, angle, steps, length / steps)
        x, y = starts.astype(int).T
        # A neighbour's colour streaks each stroke: brushes are never quite clean.
        shift = rng.normal(0, 26, (len(starts), 2)).astype(int)
        other = design[np.clip(y + shift[:, 1], 0, SIDE - 1), np.clip(x + shift[:, 0], 0, SIDE - 1)]
        tone = rng.normal(0, jitter, (len(starts), 1)) + rng.normal(0, jitter * 0.6, (len(starts), 3))
        for index, path in enumerate(paths):
            turn = rng.normal(0, wobble)
            spin = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
            path = (path - starts[index]) @ spin + starts[index]
            self.stroke(path, width * rng.uniform(0.65, 1.35), design[y[index], x[index]] + tone[index],
                        other[index] + tone[index] * 2, streaks, dryness, relief, tip)

    def stroke(self, path, width, colour, second, streaks, dryness, relief, tip):
        rng = self.rng
        reach = np.hypot(*np.diff(path, axis=0).T).sum() * rng.uniform(0.6, 1.0)
        along = np.linspace(0, 1, max(8, int(reach / 0.7)), dtype=np.float32)[:, None]
        across = np.linspace(-1, 1, max(4, int(width / 0.7)), dtype=np.float32)[None, :]
        knots = np.linspace(0, 1, len(path))
        line = np.stack([np.interp(along[:, 0], knots, path[:, axis]) for axis in (0, 1)], 1)
        tangent = np.gradient(line, axis=0)
        tangent /= np.hypot(*tangent.T)[:, None] + 1e-6
        taper = np.minimum(1, (along / 0.12 + 0.12) ** 0.5) * np.minimum(1, ((1 - along) / tip) ** 0.6)
        offset = across * taper * (width / 2)
        x = (line[:, :1] - tangent[:, 1:] * offset).astype(np.int32)
        y = (line[:, 1:] + tangent[:, :1] * offset).astype(np.int32)

        row, column = rng.integers(0, 512 - 80), rng.integers(0, 2048 - 700)
        rows = row + np.linspace(0, min(79, across.size * 1.3), across.size).astype(int)
        columns = column + np.linspace(0, min(699, along.size), along.size).astype(int)
        bristle = self.bristles[rows[None, :], columns[:, None]]

        wet = bristle > (-2.6 + dryness * (0.6 + 2.6 * along**2) + 0.9 * np.abs(across) ** 6)
        inside = wet & (x >= 0) & (y >= 0) & (x < SIDE) & (y < SIDE)
        x, y, bristle = x[inside], y[inside], bristle[inside]
        edge = np.broadcast_to(np.abs(across) ** 4, inside.shape)[inside]
        body = np.broadcast_to(taper, inside.shape)[inside]
        amount = (streaks * np.clip(bristle - 0.2, 0, 1))[:, None]
        paint = colour * (1 - amount) + second * amount + 0.035 * bristle[:, None]
        self.colour[y, x] = paint
        ridge = relief * body * (1 + 0.55 * bristle + 0.8 * edge) * min(width, 26) / 12
        self.height[y, x] = 0.55 * self.height[y, x] + ridge

    def lit(self, strength, gloss, weave=0.0):
        """The finished picture: paint in raking light, on a little canvas weave."""
        height = self.height + weave * (np.sin(U * SIDE * 0.9) * np.sin(V * SIDE * 0.9))
        soft = np.asarray(Image.fromarray(height).resize((SIDE // 2,) * 2, Image.Resampling.BOX))
        down, right = np.gradient(soft)
        light = np.clip(-(down + right * 0.8), -2.5, 2.5) * strength
        colour = self.colour.reshape(SIDE // 2, 2, SIDE // 2, 2, 3).mean((1, 3))
        shaded = colour * (1 + np.where(light > 0, 0.55, 1.0) * np.tanh(light))[..., None]
        shaded += gloss * np.clip(light - 0.35, 0, 1)[..., None] ** 1.5
        return Image.fromarray((np.clip(shaded, 0, 1) * 255 + 0.5).astype(np.uint8))


def swirling_night():
    """Long strokes of blue around whirls and lamps of yellow, over dark hills."""
    canvas = Canvas(11, (0.03, 0.05, 0.16))
    rng = np.random.default_rng(5)
    stream = 0.55 * V + 0.018 * np.sin(9 * U + 5 * V) + 0.008 * smooth_noise(rng, 6, 6)
    whirls = [(0.36, 0.40, 0.125, 1), (0.60, 0.50, 0.085, -1), (0.14, 0.17, 0.06, 1), (0.80, 0.17, 0.11, 1),
              (0.90, 0.52, 0.055, 1), (0.53, 0.12, 0.05, -1), (0.10, 0.58, 0.06, -1)]
    for x, y, radius, sign in whirls:
        stream = stream + sign * 1.35 * radius * np.exp(-((U - x) ** 2 + (V - y) ** 2) / (2 * radius**2))
    angle = along_contours(stream)
    bands = 0.5 + 0.5 * np.sin(stream * 62 + 0.5 * smooth_noise(rng, 9, 9))
    tone = np.clip(0.62 * bands + 0.16 * smooth_noise(rng, 5, 5) + 0.18, 0, 1)
    design = gradient(["08103a", "10246b", "1d469c", "2f74bd", "6fb0cf", "cfe3cf"], tone)
    for x, y, radius, warmth in [(0.80, 0.17, 0.075, 1.0), (0.14, 0.17, 0.042, 0.8), (0.53, 0.12, 0.034, 0.6),
                                 (0.36, 0.40, 0.040, 0.4), (0.90, 0.52, 0.034, 0.9), (0.10, 0.58, 0.036, 0.7),
                                 (0.60, 0.50, 0.026, 0.3), (0.30, 0.08, 0.022, 0.9), (0.68, 0.33, 0.022, 0.8)]:
        distance = np.hypot(U - x, V - y) / radius
        glow = gradient(["fff6c8", "ffd94a", "f2a516", "e8c65a", "9cc3a8"], distance / 2.4)
        rings = 0.75 + 0.25 * np.cos(distance * 7)
        design = mix(design, glow, np.clip(2.4 - distance, 0, 1) * rings * (0.55 + 0.45 * warmth))
    hills = 0.74 + 0.05 * np.sin(5.2 * U + 0.6) + 0.025 * np.sin(13 * U) - V
    slope = along_contours(hills + 0.010 * smooth_noise(rng, 8, 8))
    ground = hills < 0
    rows = np.clip(0.5 + 0.5 * np.sin(hills * 90 + 1.2 * smooth_noise(rng, 6, 10)), 0, 1)
    earth = gradient(["050b22", "0c2a33", "1b4a45", "3c6d4a", "8b8b3a"], rows * np.clip(1.1 + hills * 2.2, 0, 1))
    design[ground] = earth[ground]
    angle[ground] = slope[ground]
    canvas.layer(design, angle, 1500, 150, 34, dryness=0.2)
    canvas.layer(design, angle, 5000, 115, 18, dryness=0.5, jitter=0.06)
    canvas.layer(design, angle, 9000, 80, 11, dryness=0.7, jitter=0.07, relief=1.1)
    contrast = np.clip(np.abs(tone - 0.5) * 2.4, 0.12, 1)
    canvas.layer(design * 1.08, angle, 6000, 60, 7, dryness=0.8, jitter=0.09, where=contrast)
    for x, y in rng.uniform((0.04, 0.83), (0.96, 0.93), (34, 2)) * SIDE:  # windows below the hills
        spot = np.hypot(U - x / SIDE, V - y / SIDE) < 0.012
        canvas.layer(np.broadcast_to(np.array([1.0, 0.72, 0.2]), design.shape), angle * 0 + 1.5, 5000, 16, 7,
                     where=spot * 1.0, jitter=0.08, relief=1.5)
    return canvas.lit(0.34, 0.30, weave=0.05)


def evening_daubs():
    """Short loaded daubs: a low sun over water and a bank of poppies."""
    canvas = Canvas(23, (0.45, 0.20, 0.12))
    rng = np.random.default_rng(8)
    clouds = smooth_noise(rng, 9, 4) + 0.6 * smooth_noise(rng, 18, 8)
    sun = np.hypot(U - 0.63, (V - 0.36) * 1.05)
    sky = gradient(["fff3b0", "ffd257", "ff9d2e", "f0622a", "c43a4b", "7a3a7c", "3b3f86"],
                   np.clip(sun * 1.25 + 0.07 * clouds, 0, 1))
    sky = mix(sky, gradient(["5a3f8c", "e26a6a", "ffb070"], np.clip(1 - V * 1.6, 0, 1)), (clouds - 0.55) * 0.9)
    sky = mix(sky, np.array([1.0, 0.98, 0.80]), (0.075 - sun) * 60)
    ripples = smooth_noise(rng, 60, 9)
    depth = np.clip((V - 0.46) / 0.28, 0, 1)
    water = gradient(["f09a4a", "b4648a", "356a96", "17496e", "0e2f4d"], np.clip(depth + 0.16 * ripples, 0, 1))
    path = np.exp(-((U - 0.63 - 0.02 * ripples) ** 2) / (2 * (0.03 + 0.09 * depth) ** 2))
    water = mix(water, np.array([1.0, 0.80, 0.30]), path * (0.62 + 0.4 * ripples))
    design = np.where((V < 0.46)[..., None], sky, water)
    shore = V - (0.452 - 0.022 * np.abs(np.sin(4 * U + 0.4)) - 0.012 * smooth_noise(rng, 2, 14))
    design[(shore > 0) & (V < 0.465)] = (0.30, 0.16, 0.42)
    bank = V - (0.70 - 0.10 * np.sin(3.0 * U + 2.6) - 0.012 * smooth_noise(rng, 3, 12))
    grass = gradient(["0f2d2b", "1f5a3a", "5d8a2c", "c2a92e"],
                     np.clip(0.42 + 0.24 * smooth_noise(rng, 26, 40) - 0.5 * bank, 0, 1))
    design[bank > 0] = grass[bank > 0]
    blossoms = smooth_noise(rng, 34, 34) + 0.5 * smooth_noise(rng, 7, 7)
    poppies = gradient(["8f0f1d", "d81f1f", "ff4a1c", "ff8f3a"], np.clip(0.5 + 0.3 * smooth_noise(rng, 40, 40), 0, 1))
    design = mix(design, poppies, np.where(bank > 0.03, (blossoms - 0.55) * 4, 0))
    rays = np.arctan2(V - 0.36, U - 0.63) + np.pi / 2 + 0.35 * smooth_noise(rng, 8, 8)
    angle = np.where(V < 0.46, rays, 0.12 * smooth_noise(rng, 20, 8))
    angle = np.where(bank > 0, -1.25 + 0.45 * smooth_noise(rng, 9, 9), angle).astype(np.float32)
    canvas.layer(design, angle, 1800, 90, 52, dryness=0.1, streaks=0.7)
    canvas.layer(design, angle, 5200, 58, 32, dryness=0.3, jitter=0.07, wobble=0.3, streaks=0.8, tip=0.2, relief=1.1)
    canvas.layer(design, angle, 3600, 40, 20, dryness=0.35, jitter=0.09, wobble=0.4, tip=0.2, relief=1.3)
    vivid = (design.max(-1) - design.min(-1)) ** 2
    canvas.layer(design * 1.07, angle, 2600, 27, 12, jitter=0.12, wobble=0.5, tip=0.25, relief=1.7, where=vivid)
    return canvas.lit(0.27, 0.30, weave=0.04)


def cut_mountains():
    """Bold cuts as in a linocut: tapered gouges of few colours, dark ink left standing between them."""
    canvas = Canvas(37, (0.07, 0.07, 0.13))
    rng = np.random.default_rng(3)
    sun = np.hypot(U - 0.30, V - 0.27)
    design = gradient(["f3e3b8", "f0c987", "e79a5b", "d9603f"], np.clip(0.1 + V * 1.4 + 0.05 * smooth_noise(rng, 5, 3), 0, 1))
    swirl = sun + 0.03 * np.sin(V * 16 + U * 5) + 0.006 * smooth_noise(rng, 7, 7)
    angle = along_contours(swirl)
    lines = np.sin(swirl * 150)
    light = np.clip(0.75 + 0.5 * lines, 0, 1)
    disc = sun < 0.125
    design[disc] = np.array([0.84, 0.16, 0.12])
    light[(sun > 0.125) & (sun < 0.145)] = 0
    for base, rough, stops, seed in [(0.52, 0.13, ["e8d9b0", "5f9ea0", "2a6f86"], 1),
                                     (0.66, 0.10, ["f0e2bc", "2f8f7f", "155a5c"], 2)]:
        local = np.random.default_rng(seed)
        peaks = np.abs(smooth_noise(local, 2, 6)) * 0.7 + np.abs(smooth_noise(local, 2, 15)) * 0.28
        ridge = base + rough * (peaks[0] - 0.9)[None, :]
        below = V - ridge
        inside = below > 0
        facets = smooth_noise(local, 3, 16) + 0.5 * smooth_noise(local, 6, 30)
        design[inside] = gradient(stops, np.clip(below * 3.4 + 0.25 * facets, 0, 1))[inside]
        light[inside] = np.clip(0.55 + 0.75 * facets, 0, 1)[inside]
        angle[inside] = (np.where(facets > 0, 1.0, 2.1) + 0.15 * smooth_noise(local, 7, 7))[inside]
        light[np.abs(below) < 0.008] = 0
    waves = V - (0.76 + 0.022 * np.sin(11 * U + 0.7))
    sea = waves > 0
    phase = waves * 16 + 0.9 * np.sin(9 * U + V * 14) + 0.3 * smooth_noise(rng, 5, 5)
    crest = 0.5 + 0.5 * np.sin(phase * 3.1)
    design[sea] = gradient(["0f3d66", "1c6a94", "5fb0b4", "f4ecd0"], crest)[sea]
    threads = 0.5 + 0.5 * np.sin(phase * 21 + 0.8 * smooth_noise(rng, 9, 5))
    light[sea] = np.clip((0.25 + 1.0 * crest) * (0.35 + 1.1 * threads), 0, 1)[sea]
    angle[sea] = along_contours(phase)[sea]
    light[np.abs(waves) < 0.009] = 0
    cut = dict(streaks=0.25, dryness=0.62, relief=0.8, wobble=0.04, tip=0.6)
    canvas.layer(design * 0.55, angle, 1600, 90, 14, where=light, jitter=0.02, **cut)
    canvas.layer(design, angle, 7000, 85, 9, where=light, jitter=0.03, **cut)
    canvas.layer(design * 1.05, angle, 9000, 48, 6, where=light**1.5, jitter=0.04, **cut)
    ink = np.broadcast_to(np.array([0.07, 0.06, 0.12]), design.shape)
    canvas.layer(ink, angle, 9000, 66, 5.5, where=np.clip(0.75 - light, 0, 1), jitter=0.015, **cut)
    return canvas.lit(0.30, 0.10, weave=0.06)


def main():
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/samples")
    folder.mkdir(parents=True, exist_ok=True)
    for paint in (swirling_night, evening_daubs, cut_mountains):
        paint().save(folder / f"{paint.__name__}.jpg", quality=92)


if __name__ == "__main__":
    main()
