/**
 * Writes an operation on one line, for an answer to many names at once: its arguments, the members of its answer, and its
 * warnings. Descriptions are left out, and so is what `notesOfLines` says once for all lines.
 */
import { wholeRefusalText } from '../../catalog/operation.js';
import { propertiesOf, type Tool } from '../operation-tools.js';
import { answerOf, type MatchOptions, runWith } from './match.js';
import { membersOfNotation, SEARCH_REFINEMENTS, shallowAnswer, typeNotation } from './signature.js';

/** Arguments that mean the same in every operation. */
const COMMON_ARGUMENTS: ReadonlySet<string> = new Set([
  ...SEARCH_REFINEMENTS,
  'fields',
  'page',
  'page_size',
  'plan',
  'replace_whole',
]);

/** Characters of an answer that later lines refer to instead of repeating it. */
const MIN_REPEATED_CHARS = 30;

/** Part of a line's bytes that its arguments have at most, where arguments and answer are both cut. */
const ARGUMENTS_SHARE = 0.6;

/** How much of an operation a line has. */
interface LineForm {
  /** Levels of object members that arguments are written with; 0 for the names of arguments alone. */
  readonly depth: number;
  readonly longEnums: 'all' | 'sample';
  readonly answer: 'all' | 'shallow' | 'names';
}

/** The forms of a line, the longest first. */
const FORMS: readonly LineForm[] = [
  { depth: 6, longEnums: 'all', answer: 'all' },
  { depth: 6, longEnums: 'all', answer: 'shallow' },
  { depth: 6, longEnums: 'sample', answer: 'shallow' },
  { depth: 6, longEnums: 'sample', answer: 'names' },
  { depth: 2, longEnums: 'sample', answer: 'names' },
  { depth: 1, longEnums: 'sample', answer: 'names' },
  { depth: 0, longEnums: 'sample', answer: 'names' },
];

const hasArgument = ({ listing }: Tool, name: string): boolean =>
  Object.hasOwn(propertiesOf(listing.inputSchema), name);

/** The arguments of an operation, apart from the common ones. */
function argumentsOf(
  tool: Tool,
  { depth, longEnums }: Omit<LineForm, 'answer'>,
): readonly string[] {
  const schema = tool.listing.inputSchema;
  const properties = Object.fromEntries(
    Object.entries(propertiesOf(schema)).filter(([name]) => !COMMON_ARGUMENTS.has(name)),
  );
  const text = typeNotation(
    { ...schema, properties },
    { depth: Math.max(depth, 1), comments: false, longEnums, isTerse: true },
  ).replaceAll('[] | object', '[] | {add, remove}');
  const members = membersOfNotation(text) ?? [];
  return depth > 0 ? members : members.map((member) => member.replace(/:.*/s, ''));
}

/** The members of an answer without their types, where it has members. */
const namesIn = (answer: string): string => {
  const members = membersOfNotation(answer);
  return members === undefined
    ? shallowAnswer(answer)
    : `{${members.map((member) => member.replace(/\??(?::.*)?$/s, '')).join(', ')}}${answer.endsWith('[]') ? '[]' : ''}`;
};

const RUNNER_MARKS: Readonly<Record<string, string>> = {
  run_write_operation: 'write',
  run_destructive_operation: 'destructive',
  run_script: 'write',
};

/** How the operation is run if not by the first of the notes, and its warnings, in brackets. */
function marksOf(tool: Tool, options: MatchOptions): string {
  const {
    paging,
    refusesWhole,
    appliesDespite = [],
    totalIgnoresFilters,
    notInCatalog,
  } = tool.operation;
  const how = runWith(tool, options);
  const marks = [
    'cannot_run' in how
      ? how.cannot_run
      : how.run_with === tool.name
        ? 'in your list'
        : RUNNER_MARKS[how.run_with],
    hasArgument(tool, 'plan') && 'asks',
    paging !== undefined && 'paged',
    hasArgument(tool, 'replace_whole') && 'merges',
    notInCatalog === true && 'not in catalog',
    totalIgnoresFilters === true && 'total ignores filters',
    appliesDespite.length > 0 && `done even if the error is ${appliesDespite.join(' or ')}`,
    refusesWhole !== undefined && wholeRefusalText(refusesWhole).replace(/\.$/, ''),
  ].filter((mark) => typeof mark === 'string');
  return marks.length === 0 ? '' : ` [${marks.join(', ')}]`;
}

/** Members in braces, the last ones left out where all are longer than `maxBytes`. */
function cutMembers(members: readonly string[], maxBytes: number): string {
  for (let count = members.length; count > 0; count -= 1) {
    const left = members.length - count;
    const text = [...members.slice(0, count), ...(left > 0 ? [`... ${left} more`] : [])].join(', ');
    if (Buffer.byteLength(text) + 2 <= maxBytes || count === 1) {
      return `{${text}}`;
    }
  }
  return '';
}

/** What was written of one operation so far. An answer tries several lengths for each. */
interface WrittenLine {
  readonly marks: string;
  /** The line in each of FORMS, up to the first one that was short enough. */
  readonly forms: string[];
  /** The names of arguments, and the answer with names alone: what a line is cut from. */
  names?: { readonly input: readonly string[]; readonly answer: string };
}

/** Writes operations that were requested together, each on a line of at most so many bytes if that is possible. */
export type WriteLine = (tool: Tool, maxBytes: number) => string;

/** @param asked the operations, in order: the answer of an earlier one is not repeated */
export function lineWriter(asked: readonly Tool[], options: MatchOptions): WriteLine {
  const firsts = new Map<string, Tool>();
  const references = new Map<Tool, string>();
  for (const tool of asked) {
    const answer = answerOf(tool, options) ?? '';
    const item = answer.replace(/\[\]$/, '');
    const first = firsts.get(item);
    if (first !== undefined) {
      const isSame = answerOf(first, options) === answer;
      references.set(
        tool,
        isSame
          ? `as ${first.name}`
          : answer === item
            ? `one of ${first.name}`
            : `list of ${first.name}`,
      );
    } else if (item.length >= MIN_REPEATED_CHARS) {
      firsts.set(item, tool);
    }
  }
  const answerIn = (tool: Tool, form: LineForm['answer']): string => {
    const answer = references.get(tool) ?? answerOf(tool, options);
    if (answer === undefined || references.has(tool) || form === 'all') {
      return answer ?? '';
    }
    return form === 'shallow' ? shallowAnswer(answer) : namesIn(answer);
  };
  const written = new Map<Tool, WrittenLine>();
  const writtenOf = (tool: Tool): WrittenLine => {
    const line = written.get(tool) ?? { marks: marksOf(tool, options), forms: [] };
    written.set(tool, line);
    return line;
  };
  return (tool, maxBytes) => {
    const line = writtenOf(tool);
    const isListed = options.listed.has(tool.name);
    const lineOf = (input: string, answer: string): string =>
      `${tool.name}${isListed ? '' : `(${input})`}${answer === '' ? '' : `: ${answer}`}${line.marks}`;
    const inputOf = (members: readonly string[]): string =>
      members.length === 0 ? '' : `{${members.join(', ')}}`;
    for (const [index, form] of FORMS.entries()) {
      const text =
        line.forms[index] ?? lineOf(inputOf(argumentsOf(tool, form)), answerIn(tool, form.answer));
      line.forms[index] = text;
      if (Buffer.byteLength(text) <= maxBytes) {
        return text;
      }
    }
    const bytesLeft = maxBytes - Buffer.byteLength(lineOf('', ' '));
    line.names ??= {
      input: argumentsOf(tool, { depth: 0, longEnums: 'sample' }),
      answer: answerIn(tool, 'names'),
    };
    const { answer, input: inputMembers } = line.names;
    const answerMembers = membersOfNotation(answer);
    const input = isListed
      ? ''
      : cutMembers(
          inputMembers,
          Math.max(bytesLeft * ARGUMENTS_SHARE, bytesLeft - Buffer.byteLength(answer)),
        );
    return lineOf(
      input,
      answerMembers === undefined
        ? answer
        : `${cutMembers(answerMembers, bytesLeft - Buffer.byteLength(input))}${answer.endsWith('[]') ? '[]' : ''}`,
    );
  };
}

/** What the lines leave out and what their marks mean, if any of them needs it. */
export function notesOfLines(tools: readonly Tool[], options: MatchOptions): readonly string[] {
  const others = tools.filter(({ name }) => !options.listed.has(name));
  const callers = new Set(
    others.flatMap((tool) => {
      const how = runWith(tool, options);
      return 'run_with' in how ? [how.run_with] : [];
    }),
  );
  const inScripts = options.lists('run_read_script');
  const runs = [...callers]
    .toSorted((one, other) => Number(one in RUNNER_MARKS) - Number(other in RUNNER_MARKS))
    .map((caller) => {
      const mark = RUNNER_MARKS[caller];
      return mark === undefined ? caller : `[${mark}] ${caller}`;
    });
  const has = (name: string): boolean => others.some((tool) => hasArgument(tool, name));
  return [
    'A name without a type is a text, or there was no space for its type. For all of one ask with its name alone; for one argument <operation>.<argument>.',
    [
      runs.length > 0 && `Run with ${runs.join(', ')}.`,
      inScripts && 'In scripts each is logto.<name>({...}).',
    ]
      .filter(Boolean)
      .join(' '),
    [
      has('fields') && 'Reads also take fields;',
      has('page') &&
        `[paged] page, page_size${inScripts ? " (logto.all('<name>', {...}) reads to the end)" : ''};`,
      has('searchFields') && `search also ${[...SEARCH_REFINEMENTS].join(', ')};`,
      has('replace_whole') && '[merges] replace_whole;',
    ]
      .filter(Boolean)
      .join(' ')
      .replace(/;$/, '.'),
  ].filter((note) => note !== '');
}
