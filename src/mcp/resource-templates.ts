/**
 * Resource templates: one user, application, organization or role as a resource, which clients offer at `@`. A read is the
 * call of the operation, with the same checks, references and redaction.
 */
import { type EntityKind, entities } from '../catalog/entities.js';
import { isObject, memberOf } from '../json.js';
import type { Tool } from './operation-tools.js';
import type { ShapedResult } from './shaped-result.js';
import { type CallContext, callOperation, type Perform } from './tool-call.js';

/** The kinds that people refer to in a conversation, by the first segment of their URI. */
const KINDS: Readonly<Record<string, EntityKind>> = {
  users: 'user',
  applications: 'application',
  organizations: 'organization',
  roles: 'role',
};

/** Values that a completion offers at most; clients show about ten. */
const MAX_COMPLETIONS = 20;

export interface ResourceTemplate {
  readonly uriTemplate: string;
  readonly name: string;
  readonly description: string;
  /** The value of `{id}` in a URI of this template; undefined for any other URI. */
  idIn(uri: string): string | undefined;
  /** @throws LogtoError, of kind `not_found` for one that does not exist */
  read(id: string, context: CallContext): Promise<ShapedResult>;
  /**
   * The possible values of `{id}` for the beginning that a person has typed: references if they name one entity, otherwise
   * ids.
   */
  complete(typed: string, context: CallContext): Promise<readonly string[]>;
}

const textAt = (item: unknown, path: string): string | undefined => {
  const value = path.split('.').reduce<unknown>(memberOf, item);
  return typeof value === 'string' && value !== '' ? value : undefined;
};

/** How a person would name an item: by address, user name or name; several items with one name only by their ids. */
function referenceTo(item: unknown, items: readonly unknown[]): string | undefined {
  const email = textAt(item, 'primaryEmail');
  const username = textAt(item, 'username');
  const name = textAt(item, 'name');
  if (email !== undefined) {
    return `email:${email}`;
  }
  if (username !== undefined) {
    return `username:${username}`;
  }
  const isUnique = items.filter((other) => textAt(other, 'name') === name).length === 1;
  return name !== undefined && isUnique ? `name:${name}` : textAt(item, 'id');
}

/** A person types a name or a reference; Logto searches for the value only. */
const searchedText = (typed: string): string => typed.replace(/^[a-z]+:/, '').trim();

/** Some clients encode what they put into a template, others do not. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The templates of the kinds that may be read here. */
export function resourceTemplates(
  permitted: readonly Tool[],
  perform: Perform,
): readonly ResourceTemplate[] {
  const tools = new Map(permitted.map((tool) => [tool.name, tool]));
  return Object.entries(KINDS).flatMap(([segment, kind]): ResourceTemplate[] => {
    const { title, read = '', argument = '', list = '', search } = entities[kind];
    const reader = tools.get(read);
    const lister = tools.get(list);
    if (reader === undefined) {
      return [];
    }
    const prefix = `logto://${segment}/`;
    return [
      {
        uriTemplate: `${prefix}{id}`,
        name: title,
        description: `One ${title}, by its id, or by a reference such as ${kind === 'user' ? 'email:' : 'name:'} and the value.`,
        idIn: (uri) =>
          uri.startsWith(prefix) && uri.length > prefix.length
            ? decoded(uri.slice(prefix.length))
            : undefined,
        read: (id, context) => callOperation(reader, { [argument]: id }, perform, context),
        async complete(typed, context) {
          if (lister === undefined) {
            return [];
          }
          const text = searchedText(typed);
          const filter = text === '' || search === undefined ? {} : { [search]: text };
          const { items = [] } = await callOperation(
            lister,
            { page: 1, page_size: MAX_COMPLETIONS, ...filter },
            perform,
            context,
          );
          return items
            .filter(isObject)
            .map((item) => referenceTo(item, items))
            .filter((value) => value !== undefined);
        },
      },
    ];
  });
}
