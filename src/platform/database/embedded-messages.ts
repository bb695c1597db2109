/** From the service to the thread; handled strictly one after the other. */
export type ToWorker =
  | { kind: 'run'; session: number; bytes: Uint8Array }
  | { kind: 'end'; session: number }
  | { kind: 'count-fsyncs' }
  | { kind: 'back-up'; path: string }
  | { kind: 'stop' };

/** From the thread to the service. */
export type FromWorker =
  | { kind: 'ready' }
  | { kind: 'data'; session: number; bytes: Uint8Array }
  | { kind: 'done'; session: number }
  | { kind: 'fsyncs'; count: number }
  | { kind: 'backed-up'; path: string; error?: string }
  | { kind: 'failed'; reason: string };
