"use strict";
// Adds to a page that is complete without it: a slider through the pictures of the run, and the
// choice of the pixel that is worked out, recomputed from the numbers in the page.

const report = JSON.parse(document.getElementById("explanation").textContent);
const termsShown = 10;

function superscript(exponent) {
  const digits = "⁰¹²³⁴⁵⁶⁷⁸⁹";
  return (exponent < 0 ? "⁻" : "") + [...String(Math.abs(exponent))].map(d => digits[d]).join("");
}

/** As number() in html.cpp writes it: "−4.5×10⁻⁷". */
function number(value, digits) {
  if (value === null || Number.isNaN(value)) {
    return "not a number";
  }
  if (!Number.isFinite(value)) {
    return value > 0 ? "∞" : "−∞";
  }
  const rounded = Number(value.toPrecision(digits));
  const size = Math.abs(rounded);
  let text = String(size);
  if (size !== 0 && (size < 1e-4 || size >= 1e6)) {
    const [factor, exponent] = size.toExponential().split("e");
    text = (factor === "1" ? "" : factor + "×") + "10" + superscript(Number(exponent));
  }
  return (rounded < 0 ? "−" : "") + text;
}

/** Every term w[k, c, i, j] · dz[k, i, j] of one pixel's channel. */
function workedTerms(pixel, channel) {
  const terms = [];
  for (let k = 0; k < pixel.dz.length / 9; ++k) {
    for (let i = 0; i < 3; ++i) {
      for (let j = 0; j < 3; ++j) {
        // Nine digits say which float32 it was.
        const w = Math.fround(report.first_filters[((k * 3 + channel) * 3 + i) * 3 + j]);
        const dz = Math.fround(pixel.dz[(k * 3 + i) * 3 + j]);
        terms.push({k, i, j, w, dz, product: w * dz});
      }
    }
  }
  return terms;
}

function show(what, text) {
  for (const place of document.querySelectorAll(`[data-value="${what}"]`)) {
    place.textContent = text;
  }
}

function showParts(terms) {
  const parts = new Array(9).fill(0);
  for (const term of terms) {
    parts[3 * term.i + term.j] += term.product;
  }
  parts.forEach((part, n) => show(`part-${n}`, number(part, 6)));
  return parts.reduce((sum, part) => sum + part, 0);
}

function showLargestTerms(terms) {
  const largest = [...terms].sort((a, b) => Math.abs(b.product) - Math.abs(a.product));
  const rows = document.querySelectorAll("#pixel-term-rows tr");
  largest.slice(0, termsShown).forEach((term, n) => {
    const texts = [term.k, term.i, term.j, number(term.w, 6), number(term.dz, 6),
                   number(term.product, 6)];
    texts.forEach((text, column) => { rows[n].children[column].textContent = text; });
  });
}

function showChecks(worked, sum) {
  const off = value => number(Math.abs(value - worked.backend) / Math.abs(worked.backend), 2);
  show("sum", number(sum, 9));
  show("tv", number(worked.tv, 9));
  show("formula", number(sum + worked.tv, 9));
  show("formula-off", off(sum + worked.tv));
  show("backend", number(worked.backend, 9));
  show("numeric", number(worked.numeric, 9));
  show("numeric-off", off(worked.numeric));
  show("change", number(worked.loss_change, 9));
}

function choosePixel(chosen, channel) {
  const pixel = report.pixels[chosen];
  const worked = pixel.channels[channel];
  const terms = workedTerms(pixel, channel);
  const sum = showParts(terms);
  showLargestTerms(terms);
  showChecks(worked, sum);
  for (const ring of document.querySelectorAll(".ring")) {
    ring.classList.toggle("chosen", Number(ring.dataset.pixel) === chosen);
  }
  const colour = ["red", "green", "blue"][channel];
  document.getElementById("pixel-live").textContent =
    `Pixel ${chosen + 1} at (${pixel.x}, ${pixel.y}), ${colour}: the sum is ${number(sum, 9)}, ` +
    `the backend has ${number(worked.backend, 9)}.`;
}

function followPixelChooser() {
  const form = document.getElementById("pixel-chooser");
  if (form === null) {
    return;
  }
  form.addEventListener("change", () => {
    choosePixel(Number(form.elements["pixel-choice"].value),
                Number(form.elements["channel-choice"].value));
  });
  // A browser may remember another choice from before.
  form.reset();
}

function moveMarker(evaluation) {
  for (const chart of document.querySelectorAll("svg[data-low]")) {
    const {low, high, from, to} = chart.dataset;
    const part = high === low ? 0 : (evaluation - low) / (high - low);
    const place = Number(from) + Math.min(Math.max(part, 0), 1) * (to - from);
    const marker = chart.querySelector(".marker");
    marker.setAttribute("x1", place);
    marker.setAttribute("x2", place);
  }
}

function lossesText(updates) {
  const row = report.trace.find(each => each.iteration === updates + 1);
  if (row === undefined) {
    return "not evaluated any more";
  }
  return `total ${number(row.total, 4)}, content ${number(row.content, 4)}, ` +
         `style ${number(row.style, 4)}`;
}

function chooseMoment(slider, moments) {
  const chosen = moments[slider.valueAsNumber];
  const updates = Number(chosen.dataset.updates);
  const when = chosen.querySelector(".label").textContent;
  moments.forEach(moment => moment.classList.toggle("chosen", moment === chosen));
  slider.setAttribute("aria-valuetext", when);
  document.getElementById("moment-live").textContent =
    `${when[0].toUpperCase()}${when.slice(1)}: ${lossesText(updates)}.`;
  moveMarker(updates + 1);
}

function followMomentSlider() {
  const slider = document.getElementById("moment-slider");
  if (slider === null) {
    return;
  }
  const moments = [...document.querySelectorAll(".moment")];
  slider.value = slider.max;
  slider.addEventListener("input", () => chooseMoment(slider, moments));
  chooseMoment(slider, moments);
}

document.documentElement.classList.add("js");
followPixelChooser();
followMomentSlider();
