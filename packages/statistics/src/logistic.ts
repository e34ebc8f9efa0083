/** P(true | x) = σ(intercept + coefficients · x). */
export interface LogisticModel {
  intercept: number;
  coefficients: number[];
}

export interface LogisticExample {
  x: readonly number[];
  y: boolean;
  /** How often the example counts; 1 when absent. */
  weight?: number;
}

/** Logistic regression by Newton's method with a ridge penalty on the coefficients (not on the intercept), from `start` on.
 *  Throws on no examples. */
export function fitLogistic(
  examples: readonly LogisticExample[],
  { ridge = 1, start }: { ridge?: number; start?: LogisticModel | undefined } = {},
): LogisticModel {
  const problem = readExamples(examples);
  const { size } = problem;
  let beta = start ? Float64Array.of(start.intercept, ...start.coefficients) : new Float64Array(size);
  let loss = penalizedLoss(problem, beta, ridge);
  for (let iteration = 0; iteration < 50; iteration++) {
    const step = newtonStep(problem, beta, ridge);
    let scale = 1;
    let next = beta;
    let nextLoss = Infinity;
    // Halving the step keeps Newton's method from overshooting on separable data.
    for (; scale > 1e-4; scale /= 2) {
      next = beta.map((value, index) => value - scale * step[index]!);
      nextLoss = penalizedLoss(problem, next, ridge);
      if (nextLoss <= loss) break;
    }
    if (!(nextLoss < loss - 1e-9)) break;
    beta = next;
    loss = nextLoss;
  }
  return { intercept: beta[0]!, coefficients: [...beta.subarray(1)] };
}

/** Examples as rows of one array, each with a 1 for the intercept before it. */
interface LogisticProblem {
  size: number;
  rows: Float64Array;
  labels: Uint8Array;
  weights: Float64Array;
}

function readExamples(examples: readonly LogisticExample[]): LogisticProblem {
  const first = examples[0];
  if (!first) throw new RangeError('logistic regression needs at least one example');
  const size = first.x.length + 1;
  const rows = new Float64Array(examples.length * size);
  examples.forEach(({ x }, index) => {
    rows[index * size] = 1;
    rows.set(x, index * size + 1);
  });
  return {
    size,
    rows,
    labels: Uint8Array.from(examples, ({ y }) => (y ? 1 : 0)),
    weights: Float64Array.from(examples, ({ weight = 1 }) => weight),
  };
}

export function logisticProbability(model: LogisticModel, x: readonly number[]): number {
  return sigmoid(logisticScore(model, x));
}

/** The log-odds of true. */
export function logisticScore({ intercept, coefficients }: LogisticModel, x: readonly number[]): number {
  let score = intercept;
  for (let index = 0; index < coefficients.length; index++) score += coefficients[index]! * x[index]!;
  return score;
}

function sigmoid(score: number): number {
  return 1 / (1 + Math.exp(-score));
}

function linear({ rows, size }: LogisticProblem, beta: Float64Array, example: number): number {
  let score = 0;
  for (let index = 0, at = example * size; index < size; index++, at++) score += beta[index]! * rows[at]!;
  return score;
}

function penalizedLoss(problem: LogisticProblem, beta: Float64Array, ridge: number): number {
  const { labels, weights } = problem;
  let loss = 0;
  for (let index = 1; index < beta.length; index++) loss += (ridge / 2) * beta[index]! * beta[index]!;
  for (let example = 0; example < labels.length; example++) {
    const score = linear(problem, beta, example);
    const margin = labels[example] === 1 ? score : -score;
    loss += weights[example]! * (margin > 0 ? Math.log1p(Math.exp(-margin)) : Math.log1p(Math.exp(margin)) - margin);
  }
  return loss;
}

function newtonStep(problem: LogisticProblem, beta: Float64Array, ridge: number): Float64Array {
  const { size, rows, labels, weights } = problem;
  const gradient = beta.map((value, index) => (index === 0 ? 1e-6 : ridge) * value);
  const half = new Float64Array(size * size);
  for (let example = 0; example < labels.length; example++) {
    const probability = sigmoid(linear(problem, beta, example));
    const slope = weights[example]! * (probability - labels[example]!);
    const curvature = weights[example]! * probability * (1 - probability);
    const base = example * size;
    for (let row = 0; row < size; row++) {
      const left = rows[base + row]!;
      gradient[row]! += slope * left;
      for (let column = 0; column <= row; column++)
        half[row * size + column]! += curvature * left * rows[base + column]!;
    }
  }
  const hessian = Array.from({ length: size }, (_, row) =>
    Float64Array.from({ length: size }, (_, column) => half[Math.max(row, column) * size + Math.min(row, column)]!),
  );
  hessian.forEach((row, index) => (row[index]! += index === 0 ? 1e-6 : ridge));
  return solve(hessian, gradient);
}

/** Gaussian elimination with partial pivoting. The penalties keep the matrix positive definite. */
function solve(matrix: Float64Array[], right: Float64Array): Float64Array {
  const size = right.length;
  for (let pivot = 0; pivot < size; pivot++) {
    let largest = pivot;
    for (let row = pivot + 1; row < size; row++)
      if (Math.abs(matrix[row]![pivot]!) > Math.abs(matrix[largest]![pivot]!)) largest = row;
    [matrix[pivot], matrix[largest]] = [matrix[largest]!, matrix[pivot]!];
    [right[pivot], right[largest]] = [right[largest]!, right[pivot]!];
    for (let row = pivot + 1; row < size; row++) {
      const factor = matrix[row]![pivot]! / matrix[pivot]![pivot]!;
      for (let column = pivot; column < size; column++) matrix[row]![column]! -= factor * matrix[pivot]![column]!;
      right[row]! -= factor * right[pivot]!;
    }
  }
  for (let row = size - 1; row >= 0; row--) {
    for (let column = row + 1; column < size; column++) right[row]! -= matrix[row]![column]! * right[column]!;
    right[row]! /= matrix[row]![row]!;
  }
  return right;
}
