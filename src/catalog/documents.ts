/**
 * Operations that are MCP resources instead of tools: OpenAPI documents of hundreds of kilobytes, too large for a conversation.
 * A client attaches them when a person asks for it.
 */
import { type Operation, operation } from './operation.js';

export interface DocumentResource {
  /** Logto's operationId. */
  readonly operationId: string;
  readonly uri: string;
  readonly name: string;
  readonly description: string;
  readonly operation: Operation;
}

export const documents: readonly DocumentResource[] = [
  {
    operationId: 'GetWellKnownManagementOpenapiJson',
    uri: 'logto://openapi/management.json',
    name: 'Management API (OpenAPI)',
    description: 'The OpenAPI document of this Logto for administrators; about 660 KB.',
    operation: operation('GET /api/.well-known/management.openapi.json', {
      summary: 'Get the OpenAPI document of the Management API.',
    }),
  },
  {
    operationId: 'GetWellKnownExperienceOpenapiJson',
    uri: 'logto://openapi/experience.json',
    name: 'Experience API (OpenAPI)',
    description: 'The API behind the sign-in page, for a custom sign-in page; about 70 KB.',
    operation: operation('GET /api/.well-known/experience.openapi.json', {
      summary: 'Get the OpenAPI document of the Experience API.',
    }),
  },
  {
    operationId: 'GetWellKnownUserOpenapiJson',
    uri: 'logto://openapi/account.json',
    name: 'Account API (OpenAPI)',
    description: 'The API with which signed-in users manage their own account; about 60 KB.',
    operation: operation('GET /api/.well-known/user.openapi.json', {
      summary: 'Get the OpenAPI document of the Account API.',
    }),
  },
  {
    operationId: 'GetSwaggerJson',
    uri: 'logto://openapi/all.json',
    name: 'All APIs (OpenAPI)',
    description:
      'Everything this Logto serves below /api, in one document; as long as the others together.',
    operation: operation('GET /api/swagger.json', {
      summary: 'Get one OpenAPI document of all APIs.',
    }),
  },
];
