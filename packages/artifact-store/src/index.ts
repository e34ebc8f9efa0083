export * from './file.ts';
export * from './port.ts';
export { s3ArtifactStore, type S3ArtifactStoreOptions } from './s3/artifact-store.ts';
