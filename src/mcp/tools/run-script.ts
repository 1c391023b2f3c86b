/**
 * `run_read_script` and `run_script`: JavaScript over the operations, for jobs that take many calls. The writes of a script
 * are recorded, shown as one plan, and sent as they were shown.
 */
import * as z from 'zod';
import type { Guard } from '../../guard/guard.js';
import { executeScript, type ScriptReport, type ScriptRun } from '../../jobs/execute-script.js';
import { OverlaySession } from '../../jobs/overlay-session.js';
import { RecordedRun } from '../../jobs/recorded-run.js';
import type { PlannedAnswer, RunAnswer } from '../../jobs/run-answer.js';
import { ScriptCalls, type ScriptOperation, type ScriptResult } from '../../jobs/script-calls.js';
import type { ScriptPool } from '../../jobs/script-pool.js';
import { scriptLimits } from '../../jobs/script-protocol.js';
import { codeOrPlan, ScriptRuns, scriptSource } from '../../jobs/script-runs.js';
import { isObject } from '../../json.js';
import { LogtoError } from '../../logto/errors.js';
import { similarNames } from '../../nearest.js';
import { builtInTools, readScriptTool, scriptTool } from '../built-in-tools.js';
import type { Tool } from '../operation-tools.js';
import { plannedRun } from '../planned-run.js';
import { namesOfReferences, type ResolveReferences, referenceResolver } from '../references.js';
import { shapeResult } from '../results.js';
import type { ShapedResult } from '../shaped-result.js';
import type { BuiltInTool, CallContext, Perform } from '../tool-call.js';
import { validateArguments } from '../validate-arguments.js';

/** Calls between two progress notifications. */
const PROGRESS_EVERY = 25;

export const runScriptSchemas = {
  [readScriptTool]: z.strictObject({
    code: z.string().min(1).describe('JavaScript'),
  }),
  [scriptTool]: z.strictObject({
    code: z.string().min(1).optional().describe('JavaScript'),
    plan: z.string().optional().describe('from first call'),
    on_error: z.enum(['stop', 'continue']).optional().describe('default stop'),
  }),
};

const isList = ({ operation: { paging, items, method }, name }: Tool): boolean =>
  method === 'GET' && (paging !== undefined || items !== undefined || name.startsWith('list_'));

/**
 * An operation that reads, as a script calls it.
 *
 * @param listed receives the items of each list
 */
function readOperation(
  tool: Tool,
  perform: Perform,
  context: CallContext,
  listed: (items: readonly unknown[]) => void = () => {},
): ScriptOperation {
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
        // A script chooses what it returns, and what it does not see would count as absent in its conditions.
      } = shapeResult(tool.operation, outcome.reply, checked.fields ?? 'all');
      if (items !== undefined) {
        listed(items);
      }
      return {
        value: items ?? result,
        ...(page !== undefined && { page }),
        notes: [...notes, ...outcome.notes],
      };
    },
  };
}

/** Performs each read once. For the references of one script, of which many name the same thing. */
function onceEach(perform: Perform): Perform {
  const outcomes = new Map<string, ReturnType<Perform>>();
  return (tool, checked, context) => {
    const key = `${tool.name} ${JSON.stringify(checked.values)}`;
    const outcome = outcomes.get(key) ?? perform(tool, checked, context);
    outcomes.set(key, outcome);
    return outcome;
  };
}

/** The refusal of a write inside of a script that only reads. */
const onlyReads = (name: string): LogtoError =>
  new LogtoError({
    kind: 'input',
    code: 'script_reads_only',
    message: `logto.${name} writes, and ${readScriptTool} only reads.`,
    hint: `Take ${scriptTool} for a script that writes.`,
  });

/** A write as a script calls it: checked, and recorded instead of sent. */
function writeOperation(
  tool: Tool,
  run: RecordedRun,
  resolve: ResolveReferences,
  context: CallContext,
): ScriptOperation {
  return {
    name: tool.name,
    effect: 'writes',
    isPaged: false,
    isList: false,
    prefetch(input): void {
      // An error is reported by the write itself.
      Promise.resolve(tool.check(input))
        .then((checked) => resolve(tool, checked, context))
        .then(({ values }) => run.prefetch(tool, values))
        .catch(() => undefined);
    },
    async run(input): Promise<ScriptResult> {
      const validated = await tool.check(input);
      const checked = await resolve(tool, validated, context);
      for (const { id, name } of namesOfReferences(tool, validated, checked)) {
        run.addressed(id, name);
      }
      if (checked.plan !== undefined) {
        throw new LogtoError({
          kind: 'input',
          code: 'invalid_arguments',
          message: `logto.${tool.name} takes no plan inside a script: the whole script has one.`,
          hint: `Leave it out. ${scriptTool} answers one plan for all writes.`,
        });
      }
      const value = await run.record(tool, checked.values, checked.replaceWhole === true);
      return { value, notes: checked.notes ?? [] };
    },
  };
}

/** What a script returned and logged, as the result of its tool. */
function shapedReport({
  value,
  log,
  notes,
}: Pick<RunAnswer, 'value' | 'log' | 'notes'>): ShapedResult {
  return {
    ...(value === undefined && log.length === 0 ? { done: true as const } : {}),
    ...(value !== undefined && { result: value }),
    ...(log.length > 0 && { log }),
    ...(notes.length > 0 && { notes }),
  };
}

/** The plan of a script, or what has become of its writes. */
function shapedRun(answer: RunAnswer | PlannedAnswer): ShapedResult {
  if ('preview' in answer) {
    const { plan, preview, value, log, notes } = answer;
    const planned = plannedRun(plan, preview, notes, `call ${scriptTool} with this plan alone`);
    return {
      ...planned,
      result: { ...(isObject(planned.result) ? planned.result : {}), would_return: value },
      ...(log.length > 0 && { log }),
    };
  }
  const report = shapedReport(answer);
  return answer.run === undefined
    ? report
    : {
        ...report,
        result: {
          run: answer.run,
          ...(answer.value !== undefined && { returned: answer.value }),
        },
      };
}

export interface RunScriptOptions {
  readonly permitted: readonly Tool[];
  readonly perform: Perform;
  readonly guard: Guard;
  /** The error for an operation that exists and may not be run, or does not exist. */
  readonly refuse: (name: string) => LogtoError;
  /** The permitted operations that only the document of the running Logto has. */
  readonly served: (signal: AbortSignal) => Promise<readonly Tool[]>;
  /** The built-in tools that a script can call. */
  readonly functions: readonly BuiltInTool[];
  /** Whether a built-in tool is listed. */
  readonly lists: (builtIn: string) => boolean;
  /** Bounds how many scripts run at a time; without it each runs at once. */
  readonly pool?: ScriptPool | undefined;
  readonly now?: () => number;
}

/** A built-in tool that reads, as a script calls it. */
const functionOf = ({ listing, run }: BuiltInTool, context: CallContext): ScriptOperation => ({
  name: listing.name,
  effect: 'reads',
  isPaged: false,
  isList: false,
  async run(input): Promise<ScriptResult> {
    const { items, result, notes = [] } = await run(input, context);
    return { value: items ?? result, notes };
  },
});

/** The refusal of a built-in tool that is no function of `logto`. */
const notInScripts = (name: string, isListed: boolean): LogtoError =>
  new LogtoError({
    kind: 'input',
    code: 'not_in_scripts',
    message: `logto.${name} does not exist: ${name} is a tool of its own, not an operation.`,
    hint:
      name === 'collect_pages'
        ? "Read the list with logto.all('list_users', {...}), and filter it in the script."
        : isListed
          ? `Call ${name} outside of the script.`
          : 'This server does not list it.',
  });

/** The functions that a script calls by their names: `logto.list_users`, `logto['list_users']`, `logto.all('list_users')`. */
const CALLED = /\blogto\s*(?:\.\s*all\s*\(|\?*\.|\[)\s*['"`]?(\w+)/g;

const FUNCTIONS = `logto.<operation>({...}) by its signature in find_operations; a list is an array with page beside it, one thing is itself; logto.all('list_users', {...}) reads to the end; also logto.whoami() and logto.explain_user({ user }). log(...); return what you need, at most ${scriptLimits.outputBytes / 1000} KB. No network or timers; times are epoch milliseconds.`;

/** Makes the tools over the operations that are permitted. */
export function runScriptTools(options: RunScriptOptions): BuiltInTool[] {
  const { permitted, perform, guard, refuse, served, functions, lists } = options;
  const { pool, now = Date.now } = options;
  const names = new Set([
    ...permitted.map(({ name }) => name),
    ...functions.map(({ listing }) => listing.name),
  ]);
  const hasWrites = permitted.some(({ operation }) => operation.effect !== 'reads');

  /** The operations that a script can call; those of the document only for one that calls what the catalog does not have. */
  const operationsFor = async (code: string, signal: AbortSignal) => {
    const isMissing = [...code.matchAll(CALLED)].some(
      ([, name = '']) => name !== 'all' && !names.has(name),
    );
    const all = isMissing ? [...permitted, ...(await served(signal))] : permitted;
    return {
      reads: all.filter(({ operation }) => operation.effect === 'reads'),
      writes: all.filter(({ operation }) => operation.effect !== 'reads'),
    };
  };
  const runs = new ScriptRuns(guard, now);
  const execute = (run: ScriptRun, { actor }: CallContext): Promise<ScriptReport> =>
    pool === undefined
      ? executeScript(run)
      : pool.run(actor?.sub ?? '', run.signal, () => executeScript(run));

  const callsOf = (
    operations: readonly ScriptOperation[],
    context: CallContext,
    hidden: ReadonlySet<string>,
  ) => {
    const names = operations.map(({ name }) => name);
    const calls = new ScriptCalls({
      operations: new Map(operations.map((one) => [one.name, one])),
      limits: scriptLimits,
      signal: context.signal,
      refusal: (name) => {
        if (hidden.has(name)) {
          return onlyReads(name);
        }
        if (builtInTools.includes(name)) {
          return notInScripts(name, lists(name));
        }
        const refusal = refuse(name);
        return refusal.failure.code === 'unknown_operation' ? undefined : refusal;
      },
      nearest: (name) => similarNames(name, names),
      progress: (done, message) => {
        if (done % PROGRESS_EVERY === 0) {
          context.progress(done, undefined, message);
        }
      },
    });
    return { names, calls };
  };

  const readScript: BuiltInTool = {
    listing: {
      name: readScriptTool,
      description: `Answer questions of many reads, several in one script: JavaScript, the body of an async function. ${FUNCTIONS}`,
      annotations: {
        readOnlyHint: true,
        destructiveHint: false,
        idempotentHint: true,
        openWorldHint: false,
      },
    },
    async run(sent, context): Promise<ShapedResult> {
      const { code } = validateArguments(readScriptTool, runScriptSchemas[readScriptTool], sent);
      const { reads, writes } = await operationsFor(code, context.signal);
      const operations = [
        ...reads.map((tool) => readOperation(tool, perform, context)),
        ...functions.map((tool) => functionOf(tool, context)),
      ];
      const hidden = new Set(writes.map(({ name }) => name));
      const { names, calls } = callsOf(operations, context, hidden);
      return shapedReport(await execute({ code, names, calls, signal: context.signal }, context));
    },
  };

  const script: BuiltInTool = {
    listing: {
      name: scriptTool,
      description: `Do a job of many calls, or several small jobs: ${readScriptTool} with writes, checked and recorded: an update answers its merged image, a creation a placeholder id for later calls. Reads see the tenant before the writes. Up to 20 writes that ask nothing are sent at the end; more, up to ${scriptLimits.writes.toLocaleString('en')}, or any that asks: the answer is one plan for all; call again with it alone. undo_change undoes the whole run.`,
      annotations: {
        readOnlyHint: false,
        destructiveHint: true,
        idempotentHint: false,
        openWorldHint: true,
      },
    },
    async run(sent, context): Promise<ShapedResult> {
      const {
        code,
        plan,
        on_error: onError = 'stop',
      } = validateArguments(scriptTool, runScriptSchemas[scriptTool], sent);
      const confirmed = context.answer?.plan ?? plan;
      if (context.answer !== undefined || plan !== undefined) {
        if (confirmed === undefined || (plan !== undefined && code !== undefined)) {
          throw codeOrPlan();
        }
        return shapedRun(await runs.confirm(confirmed, context, onError));
      }
      if (code === undefined) {
        throw codeOrPlan();
      }
      const { reads, writes } = await operationsFor(code, context.signal);
      const run = new RecordedRun(guard, context, scriptSource);
      const recorded = new OverlaySession(guard.runs.session, run.state, false);
      const resolve = referenceResolver(permitted, onceEach(perform));
      const overlaid: Perform = (tool, checked, inner) =>
        run.refersToUnsent(checked.values)
          ? guard.runs.read(tool, checked.values, recorded, inner.signal)
          : perform(tool, checked, inner);
      const operations = [
        ...reads.map((tool) =>
          readOperation(tool, overlaid, context, (items) => run.listed(items)),
        ),
        ...writes.map((tool) => writeOperation(tool, run, resolve, context)),
        ...functions.map((tool) => functionOf(tool, context)),
      ];
      const { names, calls } = callsOf(operations, context, new Set());
      const report = await execute(
        {
          code,
          names,
          calls,
          signal: context.signal,
          recorded: () => run.writes.length,
        },
        context,
      );
      return shapedRun(await runs.finish(run, report, context, onError));
    },
  };
  return hasWrites ? [readScript, script] : [readScript];
}
