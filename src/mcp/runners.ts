/** The built-in tools that run any permitted operation by its name. */
import { isDestructive, type Tool } from './operation-tools.js';

const runners = ['run_read_operation', 'run_write_operation', 'run_destructive_operation'] as const;

export type Runner = (typeof runners)[number];

export const isRunner = (name: string): name is Runner => runners.some((runner) => runner === name);

/** The runner that an operation must be run with. */
export const runnerOf = ({ operation }: Pick<Tool, 'operation'>): Runner =>
  operation.effect === 'reads'
    ? 'run_read_operation'
    : isDestructive(operation)
      ? 'run_destructive_operation'
      : 'run_write_operation';
