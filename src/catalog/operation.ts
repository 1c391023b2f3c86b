/**
 * One operation of the Management API as pure data, from which the tool, the request, the documentation page and the
 * contract check are derived.
 */
import { isObject } from '../json.js';
import { type EntityArgument, entityArgumentsOf } from './entities.js';
import type { Forms } from './forms.js';
import type { ProtectableKind } from './protectable.js';
import type { Release, Since } from './release-names.js';
import {
  type ArgumentValues,
  type Asks,
  asksOf,
  type Risk,
  type RiskFacts,
  risksOf,
  rulesOf,
} from './risk.js';
import type { Schema } from './schemas.js';
import type {
  CallLimit,
  Cascade,
  Displacement,
  LockoutRule,
  OrganizationScopeFacts,
  ShownOnce,
  UndoFacts,
} from './write-facts.js';

export type { Schema };

/** Named arguments; the names are the wire names of Logto's API. */
export type Fields<S = Schema> = Readonly<Record<string, S>>;

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** What a call does to the tenant. Derived from the verb, and stated where the verb misleads. */
export type Effect = 'reads' | 'adds' | 'changes' | 'removes';

/** The path parameters of a route: `userId` and `roleId` of `'GET /api/users/{userId}/roles/{roleId}'`. */
type PathNames<R extends string> = R extends `${string}{${infer N}}${infer Rest}`
  ? N | PathNames<Rest>
  : never;

type PathFor<R extends string> = [PathNames<R>] extends [never]
  ? { path?: never }
  : { path: { readonly [N in PathNames<R>]: Schema } };

/** A request body that is not a flat object (a list, a free map, a union): one argument of the tool holds all of it. */
export class Whole<S = Schema> {
  constructor(
    readonly argument: string,
    readonly schema: S,
  ) {}
}

/** Takes the whole request body as the argument `argument`. */
export const whole = (argument: string, schema: Schema): Whole => new Whole(argument, schema);

/** A member that documents have and that no tool offers. */
export interface Omission {
  /** Why, as a clause. */
  readonly because: string;
  /** The first release without it; undefined as long as Logto has it. */
  readonly until?: Release;
}

/** Members of bodies and queries that no operation offers. */
export const OMITTED_EVERYWHERE: Readonly<Record<string, Omission>> = {
  tenantId: {
    because: 'it is the same everywhere in a tenant, and Logto answers 500 to any other',
  },
  includePasswordHash: { because: 'no answer needs the digest of a password' },
};

/** A list in the arguments that Logto accepts or refuses as a whole. */
export interface WholeRefusal {
  /** Which entry makes it refuse, as a clause after "when". */
  readonly when: string;
  /** The error code, where the cause is an entry that is in the set already. */
  readonly presentCode?: string;
}

/** What a caller has to know of such a list, as a sentence. */
export const wholeRefusalText = ({ when, presentCode }: WholeRefusal): string =>
  `Refused as a whole when ${when}${presentCode === undefined ? '' : ` (${presentCode})`}.`;

/** A field that can be searched, as Logto names it on the wire. */
export type SearchField = string;

export interface Definition<S = Schema> {
  /** One imperative sentence: what happens, and which operation to use where two could be confused. */
  readonly summary: string;
  /** A rule or a pitfall that neither the schema nor the keys below can express. */
  readonly notes?: string;
  /** A list that Logto refuses as a whole because of one entry. */
  readonly refusesWhole?: WholeRefusal;
  /** The release of Logto that brought the operation; undefined for the base. `releases.ts` has the same for fields. */
  readonly since?: Since;
  readonly query?: Fields<S>;
  readonly body?: Fields<S> | Whole<S>;
  /**
   * Body members that documents have and that are deliberately left out here. `OMITTED_EVERYWHERE` has those that every
   * operation leaves out.
   */
  readonly omits?: Readonly<Record<string, Omission>>;
  /** Only a served document has it, so its risk, its secrets and its undo are not known. */
  readonly notInCatalog?: true;
  /** How the body is encoded; JSON by default. */
  readonly encoding?: 'multipart';
  /** What the file of a multipart body must be: a picture, or a zip archive. */
  readonly uploads?: 'picture' | 'archive';
  /** Adds `page` and `page_size` and reads `Total-Number`. 'optional': Logto returns everything when neither is sent. */
  readonly paging?: 'always' | 'optional';
  /** `Total-Number` ignores the filters, so a page that is not full is the last one. */
  readonly totalIgnoresFilters?: true;
  /** Adds Logto's advanced search over these fields. */
  readonly search?: readonly SearchField[];
  /** The note for an empty filtered list: where else to look, or how the filter compares. */
  readonly whenEmpty?: string;
  /** The member that holds the list, where the answer is an object. */
  readonly items?: string;
  /**
   * Dotted names of members of the entity, or of each listed item, that are long and seldom needed, such as manuals, logos and
   * free data: an answer has them only where `fields` names them or is `["*"]`.
   */
  readonly longMembers?: readonly string[];
  /** The format of a successful answer, where it is neither JSON nor one plain word. */
  readonly answer?: 'xml' | 'html' | 'redirect';
  readonly effect?: Effect;
  /** The tool's name, where the snake_case of the operationId exceeds 45 characters. */
  readonly name?: string;
  /**
   * Dotted paths of secret members, in the entity or in each listed item; `*` is any one name. Members, never containers: a
   * person has to see the other members of a configuration.
   */
  readonly secrets?: readonly string[];
  /** The same in the arguments, for secrets that their names do not reveal. */
  readonly secretArguments?: readonly string[];
  /** Body fields that Logto replaces as a whole: keys inside them that are not sent are lost. */
  readonly replaces?: readonly string[];
  /** Body fields that Logto merges at their top level, replacing each member as a whole. */
  readonly joins?: readonly string[];
  /** Such fields as Logto itself takes them, where it demands members that an update may leave out. */
  readonly wire?: Fields<S>;
  /** What tells the forms of such a field, or of a setting inside it, apart: `{ config: 'type' }`. */
  readonly forms?: Forms;
  /** Of a PUT: Logto keeps the fields that are not sent. */
  readonly partial?: true;
  /** Error codes that Logto may return although it made the change. */
  readonly appliesDespite?: readonly string[];
  /** What can go wrong with a write, per operation, per field or as a pure function. Not in the stored manifest. */
  readonly risk?: RiskFacts;
  /** The effect outside the tenant: a message is sent, an address is fetched. A clause. */
  readonly reaches?: string;
  /** The argument that must be an object for that effect. */
  readonly reachesIf?: string;
  /** Why these arguments cannot be combined, as a sentence without its full stop; undefined when they can. */
  readonly refuses?: (values: ArgumentValues) => string | undefined;
  /** What the tenant needs before this can succeed. */
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
  readonly unknownOwner?: ProtectableKind;
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

/** An operation with the names of its arguments but without their schemas, so that zod and the catalog need not be loaded. */
export type Outline = Operation<unknown>;

export interface Domain {
  readonly title: string;
  /** What the domain covers and which domains are related. */
  readonly about: string;
  readonly operations: Readonly<Record<string, Operation>>;
}

const defaultEffects: Readonly<Record<Method, Effect>> = {
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
  // The template type guarantees a method, one space and a path.
  const [method, url] = route.split(' ') as [Method, string];
  const effect = definition.effect ?? defaultEffects[method];
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

/** The effect of a call outside the tenant, as a clause; undefined where this call has none. */
export const reachOf = (
  { reaches, reachesIf }: Outline,
  values: ArgumentValues,
): string | undefined =>
  reachesIf === undefined || isObject(values[reachesIf]) ? reaches : undefined;

/** Defines a domain: the operations under one tag of Logto's OpenAPI document, keyed by operationId in lowerCamel. */
export const domain = (definition: Domain): Domain => definition;

/** `deleteRoleUser` -> `delete_role_user`. */
const snakeCase = (key: string): string =>
  key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The name of the tool for the operation with this key. */
export const toolName = (key: string, operation: Outline): string =>
  operation.name ?? snakeCase(key);
