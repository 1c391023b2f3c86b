/** The members of answers in a served document, for `src/mcp/search/answers.tsv`. */
import { type Domain, type Operation, toolName } from '../../catalog/operation.js';
import { isObject } from '../../json.js';
import { NO_ANSWER } from '../../mcp/search/answers.js';
import { answerNotation, type ResolveRef } from '../../mcp/search/signature.js';
import { answerCorrections } from './answer-corrections.js';

/** A route without the names of its parameters, in which the catalog may differ from the document. */
const bare = (path: string): string => path.replace(/\{[^}]*\}/g, '{}');

/** The schema of the JSON body of the first successful response that has one. */
function answerSchema(operation: unknown): unknown {
  const responses = isObject(operation) ? operation['responses'] : undefined;
  const successful = Object.entries(isObject(responses) ? responses : {}).filter(([status]) =>
    status.startsWith('2'),
  );
  return successful
    .map(([, response]) => {
      const content = isObject(response) ? response['content'] : undefined;
      const json = isObject(content) ? content['application/json'] : undefined;
      return isObject(json) ? json['schema'] : undefined;
    })
    .find((schema) => schema !== undefined);
}

/** The member of an answer that holds the list, where our tool answers the list alone. */
function listSchema(schema: unknown, member: string, resolve: ResolveRef): unknown {
  const whole =
    isObject(schema) && typeof schema['$ref'] === 'string' ? resolve(schema['$ref']) : schema;
  const properties = isObject(whole) ? whole['properties'] : undefined;
  return isObject(properties) ? properties[member] : undefined;
}

function answerOf(operation: Operation, served: unknown, resolve: ResolveRef): string {
  if (operation.answer !== undefined) {
    return 'string';
  }
  const schema = answerSchema(served);
  if (schema === undefined) {
    return NO_ANSWER;
  }
  return answerNotation(
    operation.items === undefined ? schema : listSchema(schema, operation.items, resolve),
    resolve,
  );
}

/** An answer as the server gives it. */
const corrected = (tool: string, answer: string): string =>
  answerCorrections
    .filter(({ tools }) => tools?.includes(tool) ?? true)
    .reduce(
      (text, { served, answered }) =>
        served === undefined ? answered : text.replaceAll(served, answered),
      answer,
    );

/**
 * The answers by tool name, for every operation of the catalog. Where the server differs from its document, the corrections
 * count.
 *
 * @param previous the answers of operations that the document does not have
 */
export function answersOf(
  document: unknown,
  catalog: Readonly<Record<string, Domain>>,
  previous: ReadonlyMap<string, string> = new Map(),
): ReadonlyMap<string, string> {
  const paths = isObject(document) && isObject(document['paths']) ? document['paths'] : {};
  const items = new Map(Object.entries(paths).map(([path, item]) => [bare(path), item]));
  const resolve: ResolveRef = (ref) =>
    ref
      .replace(/^#\//, '')
      .split('/')
      .reduce<unknown>((value, part) => (isObject(value) ? value[part] : undefined), document);
  const answers = new Map<string, string>();
  for (const { operations } of Object.values(catalog)) {
    for (const [key, operation] of Object.entries(operations)) {
      const name = toolName(key, operation);
      const item = items.get(bare(operation.url));
      const served = isObject(item) ? item[operation.method.toLowerCase()] : undefined;
      const answer =
        served === undefined ? previous.get(name) : answerOf(operation, served, resolve);
      if (answer !== undefined) {
        answers.set(name, corrected(name, answer));
      }
    }
  }
  return answers;
}

/** Lines of an answer, a tab and the tools that have it, sorted by the first tool, so that a refresh changes few lines. */
export function answerLines(answers: ReadonlyMap<string, string>): string {
  const toolsByAnswer = new Map<string, string[]>();
  for (const [name, answer] of answers) {
    // A list of things and one thing are one line: `[]` follows the tools that answer the list.
    const isList = answer.endsWith('}[]');
    const single = isList ? answer.slice(0, -2) : answer;
    toolsByAnswer.set(single, [...(toolsByAnswer.get(single) ?? []), isList ? `${name}[]` : name]);
  }
  return [...toolsByAnswer].map(([answer, tools]) => `${answer}\t${tools.join(' ')}\n`).join('');
}
