export { testClient, type Answered, type Asking, type TestClient } from './client.ts';
export { startService, type StartedService, type StartOptions } from './start-service.ts';
export { stub, type Stub } from './stubs.ts';
