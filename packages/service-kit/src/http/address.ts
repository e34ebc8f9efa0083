import type { AddressInfo } from 'node:net';
import type { Routes } from '../types.ts';

/** Where a process reaches a server of its own: one that listens everywhere is reached on loopback. */
export function urlOf({ server }: Routes): string {
  const { address, family, port } = server.address() as AddressInfo;
  if (address === '::' || address === '0.0.0.0') return `http://127.0.0.1:${port}`;
  return family === 'IPv6' ? `http://[${address}]:${port}` : `http://${address}:${port}`;
}
