export { startKubernetesServer, type KubernetesServer, type KubernetesServerOptions } from './server.ts';
