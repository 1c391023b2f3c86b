const UNDO = ['test/guard/changes', 'test/guard/undo'];

/** The tests by which each file is measured: those that a change of the file should make fail. */
export const targets: Readonly<Record<string, readonly string[]>> = {
  'src/logto/pagination.ts': ['test/logto/pagination.test.ts'],
  'src/logto/redaction.ts': ['test/logto/redaction.test.ts'],
  'src/logto/request.ts': ['test/logto/request.test.ts'],
  'src/logto/response-errors.ts': ['test/logto/response-errors.test.ts'],
  'src/logto/retry.ts': ['test/logto/retry.test.ts'],
  'src/logto/session.ts': ['test/logto/session.test.ts', 'test/logto/session-attempts.test.ts'],
  'src/logto/token.ts': ['test/logto/token.test.ts'],
  'src/logto/upload.ts': ['test/logto/upload.test.ts'],
  'src/guard/changes/absent.ts': [
    'test/guard/confirm/absent-removal.test.ts',
    'test/guard/confirm/what-asks.test.ts',
  ],
  'src/guard/changes/change.ts': UNDO,
  'src/guard/changes/create.ts': [
    'test/guard/changes/create.test.ts',
    'test/guard/undo/blockers.test.ts',
    'test/guard/undo/half-made.test.ts',
    'test/guard/undo/undo-notes.test.ts',
    'test/guard/undo/undo.test.ts',
  ],
  'src/guard/changes/delete.ts': UNDO,
  'src/guard/changes/index.ts': UNDO,
  'src/guard/changes/other.ts': [
    'test/guard/changes/index.test.ts',
    'test/guard/undo/blockers.test.ts',
  ],
  'src/guard/changes/pair.ts': UNDO,
  'src/guard/changes/set.ts': UNDO,
  'src/guard/changes/update.ts': UNDO,
  'src/guard/changes/upsert.ts': UNDO,
  'src/guard/confirm/cascade.ts': [
    'test/guard/confirm/cascade.test.ts',
    'test/guard/confirm/confirmation.test.ts',
  ],
  'src/guard/confirm/confirmation.ts': [
    'test/guard/confirm/plans.test.ts',
    'test/guard/confirm/confirmation.test.ts',
    'test/guard/confirm/absent-removal.test.ts',
  ],
  'src/guard/confirm/deep-merge.ts': ['test/guard/confirm', 'test/guard/undo/undo.test.ts'],
  'src/guard/confirm/diff.ts': ['test/guard/confirm', 'test/guard/policy/rate-limits.test.ts'],
  'src/guard/confirm/list-edit.ts': ['test/guard/confirm/list-edit.test.ts'],
  'src/guard/confirm/plans.ts': ['test/guard/confirm/plans.test.ts'],
  'src/guard/confirm/preview.ts': [
    'test/guard/confirm/preview-members.test.ts',
    'test/guard/confirm/previews.test.ts',
  ],
  'src/guard/confirm/risk.ts': [
    'test/guard/confirm/risks.test.ts',
    'test/guard/confirm/confirmation.test.ts',
    'test/guard/confirm/previews.test.ts',
    'test/guard/confirm/absent-target.test.ts',
  ],
  'src/guard/confirm/targets.ts': [
    'test/guard/confirm/confirmation.test.ts',
    'test/guard/confirm/preview-members.test.ts',
    'test/guard/confirm/previews.test.ts',
  ],
  'src/guard/entity-refs.ts': [
    'test/guard/policy/protected-entities.test.ts',
    'test/guard/policy/side-doors.test.ts',
    'test/guard/confirm/previews.test.ts',
  ],
  'src/guard/errors.ts': ['test/guard/confirm', 'test/guard/secrets/secrets.test.ts'],
  'src/guard/guard.ts': ['test/guard/confirm', 'test/guard/policy', 'test/guard/undo/undo.test.ts'],
  'src/guard/operation-graph.ts': ['test/guard/undo', 'test/guard/confirm'],
  'src/guard/policy/combine-rules.ts': ['test/guard/policy/rules.test.ts'],
  'src/guard/policy/organization-scope.ts': ['test/guard/policy/organization-scope.test.ts'],
  'src/guard/policy/policy-file.ts': [
    'test/guard/policy/policy-file.test.ts',
    'test/guard/policy/rules.test.ts',
    'test/guard/policy/policy.test.ts',
  ],
  'src/guard/policy/policy.ts': [
    'test/guard/policy/rules.test.ts',
    'test/guard/policy/policy.test.ts',
  ],
  'src/guard/policy/principal-rules.ts': ['test/guard/policy', 'test/http'],
  'src/guard/policy/privilege-grants.ts': ['test/guard/policy/privilege-grants.test.ts'],
  'src/guard/policy/protected-entities.ts': [
    'test/guard/policy/protected-entities.test.ts',
    'test/guard/policy/cascade-holders.test.ts',
  ],
  'src/guard/policy/rate-limits.ts': ['test/guard/policy/rate-limits.test.ts'],
  'src/guard/policy/self-lockout.ts': [
    'test/guard/policy/self-lockout.test.ts',
    'test/guard/policy/policy.test.ts',
  ],
  'src/guard/policy/sign-in-lockout.ts': ['test/guard/policy/sign-in-lockout.test.ts'],
  'src/guard/policy/sign-in-protection.ts': ['test/guard/policy', 'test/http'],
  'src/guard/prepare-write.ts': [
    'test/guard/prepare-write.test.ts',
    'test/guard/policy',
    'test/guard/undo',
  ],
  'src/guard/read-cache.ts': ['test/jobs'],
  'src/guard/save-secret.ts': ['test/guard/secrets/save.test.ts'],
  'src/guard/secrets/detection.ts': [
    'test/guard/secrets/detection.test.ts',
    'test/guard/secrets/references.test.ts',
  ],
  'src/guard/secrets/env-file.ts': ['test/guard/secrets'],
  'src/guard/secrets/safe-directory.ts': ['test/guard/secrets'],
  'src/guard/secrets/secrets.ts': [
    'test/guard/secrets/references.test.ts',
    'test/guard/secrets/save.test.ts',
    'test/guard/secrets/detection.test.ts',
  ],
  'src/guard/send-write.ts': [
    'test/guard/send-write.test.ts',
    'test/guard/undo/verify-write.test.ts',
    'test/guard/undo/half-made.test.ts',
    'test/guard/undo/undo-notes.test.ts',
  ],
  'src/guard/tenant-reader.ts': ['test/guard/tenant-reader.test.ts'],
  'src/guard/undo/classify-failure.ts': UNDO,
  'src/guard/undo/journal-file.ts': ['test/guard/undo/journal-file.test.ts'],
  'src/guard/undo/journal.ts': UNDO,
  'src/guard/undo/undo-runner.ts': [
    'test/guard/undo/undo-run.test.ts',
    'test/guard/undo/undo.test.ts',
    'test/guard/undo/undo-preview.test.ts',
  ],
  'src/guard/visible-text.ts': ['test/mcp/text-exit.test.ts', 'test/guard/confirm'],
  'src/guard/write-runs.ts': ['test/jobs'],
};

/** Tests that try every operation of the catalog one by one. In a folder they are left out: they take longer than all others. */
export const SLOW_TESTS: ReadonlySet<string> = new Set([
  'test/guard/undo/undo-table.test.ts',
  'test/guard/confirm/budget.test.ts',
]);
