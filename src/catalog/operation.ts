/**
 * What one operation of the Management API is: pure data, from which the tool, the request, the documentation page and
 * the contract check are all derived.
 */
import type { z } from 'zod';
import { type EntityArgument, entityArgumentsOf } from './entities.js';
import {
  type ArgumentValues,
  type Asks,
  asksOf,
  type Risk,
  type RiskFacts,
  risksOf,
  rulesOf,
} from './risk.js';
import type {
  CallLimit,
  Cascade,
  Displacement,
  LockoutRule,
  OrganizationScopeFacts,
  ShownOnce,
  UndoFacts,
} from './write-facts.js';

/** The constraint is zod's core type on purpose: with `z.ZodType` the type-check of the catalog takes twice as long. */
export type Schema = z.core.$ZodType;

/** Named arguments; the names are the wire names of Logto's API. */
export type Fields<S = Schema> = Readonly<Record<string, S>>;

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** What a call does to the tenant. Follows from the verb and is stated where the verb misleads. */
export type Effect = 'reads' | 'adds' | 'changes' | 'removes';

/** `'GET /api/users/{userId}/roles/{roleId}'` names `userId` and `roleId`. */
type Names<R extends string> = R extends `${string}{${infer N}}${infer Rest}`
  ? N | Names<Rest>
  : never;

type PathFor<R extends string> = [Names<R>] extends [never]
  ? { path?: never }
  : { path: { readonly [N in Names<R>]: Schema } };

/** A request body that is not a flat object (a list, a free map, a union): the tool takes all of it as one argument. */
export class Whole<S = Schema> {
  constructor(
    readonly argument: string,
    readonly schema: S,
  ) {}
}

/** Takes the whole request body as the argument `argument`. */
export const whole = (argument: string, schema: Schema): Whole => new Whole(argument, schema);

/** A field that can be searched, as Logto names it on the wire. */
export type SearchField = string;

export interface Definition<S = Schema> {
  /** One imperative sentence: what happens, and which operation to take where two could be confused. */
  readonly summary: string;
  /** A rule or a trap that neither the schema nor the keys below can say. */
  readonly notes?: string;
  readonly query?: Fields<S>;
  readonly body?: Fields<S> | Whole<S>;
  /** How the body travels; JSON unless said. */
  readonly encoding?: 'multipart';
  /** What the file of a multipart body must be: a picture, or a zip archive. */
  readonly uploads?: 'picture' | 'archive';
  /** Adds `page` and `page_size` and reads `Total-Number`. 'optional': Logto answers everything when neither is sent. */
  readonly paging?: 'always' | 'optional';
  /** `Total-Number` counts more than the filters let through, so a page that is not full is the last one. */
  readonly totalIgnoresFilters?: true;
  /** Adds Logto's advanced search over these fields. */
  readonly search?: readonly SearchField[];
  /** What to say when a filter leaves nothing of a list: where else it may be, or how the filter compares. */
  readonly whenEmpty?: string;
  /** Where the list stands when the answer is an object around it. */
  readonly items?: string;
  /** What a successful answer is, where it is neither JSON nor a bare word. */
  readonly answer?: 'xml' | 'html' | 'redirect';
  readonly effect?: Effect;
  /** The tool's name, where the snake_case of the operationId would pass 45 characters. */
  readonly name?: string;
  /** Dotted paths, in the entity or in each listed item, of values that must not be spread about; `*` is any one name. */
  readonly secrets?: readonly string[];
  /** Such paths in the arguments, where the names inside do not give the secret away. */
  readonly secretArguments?: readonly string[];
  /** Body fields that Logto replaces as a whole: keys inside them that are not sent are lost. */
  readonly replaces?: readonly string[];
  /** Body fields that Logto joins with what is there at their top level, and replaces inside of that. */
  readonly joins?: readonly string[];
  /**
   * The forms of such a field, where it has several: the member that tells them apart, `{ config: 'type' }`, or the
   * members of each form where none does. Members of different forms are never merged.
   */
  readonly forms?: Readonly<Record<string, string | readonly (readonly string[])[]>>;
  /** Of a PUT: Logto keeps the fields that are not sent. */
  readonly partial?: true;
  /** Error codes with which Logto answers although it may have made the change. */
  readonly appliesDespite?: readonly string[];
  /** What can go wrong with a write, per operation, per field or as a pure function. Not in the stored manifest. */
  readonly risk?: RiskFacts;
  /** What, outside the tenant, the call sets in motion: a message sent, an address fetched. A clause. */
  readonly reaches?: string;
  /** Why these arguments cannot go together, as a sentence without its full stop; undefined when they can. */
  readonly refuses?: (values: ArgumentValues) => string | undefined;
  /** What must be there before this can succeed; printed where it could not be tried. */
  readonly needs?: string;
  /** What a removal or a replacement cascades to, in the order in which a person cares. Every removal has it. */
  readonly cascades?: readonly Cascade[];
  /** How many entities one call removes, where it is not one: a list of candidates to count, or a pure function. */
  readonly removes?: { readonly list: string } | ((values: ArgumentValues) => number);
  readonly displaces?: Displacement;
  readonly undo?: UndoFacts;
  readonly lockout?: readonly LockoutRule[];
  readonly organizationScope?: OrganizationScopeFacts;
  /** The kind of the owner of what an id names, where no operation tells which one it is. */
  readonly unknownOwner?: 'users';
  /** Of a PUT: changes what is there and answers 404 where nothing is. */
  readonly updateOnly?: true;
  readonly limit?: CallLimit;
  readonly shownOnce?: ShownOnce;
}

export interface Operation<S = Schema> extends Definition<S> {
  readonly method: Method;
  /** The path below the endpoint, with its parameters in braces: `/api/users/{userId}`. */
  readonly url: string;
  readonly path: Fields<S>;
  readonly effect: Effect;
  /** Whether its calls carry a risk. Derived from `risk`, like the two below; the manifest stores these. */
  readonly asks: Asks;
  /** The kinds of risk that its calls can carry. */
  readonly risks: readonly Risk[];
  /** The arguments that name entities. Derived from the schemas; the manifest stores them. */
  readonly entities: readonly EntityArgument[];
  /** What a write that is no removal can lose or cannot undo; a clause. */
  readonly beware?: string;
}

/** An operation of which nothing but the names of its arguments is needed, so that its schemas can stay unloaded. */
export type Outline = Operation<unknown>;

export interface Domain {
  readonly title: string;
  /** What the domain is about and where its neighbours are. */
  readonly about: string;
  readonly operations: Readonly<Record<string, Operation>>;
}

const usual: Readonly<Record<Method, Effect>> = {
  GET: 'reads',
  POST: 'adds',
  PUT: 'changes',
  PATCH: 'changes',
  DELETE: 'removes',
};

/** A write states its risk; a read has none. A POST that only reads says so by its effect. */
type RiskFor<R extends string> = R extends `GET ${string}`
  ? { readonly effect?: 'reads'; readonly risk?: never }
  :
      | { readonly effect: 'reads'; readonly risk?: never }
      | { readonly effect?: Exclude<Effect, 'reads'>; readonly risk: RiskFacts };

/** What a write that is no removal can lose or cannot undo; a removal says it in its summary. */
function bewareOf(effect: Effect, facts: RiskFacts | undefined): string | undefined {
  const clauses = rulesOf(facts)
    .filter(
      ({ risk }) => risk === 'irreversible' || (risk === 'destructive' && effect !== 'removes'),
    )
    .map(({ because }) => because);
  return clauses.length === 0 ? undefined : clauses.join('; ');
}

/**
 * Defines one operation. The compiler checks `path` against the braces of the route, so that a missing, misspelt or
 * superfluous name does not compile, and demands `risk` of every write.
 */
export function operation<const R extends `${Method} /api/${string}`>(
  route: R,
  definition: Omit<Definition, 'risk' | 'effect'> & PathFor<R> & RiskFor<R>,
): Operation {
  // The template type above leaves nothing but a method, one space and a path.
  const [method, url] = route.split(' ') as [Method, string];
  const effect = definition.effect ?? usual[method];
  const beware = bewareOf(effect, definition.risk);
  const { path = {}, query, body } = definition;
  return {
    ...definition,
    method,
    url,
    path,
    effect,
    entities: entityArgumentsOf(path, {
      ...query,
      ...(body instanceof Whole ? { [body.argument]: body.schema } : body),
    }),
    asks: asksOf(definition.risk),
    risks: risksOf(definition.risk),
    ...(beware !== undefined && { beware }),
  };
}

/** Defines a domain: the operations that stand under one tag in Logto's document, keyed by operationId in lowerCamel. */
export const domain = (definition: Domain): Domain => definition;

/** `deleteRoleUser` -> `delete_role_user`. */
const snakeCase = (key: string): string =>
  key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The name of the tool for the operation that stands under `key`. */
export const toolName = (key: string, operation: Outline): string =>
  operation.name ?? snakeCase(key);
