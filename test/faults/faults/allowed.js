/** `503` as the contract has it, with when to try again. */
export const DOCUMENTED = /^503 service_(unavailable|overloaded)$/;
/** What was under way at a node that is gone: a request may have been done, and nobody said so. */
export const CUT = /^(ECONNRESET|EPIPE|cut|502 by the proxy)$/;
