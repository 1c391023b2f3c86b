/** The issues that zod found, as sentences: the argument, its value, what is allowed. */
import { distanceOf, type Issue, TYPE_NAMES } from '../../catalog/schemas.js';
import { valueAt } from '../../json.js';
import { similarNames } from '../../nearest.js';
import { placeOf } from './place.js';
import { descriptionAt, type Schema } from './schema.js';
import { type Frame, unknownName } from './unknown-names.js';

/** A text that is longer is described by its length. */
const MAX_QUOTED_CHARS = 40;

/** A value in words, short. */
function describeValue(value: unknown): string {
  if (value === undefined) {
    return 'nothing was given';
  }
  if (value === null) {
    return 'null was given';
  }
  if (Array.isArray(value)) {
    return `a list of ${value.length} was given`;
  }
  if (typeof value === 'object') {
    return 'an object was given';
  }
  if (typeof value === 'string') {
    return value.length <= MAX_QUOTED_CHARS
      ? `${JSON.stringify(value)} was given`
      : `a text of ${value.length} characters was given`;
  }
  return `${String(value)} was given`;
}

/** Arguments whose values may be secrets, and are not repeated. */
const SECRET_NAME = /password|secret|token|digest|code|key|config/i;

/** The arguments in which an issue was found. */
export interface Subject {
  readonly tool: string;
  readonly schema: Schema;
  readonly values: Readonly<Record<string, unknown>>;
  readonly frame: Frame;
}

function unionSentences(
  issue: Extract<Issue, { code: 'invalid_union' }>,
  subject: Subject,
  place: string,
  actual: string,
): string[] {
  // The branch that fits best describes what to do.
  const [best] = [...issue.errors].sort((a, b) => distanceOf(a) - distanceOf(b));
  const reasons = (best ?? []).flatMap((inner) =>
    issueSentences({ ...inner, path: [...issue.path, ...inner.path] }, subject),
  );
  if (reasons.length > 0) {
    return reasons;
  }
  const options: unknown = Reflect.get(issue, 'options');
  const allowed = Array.isArray(options)
    ? `: ${options.map((option) => JSON.stringify(option)).join(', ')}`
    : '';
  return [
    issue.discriminator === undefined
      ? `${place} has none of the forms that are allowed.`
      : `${place} must be one of those that are allowed${allowed}; ${actual}.`,
  ];
}

/** An issue in sentences; several for several unknown names. */
export function issueSentences(issue: Issue, subject: Subject): string[] {
  const { tool, schema, values, frame } = subject;
  const place = placeOf(issue.path, frame.inside);
  const value = valueAt(values, issue.path);
  const actual =
    (typeof value === 'string' || typeof value === 'number') && SECRET_NAME.test(place)
      ? `another ${typeof value === 'string' ? 'text' : 'number'} was given`
      : describeValue(value);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownName(tool, key, issue.path, schema, values, frame));
    case 'invalid_type': {
      const description = descriptionAt(schema, issue.path);
      const type = `${TYPE_NAMES[issue.expected] ?? issue.expected}${description === undefined ? '' : ` (${description})`}`;
      return [
        value === undefined
          ? `${place} is required: ${type}.`
          : `${place} must be ${type}; ${actual}.`,
      ];
    }
    case 'invalid_value': {
      const options = issue.values.map((option) => JSON.stringify(option)).join(', ');
      const [meant] =
        typeof value === 'string'
          ? similarNames(
              value,
              issue.values.filter((option) => typeof option === 'string'),
            )
          : [];
      const hint = meant === undefined ? '' : ` Did you mean "${meant}"?`;
      return [
        `${place} must be ${issue.values.length > 1 ? 'one of ' : ''}${options}; ${actual}.${hint}`,
      ];
    }
    case 'too_small':
    case 'too_big': {
      const bound =
        issue.code === 'too_small' ? `at least ${issue.minimum}` : `at most ${issue.maximum}`;
      const unit =
        issue.origin === 'string' ? ' characters' : issue.origin === 'array' ? ' items' : '';
      return [`${place} must ${unit === '' ? 'be' : 'have'} ${bound}${unit}; ${actual}.`];
    }
    case 'invalid_format':
      // Each text of a certain form has its rule in words in the catalog; a test checks that.
      return [`${place} ${issue.message}; ${actual}.`];
    case 'invalid_union':
      return unionSentences(issue, subject, place, actual);
    default:
      return [
        place === ''
          ? `${issue.message}.`
          : issue.message.startsWith('must ')
            ? `${place} ${issue.message}; ${actual}.`
            : `${place}: ${issue.message}.`,
      ];
  }
}
