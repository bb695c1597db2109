'use strict';
const { spawn } = require('node:child_process');
const { availableParallelism } = require('node:os');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');

/**
 * Starts the service with a thread for every core, where the environment says nothing else. The pool is made
 * when its first thread is wanted, which loading an ES module does: so this is none, and sets it before.
 */
const LIBUV_DEFAULT = 4;
const main = join(__dirname, '..', 'dist', 'main.js');

process.env.UV_THREADPOOL_SIZE ||= String(Math.max(LIBUV_DEFAULT, availableParallelism() + 1));

if (process.platform === 'win32') {
  // There the C library reads a copy of the environment, made when the process was.
  const service = spawn(process.execPath, [main], { stdio: 'inherit' });
  service.on('exit', (code) => process.exit(code ?? 1));
  // The console tells both; the service stops in its own time, and this with it.
  for (const signal of ['SIGINT', 'SIGBREAK']) process.on(signal, () => undefined);
} else {
  void import(pathToFileURL(main).href);
}
