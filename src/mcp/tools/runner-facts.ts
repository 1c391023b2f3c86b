/** How the runners of operations are listed, and what they take. */
import * as z from 'zod';
import type { Annotations } from '../operation-tools.js';
import type { Runner } from '../runners.js';

/** The annotations of each runner. */
export const runnerAnnotations: Readonly<Record<Runner, Annotations>> = {
  run_read_operation: {
    readOnlyHint: true,
    destructiveHint: false,
    idempotentHint: true,
    openWorldHint: true,
  },
  run_write_operation: {
    readOnlyHint: false,
    destructiveHint: false,
    idempotentHint: false,
    openWorldHint: true,
  },
  run_destructive_operation: {
    readOnlyHint: false,
    destructiveHint: true,
    idempotentHint: false,
    openWorldHint: true,
  },
};

/** What each runner does. */
export const runnerDescriptions: Readonly<Record<Runner, string>> = {
  run_read_operation: 'Run an operation that only reads.',
  run_write_operation: 'Run an operation that adds or changes something.',
  run_destructive_operation: 'Run an operation that removes something or cannot be undone.',
};

/** The arguments of a runner whose operations never ask. */
export const runSchema = z.strictObject({
  operation: z.string().describe('name, from find_operations'),
  arguments: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('all that the operation takes, page and fields too'),
});

/** For runners of operations that need a confirmation: the plan stands beside their arguments. */
export const askingSchema = runSchema.extend({
  plan: z.string().optional().describe('id from the first call'),
});
