export { Cursors, type ListBody } from './cursors.js';
export { IdPath, IsId } from './id.dto.js';
export { PageQuery } from './page.dto.js';
export { pageOf, type Page, type PageAsked } from './page.js';
export { IsPlainText, isPlainText } from './plain-text.js';
export { RequestsModule } from './requests.module.js';
