/** `collect_pages`: a list read to its end in one call, filtered and cut down to the members that matter. */
import * as z from 'zod';
import type { Secrets } from '../../guard/secrets/secrets.js';
import { LogtoError } from '../../logto/errors.js';
import { Presence, project, unknownFields } from '../fields.js';
import { belongsTo, type Tool } from '../operation-tools.js';
import { byteLength, MAX_RESULT_BYTES, type ShapedResult, shortened } from '../results.js';
import { answeredWith, type BuiltInTool, type Perform } from '../tool-call.js';
import { didYouMean, nearest } from '../arguments/suggestions.js';
import { validateArguments } from '../validate-arguments.js';
import { ConditionMatcher, conditionSchema } from './where.js';

export const collectTool = 'collect_pages';

/** Bytes that the items may take: the ceiling of a result without its frame. */
const room = MAX_RESULT_BYTES - 2000;

/** Items on each page that is asked for; the most that Logto gives. */
const pageSize = 100;

/** What an item may take before it is cut inside: one must not keep all others out. */
const itemRoom = Math.floor(room / 4);

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
const ours = ['page', 'page_size', 'fields'];

/** Whether an operation answers a list. */
const isList = ({ operation: { paging, items, method }, name }: Tool): boolean =>
  method === 'GET' && (paging !== undefined || items !== undefined || name.startsWith('list_'));

/** Makes the tool over the operations that are permitted. */
export function collectPagesTool(
  permitted: readonly Tool[],
  perform: Perform,
  secrets: Secrets,
  refuse?: (name: string) => LogtoError,
): BuiltInTool {
  const lists = new Map(permitted.filter(isList).map((tool) => [tool.name, tool]));

  const listOf = (name: string): Tool => {
    const tool = lists.get(name);
    if (tool === undefined) {
      const refused = permitted.some((one) => one.name === name) ? undefined : refuse?.(name);
      // What is forbidden is said to be; what does not exist is told with the lists that do.
      if (refused !== undefined && refused.failure.code !== 'unknown_operation') {
        throw refused;
      }
      const meant = nearest(name, lists.keys());
      throw new LogtoError({
        kind: 'input',
        code: 'not_a_list',
        message: `"${name}" is no list operation that may be read here.`,
        hint: didYouMean(meant) ?? 'Look it up with find_operations.',
      });
    }
    return tool;
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
      const asked = validateArguments(collectTool, collectPagesSchema, sent, {
        belongs: (name, values) => !ours.includes(name) && belongsTo(lists)(name, values),
      });
      const { fields = [], where = [], count_only: countOnly = false } = asked;
      const limit = asked.limit ?? (countOnly ? Number.POSITIVE_INFINITY : 1000);
      const tool = listOf(asked.operation);
      for (const { field } of where) {
        secrets.refuseCondition(tool.operation, field);
      }
      const superfluous = ours.filter((name) => asked.arguments?.[name] !== undefined);
      if (superfluous.length > 0) {
        throw new LogtoError({
          kind: 'input',
          code: 'invalid_arguments',
          message: `arguments holds ${superfluous.join(', ')}, which ${collectTool} sets by itself. Nothing was sent.`,
          hint: 'Leave it out: every page is read. fields and limit stand beside arguments.',
        });
      }
      const paged = tool.operation.paging !== undefined;
      // A count of everything stands in the head of the first page.
      let headOnly = countOnly && where.length === 0 && asked.limit === undefined && paged;
      const tests = where.map((condition) => new ConditionMatcher(condition));
      const presence = new Presence([...fields, ...where.map(({ field }) => field)]);
      const kept: unknown[] = [];
      const cut = new Set<string>();
      let scanned = 0;
      let size = 0;
      let matching = 0;
      const answer = (complete: boolean, notes: readonly string[] = []): ShapedResult => {
        const all = [
          ...notes,
          ...presence.notes,
          ...tests.flatMap(({ misfit }) => misfit ?? []),
          ...(cut.size > 0
            ? [
                `Left out of items that are too long: ${[...cut].slice(0, 10).join(', ')}. Choose narrower fields.`,
              ]
            : []),
        ];
        return {
          ...(!countOnly && { items: kept }),
          counts: { matching, scanned },
          complete: complete && cut.size === 0,
          ...(all.length > 0 && { notes: all }),
        };
      };
      /** Refuses what can give no answer: a name that nothing has, or a value that nothing can be compared with. */
      const requireSense = (missing: Presence['absent'], misfits: readonly string[]): void => {
        if (missing.length > 0) {
          throw unknownFields(missing);
        }
        if (misfits.length > 0) {
          throw new LogtoError({
            kind: 'input',
            code: 'wrong_type',
            message: misfits.join(' '),
            hint: 'Correct the condition and call again.',
          });
        }
      };
      for (let page = 1; ; page += 1) {
        const checked = await tool.check(
          { ...asked.arguments, ...(paged && { page, page_size: headOnly ? 1 : pageSize }) },
          'arguments',
        );
        let answered: ShapedResult;
        try {
          answered = answeredWith(tool, await perform(tool, checked, context), checked);
        } catch (error) {
          context.signal.throwIfAborted();
          if (scanned === 0 || !(error instanceof LogtoError)) {
            throw error;
          }
          // What was read so far is worth more than the error alone.
          const { message, hint = '' } = error.failure;
          return answer(false, [`Broken off after ${scanned} items: ${message} ${hint}`.trim()]);
        }
        const items = answered.items ?? [];
        const { total, total_pages: totalPages, has_more: more = false } = answered.page ?? {};
        if (headOnly) {
          if (
            total !== undefined &&
            totalPages !== undefined &&
            tool.operation.totalIgnoresFilters !== true
          ) {
            presence.look(items);
            return {
              counts: { matching: total, scanned: items.length },
              complete: true,
              notes: ['Without where, the count is the total that Logto gives.'],
            };
          }
          // Logto does not count it exactly, so it has to be read after all, from the start.
          headOnly = false;
          page = 0;
          continue;
        }
        presence.look(items);
        if (page === 1) {
          requireSense(presence.misspelt, []);
        }
        for (const item of items) {
          if (matching >= limit) {
            return answer(false, [`Stopped at the limit of ${limit}; there may be more.`]);
          }
          scanned += 1;
          // Every condition looks at every item, so that each can tell what it met.
          if (tests.map((test) => test.meets(item)).includes(false)) {
            continue;
          }
          if (!countOnly) {
            const [whole] = project([item], fields);
            const member = shortened(whole, itemRoom, cut);
            size += byteLength(member) + 1;
            if (size > room) {
              return answer(false, [
                `Only ${kept.length} items fit into a result. Narrow where or fields, or ask with count_only.`,
              ]);
            }
            kept.push(member);
          }
          matching += 1;
        }
        if (page === 1) {
          // Members of the items themselves have one type; below free data the next item may have another.
          requireSense(
            [],
            tests
              .filter(({ condition }) => !condition.field.includes('.'))
              .flatMap(({ misfit }) => misfit ?? []),
          );
        }
        context.progress(scanned, total, `${scanned} items read, ${matching} of them match`);
        if (!more) {
          requireSense(presence.absent, []);
          return answer(true, answered.notes);
        }
      }
    },
  };
}
