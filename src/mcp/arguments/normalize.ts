/**
 * Reads arguments as clients really send them. Clients fill every optional argument with null, an empty text or an empty
 * list, and turn numbers, switches, lists and objects into text; a model cannot correct what its client does. So:
 *
 * - null for an argument that cannot be null means "not given"; null for one that can be null clears it, unless the call
 *   shows that its client fills everything with null;
 * - an empty text never clears: for an optional argument it means "not given";
 * - an empty list that filters a read means "not given"; in a write it is kept, and the guard asks;
 * - a text is read as a number, boolean, list or object where no text is allowed and it parses to the right type.
 *
 * Values inside free data (custom data, records) are never changed.
 */
import { unwrapped } from '../../catalog/schemas.js';
import { isObject } from '../../json.js';
import { isTimeMember, looksLikeSeconds, secondsAdvice, timeIn } from '../times.js';
import { type ArgumentPath, placeOf } from './place.js';
import {
  accepts,
  allowsText,
  discriminatorsFit,
  elementOf,
  isOptional,
  isTimeSchema,
  membersOf,
  optionsOf,
  type Schema,
} from './schema.js';

/** What was changed while reading, by the places of the values. */
interface ArgumentFindings {
  /** Nulls of arguments that cannot be null: read as "not given". */
  readonly nulls: string[];
  /** Nulls that clear something. */
  readonly clearing: string[];
  /** Nulls that would clear something, from a client that fills with null: read as "not given". */
  readonly fillers: string[];
  /** Empty texts and lists: read as "not given". */
  readonly empty: string[];
  /** Sentences about values that cannot be meant. */
  readonly problems: string[];
}

interface Context {
  /** Whether the tool only reads. */
  readonly reads: boolean;
  /** Whether the client fills arguments with null that it does not mean. */
  readonly fillsWithNull: boolean;
  /** The argument of another tool that holds the values. */
  readonly root: string;
  readonly findings: ArgumentFindings;
}

const noFindings = (): ArgumentFindings => ({
  nulls: [],
  clearing: [],
  fillers: [],
  empty: [],
  problems: [],
});

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What a text stands for where no text is allowed; the text itself where that is not certain. */
function readText(schema: Schema, text: string, name: string): unknown {
  const trimmed = text.trim();
  const { type } = unwrapped(schema)._zod.def;
  switch (type) {
    case 'number':
      return NUMBER.test(trimmed)
        ? Number(trimmed)
        : ((isTimeSchema(schema, name) ? timeIn(trimmed) : undefined) ?? text);
    case 'boolean':
      return /^true$/i.test(trimmed) ? true : /^false$/i.test(trimmed) ? false : text;
    case 'array': {
      const value = parsedJson(trimmed);
      return Array.isArray(value) ? value : text;
    }
    case 'object':
    case 'record': {
      const value = parsedJson(trimmed);
      return isObject(value) ? value : text;
    }
    case 'literal':
    case 'enum': {
      const value = parsedJson(trimmed);
      return value !== undefined && accepts(schema, value) ? value : text;
    }
    default:
      return text;
  }
}

/** The object or list that a text stands for; the text itself where it is neither. */
function readForm(text: string): unknown {
  const value = /^\s*[[{]/.test(text) ? parsedJson(text) : undefined;
  return typeof value === 'object' && value !== null ? value : text;
}

/** The name that a value is called by: that of the nearest member around it. */
const nameIn = (path: ArgumentPath): string => {
  const name = path.findLast((part) => typeof part === 'string');
  return typeof name === 'string' ? name : '';
};

/** Without the empty members of other forms: the listing shows all forms as one object, and clients fill all of it. */
function withoutOtherForms(
  option: Schema,
  options: readonly Schema[],
  value: unknown,
  path: ArgumentPath,
  { findings, root }: Context,
): unknown {
  const declared = membersOf(option);
  if (declared === undefined || !isObject(value)) {
    return value;
  }
  const known = new Set(options.flatMap((other) => Object.keys(membersOf(other) ?? {})));
  return Object.fromEntries(
    Object.entries(value).filter(([name, member]) => {
      const isFiller =
        !Object.hasOwn(declared, name) && known.has(name) && (member === null || member === '');
      if (isFiller) {
        (member === null ? findings.nulls : findings.empty).push(placeOf([...path, name], root));
      }
      return !isFiller;
    }),
  );
}

/** Reads a value of a union by the one option that it is meant for; unchanged where that is not certain. */
function normalizeUnion(
  options: readonly Schema[],
  value: unknown,
  path: ArgumentPath,
  context: Context,
): unknown {
  const fitting = options.filter((option) => discriminatorsFit(option, value));
  for (const option of fitting) {
    const findings = noFindings();
    const members = withoutOtherForms(option, options, value, path, { ...context, findings });
    const result = normalize(option, members, path, { ...context, findings });
    if (accepts(option, result) && findings.problems.length === 0) {
      for (const kind of Object.keys(findings) as (keyof ArgumentFindings)[]) {
        context.findings[kind].push(...findings[kind]);
      }
      return result;
    }
  }
  const [only, ...others] = fitting.filter((option) => membersOf(option) !== undefined);
  return only !== undefined && others.length === 0 && isObject(value)
    ? normalize(only, value, path, context)
    : value;
}

/** Whether a value of a member stands for "not given"; where it does, that is noted. */
function isAbsent(schema: Schema, value: unknown, path: ArgumentPath, context: Context): boolean {
  const { reads, fillsWithNull, findings, root } = context;
  const place = placeOf(path, root);
  if (value === null) {
    if (!accepts(schema, null)) {
      findings.nulls.push(place);
      return true;
    }
    const isFiller = fillsWithNull && isOptional(schema);
    (isFiller ? findings.fillers : findings.clearing).push(place);
    return isFiller;
  }
  const isEmptyText =
    typeof value === 'string' && (value === '' || (value.trim() === '' && !allowsText(schema)));
  const isEmptyFilter = reads && Array.isArray(value) && value.length === 0;
  const isZero = reads && value === 0 && (isTimeMember(nameIn(path)) || !accepts(schema, 0));
  if (!(isEmptyText || isEmptyFilter || isZero) || !isOptional(schema)) {
    return false;
  }
  findings.empty.push(place);
  return true;
}

function normalizeMembers(
  members: Readonly<Record<string, Schema>>,
  value: Readonly<Record<string, unknown>>,
  path: ArgumentPath,
  context: Context,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]): [string, unknown][] => {
      const schema = Object.hasOwn(members, name) ? members[name] : undefined;
      const at = [...path, name];
      return schema === undefined
        ? [[name, member]]
        : isAbsent(schema, member, at, context)
          ? []
          : [[name, normalize(schema, member, at, context)]];
    }),
  );
}

function normalize(schema: Schema, value: unknown, path: ArgumentPath, context: Context): unknown {
  const options = optionsOf(schema);
  if (typeof value === 'string') {
    if (allowsText(schema) && (options === undefined || accepts(schema, value))) {
      return value;
    }
    const read = options === undefined ? readText(schema, value, nameIn(path)) : readForm(value);
    if (typeof read !== 'string') {
      return normalize(schema, read, path, context);
    }
  }
  if (options !== undefined) {
    return normalizeUnion(options, value, path, context);
  }
  if (isTimeSchema(schema, nameIn(path)) && looksLikeSeconds(value)) {
    context.findings.problems.push(secondsAdvice(placeOf(path, context.root), value));
    return value;
  }
  const members = membersOf(schema);
  if (members !== undefined && isObject(value)) {
    return normalizeMembers(members, value, path, context);
  }
  const element = elementOf(schema);
  if (element === undefined) {
    return value;
  }
  if (Array.isArray(value)) {
    return value.map((item: unknown, index) => normalize(element, item, [...path, index], context));
  }
  return isObject(value) && unwrapped(schema)._zod.def.type === 'record'
    ? Object.fromEntries(
        Object.entries(value).map(([name, member]) => [
          name,
          normalize(element, member, [...path, name], context),
        ]),
      )
    : value;
}

/** Fewer optional arguments than this can all be meant. */
const MIN_FILLED_ARGUMENTS = 2;

/**
 * The argument for the plan. It does not count: the call that confirms must be read as the call that was planned, which had
 * none.
 */
const PLAN_ARGUMENT = 'plan';

/** Whether a call gives every optional argument of its tool, as only clients do that fill them. */
function givesEveryOptional(schema: Schema, values: Readonly<Record<string, unknown>>): boolean {
  const optional = Object.entries(membersOf(schema) ?? {}).filter(
    ([name, member]) => name !== PLAN_ARGUMENT && isOptional(member),
  );
  return (
    optional.length >= MIN_FILLED_ARGUMENTS &&
    optional.every(([name]) => Object.hasOwn(values, name))
  );
}

const MAX_NAMES = 10;

const listed = (places: readonly string[]): string =>
  `${places.slice(0, MAX_NAMES).join(', ')}${places.length > MAX_NAMES ? ` and ${places.length - MAX_NAMES} more` : ''}`;

/** What the caller has to know of what was ignored. */
function notesOn({ nulls, fillers, empty }: ArgumentFindings, reads: boolean): string[] {
  return [
    ...(fillers.length > 0
      ? [
          `Ignored null for ${listed(fillers)}: this call fills arguments with null that cannot be meant, so null does not clear anything in it. To clear one, call again with null for it and without the other arguments.`,
        ]
      : []),
    // In a read null can mean nothing else.
    ...(nulls.length > 0 && !reads
      ? [`Ignored null for ${listed(nulls)}: not a value there.`]
      : []),
    ...(empty.length > 0
      ? [
          `Ignored because empty: ${listed(empty)}.${reads ? '' : ' An empty text clears nothing; null does, where the argument takes it.'}`,
        ]
      : []),
  ];
}

export interface Normalized {
  readonly values: Readonly<Record<string, unknown>>;
  /** What was ignored, in sentences. */
  readonly notes: readonly string[];
  /** What cannot be meant, in sentences: the call must be refused. */
  readonly problems: readonly string[];
}

/**
 * Reads the arguments of a call as they were meant.
 *
 * @param schema an object schema
 * @param reads whether the tool only reads
 * @param root the argument of another tool that holds the values; empty when there is none
 */
export function normalizeArguments(
  schema: Schema,
  values: Readonly<Record<string, unknown>>,
  reads: boolean,
  root: string,
): Normalized {
  const run = (fillsWithNull: boolean) => {
    const findings = noFindings();
    const context = { reads, fillsWithNull, root, findings };
    const members = membersOf(schema) ?? {};
    return { values: normalizeMembers(members, values, [], context), findings };
  };
  const first = run(false);
  const { clearing, nulls } = first.findings;
  const fills = clearing.length > 0 && (nulls.length > 0 || givesEveryOptional(schema, values));
  const { values: read, findings } = fills ? run(true) : first;
  return { values: read, notes: notesOn(findings, reads), problems: findings.problems };
}
