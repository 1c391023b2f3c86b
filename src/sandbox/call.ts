/** One call as a behaviour sees it: validated, with its page, over the tenant. */
import { ok, type Reply } from './reply.js';
import type { Tenant } from './tenant.js';

/** Words that Logto takes for true in a query. */
const yes = new Set(['1', 'true', 'yes', 'y']);

/** The query of a call, read as Logto reads it. */
export class Query {
  constructor(readonly parameters: URLSearchParams) {}

  /** The value, or undefined when it is missing or empty. */
  text(name: string): string | undefined {
    return this.parameters.get(name) || undefined;
  }

  list(name: string): string[] {
    return this.parameters.getAll(name);
  }

  /** Whether a switch is on. */
  on(name: string): boolean {
    return yes.has((this.parameters.get(name) ?? '').toLowerCase());
  }
}

export interface Call {
  readonly tenant: Tenant;
  readonly path: Readonly<Record<string, string>>;
  readonly query: Query;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** The id of the application whose token came along; some operations do without one. */
  readonly caller: string | undefined;
  /** The body, which the catalog's schema has accepted; keys that it does not know are gone. `B` restates its type. */
  body<B>(): B;
  /** The page that was asked for; undefined when Logto would answer everything. */
  readonly page: { readonly number: number; readonly size: number } | undefined;
  /** The address asked for, without its query, as Logto writes it into `Link`: without `/api`. */
  readonly linkBase: string;
}

export type Behaviour = (call: Call) => Reply;

/** What a domain does, by the keys of its operations in the catalog. */
export type Behaviours = Readonly<Record<string, Behaviour>>;

/** A path value; the router has filled in every name of the route. */
export const pathValue = (call: Call, name: string): string => call.path[name] ?? '';

/** Logto's `Link`: first and last always, prev and next where they exist; repeated parameters joined by a comma. */
function linkHeader(call: Call, page: number, last: number): string {
  const link = (number: number, rel: string) => {
    const parameters = new URLSearchParams();
    for (const name of new Set(call.query.parameters.keys())) {
      parameters.set(name, call.query.list(name).join(','));
    }
    parameters.set('page', String(number));
    return `<${call.linkBase}?${parameters}>; rel="${rel}"`;
  };
  return [
    link(1, 'first'),
    page > 1 && link(page - 1, 'prev'),
    link(last, 'last'),
    page < last && link(page + 1, 'next'),
  ]
    .filter(Boolean)
    .join(', ');
}

/**
 * Answers a list: the page that was asked for with `Total-Number` and `Link`, or everything without them.
 *
 * @param total what `Total-Number` says, where Logto counts otherwise than the list has it
 * @param wrap puts the items into the object that some lists answer
 */
export function list(
  call: Call,
  items: readonly unknown[],
  { total = items.length, wrap = (page: readonly unknown[]): unknown => page } = {},
): Reply {
  if (call.page === undefined) {
    return ok(wrap(items));
  }
  const { number, size } = call.page;
  const start = (number - 1) * size;
  const last = Math.max(1, Math.ceil(total / size));
  return ok(wrap(items.slice(start, start + size)), {
    'total-number': String(total),
    link: linkHeader(call, number, last),
  });
}
