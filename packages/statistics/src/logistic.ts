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

/** Logistic regression by Newton's method with a ridge penalty on the coefficients (not on the intercept).
 *  Throws on no examples. */
export function fitLogistic(
  examples: readonly LogisticExample[],
  { ridge = 1 }: { ridge?: number } = {},
): LogisticModel {
  const first = examples[0];
  if (!first) throw new RangeError('logistic regression needs at least one example');
  const size = first.x.length + 1;
  let beta = new Float64Array(size);
  let loss = penalizedLoss(examples, beta, ridge);
  for (let iteration = 0; iteration < 50; iteration++) {
    const step = newtonStep(examples, beta, ridge);
    let scale = 1;
    let next = beta;
    let nextLoss = Infinity;
    // Halving the step keeps Newton's method from overshooting on separable data.
    for (; scale > 1e-4; scale /= 2) {
      next = beta.map((value, index) => value - scale * step[index]!);
      nextLoss = penalizedLoss(examples, next, ridge);
      if (nextLoss <= loss) break;
    }
    if (!(nextLoss < loss - 1e-9)) break;
    beta = next;
    loss = nextLoss;
  }
  return { intercept: beta[0]!, coefficients: [...beta.subarray(1)] };
}

export function logisticProbability({ intercept, coefficients }: LogisticModel, x: readonly number[]): number {
  let score = intercept;
  for (let index = 0; index < coefficients.length; index++) score += coefficients[index]! * x[index]!;
  return sigmoid(score);
}

function sigmoid(score: number): number {
  return 1 / (1 + Math.exp(-score));
}

function linear(beta: Float64Array, x: readonly number[]): number {
  let score = beta[0]!;
  for (let index = 0; index < x.length; index++) score += beta[index + 1]! * x[index]!;
  return score;
}

function penalizedLoss(examples: readonly LogisticExample[], beta: Float64Array, ridge: number): number {
  let loss = 0;
  for (let index = 1; index < beta.length; index++) loss += (ridge / 2) * beta[index]! * beta[index]!;
  for (const { x, y, weight = 1 } of examples) {
    const margin = y ? linear(beta, x) : -linear(beta, x);
    loss += weight * (margin > 0 ? Math.log1p(Math.exp(-margin)) : Math.log1p(Math.exp(margin)) - margin);
  }
  return loss;
}

function newtonStep(examples: readonly LogisticExample[], beta: Float64Array, ridge: number): Float64Array {
  const size = beta.length;
  const gradient = new Float64Array(size);
  const hessian = Array.from({ length: size }, () => new Float64Array(size));
  for (let index = 0; index < size; index++) {
    const penalty = index === 0 ? 1e-6 : ridge;
    gradient[index] = penalty * beta[index]!;
    hessian[index]![index] = penalty;
  }
  for (const { x, y, weight = 1 } of examples) {
    const probability = sigmoid(linear(beta, x));
    const curvature = weight * probability * (1 - probability);
    for (let row = 0; row < size; row++) {
      const left = row === 0 ? 1 : x[row - 1]!;
      gradient[row]! += weight * (probability - (y ? 1 : 0)) * left;
      for (let column = 0; column < size; column++)
        hessian[row]![column]! += curvature * left * (column === 0 ? 1 : x[column - 1]!);
    }
  }
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
