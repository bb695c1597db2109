export { createHttpAdapter } from './adapter.js';
export { AnyOrigin } from './cors.js';
export { bodyProblems, NotFound, ServiceUnavailable, ValidationFailed } from './http.problems.js';
export { installHttp } from './install.js';
export type { HttpLimits } from './limits.js';
export { languageOf, Localize, type LocalizeText } from './language.js';
export { ValidationPipe } from './validation.pipe.js';
export { Satisfies } from './satisfies.js';
