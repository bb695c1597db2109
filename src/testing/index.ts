export { TestIssuer, type TestToken, type TestUser } from './test-issuer.js';
