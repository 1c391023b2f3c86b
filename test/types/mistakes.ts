/** Mistakes that must not compile. A line that compiles after all makes its `@ts-expect-error` an error of `tsc`. */
import * as z from 'zod';
import { operation } from '../../src/catalog/operation.js';

const text = z.string();
const summary = 'Do it.';

export const mistakes = [
  // @ts-expect-error a path parameter is missing
  operation('GET /api/roles/{id}', { summary }),
  // @ts-expect-error a path parameter is misspelt
  operation('GET /api/roles/{id}', { summary, path: { ID: text } }),
  // @ts-expect-error there is no path parameter
  operation('GET /api/roles', { summary, path: { id: text } }),
  // @ts-expect-error one path parameter too many
  operation('GET /api/roles/{id}', { summary, path: { id: text, userId: text } }),
  // @ts-expect-error one of two is missing
  operation('DELETE /api/roles/{id}/users/{userId}', { summary, path: { id: text } }),
  // @ts-expect-error there is no such verb
  operation('FETCH /api/roles', { summary }),
  // @ts-expect-error the path is not below /api/
  operation('GET /roles', { summary }),
  // @ts-expect-error an operation has a summary
  operation('GET /api/roles', {}),
  // @ts-expect-error the key is called paging
  operation('GET /api/roles', { summary, pagination: 'always' }),
  // @ts-expect-error a write states its risk
  operation('POST /api/roles', { summary }),
  // @ts-expect-error a write states its risk, whatever its effect
  operation('POST /api/roles/delete', { summary, effect: 'removes' }),
  // @ts-expect-error a removal states its risk
  operation('DELETE /api/roles/{id}', { summary, path: { id: text } }),
  // @ts-expect-error a write states its risk
  operation('PUT /api/roles', { summary }),
  // @ts-expect-error a write states its risk
  operation('PATCH /api/roles', { summary }),
  // @ts-expect-error a GET has no risk
  operation('GET /api/roles', { summary, risk: 'none' }),
  // @ts-expect-error a POST that only reads has no risk
  operation('POST /api/roles/search', { summary, effect: 'reads', risk: 'none' }),
  // @ts-expect-error a list of rules is not empty
  operation('POST /api/roles', { summary, risk: [] }),
  // @ts-expect-error there is no such risk
  operation('POST /api/roles', { summary, risk: [{ risk: 'danger', because: 'it hurts' }] }),
  // @ts-expect-error a rule says what happens
  operation('POST /api/roles', { summary, risk: [{ risk: 'trust' }] }),
  // @ts-expect-error a GET does not change anything
  operation('GET /api/roles', { summary, effect: 'changes' }),
  // @ts-expect-error a field is a schema
  operation('GET /api/roles', { summary, query: { type: 'User' } }),
];
