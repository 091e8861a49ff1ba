"use strict";
// Adds to a page that is complete without it: a slider through the pictures of the run, and the
// choice of the pixel that is worked out.

function choosePixel(pixel, channel) {
  for (const part of document.querySelectorAll("[data-choice]")) {
    part.hidden = part.dataset.choice !== `${pixel}-${channel}`;
  }
  for (const ring of document.querySelectorAll(".ring")) {
    ring.classList.toggle("chosen", ring.dataset.pixel === pixel);
  }
}

function followPixelChooser() {
  const form = document.getElementById("pixel-chooser");
  if (form === null) {
    return;
  }
  form.addEventListener("change", () => {
    choosePixel(form.elements["pixel-choice"].value, form.elements["channel-choice"].value);
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

function chooseMoment(slider, moments) {
  const chosen = moments[slider.valueAsNumber];
  const when = chosen.querySelector(".label").textContent;
  moments.forEach(moment => moment.classList.toggle("chosen", moment === chosen));
  slider.setAttribute("aria-valuetext", when);
  document.getElementById("moment-live").textContent =
    `${when[0].toUpperCase()}${when.slice(1)}: ${chosen.dataset.losses}.`;
  moveMarker(Number(chosen.dataset.updates) + 1);
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
