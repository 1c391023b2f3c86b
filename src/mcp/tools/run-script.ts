/** `run_read_script`: JavaScript over the operations that read, for questions that take many calls. */
import * as z from 'zod';
import { executeScript } from '../../jobs/execute-script.js';
import { ScriptCalls, type ScriptOperation, type ScriptResult } from '../../jobs/script-calls.js';
import { scriptLimits } from '../../jobs/script-protocol.js';
import { LogtoError } from '../../logto/errors.js';
import { nearest } from '../arguments/suggestions.js';
import type { Tool } from '../operation-tools.js';
import { shapeResult } from '../results.js';
import type { ShapedResult } from '../shaped-result.js';
import type { BuiltInTool, CallContext, Perform } from '../tool-call.js';
import { validateArguments } from '../validate-arguments.js';

export const readScriptTool = 'run_read_script';

/** Calls between two progress notifications. */
const PROGRESS_EVERY = 25;

export const runScriptSchemas = {
  [readScriptTool]: z.strictObject({
    code: z
      .string()
      .min(1)
      .describe('body of an async function over logto and log; return what you need'),
  }),
};

const isList = ({ operation: { paging, items, method }, name }: Tool): boolean =>
  method === 'GET' && (paging !== undefined || items !== undefined || name.startsWith('list_'));

export interface RunScriptOptions {
  readonly permitted: readonly Tool[];
  readonly perform: Perform;
  /** The error for an operation that exists and may not be run, or does not exist. */
  readonly refuse: (name: string) => LogtoError;
}

/** An operation that reads, as a script calls it. */
function readOperation(tool: Tool, perform: Perform, context: CallContext): ScriptOperation {
  return {
    name: tool.name,
    effect: 'reads',
    isPaged: tool.operation.paging !== undefined,
    isList: isList(tool),
    async run(input): Promise<ScriptResult> {
      const checked = await tool.check(input);
      const outcome = await perform(tool, checked, context);
      if (outcome.kind !== 'done') {
        throw new Error(`${tool.name} reads, and has not answered with a result.`);
      }
      const {
        items,
        page,
        result,
        notes = [],
      } = shapeResult(tool.operation, outcome.reply, checked.fields);
      return {
        value: items ?? result,
        ...(page !== undefined && { page }),
        notes: [...notes, ...outcome.notes],
      };
    },
  };
}

/** The refusal of a write inside of a script that only reads. */
const onlyReads = (name: string): LogtoError =>
  new LogtoError({
    kind: 'input',
    code: 'script_reads_only',
    message: `logto.${name} writes, and ${readScriptTool} only reads.`,
    hint: 'Return what is to be changed, and change it with the typed tools.',
  });

/** What a script returned and logged, as the result of its tool. */
function shapedReport(report: {
  readonly value: unknown;
  readonly log: readonly string[];
  readonly notes: readonly string[];
}): ShapedResult {
  const { value, log, notes } = report;
  return {
    ...(value === undefined && log.length === 0 ? { done: true as const } : {}),
    ...(value !== undefined && { result: value }),
    ...(log.length > 0 && { log }),
    ...(notes.length > 0 && { notes }),
  };
}

/** Makes the tool over the operations that are permitted. */
export function runScriptTools({ permitted, perform, refuse }: RunScriptOptions): BuiltInTool[] {
  const reads = permitted.filter(({ operation }) => operation.effect === 'reads');
  const names = reads.map(({ name }) => name);
  const writes = new Set(
    permitted.filter(({ operation }) => operation.effect !== 'reads').map(({ name }) => name),
  );
  return [
    {
      listing: {
        name: readScriptTool,
        description: `Answer a question that takes many reads in one call: JavaScript (the body of an async function) over logto.<tool name>(arguments) for every operation that reads. A list is an array with page beside it; logto.all('list_users', {...}) reads a list to its end; one thing is itself. log(...) and return what you need, at most ${scriptLimits.outputBytes / 1000} KB. No writes, network, timers or imports; Promise.all runs calls side by side.`,
        annotations: {
          readOnlyHint: true,
          destructiveHint: false,
          idempotentHint: true,
          openWorldHint: false,
        },
      },
      async run(sent, context): Promise<ShapedResult> {
        const { code } = validateArguments(readScriptTool, runScriptSchemas[readScriptTool], sent);
        const operations = new Map(
          reads.map((tool) => [tool.name, readOperation(tool, perform, context)]),
        );
        const calls = new ScriptCalls({
          operations,
          limits: scriptLimits,
          signal: context.signal,
          refusal: (name) => {
            if (writes.has(name)) {
              return onlyReads(name);
            }
            const refusal = refuse(name);
            return refusal.failure.code === 'unknown_operation' ? undefined : refusal;
          },
          nearest: (name) => nearest(name, names),
          progress: (done, message) => {
            if (done % PROGRESS_EVERY === 0) {
              context.progress(done, undefined, message);
            }
          },
        });
        return shapedReport(await executeScript({ code, names, calls, signal: context.signal }));
      },
    },
  ];
}
