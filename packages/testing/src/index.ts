export * from './certificate.ts';
export { installedBrowser } from './browser.ts';
export * from './clock.ts';
export * from './database.ts';
export * from './folder.ts';
export { freePort, freePorts } from './free-ports.ts';
export { hasPython } from './python.ts';
export * from './until.ts';
export { blocksOf, type MarkdownBlock } from './markdown-blocks.ts';
