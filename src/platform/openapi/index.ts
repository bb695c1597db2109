export { DocumentController } from './document.controller.js';
export { DocumentModule } from './document.module.js';
export { OpenApiDocument } from './open-api-document.js';
export { paintProblems } from './problem-painter.js';
