/** One match of find_operations: what an operation does, its signature, how it is called, and frequent mistakes. */
import { wholeRefusalText } from '../../catalog/operation.js';
import { isObject } from '../../json.js';
import { mergedFields } from '../operation-arguments.js';
import { propertiesOf, type Tool, withoutPlan } from '../operation-tools.js';
import { NO_ANSWER } from './answers.js';
import { type Signature, signatureOf, typeNotation } from './signature.js';

/** Bytes of the signature of the best match, the longest first; a shorter one is taken where notes need the space. */
const SIGNATURE_BYTES: readonly number[] = [2200, 1500, 1000];

/** Bytes of the signature of any other match. */
const SHORT_SIGNATURE_BYTES = 360;

/** Bytes of the answer that is shown of an operation whose arguments are in the client's list. */
const LISTED_ANSWER_BYTES = 900;

/** The notation in which the type of one argument is written. */
const NOTATION = { depth: 6, comments: true, longEnums: 'all' } as const;

/** What the mark of a shortened signature means, once for several. */
export const SHORTENED_NOTE =
  'Of a shortened one, ask for all of an argument: words "<operation>.<argument>".';

/** How a signature is read; part of the notes where one is shown. */
export const SIGNATURE_NOTE =
  'In an answer, a member without a type is a string, and ? can be null or absent.';

export interface MatchOptions {
  /** Names of the operations that are listed as tools, which are called directly. */
  readonly listed: ReadonlySet<string>;
  /** Whether a built-in tool is listed. */
  readonly lists: (builtIn: string) => boolean;
  /** The runner that an operation must be run with. */
  readonly runnerOf: (tool: Tool) => string;
  /** The members of the operations' answers, by tool name. */
  readonly answers: ReadonlyMap<string, string>;
}

/** The mark of an operation that only the document of the running Logto has. */
const markOf = ({ operation }: Tool) =>
  operation.notInCatalog === true ? { not_in_catalog: true } : {};

/** The script tool that can call an operation. */
const scriptToolOf = ({ operation }: Tool): string =>
  operation.effect === 'reads' ? 'run_read_script' : 'run_script';

const RUNNERS = ['run_read_operation', 'run_write_operation', 'run_destructive_operation'];

/**
 * How an operation is run: by its own tool or by a runner; only by scripts if the list has no runner at all. If it has the
 * other runners, the operator has excluded this one.
 */
export function runWith(tool: Tool, { listed, lists, runnerOf }: MatchOptions) {
  const runner = runnerOf(tool);
  if (listed.has(tool.name)) {
    return { run_with: tool.name };
  }
  const caller = RUNNERS.some(lists) ? runner : scriptToolOf(tool);
  return lists(caller)
    ? { run_with: caller }
    : { cannot_run: `the configuration excludes ${caller}` };
}

/** The notation of the call: a function of `logto` if scripts can be run. */
const calleeOf = (tool: Tool, { lists }: MatchOptions): string =>
  lists(scriptToolOf(tool)) ? `logto.${tool.name}` : tool.name;

const SOURCE = /^from ((?:list|get)_\w+)/;

/** The arguments whose values come from another tool, which a signature without comments does not say. */
function sourcesOf(tool: Tool): readonly string[] {
  return Object.entries(propertiesOf(tool.listing.inputSchema)).flatMap(([name, property]) => {
    const description = isObject(property) ? property['description'] : undefined;
    const source = SOURCE.exec(typeof description === 'string' ? description : '')?.[1];
    return source === undefined ? [] : [`${name} from ${source}`];
  });
}

/** Frequent mistakes, in sentences, beside the description. */
function trapsOf(tool: Tool, hasComments: boolean, options: MatchOptions): string {
  const { operation, listing, name } = tool;
  const { paging, totalIgnoresFilters, risks, appliesDespite = [] } = operation;
  const inScripts = options.lists('run_read_script');
  const sources = hasComments ? [] : sourcesOf(tool);
  return [
    sources.length > 0 && `Look up: ${sources.join(', ')}.`,
    paging !== undefined &&
      `Paged${inScripts ? `: logto.all('${name}', {...}) reads to the end, without page` : ''}.`,
    totalIgnoresFilters === true && 'total also counts what the filters leave out.',
    Object.hasOwn(propertiesOf(listing.inputSchema), 'plan') &&
      (risks.length > 0 ? `Can ask first (${risks.join(', ')}).` : 'Can ask first.'),
    mergedFields(operation).length > 0 &&
      `Merged into the present value unless replace_whole: ${mergedFields(operation).join(', ')}.`,
    /\[\] \| object/.test(typeNotation(listing.inputSchema, NOTATION)) &&
      'A list is given whole, or as {add: [...], remove: [...]}.',
    appliesDespite.length > 0 && `Done even if the error is ${appliesDespite.join(' or ')}.`,
  ]
    .filter(Boolean)
    .join(' ');
}

/** The answer of an operation, if it has a known one. */
export const answerOf = ({ name }: Tool, { answers }: MatchOptions): string | undefined => {
  const answer = answers.get(name);
  return answer === NO_ANSWER ? undefined : answer;
};

/** The plan is not an argument here: a runner takes it beside the arguments, and a script has one for all its writes. */
const signatureIn = (tool: Tool, maxBytes: number, options: MatchOptions): Signature =>
  signatureOf(
    {
      callee: calleeOf(tool, options),
      arguments: withoutPlan(tool.listing.inputSchema),
      answer: answerOf(tool, options),
    },
    maxBytes,
  );

type SignedMatch = ReturnType<typeof signedMatch>;

/** Matches with a signature, by the bytes that it may have. */
const signedMatches = new WeakMap<MatchOptions, WeakMap<Tool, Map<number, SignedMatch>>>();

/** A match with a signature of at most `maxBytes` bytes. Each is written once for the same options. */
function withSignature(tool: Tool, maxBytes: number, options: MatchOptions): SignedMatch {
  const byTool = signedMatches.get(options) ?? new WeakMap<Tool, Map<number, SignedMatch>>();
  signedMatches.set(options, byTool);
  const byBytes = byTool.get(tool) ?? new Map<number, SignedMatch>();
  byTool.set(tool, byBytes);
  const match = byBytes.get(maxBytes) ?? signedMatch(tool, maxBytes, options);
  byBytes.set(maxBytes, match);
  return match;
}

function signedMatch(tool: Tool, maxBytes: number, options: MatchOptions) {
  const { text, isComplete, hasComments } = signatureIn(tool, maxBytes, options);
  const traps = trapsOf(tool, hasComments, options);
  return {
    operation: tool.name,
    summary: tool.listing.description,
    effect: tool.operation.effect,
    ...markOf(tool),
    ...runWith(tool, options),
    signature: text,
    ...(traps !== '' && { traps }),
    ...(!isComplete && {
      shortened: `for all of one argument: find_operations {"words": "${tool.name}.<argument>"}`,
    }),
  };
}

/** The best match in several forms, the longest first. A listed tool's description and arguments are in the client's list. */
export function bestMatch(tool: Tool, options: MatchOptions): readonly unknown[] {
  if (!options.listed.has(tool.name)) {
    return SIGNATURE_BYTES.map((maxBytes) => withSignature(tool, maxBytes, options));
  }
  const short = {
    operation: tool.name,
    summary: tool.operation.summary,
    effect: tool.operation.effect,
    ...markOf(tool),
    ...runWith(tool, options),
  };
  const answer = answerOf(tool, options);
  return answer === undefined || answer.length > LISTED_ANSWER_BYTES
    ? [short]
    : [{ ...short, answer }, short];
}

const shortMatches = new WeakMap<MatchOptions, Map<string, unknown>>();

/**
 * A match other than the best one: a short signature often saves a second search. Each is written once for the same
 * options.
 */
export function otherMatch(tool: Tool, options: MatchOptions): unknown {
  const written = shortMatches.get(options) ?? new Map<string, unknown>();
  shortMatches.set(options, written);
  const match = written.get(tool.name) ?? shortMatch(tool, options);
  written.set(tool.name, match);
  return match;
}

function shortMatch(tool: Tool, options: MatchOptions): unknown {
  const { summary, effect, refusesWhole } = tool.operation;
  return {
    operation: tool.name,
    summary,
    effect,
    ...(refusesWhole !== undefined && { traps: wholeRefusalText(refusesWhole) }),
    ...markOf(tool),
    ...runWith(tool, options),
    ...(!options.listed.has(tool.name) && {
      signature: signatureIn(tool, SHORT_SIGNATURE_BYTES, options).text,
    }),
  };
}

/**
 * An operation that was requested together with others. A listed tool's arguments are in the client's list.
 * `SHORTENED_NOTE` says what its mark means.
 */
export function namedMatch(tool: Tool, maxBytes: number, options: MatchOptions): unknown {
  if (options.listed.has(tool.name)) {
    return shortMatch(tool, options);
  }
  const match = withSignature(tool, maxBytes, options);
  return 'shortened' in match ? { ...match, shortened: true } : match;
}

/** One argument of an operation, written in full. */
export interface ArgumentMatch {
  readonly operation: string;
  readonly argument: string;
  readonly description?: string;
  readonly type: string;
  /** Of `fields`: what the operation answers, whose members it names. */
  readonly answer?: string;
}

/** One argument of an operation, written in full; undefined if it has none of this name. */
export function argumentMatch(
  tool: Tool,
  argument: string,
  options: MatchOptions,
): ArgumentMatch | undefined {
  const properties = propertiesOf(tool.listing.inputSchema);
  if (!Object.hasOwn(properties, argument)) {
    return undefined;
  }
  const schema = properties[argument];
  const description = isObject(schema) ? schema['description'] : undefined;
  const answer = argument === 'fields' ? answerOf(tool, options) : undefined;
  return {
    operation: tool.name,
    argument,
    ...(typeof description === 'string' && { description }),
    type: typeNotation(schema, NOTATION),
    ...(answer !== undefined && { answer }),
  };
}
