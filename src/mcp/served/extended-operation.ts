/** Operations of the catalog with the parameters and members that only the served document has. */

import { type EntityArgument, entityArgumentsOf } from '../../catalog/entities.js';
import {
  type Fields,
  OMITTED_EVERYWHERE,
  type Operation,
  type Schema,
  Whole,
} from '../../catalog/operation.js';
import { asksOf, type RiskRule, risks, risksOf, rulesOf } from '../../catalog/risk.js';
import type { Values } from '../../guard/operation-graph.js';
import { valuesAt } from '../../logto/served-check.js';
import type { ServedOperation } from '../../logto/served-facts.js';
import { formsOf } from '../../logto/served-schema.js';
import { extend, type IsOmitted, memberSchema } from './zod-schema.js';

/** An operation with the parts that only the document has. */
export interface ExtendedOperation {
  readonly operation: Operation;
  /** The dotted paths of the arguments that the catalog does not have; `*` stands for each item. */
  readonly added: readonly string[];
}

/** The new arguments in a call. */
export const newArgumentsIn = (
  { added }: Pick<ExtendedOperation, 'added'>,
  values: Values,
): readonly string[] => added.filter((path) => valuesAt(values, path.split('.')).length > 0);

/** Parameters that page and search, which have their own arguments. */
const OWN_PARAMETERS: ReadonlySet<string> = new Set(['page', 'page_size', 'search_params']);

function extendQuery(
  operation: Operation,
  { parameters }: ServedOperation,
  isOmitted: IsOmitted,
): { readonly query: Fields; readonly added: readonly string[] } {
  const { path, query = {} } = operation;
  const fresh = parameters.filter(
    ({ name, in: place, schema }) =>
      place === 'query' &&
      schema.type !== 'object' &&
      !OWN_PARAMETERS.has(name) &&
      !Object.hasOwn(query, name) &&
      !Object.hasOwn(path, name) &&
      !isOmitted(name),
  );
  return {
    query: {
      ...query,
      ...Object.fromEntries(
        fresh.map(({ name, schema }) => [name, memberSchema(name, schema).optional()]),
      ),
    },
    added: fresh.map(({ name }) => name),
  };
}

interface ExtendedBody {
  readonly body: Operation['body'];
  readonly added: readonly string[];
}

function extendBody(
  { body, encoding, path, query = {} }: Operation,
  served: ServedOperation,
  isOmitted: IsOmitted,
): ExtendedBody {
  if (body === undefined || encoding !== undefined || served.body === undefined) {
    return { body, added: [] };
  }
  const forms = formsOf(served.body);
  if (body instanceof Whole) {
    const { schema, added } = extend(body.schema, forms, body.argument, isOmitted);
    return { body: added.length === 0 ? body : new Whole(body.argument, schema), added };
  }
  const added: string[] = [];
  const memberForms = (name: string) =>
    forms.flatMap(({ properties = {} }) =>
      Object.hasOwn(properties, name) ? [properties[name] ?? {}] : [],
    );
  const known = Object.entries(body).map(([name, schema]): [string, Schema] => {
    const inner = extend(schema, memberForms(name).flatMap(formsOf), name, isOmitted);
    added.push(...inner.added);
    return [name, inner.schema];
  });
  const names = new Set(forms.flatMap(({ properties = {} }) => Object.keys(properties)));
  const fresh = [...names]
    .filter(
      (name) =>
        !Object.hasOwn(body, name) &&
        !Object.hasOwn(path, name) &&
        !Object.hasOwn(query, name) &&
        !isOmitted(name),
    )
    .map((name): [string, Schema] => {
      added.push(name);
      const [first = {}, ...others] = memberForms(name);
      const schema = others.length === 0 ? first : { anyOf: [first, ...others] };
      return [name, memberSchema(name, schema).optional()];
    });
  return { body: added.length === 0 ? body : Object.fromEntries([...known, ...fresh]), added };
}

/** A write with an argument whose effect is not known counts as carrying every risk. */
const newArgumentRules = (added: readonly string[]): readonly RiskRule[] =>
  risks.map((risk) => ({
    risk,
    because: 'not known: it has an argument that is not in the catalog',
    when: ({ values }) => newArgumentsIn({ added }, values).length > 0,
  }));

/**
 * Adds to an operation the parts that only the document has.
 *
 * @returns undefined if the document has nothing new
 */
export function extendOperation(
  operation: Operation,
  served: ServedOperation,
): ExtendedOperation | undefined {
  const isOmitted: IsOmitted = (name) =>
    Object.hasOwn(OMITTED_EVERYWHERE, name) ||
    (operation.omits !== undefined && Object.hasOwn(operation.omits, name));
  const { query, added: parameters } = extendQuery(operation, served, isOmitted);
  const { body, added: members } = extendBody(operation, served, isOmitted);
  const added = [...parameters, ...members];
  const [first, ...others] = [
    ...rulesOf(operation.risk),
    ...(operation.effect === 'reads' ? [] : newArgumentRules(added)),
  ];
  if (added.length === 0) {
    return undefined;
  }
  const risk = first === undefined ? operation.risk : ([first, ...others] as const);
  const entities: readonly EntityArgument[] = entityArgumentsOf(operation.path, {
    ...query,
    ...(body instanceof Whole ? { [body.argument]: body.schema } : body),
  });
  return {
    added,
    operation: {
      ...operation,
      ...(parameters.length > 0 && { query }),
      ...(body !== undefined && { body }),
      entities,
      ...(risk !== undefined && { risk }),
      asks: asksOf(risk),
      risks: risksOf(risk),
    },
  };
}
