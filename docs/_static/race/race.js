// The race itself: settings, the two networks, the picture. `network.js` computes, `digits.js` holds the images.
"use strict";

const SIZES = [64, 100, 100, 100, 10];
const STEPS = 1000;
const EVERY = 20; // steps between two points of a line
const MOMENTUM = 0.9; // with 0.99 the moving statistics would lag behind in so short a race
const FRAME = 30; // milliseconds of training before the page is drawn again
const SETTINGS = {
  rate: { values: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3], start: 4 },
  scale: { values: [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1], start: 2 },
  batch: { values: [2, 4, 8, 15, 30, 60, 120], start: 5 },
};
const at = (id) => document.getElementById(id);
const PIXELS = Float32Array.from(DIGITS.pixels, (letter) => (letter.charCodeAt(0) - 97) / 16);
const LABELS = Array.from(DIGITS.labels, Number);
const WATCHED = { x: PIXELS.subarray(DIGITS.train * 64), labels: LABELS.slice(DIGITS.train) };

let seed = 0;
let race = null;
let running = false;

const chosen = (id) => SETTINGS[id].values[at(id).value];

function kernels(draws, scale) {
  return SIZES.slice(1).map((units, i) => Float32Array.from({ length: SIZES[i] * units }, () => draws.normal() * scale));
}

function restart() {
  for (const id in SETTINGS) {
    document.querySelector(`output[for=${id}]`).value = chosen(id);
    at(id).setAttribute("aria-valuetext", chosen(id));
  }
  const draws = new Draws(seed);
  const start = kernels(draws, chosen("scale"));
  const activation = at("activation").value;
  const networks = [true, false].map((batchNorm) => new Network(start, SIZES, batchNorm, activation, MOMENTUM));
  race = { draws, networks, step: 0, order: [], points: [[], []] };
  measure();
  draw();
}

function measure() {
  race.networks.forEach((network, i) => race.points[i].push(network.accuracy(WATCHED.x, WATCHED.labels)));
}

function train() {
  const size = chosen("batch");
  if (race.order.length < size) race.order = race.draws.permutation(DIGITS.train);
  const batch = race.order.splice(0, size);
  const x = new Float32Array(size * 64);
  batch.forEach((image, row) => x.set(PIXELS.subarray(image * 64, image * 64 + 64), row * 64));
  for (const network of race.networks) network.step(x, batch.map((image) => LABELS[image]), chosen("rate"));
  race.step++;
  if (race.step % EVERY === 0) measure();
}

function frame() {
  if (!running) return;
  const end = performance.now() + FRAME;
  while (race.step < STEPS && performance.now() < end) train();
  if (race.step >= STEPS) run(false);
  draw();
  if (running) requestAnimationFrame(frame);
}

function run(on) {
  if (on && race.step >= STEPS) restart();
  if (on && !running) requestAnimationFrame(frame);
  running = on;
  at("go").textContent = on ? "Pause" : "Start";
  at("aloud").textContent = on ? "The race is on." : sentence();
}

const percent = (share) => `${Math.round(100 * share)}%`;

function sentence() {
  const [withIt, without] = race.points.map((points) => percent(points.at(-1)));
  return `Step ${race.step} of ${STEPS}. Of ${WATCHED.labels.length} digits not trained on, ${withIt} are read right with batch normalization, ${without} without.`;
}

const across = (point) => 40 + (300 * point * EVERY) / STEPS;
const up = (share) => 170 - 160 * share;

function draw() {
  ["line-with", "line-without"].forEach((id, i) => {
    at(id).setAttribute("points", race.points[i].map((share, point) => `${across(point)},${up(share)}`).join(" "));
  });
  at("status").textContent = sentence();
}

function grid() {
  const parts = [0, 0.25, 0.5, 0.75, 1].map(
    (share) => `<line x1="40" x2="340" y1="${up(share)}" y2="${up(share)}"/><text x="35" y="${up(share) + 4}" text-anchor="end">${percent(share)}</text>`,
  );
  for (let step = 0; step <= STEPS; step += 250) parts.push(`<text x="${across(step / EVERY)}" y="185" text-anchor="middle">${step}</text>`);
  at("grid").innerHTML = parts.join("") + '<text x="190" y="198" text-anchor="middle">training steps</text>';
}

for (const [id, { values, start }] of Object.entries(SETTINGS)) {
  Object.assign(at(id), { min: 0, max: values.length - 1, step: 1, value: start });
  at(id).addEventListener("input", restart);
}
at("activation").addEventListener("input", restart);
at("go").addEventListener("click", () => run(!running));
at("again").addEventListener("click", () => {
  seed++;
  restart();
  run(true);
});
at("embed").value = `<iframe src="${location.href}" title="${document.title}" width="100%" height="860"></iframe>`;
at("embed").addEventListener("focus", () => at("embed").select());
at("images").textContent = DIGITS.train.toLocaleString("en");
grid();
restart();
