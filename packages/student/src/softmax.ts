/** Softmax over what is finite; all zero when nothing is. */
export function softmax(logits: Float64Array, temperature: number): Float64Array {
  return softmaxInPlace(logits.slice(), temperature);
}

/** The same, into the array that it is given. */
export function softmaxInPlace(logits: Float64Array, temperature: number): Float64Array {
  let maximum = -Infinity;
  for (let index = 0; index < logits.length; index++) if (logits[index]! > maximum) maximum = logits[index]!;
  if (maximum === -Infinity) return logits.fill(0);
  let sum = 0;
  for (let index = 0; index < logits.length; index++)
    sum += logits[index] = Math.exp((logits[index]! - maximum) / temperature);
  for (let index = 0; index < logits.length; index++) logits[index]! /= sum;
  return logits;
}
