/** Numbers names in the order of their first appearance. */
export function interner() {
  const numbers = new Map<string, number>();
  return {
    names: numbers,
    numberOf(name: string): number {
      const known = numbers.get(name);
      if (known !== undefined) return known;
      numbers.set(name, numbers.size);
      return numbers.size - 1;
    },
  };
}
