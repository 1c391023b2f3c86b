/**
 * What a Logto serves, by its own OpenAPI document: operations with their parameters and bodies. Logto does not publish its
 * version, and an older one ignores what it does not know, so the document decides.
 */
import type { Method } from '../catalog/operation.js';
import type { Probe } from '../catalog/probes.js';
import { isObject, listIn } from '../json.js';
import { routeOf } from './openapi-routes.js';
import {
  DocumentTooLarge,
  isPlainName,
  SchemaReducer,
  type ServedSchema,
  schemasAt,
} from './served-schema.js';

/** A parameter in the path or in the query. */
export interface ServedParameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly required: boolean;
  readonly schema: ServedSchema;
}

/** A document that contains facts only. It has the form of an OpenAPI document, so it can be reduced again. */
export interface ReducedDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const METHODS: readonly Method[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** Operations of one document, and parameters of one operation. Logto's document has about 290 operations. */
const MAX_OPERATIONS = 1500;
const MAX_PARAMETERS = 60;

/** A path below `/api` out of literal segments and parameters, without `.` and `..`. */
const PATH = /^\/api(?:\/(?!\.{1,2}(?:\/|$))(?:[A-Za-z0-9._~-]{1,80}|\{\w{1,60}\})){1,16}$/;

const OPERATION_ID = /^[A-Za-z][A-Za-z0-9]{1,99}$/;

/** The tag that Logto gives to operations which it serves only with development features. */
const DEVELOPMENT_TAG = 'Dev feature';

/** A member of reduced operations which says that a required part was dropped. */
const INCOMPLETE = 'x-incomplete';

const JSON_TYPE = 'application/json';

const namesIn = (url: string): string[] =>
  [...url.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);

/** The paths of a document that have a plain form, with their contents. */
function entriesIn(document: unknown): (readonly [url: string, Record<string, unknown>])[] {
  const paths = isObject(document) && isObject(document['paths']) ? document['paths'] : {};
  return Object.entries(paths).flatMap(([url, item]) =>
    PATH.test(url) && new Set(namesIn(url)).size === namesIn(url).length && isObject(item)
      ? [[url, item] as const]
      : [],
  );
}

class Reduction {
  readonly #schemas: SchemaReducer;

  /** @param document where references point to */
  constructor(document: unknown) {
    this.#schemas = new SchemaReducer(document);
  }

  #parameters(value: unknown, url: string): { items: ServedParameter[]; isComplete: boolean } {
    const declared = listIn(value).map((item) => this.#schemas.resolve(item));
    const items = declared.slice(0, MAX_PARAMETERS).flatMap((item): ServedParameter[] => {
      if (!isObject(item) || !isPlainName(item['name'])) {
        return [];
      }
      const { name, in: location } = item;
      return location === 'path' || location === 'query'
        ? [
            {
              name,
              in: location,
              required: location === 'path' || item['required'] === true,
              schema: this.#schemas.reduce(item['schema']),
            },
          ]
        : [];
    });
    const inPath = items.filter((item) => item.in === 'path').map(({ name }) => name);
    const needed = declared.filter((item) => isObject(item) && item['required'] === true).length;
    return {
      items,
      isComplete:
        namesIn(url).every((name) => inPath.includes(name)) &&
        inPath.every((name) => namesIn(url).includes(name)) &&
        needed <= items.filter(({ required }) => required).length,
    };
  }

  /** The arguments of a call of an operation. */
  call(url: string, operation: Readonly<Record<string, unknown>>): CallFacts {
    const { items, isComplete } = this.#parameters(operation['parameters'], url);
    const request = this.#schemas.resolve(operation['requestBody']);
    const content = isObject(request) && isObject(request['content']) ? request['content'] : {};
    const media = Object.hasOwn(content, JSON_TYPE) ? content[JSON_TYPE] : undefined;
    const isJson = Object.keys(content).length === 0 || isObject(media);
    return {
      parameters: items,
      body: isObject(media) ? this.#schemas.reduce(media['schema']) : undefined,
      isComplete: isComplete && isJson,
    };
  }

  operation(url: string, operation: Readonly<Record<string, unknown>>): Record<string, unknown> {
    const { operationId, tags } = operation;
    const { parameters, body, isComplete } = this.call(url, operation);
    return {
      ...(typeof operationId === 'string' && OPERATION_ID.test(operationId) && { operationId }),
      ...(listIn(tags).includes(DEVELOPMENT_TAG) && { tags: [DEVELOPMENT_TAG] }),
      parameters,
      ...(body !== undefined && {
        requestBody: { content: { [JSON_TYPE]: { schema: body } } },
      }),
      ...((!isComplete || operation[INCOMPLETE] === true) && { [INCOMPLETE]: true }),
    };
  }
}

/**
 * Reduces an OpenAPI document, or one that was reduced before, to its facts.
 *
 * @throws DocumentTooLarge for a document that is larger than any of Logto's
 */
export function reduceDocument(document: unknown): ReducedDocument {
  const reduction = new Reduction(document);
  let count = 0;
  const reduced = entriesIn(document).map(([url, item]) => {
    const operations = METHODS.flatMap((method) => {
      const name = method.toLowerCase();
      const operation = item[name];
      return isObject(operation) ? [[name, reduction.operation(url, operation)] as const] : [];
    });
    count += operations.length;
    if (count > MAX_OPERATIONS) {
      throw new DocumentTooLarge('The document has too many operations.');
    }
    return [url, Object.fromEntries(operations)] as const;
  });
  return { paths: Object.fromEntries(reduced) };
}

/** What is known about a call of an operation. */
interface CallFacts {
  readonly parameters: readonly ServedParameter[];
  readonly body: ServedSchema | undefined;
  readonly isComplete: boolean;
}

/** One operation of a reduced document. Its schemas are read when they are first needed: few of them ever are. */
export class ServedOperation {
  /** Logto's operationId; undefined where it has no plain form. */
  readonly id: string | undefined;
  /** Served only because development features are on. */
  readonly isInDevelopment: boolean;
  readonly #source: Readonly<Record<string, unknown>>;
  #facts: CallFacts | undefined;

  /**
   * @param url with the names of its parameters in braces: `/api/users/{userId}`
   * @param source from `reduceDocument`; from a file it may be anything
   */
  constructor(
    readonly method: Method,
    readonly url: string,
    source: Readonly<Record<string, unknown>>,
  ) {
    const { operationId, tags } = source;
    this.#source = source;
    this.id =
      typeof operationId === 'string' && OPERATION_ID.test(operationId) ? operationId : undefined;
    this.isInDevelopment = listIn(tags).includes(DEVELOPMENT_TAG);
  }

  #read(): CallFacts {
    this.#facts ??= callFactsOf(this.url, this.#source);
    return this.#facts;
  }

  get parameters(): readonly ServedParameter[] {
    return this.#read().parameters;
  }

  /** The schema of a JSON body. */
  get body(): ServedSchema | undefined {
    return this.#read().body;
  }

  /** Whether it can be called with these facts alone; not with an upload, or without the name of a required argument. */
  get isComplete(): boolean {
    return this.#read().isComplete;
  }
}

/** Reads one operation of a reduced document. It is reduced again, because the document may be that of a file. */
function callFactsOf(url: string, source: Readonly<Record<string, unknown>>): CallFacts {
  try {
    const { parameters, isComplete, body } = new Reduction({}).call(url, source);
    return { parameters, body, isComplete: isComplete && source[INCOMPLETE] !== true };
  } catch (error) {
    if (error instanceof DocumentTooLarge) {
      return { parameters: [], body: {}, isComplete: false };
    }
    throw error;
  }
}

/** The operations of a document whose paths have a plain form. */
const operationsIn = (document: unknown): ServedOperation[] =>
  entriesIn(document).flatMap(([url, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method.toLowerCase()];
      return isObject(operation) ? [new ServedOperation(method, url, operation)] : [];
    }),
  );

/** Whether a document has something; `unknown` if it does not describe that part. */
export type Presence = 'present' | 'absent' | 'unknown';

/** The facts of one document. */
export class ServedFacts {
  readonly operations: readonly ServedOperation[];
  readonly #byRoute: ReadonlyMap<string, ServedOperation>;

  /** @param document from `reduceDocument`; from a file it may be anything */
  constructor(document: unknown) {
    this.operations = operationsIn(document).slice(0, MAX_OPERATIONS);
    this.#byRoute = new Map(
      this.operations.map((operation) => [routeOf(operation.method, operation.url), operation]),
    );
  }

  /** The operation of a route, whatever the names of its parameters. */
  at(method: string, url: string): ServedOperation | undefined {
    return this.#byRoute.get(routeOf(method, url));
  }

  /** Whether the document has what a probe looks for. */
  presenceOf(probe: Probe): Presence {
    const operation = this.at(probe.method, probe.path);
    if (operation === undefined) {
      return probe.kind === 'operation' ? 'absent' : 'unknown';
    }
    switch (probe.kind) {
      case 'operation':
        return 'present';
      case 'parameter':
        return operation.parameters.some(({ name }) => name === probe.name) ? 'present' : 'absent';
      case 'member':
        return memberPresence(operation.body, partsOf(probe.member));
      case 'value':
        return valuePresence(schemaOf(operation, probe.of), probe.value);
    }
  }
}

const partsOf = (path: string): readonly string[] => (path === '' ? [] : path.split('.'));

/** A schema and the path of a place inside it. */
interface SchemaLocation {
  readonly schema: ServedSchema | undefined;
  readonly path: readonly string[];
}

const schemaOf = (
  { parameters, body }: ServedOperation,
  target: { readonly parameter: string } | { readonly member: string },
): SchemaLocation =>
  'parameter' in target
    ? { schema: parameters.find(({ name }) => name === target.parameter)?.schema, path: [] }
    : { schema: body, path: partsOf(target.member) };

function memberPresence(body: ServedSchema | undefined, path: readonly string[]): Presence {
  if (body === undefined) {
    return 'absent';
  }
  const { schemas, isFree } = schemasAt(body, path);
  return schemas.length > 0 ? 'present' : isFree ? 'unknown' : 'absent';
}

/** Whether a value is among those of a list. A list that declares no values does not tell. */
function valuePresence({ schema, path }: SchemaLocation, value: string): Presence {
  if (schema === undefined) {
    return 'unknown';
  }
  const { schemas } = schemasAt(schema, path);
  const items = schemas.flatMap(({ items: inner }) => (inner === undefined ? [] : [inner]));
  const values = [...schemas, ...items].flatMap((form) => form.enum ?? []);
  return values.includes(value) ? 'present' : values.length > 0 ? 'absent' : 'unknown';
}
