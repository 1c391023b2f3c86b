/** `collect_pages`: a list read to its end in one call, filtered and reduced to the members that matter. */
import * as z from 'zod';
import type { Secrets } from '../../guard/secrets/secrets.js';
import { LogtoError } from '../../logto/errors.js';
import { didYouMean, similarNames } from '../../nearest.js';
import { FieldPresence, project, unknownFields } from '../fields.js';
import { isListTool } from '../operation-arguments.js';
import { belongsTo, type Tool } from '../operation-tools.js';
import { ALL_MEMBERS } from '../results.js';
import { operationKeys } from '../search/operation-keys.js';
import type { ShapedResult } from '../shaped-result.js';
import { answeredWith, type BuiltInTool, type CallContext, type Perform } from '../tool-call.js';
import { byteLength, MAX_RESULT_BYTES, pathsInWords, shortenItem } from '../truncate.js';
import { readArguments } from '../validate-arguments.js';
import { ConditionMatcher, conditionProblem, conditionSchema } from './where.js';

export const collectTool = 'collect_pages';

/** Bytes that the items may take: a result without its frame and notes. */
const MAX_ITEMS_BYTES = MAX_RESULT_BYTES - 3000;

/** Items on each page that is requested; the most that Logto gives. */
const PAGE_SIZE = 100;

/** Bytes that an item may take before it is cut inside: one long item must not keep all others out. */
const MAX_ITEM_BYTES = Math.floor(MAX_ITEMS_BYTES / 4);

/** Matching items, unless `limit` says otherwise. */
const DEFAULT_LIMIT = 1000;

/** Pages and milliseconds after which a walk stops, since a list can grow faster than it is read. */
const MAX_PAGES = 10_000;
const MAX_DURATION_MS = 5 * 60 * 1000;

export const collectPagesSchema = z
  .strictObject({
    operation: z.string().describe('name of a list operation, e.g. list_users'),
    arguments: z.record(z.string(), z.unknown()).optional().describe('its own filters, no page'),
    fields: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .describe('members to keep of each item, e.g. ["id","name"]; required unless count_only'),
    where: z.array(conditionSchema).optional().describe('conditions that must all hold'),
    limit: z
      .int()
      .min(1)
      .max(100_000)
      .optional()
      .describe('matching items to stop at, 1 to 100,000; default 1,000, none with count_only'),
    count_only: z.boolean().optional().describe('answer only how many match'),
  })
  .refine(({ fields, count_only: countOnly }) => countOnly === true || fields !== undefined, {
    path: ['fields'],
    message: 'fields is required unless count_only: the members to keep, e.g. ["id","name"]',
  });

/** Arguments of a list that this tool sets by itself. */
const CONTROLLED_ARGUMENTS = ['page', 'page_size', 'fields'];

type CollectRequest = z.output<typeof collectPagesSchema>;

/** The error for values that no item can be compared with, or for a condition that cannot be meant. */
const wrongCondition = (lines: readonly string[]): LogtoError =>
  new LogtoError({
    kind: 'input',
    code: 'wrong_type',
    message: lines.join(' '),
    hint: 'Correct the condition and call again.',
  });

/** One walk over a list: what was read and what of it matches. */
class Collection {
  readonly #fields: readonly string[];
  readonly #countOnly: boolean;
  readonly #limit: number;
  readonly #matchers: readonly ConditionMatcher[];
  readonly #presence: FieldPresence;
  readonly #items: unknown[] = [];
  readonly #omitted = new Set<string>();
  #size = 0;
  #matching = 0;
  scanned = 0;

  constructor({ fields = [], where = [], count_only: countOnly = false, limit }: CollectRequest) {
    this.#fields = fields;
    this.#countOnly = countOnly;
    this.#limit = limit ?? (countOnly ? Number.POSITIVE_INFINITY : DEFAULT_LIMIT);
    this.#matchers = where.map((condition) => new ConditionMatcher(condition));
    const named = fields.filter((field) => field !== ALL_MEMBERS);
    this.#presence = new FieldPresence([...named, ...where.map(({ field }) => field)]);
  }

  /** @param complete whether the list was read to its end */
  result(complete: boolean, notes: readonly string[] = []): ShapedResult {
    const all = [
      ...notes,
      ...this.#presence.notes,
      ...this.#matchers.flatMap(({ mismatch, notes: more }) => [
        ...(mismatch === undefined ? [] : [mismatch]),
        ...more,
      ]),
      ...(this.#omitted.size > 0
        ? [
            `Left out of items that are too long: ${pathsInWords([...this.#omitted])}. Choose narrower fields.`,
          ]
        : []),
    ];
    return {
      ...(!this.#countOnly && { items: this.#items }),
      counts: { matching: this.#matching, scanned: this.scanned },
      complete: complete && this.#omitted.size === 0,
      ...(all.length > 0 && { notes: all }),
    };
  }

  /**
   * Adds the items of one page.
   *
   * @returns the result, where the walk ends here
   * @throws LogtoError of kind `input` for a name that nothing has, or a value that nothing can be compared with
   */
  add(items: readonly unknown[], isFirstPage: boolean): ShapedResult | undefined {
    this.#presence.add(items);
    if (isFirstPage && this.#presence.misspelt.length > 0) {
      throw unknownFields(this.#presence.misspelt);
    }
    for (const item of items) {
      if (this.#matching >= this.#limit) {
        return this.result(false, [`Stopped at the limit of ${this.#limit}; there may be more.`]);
      }
      this.scanned += 1;
      // Every condition sees every item, so that each can tell what it met.
      if (this.#matchers.map((matcher) => matcher.meets(item)).includes(false)) {
        continue;
      }
      if (!this.#countOnly && !this.#keep(item)) {
        return this.result(false, [
          `Only ${this.#items.length} items fit into a result. Narrow where or fields, or use count_only.`,
        ]);
      }
      this.#matching += 1;
    }
    if (isFirstPage) {
      // Members of the items themselves have one type; inside free data the next item may have another.
      const mismatches = this.#matchers
        .filter(({ condition }) => !condition.field.includes('.'))
        .flatMap(({ mismatch }) => mismatch ?? []);
      if (mismatches.length > 0) {
        throw wrongCondition(mismatches);
      }
    }
    return undefined;
  }

  /** Keeps an item; false where it does not fit any more. */
  #keep(item: unknown): boolean {
    const [selected] = this.#fields.includes(ALL_MEMBERS) ? [item] : project([item], this.#fields);
    const shortened = shortenItem(selected, MAX_ITEM_BYTES, this.#omitted);
    this.#size += byteLength(shortened) + 1;
    if (this.#size > MAX_ITEMS_BYTES) {
      return false;
    }
    this.#items.push(shortened);
    return true;
  }

  /** @throws LogtoError of kind `input` for a name that no item had */
  requirePresent(): void {
    if (this.#presence.absent.length > 0) {
      throw unknownFields(this.#presence.absent);
    }
  }

  /** How far the walk is, in words. */
  get progress(): string {
    return `${this.scanned} items read, ${this.#matching} of them match`;
  }
}

/** The number of items from the first page alone, where Logto counts them exactly; undefined where it does not. */
function exactTotal(tool: Tool, { page }: ShapedResult): number | undefined {
  return page?.total_pages !== undefined && tool.operation.totalIgnoresFilters !== true
    ? page.total
    : undefined;
}

/** Makes the tool over the operations that are permitted. */
export function collectPagesTool(
  permitted: readonly Tool[],
  perform: Perform,
  secrets: Secrets,
  refuse?: (name: string) => LogtoError,
  served: (signal: AbortSignal) => Promise<readonly Tool[]> = async () => [],
): BuiltInTool {
  const lists = new Map(permitted.filter(isListTool).map((tool) => [tool.name, tool]));

  /** @throws LogtoError for a name that is no list which may be read */
  const listOf = (name: string): never => {
    const refusal = permitted.some((other) => other.name === name) ? undefined : refuse?.(name);
    // A forbidden operation is named as such; for one that does not exist the lists that do are suggested.
    if (refusal !== undefined && refusal.failure.code !== 'unknown_operation') {
      throw refusal;
    }
    const named = operationKeys([...lists.values()]).named(name);
    const similar =
      named.length > 0 ? named.map((list) => list.name) : similarNames(name, lists.keys());
    throw new LogtoError({
      kind: 'input',
      code: 'not_a_list',
      message: `${JSON.stringify(name)} is no list operation that may be read here.`,
      hint: didYouMean(similar) ?? 'Look it up with find_operations.',
    });
  };

  /** Reads one page of a list. */
  const readPage = async (
    tool: Tool,
    values: Readonly<Record<string, unknown>>,
    context: CallContext,
  ): Promise<ShapedResult> => {
    const checked = await tool.check(values, 'arguments');
    return answeredWith(tool, await perform(tool, checked, context), checked, 'all');
  };

  return {
    listing: {
      name: collectTool,
      description:
        'Read a list to its end in one call: the items that meet conditions on any member (customData too), with only the named members, or just their count. For questions about all users, organizations or log entries.',
      annotations: {
        readOnlyHint: true,
        destructiveHint: false,
        idempotentHint: true,
        openWorldHint: false,
      },
    },

    async run(sent, context): Promise<ShapedResult> {
      const { values: request, notes } = readArguments(collectTool, collectPagesSchema, sent, {
        reads: true,
        belongs: (name, values) =>
          !CONTROLLED_ARGUMENTS.includes(name) && belongsTo(lists)(name, values),
      });
      const { where = [], count_only: countOnly = false, arguments: filters = {} } = request;
      const tool =
        lists.get(request.operation) ??
        (await served(context.signal)).find(
          (other) => other.name === request.operation && isListTool(other),
        ) ??
        listOf(request.operation);
      for (const { field } of where) {
        secrets.refuseCondition(tool.operation, field);
      }
      const problems = where.flatMap((condition) => conditionProblem(condition) ?? []);
      if (problems.length > 0) {
        throw wrongCondition(problems);
      }
      const controlled = CONTROLLED_ARGUMENTS.filter((name) => (filters[name] ?? null) !== null);
      if (controlled.length > 0) {
        throw new LogtoError({
          kind: 'input',
          code: 'invalid_arguments',
          message: `arguments has ${controlled.join(', ')}, which ${collectTool} sets itself. Nothing was sent.`,
          hint: 'Leave it out: every page is read. fields and limit are beside arguments.',
        });
      }
      const isPaged = tool.operation.paging !== undefined;
      if (countOnly && where.length === 0 && request.limit === undefined && isPaged) {
        const first = await readPage(tool, { ...filters, page: 1, page_size: 1 }, context);
        const total = exactTotal(tool, first);
        if (total !== undefined) {
          return {
            counts: { matching: total, scanned: first.items?.length ?? 0 },
            complete: true,
            notes: ['Without where, the count is the total that Logto gives.', ...notes],
          };
        }
      }
      const collection = new Collection(request);
      const startedAt = Date.now();
      for (let page = 1; ; page += 1) {
        const paging = isPaged ? { page, page_size: PAGE_SIZE } : {};
        let answer: ShapedResult;
        try {
          answer = await readPage(tool, { ...filters, ...paging }, context);
        } catch (error) {
          context.signal.throwIfAborted();
          if (collection.scanned === 0 || !(error instanceof LogtoError)) {
            throw error;
          }
          // What was read so far is worth more than the error alone.
          const { message, hint = '' } = error.failure;
          return collection.result(false, [
            `Stopped after ${collection.scanned} items: ${message} ${hint}`.trim(),
          ]);
        }
        const ended = collection.add(answer.items ?? [], page === 1);
        if (ended !== undefined) {
          return ended;
        }
        context.progress(collection.scanned, answer.page?.total, collection.progress);
        if (answer.page?.has_more !== true) {
          collection.requirePresent();
          return collection.result(true, [...(answer.notes ?? []), ...notes]);
        }
        if (page >= MAX_PAGES || Date.now() - startedAt > MAX_DURATION_MS) {
          return collection.result(false, [
            `Stopped after ${page} pages: the list did not end. Narrow it with its filters.`,
          ]);
        }
      }
    },
  };
}
