export * from './types.ts';
export * from './access/keys.ts';
export type { Usage } from './access/limits.ts';
export { transferring } from './compute/transferring.ts';
export { parseConfig, type ConfigSource, type Environment } from './config/parse-config.ts';
export { redactedConfig } from './config/redact.ts';
export { secret } from './config/secret.ts';
export * from './cursor.ts';
export * from './define-service.ts';
export {
  commandHandler,
  type Aggregate,
  type CommandHandler,
  type Handled,
  type StoredEvent,
} from './events/command-handler.ts';
export type { ErasureCommand, ErasureEvent, ErasureState } from './erasure/erasure.ts';
export { shreddedEventsOf, type ShreddedEventsOf } from './erasure/shredded-events.ts';
export { erasureLoop, erasures, type Erasure, type ErasurePart } from './erasure/erasure-loop.ts';
export { envelope, type Fact } from './events/envelope.ts';
export { inProcess } from './client/in-process.ts';
export { policy, readModel } from './events/handlers.ts';
export { isRefusedValue } from './events/fold-log.ts';
export { readModelsLock } from './events/consumer-tables.ts';
export { recordEvent, type EventToRecord } from './events/record-event.ts';
export { bootstrap } from './host/bootstrap.ts';
export { migrateAll } from './host/migrate-all.ts';
export { connectInfrastructure } from './host/connect-infrastructure.ts';
export { hostServices, type Host, type HostOptions } from './host/host.ts';
export { infrastructureConfig, teacherSettings } from './host/infrastructure.ts';
export type { Infrastructure, InfrastructureConfig } from './host/infrastructure.ts';
export { openServer, type OpenServer } from './host/open-server.ts';
export { runService } from './host/run-service.ts';
export { startWhenServed } from './host/start-when-served.ts';
export { runProcess, type Running } from './host/run.ts';
export {
  answer,
  bytes,
  handedOn,
  lines,
  tagged,
  verbatim,
  type Answers,
  type ServerSentEvent,
  type Answer,
  type HandedOn,
  type Verbatim,
} from './http/answers.ts';
export { mount, routerPath, type Handler, type MountOptions, type Requested } from './http/mount.ts';
export { mountRuns, mountWatchedRuns } from './http/mount-runs.ts';
export { sliceFor, takingTurns } from './taking-turns.ts';
export { pageCharacters, pageMap, pageOf, type Page } from './http/page.ts';
export { gaugeReadOnScrape, type Reading } from './http/gauge-read-on-scrape.ts';
export { renderProblem, type RenderedProblem } from './http/problem.ts';
export { tracingSettings } from './tracing/open-tracing.ts';
export type { Tracing } from './tracing/tracing.ts';
export { createLogger, traced, type LogOptions } from './log.ts';
export { makeAgain, type Rebuildable } from './rebuild/make-again.ts';
export { adoptAgentRuns } from './runs/adopt-agent-runs.ts';
export { claimRun, type Claim } from './runs/claim-run.ts';
export { executeClaimed, type RunExecution, type RunWork } from './runs/execute-run.ts';
export { endLostRuns } from './runs/lost-runs.ts';
export { interruptedCode, type Run, type RunError, type RunRecord, type RunTrigger } from './runs/run.ts';
export { endedRuns, recordEnd, type RunContext } from './runs/run-events.ts';
export { runQueue, type NewRun, type RunPosition, type RunQueue, type RunStep } from './runs/run-queue.ts';
export { runWorker, type RunWorkerOptions } from './runs/run-worker.ts';
export { triggerRun, type TriggeredRun } from './runs/trigger-run.ts';
export { ensureTables } from './tables.ts';
export { openSpool, type Spool, type SpoolRecord } from './spool/spool.ts';
export { sparingLog, type SparingLog } from './sparing-log.ts';
