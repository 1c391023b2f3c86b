/** Resolves references in the arguments of operations: `name:`, `email:` and the like in place of an id. */

import { namedEntities } from '../catalog/entities.js';
import { parseReference, References } from '../jobs/references.js';
import { isObject } from '../json.js';
import { LogtoError } from '../logto/errors.js';
import type { ValidatedArguments } from './operation-arguments.js';
import type { Tool } from './operation-tools.js';
import { shapeResult } from './results.js';
import type { CallContext, Perform } from './tool-call.js';

/** Pages that are read of a list to find one name. */
const MAX_PAGES = 20;

const PAGE_SIZE = 100;

/** Replaces references by ids. @throws LogtoError of kind `input` for a reference that names no entity or more than one */
export type ResolveReferences = (
  tool: Tool,
  checked: ValidatedArguments,
  context: CallContext,
) => Promise<ValidatedArguments>;

/** Reads lists through the guard, so that a reference finds only what may be read. */
const listReader =
  (lists: ReadonlyMap<string, Tool>, perform: Perform, context: CallContext) =>
  async (
    name: string,
    values: Readonly<Record<string, unknown>>,
  ): Promise<readonly Readonly<Record<string, unknown>>[]> => {
    const tool = lists.get(name);
    if (tool === undefined) {
      throw new LogtoError({
        kind: 'permission',
        code: 'excluded',
        message: `A reference is looked up with ${name}, which may not be run here. Nothing was sent.`,
        hint: 'Give the id itself.',
      });
    }
    const isPaged = tool.operation.paging !== undefined;
    const items: Readonly<Record<string, unknown>>[] = [];
    for (let page = 1; page <= MAX_PAGES; page += 1) {
      const checked = await tool.check({
        ...values,
        ...(isPaged && { page, page_size: PAGE_SIZE }),
      });
      const outcome = await perform(tool, checked, context);
      if (outcome.kind !== 'done') {
        throw new Error(`${name} reads, and has not answered with a result.`);
      }
      const answer = shapeResult(tool.operation, outcome.reply);
      items.push(...(answer.items ?? []).filter(isObject));
      if (answer.page?.has_more !== true) {
        return items;
      }
    }
    throw new LogtoError({
      kind: 'input',
      code: 'reference_not_found',
      message: `${name} has more than ${MAX_PAGES * PAGE_SIZE} items, too many to look a reference up. Nothing was sent.`,
      hint: 'Give the id itself.',
    });
  };

/** Makes the resolver over the operations that are permitted. */
export function referenceResolver(permitted: readonly Tool[], perform: Perform): ResolveReferences {
  const lists = new Map(permitted.map((tool) => [tool.name, tool]));
  return async (tool, checked, context) => {
    const { entities } = tool.operation;
    const hasReference = namedEntities(entities, checked.values).some(
      ({ by, value }) => by === 'id' && parseReference(value) !== undefined,
    );
    if (!hasReference) {
      return checked;
    }
    const references = new References(listReader(lists, perform, context));
    const values = await references.resolve(entities, checked.values);
    context.onResolved?.(tool.name, values);
    return { ...checked, values };
  };
}

/** The names by which a call refers to entities, with their ids. */
export function namesOfReferences(
  { operation: { entities } }: Tool,
  sent: ValidatedArguments,
  resolved: ValidatedArguments,
): readonly { readonly id: string; readonly name: string }[] {
  const ids = namedEntities(entities, resolved.values);
  return namedEntities(entities, sent.values).flatMap(({ by, value }, index) => {
    const name = by === 'id' ? parseReference(value)?.text : undefined;
    const id = ids[index]?.value;
    return name === undefined || typeof id !== 'string' ? [] : [{ id, name }];
  });
}

/** Performs operations with references resolved. */
export const withReferences =
  (perform: Perform, resolve: ResolveReferences): Perform =>
  async (tool, checked, context) =>
    perform(tool, await resolve(tool, checked, context), context);
