/** Which writes make a new secret, and which arguments and answers of a write hold one: over the catalog. */
import { expect, it } from 'vitest';
import { catalog } from '../../src/catalog/index.js';
import { changeOf } from '../../src/guard/changes/index.js';
import { OperationGraph } from '../../src/guard/operation-graph.js';
import { makesSecret, secretPathsOf } from '../../src/guard/pending-write.js';

const graph = new OperationGraph(catalog);
const writes = graph.operations.filter(({ operation }) => operation.effect !== 'reads');

it('a new secret is made by these writes alone', () => {
  const making = writes.filter((entry) => makesSecret({ entry, input: {} }));
  expect(making.map(({ name }) => name).toSorted()).toEqual([
    'add_one_time_tokens',
    'create_application_secret',
    'create_hook',
    'create_subject_token',
    'create_user_mfa_verification',
    'create_user_personal_access_token',
    'update_hook_signing_key',
  ]);
});

it('a secret that the caller gives is not new', () => {
  const entry = graph.keyed('create_application_secret');
  expect(makesSecret({ entry, input: { name: 'x' } })).toBe(true);
  expect(makesSecret({ entry, input: { name: 'x', value: 'given' } })).toBe(false);
});

it('the secrets of a write are those of its arguments, of its answer and of what it reads', () => {
  for (const entry of writes) {
    const change = changeOf(entry, graph);
    const { secrets, secretArguments } = entry.operation;
    expect(secretPathsOf(change), entry.name).toEqual(
      [secrets, secretArguments, change.read?.operation.secrets].flatMap((paths) => paths ?? []),
    );
  }
  const paths = secretPathsOf(changeOf(graph.keyed('delete_hook'), graph));
  expect(paths).toContain('signingKey');
});
