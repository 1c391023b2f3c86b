/** Policies for tests. */
import type { Policy } from '../../src/guard/policy/policy.js';
import { readPolicy } from '../../src/guard/policy/policy-file.js';
import { entries } from './serve.js';

export const policyFrom = (rules: Readonly<Record<string, unknown>>): Policy =>
  readPolicy(JSON.stringify(rules), undefined, entries);
