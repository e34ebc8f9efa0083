/** The same object but for some members. Its methods keep their `this`: private members know nobody else. */
export function replace<Target extends object>(target: Target, replacements: object): Target {
  return new Proxy(target, {
    get(_, key) {
      if (Object.hasOwn(replacements, key)) return Reflect.get(replacements, key) as unknown;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' && key !== 'constructor' ? (value.bind(target) as unknown) : value;
    },
  });
}
