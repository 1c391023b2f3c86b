/** Misspelt names of environment variables. A setting under a wrong name has no effect, and no other check would notice. */
import { didYouMean, nearestNames } from '../nearest.js';
import { type Environment, isEmptyVariable } from './environment.js';
import { type Setting, settings } from './settings.js';

const allSettings: readonly Setting[] = settings;
const names: readonly string[] = allSettings.map(({ name }) => name);

/** Names that belong to this server alone. Others that begin with LOGTO_ may belong to a web application. */
const ownPrefix = /^LOGTO[_-]?MCP[_-]/i;

/** A name without the parts that people omit, add or write differently: prefix, separators, case. */
const normalize = (name: string): string =>
  name
    .toUpperCase()
    .replace(/^LOGTO/, '')
    .replace(/[_-]/g, '')
    .replace(/^MCP/, '');

export interface NameProblems {
  /** Names of this server that do not exist: they stop the start. */
  readonly errors: readonly string[];
  /** Names that resemble a setting and may be meant for another program. */
  readonly warnings: readonly string[];
}

/** Whether a name is one of the settings. On Windows the environment finds names in any case. */
const isKnown = (name: string, env: Environment): boolean =>
  names.includes(name) ||
  (names.includes(name.toUpperCase()) && env[name.toUpperCase()] !== undefined);

/** The setting that another program's name stands for, when that setting is not set itself. */
const aliased = (name: string, env: Environment): string | undefined =>
  allSettings.find(
    (setting) => setting.aliases?.includes(name) && isEmptyVariable(env[setting.name]),
  )?.name;

/**
 * Checks the names of all variables that begin with LOGTO.
 *
 * @param isSandbox whether the settings of the tenant do not matter
 */
export function checkVariableNames(env: Environment, isSandbox: boolean): NameProblems {
  const errors: string[] = [];
  const warnings: string[] = [];
  // Names such as LOGTO_BASE_URL belong to web applications.
  const relevant = allSettings.filter(
    ({ tenant, http }) => http !== true && !(isSandbox && tenant === true),
  );
  const unknown = Object.keys(env)
    .filter((name) => /^LOGTO/i.test(name) && !isEmptyVariable(env[name]) && !isKnown(name, env))
    .sort();
  for (const name of unknown) {
    if (ownPrefix.test(name)) {
      const suggestion = didYouMean(nearestNames(name, names, normalize));
      errors.push(
        `There is no setting ${name}. ${suggestion ?? `The settings are ${names.join(', ')}.`}`,
      );
      continue;
    }
    const [near] = nearestNames(
      name,
      relevant.map((setting) => setting.name),
      normalize,
    );
    const intended = near ?? (isSandbox ? undefined : aliased(name, env));
    if (intended !== undefined) {
      warnings.push(
        `${name} has no effect: this server reads ${intended}. Rename it if it is meant.`,
      );
    }
  }
  return { errors, warnings };
}
