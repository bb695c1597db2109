/** What the worker of the embedded database is started with. */
export interface EmbeddedTask {
  /** `make` writes a new, closed database to the directory and ends; `serve` opens it and stays. */
  purpose: 'make' | 'serve';
  directory: string;
}

/** From the service to the worker; handled strictly one after the other. */
export type ToWorker =
  | { kind: 'run'; session: number; bytes: Uint8Array }
  | { kind: 'end'; session: number }
  | { kind: 'count-fsyncs' }
  | { kind: 'stop' };

/** From the worker to the service. */
export type FromWorker =
  | { kind: 'ready' }
  | { kind: 'data'; session: number; bytes: Uint8Array }
  | { kind: 'done'; session: number }
  | { kind: 'fsyncs'; count: number }
  | { kind: 'failed'; reason: string };
