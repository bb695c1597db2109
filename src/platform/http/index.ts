export { createHttpAdapter } from './adapter.js';
export { unreadBodyProblems, NotFound, ServiceUnavailable, ValidationFailed } from './http.problems.js';
export { installHttp } from './install.js';
export { listen } from './listen.js';
export { fieldError } from './field-errors.js';
export { originOf } from './origin.js';
export { Localize, type LocalizeText } from './language.js';
export { ValidationPipe } from './validation.pipe.js';
export { Satisfies } from './satisfies.js';
