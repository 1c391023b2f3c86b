/** find_operations, and the runners for operations that are not listed as tools. */
import * as z from 'zod';
import { isObject } from '../../json.js';
import { LogtoError } from '../../logto/errors.js';
import { didYouMean, similarNames } from '../../nearest.js';
import { builtInTools } from '../built-in-tools.js';
import { belongsTo, type Tool } from '../operation-tools.js';
import { type Runner, runnerOf } from '../runners.js';
import { fitArguments, fitDomain, fitMatches, fitNamed, shortenNotes } from '../search/answer.js';
import { lineWriter, notesOfLines } from '../search/line.js';
import {
  type ArgumentMatch,
  argumentMatch,
  bestMatch,
  type MatchOptions,
  namedMatch,
  otherMatch,
  SHORTENED_NOTE,
  SIGNATURE_NOTE,
} from '../search/match.js';
import { operationKeys } from '../search/operation-keys.js';
import { type Question, questionsIn, withWords } from '../search/questions.js';
import type { Search } from '../search/search.js';
import type { ShapedResult } from '../shaped-result.js';
import { type BuiltInTool, callOperation, type Perform } from '../tool-call.js';
import { validateArguments } from '../validate-arguments.js';
import { askingSchema, runnerAnnotations, runnerDescriptions, runSchema } from './runner-facts.js';

const findSchema = z.strictObject({
  words: z
    .string()
    .optional()
    .describe(
      'English, e.g. "suspend a user"; several with ; between them; or up to 20 names, e.g. "create_hook, list_role_users"; or "GET /users"',
    ),
  domain: z.string().optional().describe('list a whole domain, e.g. hooks'),
  limit: z.int().min(1).max(20).optional().describe('1 to 20; default 5'),
});

/** What each of these tools takes. */
export const findOperationsSchemas = {
  find_operations: findSchema,
  run_read_operation: runSchema,
  run_write_operation: askingSchema,
  run_destructive_operation: askingSchema,
} as const;

export interface FindOperationsOptions {
  /** Every operation of the catalog, to distinguish excluded operations from unknown ones. */
  readonly tools: readonly Tool[];
  readonly permitted: readonly Tool[];
  /** Names of the operations that are listed as tools, which are called directly. */
  readonly listed: ReadonlySet<string>;
  /** Whether a built-in tool is listed. */
  readonly lists: (builtIn: string) => boolean;
  /** The built-in tools that a script can call. */
  readonly functions: readonly string[];
  /** The error for an operation that is excluded or does not exist. */
  readonly refuse: (name: string) => LogtoError;
  readonly perform: Perform;
  /** What the running Logto has beside the catalog. */
  readonly scope: (signal: AbortSignal) => Promise<ServedTools>;
}

/** Operations that only the document of the running Logto has. */
export interface ServedTools {
  readonly tools: readonly Tool[];
  /** Those of them that may be run. */
  readonly permitted: readonly Tool[];
}

const DEFAULT_LIMIT = 5;

/** What several questions are answered with. */
interface SeveralOptions {
  readonly search: Search;
  readonly matchOptions: MatchOptions;
  readonly inDomain: string | undefined;
  /** Matches of each question that is not a name. */
  readonly limit: number;
  /** Said where only a part of the text was read. */
  readonly cutNotes: readonly string[];
}

/** Characters of a question that a note repeats. */
const MAX_QUOTED_CHARS = 40;

/** Further matches of one of several questions, which a note names. */
const MAX_NEXT = 3;

/** What is loaded by the first search. */
interface SearchParts {
  readonly search: Search;
  readonly options: MatchOptions;
}

/** Longer questions are cut: what is asked for stands at the beginning. */
const MAX_QUESTION_CHARS = 2000;

/** `Sign-in experience` and `sign_in_experience` are the domain `sign-in-experience`. */
const domainKey = (text: string): string =>
  text
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
    .join('-');

const domainsOf = (tools: readonly Tool[]): readonly string[] => [
  ...new Set(tools.map(({ domain }) => domain)),
];

/** The find_operations tool and the runners, over the operations that are permitted. */
export function findOperationsTools(options: FindOperationsOptions): readonly BuiltInTool[] {
  const { permitted, listed, lists, functions, refuse, perform, scope } = options;
  const byName = new Map(permitted.map((tool) => [tool.name, tool]));
  // With the operations that only the document of the running Logto has, once it was read.
  let { tools } = options;
  let domains = domainsOf(tools);
  let keys = operationKeys(tools);
  let loading: Promise<SearchParts> | undefined;
  let served: readonly Tool[] = [];

  /** Adds what only the document of the running Logto has. */
  const update = async (signal: AbortSignal): Promise<void> => {
    const current = await scope(signal);
    if (current.tools === served) {
      return;
    }
    for (const { name } of served) {
      byName.delete(name);
    }
    for (const tool of current.permitted) {
      byName.set(tool.name, tool);
    }
    served = current.tools;
    tools = [...options.tools, ...served];
    domains = domainsOf(tools);
    keys = operationKeys(tools);
    loading = undefined;
  };

  /** How a built-in tool is called that a question means; undefined where it cannot be called. */
  const builtInNote = (name: string | undefined): string | undefined => {
    if (name === undefined || !builtInTools.includes(name)) {
      return undefined;
    }
    return lists(name)
      ? `${name} answers this: call it.`
      : lists('run_read_script') && functions.includes(name)
        ? `logto.${name}(...) answers this, in a script.`
        : undefined;
  };

  /** A note about matches that are excluded. Without it, an agent would take the next best operation. */
  const excludedNotes = (matches: readonly Tool[]): string[] => {
    const excluded = matches.filter(({ name }) => !byName.has(name));
    const best = matches[0];
    if (excluded.length === 0 || best === undefined) {
      return [];
    }
    if (byName.has(best.name)) {
      return [`${excluded.length} of the matches are left out: this server excludes them.`];
    }
    const { message, hint } = refuse(best.name).failure;
    return [`The best match is ${best.name}. ${message} ${hint ?? ''}`.trim()];
  };

  /** The index and the facts of answers take a while to read and to build, and many sessions never search. */
  const load = async (): Promise<SearchParts> => {
    const [{ createSearch }, { answers }] = await Promise.all([
      import('../search/search.js'),
      import('../search/answers.js'),
    ]);
    return { search: createSearch(tools), options: { listed, lists, runnerOf, answers } };
  };

  const answerMatches = (
    matches: readonly Tool[],
    notes: readonly string[],
    options: MatchOptions,
  ): ShapedResult => {
    const [best, ...others] = matches;
    if (best === undefined) {
      return { items: [], notes: shortenNotes(notes) };
    }
    return fitMatches(
      bestMatch(best, options),
      others.map((tool) => ({ name: tool.name, item: otherMatch(tool, options) })),
      [...notes, ...(matches.every(({ name }) => listed.has(name)) ? [] : [SIGNATURE_NOTE])],
    );
  };

  /** The answer to several questions: the signature of what each names, or of its best match. */
  const answerSeveral = (
    questions: readonly Question[],
    { search, matchOptions, inDomain, limit, cutNotes }: SeveralOptions,
  ): ShapedResult => {
    const matches: Tool[] = [];
    const askedArguments: ArgumentMatch[] = [];
    const notes: string[] = [...cutNotes];
    for (const question of questions) {
      if (question.kind === 'words') {
        const result = search(question.text);
        const ranked = result.operations.filter(
          (tool) => inDomain === undefined || tool.domain === inDomain,
        );
        const candidates = ranked.slice(0, limit);
        matches.push(...candidates.filter(({ name }) => byName.has(name)));
        notes.push(...result.notes, ...excludedNotes(candidates));
        const next = ranked.slice(limit, limit + MAX_NEXT).filter(({ name }) => byName.has(name));
        if (result.exactCount === 0 && next.length > 0) {
          const names = next.map(({ name }) => name).join(', ');
          notes.push(`"${question.text.slice(0, MAX_QUOTED_CHARS)}" also matches: ${names}.`);
        }
        if (candidates.length === 0) {
          notes.push(`Nothing matches "${question.text.slice(0, MAX_QUOTED_CHARS)}".`);
        }
        continue;
      }
      const tool = byName.get(question.name);
      const item =
        tool !== undefined && question.kind === 'argument'
          ? argumentMatch(tool, question.argument, matchOptions)
          : undefined;
      if (item !== undefined) {
        askedArguments.push(item);
      } else if (tool !== undefined) {
        matches.push(tool);
        if (question.kind === 'argument') {
          notes.push(`${tool.name} has no argument ${question.argument}.`);
        }
      } else if (builtInNote(question.name) !== undefined) {
        notes.push(builtInNote(question.name) ?? '');
      } else {
        const { message, hint } = refuse(question.name).failure;
        notes.push(`${question.name} is left out: ${message} ${hint ?? ''}`.trim());
      }
    }
    const asked = [...new Set(matches)];
    const { fitting, left } = fitArguments(askedArguments);
    const said = [...new Set([...left, ...notes])];
    if (asked.length === 0) {
      return { items: fitting, ...(said.length > 0 && { notes: shortenNotes(said) }) };
    }
    const writeLine = lineWriter(asked, matchOptions);
    return fitNamed(
      asked,
      {
        full: {
          write: (tool, bytes) => namedMatch(tool, bytes, matchOptions),
          notes: [SIGNATURE_NOTE, SHORTENED_NOTE],
        },
        lines: { write: writeLine, notes: notesOfLines(asked, matchOptions) },
      },
      fitting,
      said,
    );
  };

  const answerDomain = (text: string): ShapedResult => {
    const domain = resolveDomain(text);
    const members = tools.filter((tool) => tool.domain === domain);
    const available = members.filter(({ name }) => byName.has(name));
    const excluded = members.length - available.length;
    return fitDomain(
      available.map(({ name, operation }) => ({ name, summary: operation.summary })),
      [
        'For the arguments of one and the tool that runs it, ask with its name as words.',
        ...(excluded > 0
          ? [`${excluded} more are left out: the configuration of this server excludes them.`]
          : []),
      ],
    );
  };

  const resolveDomain = (text: string): string => {
    const key = domainKey(text);
    if (domains.includes(key)) {
      return key;
    }
    const meant = similarNames(key, domains);
    throw new LogtoError({
      kind: 'input',
      code: 'unknown_domain',
      message: `There is no domain "${text.slice(0, 60)}".`,
      hint: didYouMean(meant) ?? `Take one of: ${domains.join(', ')}.`,
    });
  };

  const find: BuiltInTool = {
    listing: {
      name: 'find_operations',
      description:
        'Find Logto operations that are not in your list: signature, what they answer, the tool that runs them. Ask for all that a job needs in one call.',
      annotations: {
        readOnlyHint: true,
        destructiveHint: false,
        idempotentHint: true,
        openWorldHint: false,
      },
    },
    async run(sent, { signal }) {
      const { words, domain, limit } = validateArguments(
        'find_operations',
        findSchema,
        withWords(sent),
      );
      await update(signal);
      if (words === undefined) {
        if (domain === undefined) {
          throw new LogtoError({
            kind: 'input',
            code: 'invalid_arguments',
            message: 'find_operations needs words or domain.',
            hint: `Give words, for example "suspend a user", or one of the domains: ${domains.join(', ')}.`,
          });
        }
        return answerDomain(domain);
      }
      const inDomain = domain === undefined ? undefined : resolveDomain(domain);
      const question = words.slice(0, MAX_QUESTION_CHARS);
      const cutNotes =
        question.length < words.length
          ? [`Only the first ${MAX_QUESTION_CHARS} characters of words were read.`]
          : [];
      loading ??= load();
      const { search, options: matchOptions } = await loading;
      const questions = questionsIn(question, {
        byId: (text) => keys.byId(text),
        byRoute: (text) => keys.byRoute(text)?.operations ?? [],
      });
      if (questions.length > 1 || questions[0]?.kind === 'argument') {
        const severalOptions = { search, matchOptions, inDomain, limit: limit ?? 1, cutNotes };
        return answerSeveral(questions, severalOptions);
      }
      const max = limit ?? DEFAULT_LIMIT;
      const result = search(question);
      const candidates = result.operations.filter(
        (tool) => inDomain === undefined || tool.domain === inDomain,
      );
      const matches = candidates.filter(({ name }) => byName.has(name)).slice(0, max);
      const { builtIn } = result;
      const notes = [
        ...[builtInNote(builtIn)].filter((note) => note !== undefined),
        ...cutNotes,
        ...result.notes,
        ...excludedNotes(candidates.slice(0, max)),
      ];
      if (matches.length === 0 && notes.length === 0) {
        notes.push(
          'Nothing matches. Use other English words: a thing (user, role, hook) and an action; or give domain.',
        );
      }
      return answerMatches(matches, notes, matchOptions);
    },
  };

  const isKnown = (text: string): boolean => byName.has(text) || keys.named(text).length > 0;

  const permittedOrThrow = (tool: Tool): Tool => {
    if (!byName.has(tool.name)) {
      throw refuse(tool.name);
    }
    return tool;
  };

  /**
   * The operation that a runner's `operation` names: by tool name, operationId, or a route with its parameters in braces.
   *
   * @throws LogtoError that names the operations when the text names several, or contains values of parameters
   */
  const resolveOperation = (text: string): Tool => {
    const named = byName.get(text) ?? keys.byId(text);
    if (named !== undefined) {
      return permittedOrThrow(named);
    }
    const route = keys.byRoute(text);
    const [first, ...more] = route?.operations ?? [];
    if (route === undefined || (first === undefined && route.otherMethods.length === 0)) {
      throw refuse(text);
    }
    if (first !== undefined && more.length === 0 && route.isTemplate) {
      return permittedOrThrow(first);
    }
    const names = [...route.operations, ...route.otherMethods].map(({ name }) => name).join(', ');
    const parameters = first === undefined ? [] : Object.keys(first.operation.path);
    throw new LogtoError({
      kind: 'input',
      code: 'unknown_operation',
      message:
        first === undefined
          ? 'This path does not have that method. Nothing was sent.'
          : more.length > 0
            ? 'This route names several operations. Nothing was sent.'
            : 'Values in a route must be inside "arguments". Nothing was sent.',
      hint:
        first !== undefined && more.length === 0
          ? `Use operation "${names}"${parameters.length > 0 ? ` and give ${parameters.join(', ')} in arguments` : ''}.`
          : `Use as operation: ${names}.`,
    });
  };

  const runner = (name: Runner): BuiltInTool => {
    // Depends on the policy: under one that confirms every write, all of them take a plan.
    const asks = permitted.some(
      (tool) =>
        runnerOf(tool) === name &&
        isObject(tool.listing.inputSchema['properties']) &&
        Object.hasOwn(tool.listing.inputSchema['properties'], 'plan'),
    );
    const schema = asks ? askingSchema : runSchema;
    return {
      asks,
      listing: {
        name,
        description: runnerDescriptions[name],
        annotations: runnerAnnotations[name],
      },
      async run(sent, context) {
        const input: z.output<typeof askingSchema> = validateArguments(name, schema, sent, {
          belongs: belongsTo(byName),
        });
        const { operation, arguments: operationArguments = {}, plan } = input;
        const values = plan === undefined ? operationArguments : { ...operationArguments, plan };
        if (!isKnown(operation)) {
          await update(context.signal);
        }
        const tool = resolveOperation(operation);
        const required = runnerOf(tool);
        if (required !== name) {
          throw new LogtoError({
            kind: 'input',
            code: 'wrong_runner',
            message: `${tool.name} is not for ${name}. Nothing was sent.`,
            hint: lists(required)
              ? `Call ${required} with the same arguments.`
              : `It is for ${required}, which the configuration of this server excludes: say so, and do not look for a way around it.`,
          });
        }
        return callOperation(tool, values, perform, context, 'arguments');
      },
    };
  };

  const runners = (Object.keys(runnerDescriptions) as Runner[]).filter((name) =>
    permitted.some((tool) => runnerOf(tool) === name),
  );
  return [find, ...runners.map(runner)];
}
