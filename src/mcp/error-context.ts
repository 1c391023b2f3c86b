/** Completes errors of Logto with facts from one cheap read or from the catalog: ids, and the tools that list them. */
import { namedEntities } from '../catalog/entities.js';
import { parseReference, prefixesOf, probableReference } from '../jobs/references.js';
import { isObject } from '../json.js';
import { LogtoError } from '../logto/errors.js';
import type { ValidatedArguments } from './operation-arguments.js';
import { propertiesOf, type Tool } from './operation-tools.js';
import { quoteName } from './text-exit.js';
import type { CallContext, Perform } from './tool-call.js';

const PATH_PARAMETER = /\{(\w+)\}/g;

/** The paths of the lists that can be read, with their tools. */
const listsByUrl = (tools: readonly Tool[]): ReadonlyMap<string, Tool> =>
  new Map(
    tools
      .filter(({ operation: { method } }) => method === 'GET')
      .map((tool) => [tool.operation.url, tool]),
  );

/** The list tool that an argument's description names as the source of its values. */
function sourceOf(tool: Tool, argument: string): string | undefined {
  const property = propertiesOf(tool.listing.inputSchema)[argument];
  const description = isObject(property) ? property['description'] : undefined;
  return typeof description === 'string' ? /from (list_\w+)/.exec(description)?.[1] : undefined;
}

/** The arguments that are ids, each with the tool that lists them. */
function idArguments(
  tool: Tool,
  values: Readonly<Record<string, unknown>>,
  lists: ReadonlyMap<string, Tool>,
): string[] {
  const { url, path } = tool.operation;
  const inPath = Object.keys(path).map((argument) => {
    const collection = url.slice(0, url.indexOf(`/{${argument}}`));
    return { argument, list: lists.get(collection)?.name ?? sourceOf(tool, argument) };
  });
  const others = Object.keys(values)
    .filter((name) => /Ids?$/.test(name) && !Object.hasOwn(path, name))
    .map((argument) => ({ argument, list: sourceOf(tool, argument) }));
  return [...inPath, ...others].map(({ argument, list }) =>
    list === undefined || list === tool.name ? argument : `${argument} (ids from ${list})`,
  );
}

/** The form of the ids that Logto makes. */
const LOGTO_ID = /^(?=.*\d)[a-z\d]{12}$|^[a-z\d]{21}$/;

/** How to write the first argument that looks like a name as a reference; empty where none does. */
function referenceHint(
  { operation: { entities } }: Tool,
  values: Readonly<Record<string, unknown>>,
): string {
  const named = namedEntities(
    entities.filter(({ by }) => by === 'id'),
    values,
  ).find(
    ({ kind, value }) =>
      !LOGTO_ID.test(value) &&
      prefixesOf(kind).includes(parseReference(probableReference(value))?.prefix ?? ''),
  );
  return named === undefined
    ? ''
    : `: ${named.path.split('.')[0]} also takes ${quoteName(probableReference(named.value))}`;
}

/** Codes of Logto for an id that does not exist. */
const UNKNOWN_ID = /^entity\.(?!unique|duplicate)/;

/** A hint for an error about an id that does not exist: which arguments to check, and which tools list their ids. */
function unknownIdHint(
  tool: Tool,
  { values }: ValidatedArguments,
  error: LogtoError,
  lists: ReadonlyMap<string, Tool>,
): string | undefined {
  const { status, code = 'entity.' } = error.failure;
  if (
    !UNKNOWN_ID.test(code) ||
    (status !== 404 && code !== 'entity.relation_foreign_key_not_found')
  ) {
    return undefined;
  }
  const suspects = idArguments(tool, values, lists);
  return suspects.length === 0
    ? 'This setting was never made, or what it names is not there.'
    : `Nothing has that id, or it does not belong to that parent. A name is not an id${referenceHint(tool, values)}. Check ${suspects.join(', ')}.`;
}

/** Codes of Logto for a name or an identifier that is taken. */
const TAKEN =
  /(?:_in_use|_exists|_already_exists|duplicate\w*|unique\w*)$|duplicate_connector_name/;

/** The arguments that can be taken, with the word in an error code that identifies them. */
const UNIQUE_ARGUMENTS: readonly (readonly [argument: string, codeWord: RegExp])[] = [
  ['primaryEmail', /email/],
  ['primaryPhone', /phone/],
  ['username', /username/],
  ['indicator', /identifier/],
  ['connectorName', /connector_name/],
  ['domain', /domain/],
  ['name', /name|unique|duplicate/],
];

/** The collection that an operation adds to, or changes an item of. */
const collectionOf = ({ operation: { url, method } }: Tool): string =>
  method === 'POST' ? url : url.replace(/\/\{\w+\}$/, '');

/** Most that one page of a list can hold. */
const MAX_PAGE_SIZE = 100;

/** An item of a list. */
interface ListedItem {
  readonly id: string;
  /** The tool that lists it. */
  readonly list: string;
}

/**
 * Finds the items of a tool's collection that have a value, with one read.
 *
 * @param argument the compared argument of the tool, which is also the member of the items
 * @returns none if the list cannot be read
 */
async function itemsWith(
  tool: Tool,
  { values }: ValidatedArguments,
  argument: string,
  perform: Perform,
  lists: ReadonlyMap<string, Tool>,
  context: CallContext,
): Promise<readonly ListedItem[]> {
  const list = lists.get(collectionOf(tool));
  if (list === undefined) {
    return [];
  }
  const wanted = String(values[argument]);
  const parents = [...list.operation.url.matchAll(PATH_PARAMETER)].map(([, name = '']) => [
    name,
    values[name],
  ]);
  const filter =
    list.operation.search !== undefined
      ? { search: wanted }
      : Object.hasOwn(list.operation.query ?? {}, 'q')
        ? { q: wanted }
        : {};
  const paging = list.operation.paging === undefined ? {} : { page: 1, page_size: MAX_PAGE_SIZE };
  try {
    const query = { ...Object.fromEntries(parents), ...filter, ...paging };
    const outcome = await perform(list, { values: query }, { ...context, answer: undefined });
    const body = outcome.kind === 'done' ? outcome.reply.body : [];
    const items: readonly unknown[] = Array.isArray(body) ? body : [];
    return items
      .filter(isObject)
      .flatMap(({ id, [argument]: value }) =>
        typeof id === 'string' && String(value).toLowerCase() === wanted.toLowerCase()
          ? [{ id, list: list.name }]
          : [],
      );
  } catch (error) {
    context.signal.throwIfAborted();
    if (error instanceof LogtoError) {
      return [];
    }
    throw error;
  }
}

/** The argument whose value is taken, according to an error code. */
const takenArgument = (code: string, { values }: ValidatedArguments): string | undefined =>
  UNIQUE_ARGUMENTS.find(
    ([name, codeWord]) => codeWord.test(code) && typeof values[name] === 'string',
  )?.[0];

/**
 * Adds to errors what the caller needs next: the id of the entity that already has the name, or the tools that list the
 * ids.
 *
 * @param permitted the operations that may be run
 */
export function withErrorContext(perform: Perform, permitted: readonly Tool[]): Perform {
  const lists = listsByUrl(permitted);
  return async (tool, checked, context) => {
    try {
      return await perform(tool, checked, context);
    } catch (error) {
      if (!(error instanceof LogtoError) || error.failure.status === undefined) {
        throw error;
      }
      const { failure } = error;
      const { code = '', hint = '' } = failure;
      const idHint = unknownIdHint(tool, checked, error, lists);
      if (idHint !== undefined) {
        throw new LogtoError({ ...failure, hint: idHint }, { cause: error });
      }
      const argument =
        TAKEN.test(code) && tool.operation.effect !== 'reads'
          ? takenArgument(code, checked)
          : undefined;
      const [existing] =
        argument === undefined
          ? []
          : await itemsWith(tool, checked, argument, perform, lists, context);
      throw existing === undefined
        ? error
        : new LogtoError(
            {
              ...failure,
              hint: `The one that has it is ${quoteName(existing.id)} (${existing.list}). ${hint}`.trim(),
            },
            { cause: error },
          );
    }
  };
}

/**
 * Reports after a create that other entities have the same name, if Logto allows that: usually the entity was created
 * before, by a call whose answer was lost or in an earlier conversation.
 *
 * @param permitted the operations that may be run
 */
export function withTwinNotes(perform: Perform, permitted: readonly Tool[]): Perform {
  const lists = listsByUrl(permitted);
  return async (tool, checked, context) => {
    const outcome = await perform(tool, checked, context);
    const { method, effect } = tool.operation;
    const created = outcome.kind === 'done' ? outcome.reply.body : undefined;
    if (
      outcome.kind !== 'done' ||
      method !== 'POST' ||
      effect !== 'adds' ||
      typeof checked.values['name'] !== 'string' ||
      !isObject(created) ||
      created['name'] !== checked.values['name']
    ) {
      return outcome;
    }
    const items = await itemsWith(tool, checked, 'name', perform, lists, context);
    const twins = items.filter(({ id }) => id !== created['id']).map(({ id }) => quoteName(id));
    return twins.length === 0
      ? outcome
      : {
          ...outcome,
          notes: [
            ...outcome.notes,
            `This name was in use before: ${twins.slice(0, 3).join(', ')} has it too. Undo this one if it was meant to be the same.`,
          ],
        };
  };
}
