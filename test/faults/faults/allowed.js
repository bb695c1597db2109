/** `503` as the contract has it, with when to try again. */
export const DOCUMENTED = /^503 service_(unavailable|overloaded)$/;
/** A machine that is too slow for the sign-ins, whatever the fault: documented, and its own affair. */
export const OVERLOADED = /^503 service_overloaded$/;
/** What was under way at a node that is gone: a request may have been done, and nobody said so. */
export const CUT = /^(ECONNRESET|EPIPE|cut|502 by the proxy)$/;
