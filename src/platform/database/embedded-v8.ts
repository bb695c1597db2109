/**
 * V8 keeps PostgreSQL's WebAssembly as it compiled it at first, and does not optimize what runs often: the interpreter of
 * expressions alone takes 40 MB for that on Node 20 and 600 MB on Node 24, and threads keep much of it. It holds for all
 * WebAssembly of the process, also for what Node itself brings, such as the parser of `fetch`. What it costs: ADR 2.
 */
export const UNOPTIMIZED = ['--no-wasm-tier-up', '--no-wasm-dynamic-tiering'] as const;
