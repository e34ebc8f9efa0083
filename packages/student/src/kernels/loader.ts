import { KERNELS_BASE64 } from './module.ts';
import type { Kernels } from './signatures.ts';

/** The kernels over pages of memory of their own; the module is compiled once a process. */
export function instantiate(pages: number): { kernels: Kernels; buffer: ArrayBuffer } {
  const memory = new WebAssembly.Memory({ initial: pages });
  const { exports } = new WebAssembly.Instance(compiled(), {
    env: { memory },
    tables: { log: Math.log },
    choice: { exp: Math.exp },
    field: { exp: Math.exp },
  });
  return { kernels: exports as unknown as Kernels, buffer: memory.buffer };
}

/** The little of WebAssembly that is used: its own types come with the browser's, which a server should not see. */
declare const WebAssembly: {
  Memory: new (descriptor: { initial: number }) => { readonly buffer: ArrayBuffer };
  Module: new (bytes: Uint8Array) => object;
  Instance: new (
    module: object,
    imports: Record<string, Record<string, unknown>>,
  ) => { readonly exports: Record<string, unknown> };
};

let code: object | undefined;

function compiled(): object {
  code ??= new WebAssembly.Module(Uint8Array.from(atob(KERNELS_BASE64), (character) => character.charCodeAt(0)));
  return code;
}
