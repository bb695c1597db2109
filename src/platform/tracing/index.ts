export { Tracing, type EndSpan } from './tracing.js';
export { TracingModule } from './tracing.module.js';
