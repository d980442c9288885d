// A fully connected classifier with or without batch normalization, and its training step: what the Python package
// `helpers.networks` computes, in float32. Matrices are flat Float32Arrays, row after row: x[i * columns + j].
"use strict";

const EPSILON = 1e-3;
const zeros = (count) => new Float32Array(count);
const filled = (count, value) => new Float32Array(count).fill(value);

// a (n, k) times b (k, m)
function product(a, b, n, k, m) {
  const out = zeros(n * m);
  const row = new Float64Array(m);
  for (let i = 0; i < n; i++) {
    row.fill(0);
    for (let l = 0; l < k; l++) {
      const factor = a[i * k + l];
      if (factor === 0) continue; // half of what ReLU passes on
      for (let j = 0, at = l * m; j < m; j++, at++) row[j] += factor * b[at];
    }
    out.set(row, i * m);
  }
  return out;
}

function transpose(a, n, m) {
  const out = zeros(n * m);
  for (let i = 0; i < n; i++) for (let j = 0; j < m; j++) out[j * n + i] = a[i * m + j];
  return out;
}

// The sum of f(at) over the rows of an (n, m) matrix, for each column
function columnSums(n, m, f) {
  const sums = new Float64Array(m);
  for (let i = 0, at = 0; i < n; i++) for (let j = 0; j < m; j++, at++) sums[j] += f(at, j);
  return sums;
}

const ACTIVATION = {
  relu: { forward: (z) => Math.max(z, 0), slope: (y) => (y > 0 ? 1 : 0) },
  sigmoid: { forward: (z) => 0.5 + 0.5 * Math.tanh(0.5 * z), slope: (y) => y * (1 - y) },
};

class BatchNorm {
  constructor(units, momentum) {
    this.units = units;
    this.momentum = momentum;
    this.gamma = filled(units, 1);
    this.beta = zeros(units);
    this.movingMean = zeros(units);
    this.movingVariance = filled(units, 1);
  }

  forward(x, n) {
    const m = this.units;
    const mean = Float32Array.from(columnSums(n, m, (at) => x[at]), (sum) => sum / n);
    const variance = Float32Array.from(columnSums(n, m, (at, j) => (x[at] - mean[j]) ** 2), (sum) => sum / n);
    this.scale = variance.map((v) => 1 / Math.sqrt(v + EPSILON));
    this.xHat = x.map((value, at) => (value - mean[at % m]) * this.scale[at % m]);
    for (let j = 0; j < m; j++) {
      this.movingMean[j] = this.movingMean[j] * this.momentum + mean[j] * (1 - this.momentum);
      this.movingVariance[j] = this.movingVariance[j] * this.momentum + variance[j] * (1 - this.momentum);
    }
    return this.xHat.map((value, at) => value * this.gamma[at % m] + this.beta[at % m]);
  }

  backward(dy, n, rate) {
    const m = this.units;
    const dbeta = columnSums(n, m, (at) => dy[at]);
    const dgamma = columnSums(n, m, (at) => dy[at] * this.xHat[at]);
    const dx = dy.map((value, at) => {
      const j = at % m;
      return this.gamma[j] * this.scale[j] * (value - dbeta[j] / n - (this.xHat[at] * dgamma[j]) / n);
    });
    for (let j = 0; j < m; j++) {
      this.gamma[j] -= rate * dgamma[j];
      this.beta[j] -= rate * dbeta[j];
    }
    return dx;
  }

  inference(x) {
    const m = this.units;
    return x.map((value, at) => {
      const j = at % m;
      const scale = this.gamma[j] / Math.sqrt(this.movingVariance[j] + EPSILON);
      return (value - this.movingMean[j]) * scale + this.beta[j];
    });
  }
}

class Network {
  // kernels: one Float32Array a layer, the output layer's last; sizes: inputs, hidden units, classes
  constructor(kernels, sizes, batchNorm, activation, momentum = 0.99) {
    this.kernels = kernels.map((kernel) => Float32Array.from(kernel));
    this.sizes = sizes;
    this.last = kernels.length - 1;
    this.act = ACTIVATION[activation];
    // What batch normalization follows needs no bias: it would be subtracted again.
    this.biases = kernels.map((_, i) => (batchNorm && i < this.last ? null : zeros(sizes[i + 1])));
    this.norms = batchNorm ? sizes.slice(1, -1).map((units) => new BatchNorm(units, momentum)) : [];
  }

  // One step of gradient descent on n images; the mean cross-entropy before it
  step(x, labels, rate) {
    const n = labels.length;
    const inputs = [];
    for (let i = 0; i < this.last; i++) {
      inputs.push(x);
      let z = this.dense(x, i, n);
      if (this.norms[i]) z = this.norms[i].forward(z, n);
      x = z.map(this.act.forward);
    }
    inputs.push(x);
    const classes = this.sizes[this.last + 1];
    let gradient = this.dense(x, this.last, n);
    let loss = 0;
    for (let i = 0; i < n; i++) {
      const row = gradient.subarray(i * classes, (i + 1) * classes);
      const highest = Math.max(...row);
      const exponentials = Array.from(row, (logit) => Math.exp(logit - highest));
      const sum = exponentials.reduce((a, b) => a + b);
      loss += (Math.log(sum) - (row[labels[i]] - highest)) / n;
      exponentials.forEach((e, j) => (row[j] = (e / sum - (j === labels[i] ? 1 : 0)) / n));
    }
    for (let i = this.last; i >= 0; i--) {
      const [before, units] = [this.sizes[i], this.sizes[i + 1]];
      if (i < this.last) {
        const output = inputs[i + 1];
        gradient = gradient.map((g, at) => g * this.act.slope(output[at]));
        if (this.norms[i]) gradient = this.norms[i].backward(gradient, n, rate);
      }
      const dkernel = product(transpose(inputs[i], n, before), gradient, before, n, units);
      const bias = this.biases[i];
      if (bias) columnSums(n, units, (at) => gradient[at]).forEach((sum, j) => (bias[j] -= rate * sum));
      if (i > 0) gradient = product(gradient, transpose(this.kernels[i], before, units), n, units, before);
      const kernel = this.kernels[i];
      for (let at = 0; at < kernel.length; at++) kernel[at] -= rate * dkernel[at];
    }
    return loss;
  }

  // The share of n images that are recognized, with the moving statistics
  accuracy(x, labels) {
    const n = labels.length;
    for (let i = 0; i < this.last; i++) {
      let z = this.dense(x, i, n);
      if (this.norms[i]) z = this.norms[i].inference(z);
      x = z.map(this.act.forward);
    }
    const classes = this.sizes[this.last + 1];
    const logits = this.dense(x, this.last, n);
    let right = 0;
    for (let i = 0; i < n; i++) {
      const row = logits.subarray(i * classes, (i + 1) * classes);
      right += row.every((logit) => logit <= row[labels[i]]) ? 1 : 0; // false for NaN: guessing nothing
    }
    return right / n;
  }

  dense(x, i, n) {
    const [before, units] = [this.sizes[i], this.sizes[i + 1]];
    const z = product(x, this.kernels[i], n, before, units);
    const bias = this.biases[i];
    if (bias) for (let at = 0; at < z.length; at++) z[at] += bias[at % units];
    return z;
  }
}

// Random numbers from a seed: Mulberry32, and normal ones by Box and Muller.
class Draws {
  constructor(seed) {
    this.state = seed | 0;
  }

  uniform() {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  normal() {
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }

  permutation(count) {
    const order = Array.from({ length: count }, (_, i) => i);
    for (let i = count - 1; i > 0; i--) {
      const j = Math.floor(this.uniform() * (i + 1));
      [order[i], order[j]] = [order[j], order[i]];
    }
    return order;
  }
}
