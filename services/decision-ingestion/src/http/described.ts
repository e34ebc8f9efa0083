/** For routes that check their body and write their answer themselves: their schemas only describe them. */
export const described = {
  validatorCompiler: () => (value: unknown) => ({ value }),
  serializerCompiler: () => (value: unknown) => JSON.stringify(value),
};
