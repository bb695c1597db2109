export { createHttpAdapter } from './adapter.js';
export {
  InternalError,
  MalformedRequest,
  NotFound,
  ServiceUnavailable,
  ValidationFailed,
} from './http.problems.js';
export { installHttp } from './install.js';
export { languageOf, Localize, type LocalizeText } from './language.js';
export { Satisfies } from './satisfies.js';
