export { startApiServer, type ApiServer, type ApiServerOptions, type HealthReport } from './server.ts';
