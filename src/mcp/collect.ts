/** `collect_pages`: a list read to its end in one call, filtered and cut down to the members that matter. */
import * as z from 'zod';
import type { Secrets } from '../guard/secrets.js';
import { LogtoError } from '../logto/errors.js';
import { checkArguments, nearest } from './arguments.js';
import { answeredWith, type Callable, type Perform, type Refusal } from './callable.js';
import { project, requireMembers, valuesAt } from './projection.js';
import { type Answered, bytesOf, ceiling } from './results.js';
import { inputSchema } from './schema.js';
import type { Tool } from './tools.js';

export const collectTool = 'collect_pages';

/** Bytes that the items may take: the ceiling of a result without its frame. */
const room = ceiling - 2000;

/** Items on each page that is asked for; the most that Logto gives. */
const pageSize = 100;

const comparisons = [
  'equals',
  'not_equals',
  'contains',
  'starts_with',
  'ends_with',
  'exists',
  'greater',
  'less',
] as const;

const conditionSchema = z
  .strictObject({
    field: z.string().min(1).describe('dotted name, e.g. customData.plan'),
    is: z.enum(comparisons).describe('texts in any case; exists takes true or false'),
    value: z.union([z.string(), z.number(), z.boolean(), z.null()]).optional(),
  })
  .refine(({ is, value }) => is === 'exists' || value !== undefined, {
    path: ['value'],
    message: 'every comparison but exists needs a value',
  });

/** One condition on an item. */
export type Condition = z.infer<typeof conditionSchema>;

const schema = z.strictObject({
  operation: z.string().describe('name of a list operation, e.g. list_users'),
  arguments: z.record(z.string(), z.unknown()).optional().describe('its own filters, no page'),
  fields: z
    .array(z.string().min(1))
    .min(1)
    .describe('members to keep of each item, e.g. ["id","name"]'),
  where: z
    .array(conditionSchema)
    .optional()
    .describe('conditions that must all hold, on any member, also in customData'),
  limit: z
    .int()
    .min(1)
    .max(100_000)
    .optional()
    .describe('matching items to stop at, 1 to 100,000; default 1,000'),
  count_only: z.boolean().optional().describe('answer how many match, without the items'),
});

const lowered = (value: unknown): unknown =>
  typeof value === 'string' ? value.toLowerCase() : value;

function compares(found: unknown, is: Condition['is'], value: Condition['value']): boolean {
  const [left, right] = [lowered(found), lowered(value)];
  const texts = typeof left === 'string' && typeof right === 'string';
  switch (is) {
    case 'equals':
      return left === right;
    case 'contains':
      return texts && left.includes(right);
    case 'starts_with':
      return texts && left.startsWith(right);
    case 'ends_with':
      return texts && left.endsWith(right);
    case 'greater':
      return typeof left === 'number' && typeof right === 'number'
        ? left > right
        : texts && left > right;
    case 'less':
      return typeof left === 'number' && typeof right === 'number'
        ? left < right
        : texts && left < right;
    default:
      return false;
  }
}

/** Whether an item meets a condition. Of a list, one item that does is enough; a member that is null does not exist. */
function meets(item: unknown, { field, is, value }: Condition): boolean {
  const found = valuesAt(item, field.split('.'));
  if (is === 'exists') {
    return found.some((one) => one !== null) === (value ?? true);
  }
  return is === 'not_equals'
    ? !found.some((one) => compares(one, 'equals', value))
    : found.some((one) => compares(one, is, value));
}

/** Whether an operation answers a list. */
const isList = ({ operation: { paging, items, method }, name }: Tool): boolean =>
  method === 'GET' && (paging !== undefined || items !== undefined || name.startsWith('list_'));

/** Makes the tool over the operations that are permitted. */
export function collector(
  permitted: readonly Tool[],
  perform: Perform,
  secrets: Secrets,
  refusal: Refusal,
): Callable {
  const lists = new Map(permitted.filter(isList).map((tool) => [tool.name, tool]));

  const listOf = (name: string): Tool => {
    const tool = lists.get(name);
    if (tool === undefined) {
      const refused = refusal(name);
      if (refused !== undefined) {
        throw refused;
      }
      const meant = nearest(name, lists.keys());
      throw new LogtoError({
        kind: 'input',
        code: 'not_a_list',
        message: `"${name}" is no list operation that may be read here.`,
        hint:
          meant.length > 0
            ? `Did you mean ${meant.join(', ')}?`
            : 'Look it up with find_operations.',
      });
    }
    return tool;
  };

  return {
    listing: {
      name: collectTool,
      description:
        'Read a list to its end in one call and keep only what matters: the items that meet conditions on any member (customData too), cut down to the named members, or just their count. For questions about all users, organizations or log entries.',
      inputSchema: inputSchema(schema),
      annotations: {
        readOnlyHint: true,
        destructiveHint: false,
        idempotentHint: true,
        openWorldHint: false,
      },
    },

    async run(sent, context): Promise<Answered> {
      const asked = checkArguments(collectTool, schema, sent);
      const { fields, where = [], limit = 1000, count_only: countOnly = false } = asked;
      const tool = listOf(asked.operation);
      for (const { field } of where) {
        secrets.refuseCondition(tool.operation, field);
      }
      const paged = tool.operation.paging !== undefined;
      const kept: unknown[] = [];
      let scanned = 0;
      let size = 0;
      let matching = 0;
      const answer = (complete: boolean, notes: readonly string[] = []): Answered => ({
        ...(!countOnly && { items: kept }),
        counts: { matching, scanned },
        complete,
        ...(notes.length > 0 && { notes }),
      });
      for (let page = 1; ; page += 1) {
        const checked = await tool.check({
          ...asked.arguments,
          ...(paged && { page, page_size: pageSize }),
        });
        const answered = answeredWith(tool, await perform(tool, checked, context));
        const items = answered.items ?? [];
        if (page === 1) {
          requireMembers(items, [...fields, ...where.map(({ field }) => field)]);
        }
        for (const item of items) {
          if (matching >= limit) {
            return answer(false, [`Stopped at the limit of ${limit}; there may be more.`]);
          }
          scanned += 1;
          if (!where.every((condition) => meets(item, condition))) {
            continue;
          }
          if (!countOnly) {
            const [member] = project([item], fields);
            size += bytesOf(member) + 1;
            if (size > room) {
              return answer(false, [
                `Only ${kept.length} items fit into a result. Narrow where or fields, or ask with count_only.`,
              ]);
            }
            kept.push(member);
          }
          matching += 1;
        }
        const { total, has_more: more = false } = answered.page ?? {};
        context.progress(scanned, total, `${scanned} items read, ${matching} of them match`);
        if (!more) {
          return answer(true, answered.notes);
        }
      }
    },
  };
}
