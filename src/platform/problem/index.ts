export { defineProblem, problemCatalogue, type ProblemFactory } from './catalogue.js';
export {
  Problem,
  type FieldError,
  type FieldErrorCode,
  type Language,
  type LocalizedText,
  type ProblemDefinition,
} from './problem.js';
export { renderProblem, type ProblemBody } from './render.js';
