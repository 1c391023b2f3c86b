/** One request as a behaviour receives it: validated, with its page and the tenant. */
import type { SandboxRelease } from './release.js';
import { ok, type SandboxReply } from './reply.js';
import type { Tenant } from './tenant.js';

/** Query values that Logto reads as true. */
const yes = new Set(['1', 'true', 'yes', 'y']);

/** The query of a request, with Logto's reading of empty values and booleans. */
export class Query {
  constructor(readonly parameters: URLSearchParams) {}

  /** The value, or undefined when it is missing or empty. */
  text(name: string): string | undefined {
    return this.parameters.get(name) || undefined;
  }

  list(name: string): string[] {
    return this.parameters.getAll(name);
  }

  /** Whether a boolean is true. */
  on(name: string): boolean {
    return yes.has((this.parameters.get(name) ?? '').toLowerCase());
  }
}

export interface Call {
  readonly tenant: Tenant;
  readonly path: Readonly<Record<string, string>>;
  readonly query: Query;
  /** Which Logto the sandbox is. */
  readonly release: SandboxRelease;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** The id of the application that the token belongs to; undefined for public operations without a token. */
  readonly caller: string | undefined;
  /** The body, validated by the catalog's schema and without unknown members. `B` states its type. */
  body<B>(): B;
  /** The requested page; undefined where Logto answers the whole list. */
  readonly page: { readonly number: number; readonly size: number } | undefined;
  /** The requested URL without its query and without `/api`, as Logto writes it into `Link`. */
  readonly linkBase: string;
}

export type Behaviour = (call: Call) => SandboxReply;

/** The behaviours of a domain, by the keys of its operations in the catalog. */
export type Behaviours = Readonly<Record<string, Behaviour>>;

/** A path value. The router provides every name of the route. */
export const pathValue = (call: Call, name: string): string => call.path[name] ?? '';

/** Logto's `Link`: first and last always, prev and next where they exist; repeated parameters are joined by a comma. */
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
 * Answers a list: the requested page with `Total-Number` and `Link`, or the whole list without them.
 *
 * @param total `Total-Number`, where Logto does not count the items of the list
 * @param wrap builds the object that some lists answer around their items
 */
export function list(
  call: Call,
  items: readonly unknown[],
  { total = items.length, wrap = (page: readonly unknown[]): unknown => page } = {},
): SandboxReply {
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
