export { defineProblem, problemCatalogue } from './catalogue.js';
export {
  FIELD_ERROR_CODES,
  Problem,
  type FieldError,
  type Language,
  type LocalizedText,
  type ProblemDefinition,
} from './problem.js';
export { Problems, problemsDeclaredOn } from './problems.decorator.js';
export { renderProblem } from './render.js';
