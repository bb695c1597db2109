import { applyDecorators, type Type } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiResponse } from '@nestjs/swagger';
import { ConfigureRoute } from '../platform/http/index.js';
import { sendOauthError } from './send-oauth-error.js';

const required = (name: string) => ({ headers: { [name]: { required: true, schema: { type: 'string' } } } });

const REFUSALS: Readonly<Record<number, { description: string; headers?: object }>> = {
  400: {
    description: '`invalid_request`: a form that cannot be read, or a parameter missing or given twice.',
  },
  401: {
    description: '`invalid_client`: an unknown client, a wrong secret, or no credentials.',
    ...required('WWW-Authenticate'),
  },
  403: { description: '`unauthorized_client`: the client is not registered for this.' },
  413: { description: '`invalid_request`: the body is larger than 64 KiB.' },
  415: { description: '`invalid_request`: the body is no form.' },
  429: {
    description: '`temporarily_unavailable`: too many refused authentications from this address.',
    ...required('Retry-After'),
  },
  503: {
    description: '`temporarily_unavailable`: the service cannot answer at the moment.',
    ...required('Retry-After'),
  },
};

/**
 * An endpoint that takes a form, and tells its refusals as RFC 6749 §5.2 has it.
 *
 * @param described the classes that describe its form and its refusals in the document
 */
export function OauthEndpoint(described: { form: Type; refusal: Type }): MethodDecorator {
  return applyDecorators(
    ConfigureRoute({ form: true, sendRefusal: sendOauthError }),
    ApiConsumes('application/x-www-form-urlencoded'),
    ApiBody({ type: described.form }),
    ...Object.entries(REFUSALS).map(([status, refusal]) =>
      ApiResponse({ status: Number(status), type: described.refusal, ...(refusal as object) }),
    ),
  );
}
