/** Variables and secrets of the environment that the operator allows in a manifest. */
import { SafeDirectory } from '../guard/secrets/safe-directory.js';
import type { ValueSources } from './values.js';

export interface AllowedValues {
  /** Names that `${NAME}` may use; a `*` at the end stands for any ending. */
  readonly variables: readonly string[];
  /** Names that `$secret: env:NAME` may use. */
  readonly secrets: readonly string[];
  /** The folder that `$secret: file:path` may read from; undefined for none. */
  readonly secretsFolder: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Settings of this program, including its credentials. */
const OWN_SETTING = /^LOGTO_/i;

const isAllowed = (name: string, patterns: readonly string[]): boolean =>
  !OWN_SETTING.test(name) &&
  patterns.some((pattern) =>
    pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern,
  );

/**
 * The sources of a manifest. A name that is not allowed is refused before it is looked up: otherwise anyone who can change
 * a manifest could read the whole environment of this program.
 */
export function valueSources({
  variables,
  secrets,
  secretsFolder,
  env,
}: AllowedValues): ValueSources {
  const directory = new SafeDirectory(secretsFolder);
  return {
    variable(name) {
      if (!isAllowed(name, variables)) {
        throw new Error(
          `the variable ${name} is not allowed: LOGTO_MCP_MANIFEST_VARIABLES names those that are.`,
        );
      }
      return env[name];
    },
    secret(source) {
      const [, kind, name = ''] = /^(env|file):(.+)$/s.exec(source) ?? [];
      if (kind === 'file') {
        if (secretsFolder === undefined) {
          throw new Error(`${source} cannot be read: LOGTO_SECRETS_DIR names no folder.`);
        }
        try {
          return directory.at(name, ({ text }) => text)?.replace(/\r?\n$/, '');
        } catch {
          throw new Error(`${source} is not a file inside of the folder in LOGTO_SECRETS_DIR.`);
        }
      }
      if (OWN_SETTING.test(name)) {
        throw new Error(`the secret ${name} is not allowed: it is a setting of this program.`);
      }
      // In an export no secret is set yet: the value in the tenant is then left unchanged.
      const value = isAllowed(name, secrets) ? env[name] : undefined;
      return value === '' ? undefined : value;
    },
  };
}
