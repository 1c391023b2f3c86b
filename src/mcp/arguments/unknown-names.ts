/** The message about an undeclared argument: the intended name, or where the argument belongs. */
import { isObject } from '../../json.js';
import { similarNames } from '../../nearest.js';
import { placeOf } from './place.js';
import { type Form, formsAt, type Schema } from './schema.js';
import { synonymsOf } from './synonyms.js';

/** Where the arguments are, and the facts about their tool. */
export interface Frame {
  /** The argument of another tool that contains them all: `arguments` of a runner. */
  readonly inside?: string | undefined;
  /** Whether an undeclared name belongs to the operation that the arguments name. */
  readonly belongs?:
    | ((name: string, values: Readonly<Record<string, unknown>>) => boolean)
    | undefined;
  /** Whether the tool only reads; a write by default. */
  readonly reads?: boolean | undefined;
  /** Whether the tool answers a list that collect_pages can read. */
  readonly isList?: boolean | undefined;
  /** Whether lists can be given as additions and removals. */
  readonly editsLists?: boolean | undefined;
}

/** Arguments of Logto that this server deliberately leaves out, with the reason. */
const OMITTED: Readonly<Record<string, string>> = {
  includePasswordHash:
    'it is left out on purpose, because password hashes are never read through this server. hasPassword says whether there is one.',
  tenantId:
    'it is left out on purpose, because this server acts on one tenant only (whoami names it).',
};

const quoted = (names: readonly string[]): string =>
  names.map((name) => `"${name}"`).join(names.length === 2 ? ' or ' : ', ');

/** The declared argument that has a member of this name: the name was written one level too high. */
const holderOf = (
  key: string,
  path: readonly PropertyKey[],
  declared: readonly string[],
  schema: Schema,
  values: unknown,
): string | undefined =>
  declared.find((name) =>
    formsAt(schema, [...path, name], values).some(({ keys }) => keys.includes(key)),
  );

/** The message about a member that belongs to another form than the given one. */
function formMismatch(
  key: string,
  where: string,
  forms: readonly Form[],
  current: readonly Form[],
): string | undefined {
  if (current.some(({ keys }) => keys.includes(key))) {
    const each = current.map(({ keys }) => keys.join(', ')).join('; or ');
    return `"${key}"${where} cannot be combined with the other members: give one form, either ${each}.`;
  }
  const having = forms.filter(({ keys }) => keys.includes(key));
  if (having.length === 0) {
    return undefined;
  }
  const labelsOf = (some: readonly Form[]) =>
    [...new Set(some.map(({ label }) => label))].join(' or ');
  const declared = [...new Set(current.flatMap(({ keys }) => keys))].join(', ');
  return `"${key}"${where} is for ${labelsOf(having)} only; with ${labelsOf(current)} it takes: ${declared}.`;
}

const withoutStyle = (name: string): string => name.replaceAll('_', '').toLowerCase();

/** The declared names that were probably meant: the same name in another style, then synonyms, then similar names. */
function meantNames(key: string, declared: readonly string[], isTop: boolean): string[] {
  const same = declared.filter((name) => withoutStyle(name) === withoutStyle(key));
  const synonyms = isTop ? synonymsOf(key, declared) : [];
  return [same, synonyms, similarNames(key, declared)].find(({ length }) => length > 0) ?? [];
}

/** A value in the notation of a condition of collect_pages; undefined for a value that a condition cannot have. */
const conditionValue = (value: unknown): string | undefined =>
  ['string', 'number', 'boolean'].includes(typeof value) ? JSON.stringify(value) : undefined;

/**
 * What is wrong with a name that the object at `path` does not declare, and what to write instead.
 *
 * @param tool the name of the tool or operation
 */
export function unknownName(
  tool: string,
  key: string,
  path: readonly PropertyKey[],
  schema: Schema,
  values: Readonly<Record<string, unknown>>,
  frame: Frame,
): string {
  const isTop = path.length === 0;
  if (isTop && frame.belongs?.(key, values) === true) {
    return `"${key}" must be inside "arguments".`;
  }
  const place = placeOf(path, frame.inside);
  const where = place === '' ? '' : ` inside ${place}`;
  const subject = `There is no argument "${key}"${where}`;
  const forms = formsAt(schema, path, values);
  const fitting = forms.filter(({ fits }) => fits);
  const current = fitting.length > 0 ? fitting : forms;
  const mismatch = formMismatch(key, where, forms, current);
  if (mismatch !== undefined) {
    return mismatch;
  }
  const omitted = isTop && Object.hasOwn(OMITTED, key) ? OMITTED[key] : undefined;
  if (omitted !== undefined) {
    return `${subject}: ${omitted}`;
  }
  const declared = [...new Set(current.flatMap(({ keys }) => keys))];
  const holder = holderOf(key, path, declared, schema, values);
  if (holder !== undefined) {
    return `${subject}: it is a member of ${placeOf([...path, holder], frame.inside)}.`;
  }
  if (isTop && declared.includes('page') && /^(?:offset|skip|start(?:_?index)?)$/i.test(key)) {
    return `${subject}. Use page, which counts from 1: with page_size 20, offset 40 is page 3.`;
  }
  if (isTop && declared.includes('page') && /cursor|next(?:_?page)?(?:_?token)?$/i.test(key)) {
    return `${subject}. Use page: each answer gives the next one as next_page.`;
  }
  const meant = meantNames(key, declared, isTop);
  if (meant.length > 0) {
    return `${subject}. Did you mean ${quoted(meant)}?`;
  }
  const value = isObject(values) ? conditionValue(values[key]) : undefined;
  if (isTop && frame.isList === true && value !== undefined) {
    return `${subject}: ${tool} has no such filter. Call collect_pages with operation "${tool}", fields, and where [{"field":${JSON.stringify(key)},"is":"equals","value":${value}}]. It takes: ${declared.join(', ')}.`;
  }
  return `${subject}.${declared.length > 0 ? ` It takes: ${declared.join(', ')}.` : ' It takes no arguments.'}`;
}
